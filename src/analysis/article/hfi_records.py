"""Steps of notebook 01: what the article says the index is made of, against what its edition publishes."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from analysis.article.hfi import by_category
from analysis.claims.evidence import Report
from analysis.claims.register import Register
from analysis.claims.rules import Record
from analysis.data.readers.hfi import leaves
from analysis.methods.index_scores import ECONOMIC, PERSONAL

#: The index, as the table of records calls it.
_INDEX = "Human Freedom Index"
#: Items that the article calls indicators, and the categories that bear their names.
_NAMED = {
    "rule of law": "rule_of_law",
    "security": "security",
    "religion": "religion",
    "association": "association",
    "expression": "expression",
    "property": "legal_system",
}
#: Categories by the part of freedom that the article says the index measures; its makers give civil freedom no part of
#: its own, so that it stands for the civil liberties among the personal categories.
_CIVIL = ("religion", "association", "expression")
_PARTS = {
    "economic": ECONOMIC,
    "civil": _CIVIL,
    "personal": tuple(name for name in PERSONAL if name not in _CIVIL),
}


def indicator_count(subscores: pd.DataFrame, records: pd.DataFrame, register: Register) -> dict[str, Any]:
    """Compare the printed number of indicators with its makers' own statement and with the edition's file.

    Parameters
    ----------
    subscores : pandas.DataFrame
        Table ``hfi_2020_subscores``.
    records : pandas.DataFrame
        Table ``article_records``.
    register : Register
        Its rule holds the printed number.
    """
    expected = _number(_expected(register, "hfi-indicators"))
    own = records[(records["subject"] == _INDEX) & records["statement"].str.contains("indicators")]
    said = [(row.source_org, _number(row.found)) for row in own.itertuples()]
    n = len(_lowest_level(subscores))
    stated = ", ".join(f"{source} states {number}" for source, number in said)
    return {
        "reports": [
            Report(source=source, value=f"{number} indicators", agrees=number == expected)
            for source, number in [*said, ("lowest-level scores in the published file", n)]
        ],
        "estimate": float(n),
        "unit": "indicators",
        "design": "descriptive",
        "summary": f"The published file carries {n} lowest-level scores{f'; {stated}' if stated else ''}.",
    }


def named_items(published: pd.DataFrame) -> dict[str, Any]:
    """Compare the items that the article calls indicators with the level at which the edition publishes them.

    An item is an indicator if one score stands for it; the file is one record, and agrees if that is so for each item.
    """
    below = {item: len(by_category(_one_row(published))[name]) for item, name in _NAMED.items()}
    built = [item for item, count in below.items() if count != 1]
    each = ", ".join(f"{item} {count}" for item, count in below.items())
    return {
        "reports": [
            Report(source="the published file", value=f"lowest-level scores of each: {each}", agrees=not built)
        ],
        "design": "descriptive",
        "summary": f"{len(built)} of the {len(below)} named items are categories built from several scores ({each}); "
        f"the lowest level of the edition has {len(_lowest_level(published))} scores.",
    }


def composition(published: pd.DataFrame, register: Register) -> dict[str, Any]:
    """Compare what the article says the index measures with the categories whose scores the edition publishes.

    Parameters
    ----------
    published : pandas.DataFrame
        Table ``hfi_2020_subscores``.
    register : Register
        Its rule names the parts.
    """
    scores = by_category(_one_row(published))
    expected = [part for part in _PARTS if part in _expected(register, "hfi-composition")]
    found = {part: [name for name in _PARTS[part] if len(scores[name])] for part in expected}
    parts = ", ".join(f"{part} freedom in {len(names)} categories" for part, names in found.items())
    return {
        "reports": [Report(source="the published file", value=parts, agrees=all(found.values()))],
        "design": "descriptive",
        "summary": f"The edition publishes scores of {parts}.",
    }


def _lowest_level(published: pd.DataFrame) -> list[str]:
    return leaves([name for name in published if name.startswith(("pf_", "ef_"))])


def _one_row(published: pd.DataFrame) -> pd.Series:
    """Return a number for every published score that any country has, so that its names can be grouped."""
    names = [name for name in published if name.startswith(("pf_", "ef_")) and published[name].notna().any()]
    return pd.Series(0.0, index=names)


def _expected(register: Register, claim_id: str) -> str:
    rule = register[claim_id].rule
    assert isinstance(rule, Record)
    return rule.expected


def _number(text: str) -> int:
    found = re.search(r"\d+", text)
    assert found is not None
    return int(found.group())
