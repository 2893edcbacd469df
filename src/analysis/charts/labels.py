"""Names in figures: categories, sub-scores and countries as readers know them."""

from __future__ import annotations

CATEGORY_NAMES = {
    "rule_of_law": "Rule of law",
    "security": "Security and safety",
    "movement": "Movement",
    "religion": "Religion",
    "association": "Association, assembly, civil society",
    "expression": "Expression and information",
    "relationships": "Identity and relationships",
    "government": "Size of government",
    "legal_system": "Legal system, property rights",
    "money": "Sound money",
    "trade": "Trade internationally",
    "regulation": "Regulation",
}


def category(name: str) -> str:
    """Return the printed name of a category of the Human Freedom Index."""
    return CATEGORY_NAMES.get(name, name.replace("_", " "))


def ordinal(rank: int) -> str:
    """Return 75th for 75."""
    suffix = "th" if 10 <= rank % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{suffix}"
