"""How far two coders read the same sources alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from statsmodels.stats.inter_rater import cohens_kappa

from analysis.data.coding import NOT_CODED, SECOND, as_records
from analysis.data.load import load
from analysis.errors import InputError
from analysis.methods.result import Result

_ROW = ["sheet", "about", "part", "origin", "source_url"]
_CODES = ("finding", "value", "bound", "first_day", "last_day")


@dataclass(frozen=True, slots=True, eq=False)
class Agreement(Result):
    """Two codings of the same rows, one row a code: what it is of, ``column``, ``first``, ``second``, ``settled``."""

    codes: pd.DataFrame
    coded: int
    not_coded: int

    def table(self) -> pd.DataFrame:
        """Return one row a column of the sheets: how many codes, the share that agree, of findings Cohen's kappa."""
        alike = self.codes["first"].eq(self.codes["second"]).groupby(self.codes["column"], sort=False)
        found = self.codes[self.codes["column"] == "finding"]
        kappa = {"finding": kappa_of(found["first"], found["second"])}
        shown = pd.DataFrame({"codes": alike.size(), "alike": alike.sum(), "share": alike.mean()})
        return shown.assign(kappa=pd.Series(kappa))

    def sentence(self) -> str:
        """Say how many rows were coded twice, and how far findings agree."""
        table = self.table()
        codes, findings, rows = table.sum(), table.loc["finding"], self.coded + self.not_coded
        return (
            f"{self.coded} of {rows} rows were coded twice; of the others the sources were not at hand. "
            f"{codes['alike']:.0f} of {codes['codes']:.0f} codes agree; of findings {findings['alike']:.0f} of "
            f"{findings['codes']:.0f}, Cohen's kappa {findings['kappa']:.2f}."
        )

    def disagreements(self) -> pd.DataFrame:
        """Return the codes that differ, in the order of the sheets."""
        return self.codes[self.codes["first"].ne(self.codes["second"])].reset_index(drop=True)


def kappa_of(first: pd.Series, second: pd.Series) -> float:
    """Return Cohen's kappa of two codings: agreement beyond chance, over the most that there could be.

    References
    ----------
    Cohen, J. (1960). Educational and Psychological Measurement 20, 37-46. doi:10.1177/001316446002000104
    """
    names = sorted({*first, *second})
    counts = pd.crosstab(first, second).reindex(index=names, columns=names, fill_value=0)
    return float(cohens_kappa(counts.to_numpy()).kappa)


def agreement(second: pd.DataFrame, sheets: Mapping[str, pd.DataFrame]) -> Agreement:
    """Compare the second codes with those of the sheets, row by row.

    A value is compared where either coder gives one, a bound where both do, a finding where the sheet has findings.

    Raises
    ------
    InputError
        A row of a sheet has no second code, or a second code no row.
    """
    first = pd.concat([_keyed(name, sheet) for name, sheet in sheets.items()])
    both = first.merge(second.fillna(dict.fromkeys(_ROW, "")), on=[*_ROW, "item"], how="outer", indicator=True)
    if (lone := both[both["_merge"] != "both"]).size:
        row = lone.iloc[0]
        remedy = "code it a second time from its page, without looking at the first codes"
        raise InputError(f"coded once only: {row['about']}, {row['source_url']}", where=SECOND, remedy=remedy)
    done = both[both["finding_y"] != NOT_CODED]
    codes = [_column(done, name) for name in _CODES]
    return Agreement(pd.concat(codes, ignore_index=True), len(done), len(both) - len(done))


def published_agreement() -> Agreement:
    """Return the agreement of the project's own tables."""
    second = load(SECOND)
    return agreement(second, {name: load(name) for name in second["sheet"].unique()})


def _keyed(name: str, sheet: pd.DataFrame) -> pd.DataFrame:
    """Return the first codes under the names by which second ones are given, rows of the same page numbered."""
    said = as_records(sheet)
    about, part = (
        sheet[one if one in sheet else other] for one, other in (("claim", "step"), ("part", "organisation"))
    )
    keys = {"sheet": name, "about": about, "part": part.fillna(""), "origin": said["origin"]}
    rows = said[list(_CODES)].assign(**keys, source_url=sheet["source_url"].fillna(""))
    rows["finding"] = rows["finding"] if "finding" in sheet else pd.NA
    return rows.assign(item=rows.groupby(_ROW).cumcount() + 1)


def _column(both: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the two codes of one column, as text, where they are compared."""
    first, second = both[f"{name}_x"], both[f"{name}_y"]
    valued = both["value_x"].notna(), both["value_y"].notna()
    compared = {"finding": first.notna(), "value": valued[0] | valued[1], "bound": valued[0] & valued[1]}
    texts = {
        column: codes.map(lambda code: "" if pd.isna(code) else f"{code:,.12g}" if name == "value" else code)
        for column, codes in {"first": first, "second": second}.items()
    }
    return both[[*_ROW, "settled"]].assign(column=name, **texts)[compared.get(name, pd.Series(True, index=both.index))]
