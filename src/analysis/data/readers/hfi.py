"""Human Freedom Index (Cato Institute and Fraser Institute): one edition's file -> tidy frames."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.data.readers.countries import iso3_codes
from analysis.data.readers.frames import ends_in, ints, keyed, measures, numbers, open_stata, rated, source_csv

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
# Names of the column of codes, which the edition of 2022 lacks.
_CODES = ("ISO_code", "ISO", "iso")


def read_hfi(path: Path, *, edition: int) -> pd.DataFrame:
    """Read the scores and ranks of one edition, rounded as printed; rows without an overall score are left out."""
    raw, year, iso3 = _read(path, edition)
    found = {next((name for name in names if name in raw), names[0]): ours for ours, names in CATEGORIES.items()}
    overall = {name: name for name in SUMMARY if not name.startswith("pf")}
    values = rated(measures(raw, dict(zip(SUMMARY, SUMMARY, strict=True)) | found), raw, overall)
    return keyed(values, edition=edition, data_year=year, iso3=iso3, decimals=_PRINTED_DECIMALS)


def read_hfi_subscores(path: Path, *, edition: int) -> pd.DataFrame:
    """Read every published sub-score below the category level under its published name."""
    raw, year, iso3 = _read(path, edition)
    categories = {name for names in CATEGORIES.values() for name in names}
    scores = [column for column in raw if column.startswith(("pf_", "ef_")) and column not in categories]
    names = [column for column in scores if not any(part in column for part in _NOT_SUBSCORES)]
    values = raw[names].apply(numbers).astype("float64")
    return keyed(values, edition=edition, data_year=year, iso3=iso3, decimals=_PRINTED_DECIMALS)


def leaves(names: list[str]) -> list[str]:
    """Return the sub-scores that are not themselves built from other published sub-scores.

    The published names form a tree: ``pf_ss_disappearances`` is built from ``pf_ss_disappearances_disap`` and so on.
    """
    return [name for name in names if not any(other.startswith(name + "_") for other in names)]


def _read(path: Path, edition: int) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    raw = open_stata(path) if path.suffix == ".dta" else source_csv(path, encoding="utf-8-sig")
    code = next((name for name in _CODES if name in raw), None)
    year, iso3 = ints(raw["year"]), iso3_codes(raw["countries"], raw[code] if code else None)
    # The first edition alone came three years after its last data year, every later one two.
    ends_in(year, edition - (3 if edition == 2015 else 2), f"edition {edition}")
    return raw, year, iso3
