"""Human Freedom Index (Cato Institute and Fraser Institute): one edition's file -> tidy frames.

References
----------
Vásquez & McMahon (2020), The Human Freedom Index 2020, appendix "Methodology"; later editions likewise.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.data.readers.countries import iso3_codes
from analysis.data.readers.frames import keyed, measures, numbers, open_csv, open_stata, reader
from analysis.errors import InputError

SUMMARY = ["hf_score", "hf_rank", "pf_score", "pf_rank", "ef_score", "ef_rank"]
#: The twelve categories: seven of personal freedom, five of economic freedom (areas of the EFW index).
CATEGORIES = {
    "rule_of_law": ("pf_rol",),
    "security": ("pf_ss",),
    "movement": ("pf_movement",),
    "religion": ("pf_religion",),
    "association": ("pf_association", "pf_assembly"),
    "expression": ("pf_expression",),
    "relationships": ("pf_identity",),
    "government": ("ef_government",),
    "legal_system": ("ef_legal", "ef_legal-gender"),
    "money": ("ef_money",),
    "trade": ("ef_trade",),
    "regulation": ("ef_regulation",),
}
PERSONAL, ECONOMIC = tuple(CATEGORIES)[:7], tuple(CATEGORIES)[7:]
#: Formulas of the index, as means of means: up to the 2020 edition two halves of personal freedom, which is half of the
#: whole; from the 2021 edition the plain mean of the twelve categories.
FORMULAS = {"halves": ((PERSONAL[:2], PERSONAL[2:]), ECONOMIC), "categories": (*PERSONAL, *ECONOMIC)}
# Not sub-scores: identifiers, summaries and ranks, alternative aggregates, raw data, and the gender adjustment
# factor of the legal system, which runs from 0 to 1 and not from 0 to 10.
_NOT_SUBSCORES = ("_rank", "_quartile", "_score", "_NO_GENDER", "_data", "ef_legal_gender", "womens_freedom")
_PRINTED_DECIMALS = 2


@reader
def read_hfi(path: Path, *, edition: int) -> pd.DataFrame:
    """Read the scores and ranks of one edition, rounded as printed; rows without an overall score are left out."""
    raw = _read(path)
    found = {next((name for name in names if name in raw), names[0]): ours for ours, names in CATEGORIES.items()}
    values = measures(raw, dict(zip(SUMMARY, SUMMARY, strict=True)) | found).dropna(subset=["hf_score"])
    ranks = [name for name in SUMMARY if name.endswith("_rank")]
    return _edition(values, raw, edition).astype(dict.fromkeys(ranks, "Int64"))


@reader
def read_hfi_subscores(path: Path, *, edition: int) -> pd.DataFrame:
    """Read every published sub-score below the category level under its published name."""
    raw = _read(path)
    categories = {name for names in CATEGORIES.values() for name in names}
    scores = [column for column in raw if column.startswith(("pf_", "ef_")) and column not in categories]
    names = [column for column in scores if not any(part in column for part in _NOT_SUBSCORES)]
    return _edition(raw[names].apply(numbers), raw, edition)


def leaves(names: list[str]) -> list[str]:
    """Return the sub-scores that are not themselves built from other published sub-scores.

    The published names form a tree: ``pf_ss_disappearances`` is built from ``pf_ss_disappearances_disap`` and so on.
    """
    return [name for name in names if not any(other.startswith(name + "_") for other in names)]


def _read(path: Path) -> pd.DataFrame:
    if path.suffix == ".dta":
        return open_stata(path)
    return open_csv(path, na_values=["-"], encoding="utf-8-sig")


def _edition(values: pd.DataFrame, raw: pd.DataFrame, edition: int) -> pd.DataFrame:
    year, iso3 = numbers(raw["year"]), iso3_codes(raw["countries"])
    # The first edition alone came three years after its last data year, every later one two.
    last = edition - (3 if edition == 2015 else 2)
    if year.max() != last:
        what = f"data years end in {year.max():.0f}, those of edition {edition} in {last}"
        raise InputError(what, remedy="give the file of that edition, or correct the edition of its card")
    frame = keyed(values.astype("float64"), edition=edition, data_year=year, iso3=iso3, decimals=_PRINTED_DECIMALS)
    return frame.astype({"data_year": int})
