"""What pages of this project call: how alike two coders read, and what rules do in its simulated worlds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.stats.inter_rater import cohens_kappa, to_table

from analysis.claims.calibration import worlds_of
from analysis.claims.judge import CONTRADICTED, SIDES, SUPPORTED, scaled
from analysis.claims.register import Claim
from analysis.claims.rules import Directional, NonInferiority
from analysis.data.coding import as_records
from analysis.data.load import load
from analysis.errors import InputError
from analysis.methods.result import Result

#: The table of the second coding, and what stands there for a finding where the page was not to be had.
SECOND, NOT_CODED = "second_coding", "source not at hand"
_ROW = ["sheet", "about", "part", "origin", "source_url"]
_CODES = ["finding", "value", "bound", "first_day", "last_day"]


@dataclass(frozen=True, slots=True, eq=False)
class Agreement(Result):
    """Two codings of the same rows, one row a code: what it is of, ``column``, ``first``, ``second``, ``settled``."""

    codes: pd.DataFrame
    coded: int
    not_coded: int

    def table(self) -> pd.DataFrame:
        """Return one row a column of the sheets: how many codes, the share that agree, of findings Cohen's kappa.

        Kappa is agreement beyond chance, over the most that there could be (1960, doi:10.1177/001316446002000104).
        """
        alike = self.codes["first"].eq(self.codes["second"]).groupby(self.codes["column"], sort=False)
        shown = pd.DataFrame({"codes": alike.size(), "alike": alike.sum(), "share": alike.mean()})
        found, _ = to_table(self.codes.query("column == 'finding'")[["first", "second"]].to_numpy(str))
        return shown.assign(kappa=pd.Series({"finding": cohens_kappa(found).kappa}))

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


def compared(second: pd.DataFrame, sheets: Mapping[str, pd.DataFrame]) -> Agreement:
    """Compare the second codes with those of the sheets, row by row; refuse a row that was coded once only.

    A value is compared where either coder gives one, a bound where both do, a finding where the sheet has findings.
    """
    first = pd.concat([_keyed(name, sheet) for name, sheet in sheets.items()])
    both = first.merge(second.fillna(dict.fromkeys(_ROW, "")), on=[*_ROW, "item"], how="outer", indicator=True)
    if (lone := both[both["_merge"] != "both"]).size:
        row = lone.iloc[0]
        remedy = "code it a second time from its page, without looking at the first codes"
        raise InputError(f"coded once only: {row['about']}, {row['source_url']}", where=SECOND, remedy=remedy)
    done = both[both["finding_y"] != NOT_CODED]
    valued = done[["value_x", "value_y"]].notna()
    asked = {"finding": done["finding_x"].notna(), "value": valued.any(axis=1), "bound": valued.all(axis=1)}
    codes = [
        own[[*_ROW, "settled"]].assign(column=name, first=_text(own[f"{name}_x"]), second=_text(own[f"{name}_y"]))
        for name, own in ((name, done[asked.get(name, done["item"].notna())]) for name in _CODES)
    ]
    return Agreement(pd.concat(codes, ignore_index=True), len(done), len(both) - len(done))


def agreement() -> Agreement:
    """Return the agreement of the project's own tables."""
    second = load(SECOND)
    return compared(second, {name: load(name) for name in second["sheet"].unique()})


def _keyed(name: str, sheet: pd.DataFrame) -> pd.DataFrame:
    """Return the first codes under the names by which second ones are given, rows of the same page numbered."""
    said = as_records(sheet)
    about, part = ("claim", "part") if "claim" in sheet else ("step", "organisation")
    keys = sheet[[about, part, "source_url"]].fillna("").set_axis(["about", "part", "source_url"], axis=1)
    rows = said[[*_CODES, "origin"]].assign(sheet=name, **keys)
    rows["finding"] = rows["finding"] if "finding" in sheet else pd.NA
    return rows.assign(item=rows.groupby(_ROW).cumcount() + 1)


def _text(codes: pd.Series) -> pd.Series:
    return codes.map(lambda code: f"{code:,.12g}" if isinstance(code, float) else code, na_action="ignore").fillna("")


def reached(claim: Claim) -> pd.DataFrame:
    """Return the simulated worlds in which the rule of a claim was applied, with how often it reaches each verdict.

    Added are ``holds`` (whether the claim is true there) and ``twice`` (whether the effect is twice the smallest).
    """
    own = worlds_of(claim).query("judged > 0")
    return own.assign(holds=own["wrong"] == CONTRADICTED, twice=_twice(claim, own))


def _twice(claim: Claim, worlds: pd.DataFrame) -> np.ndarray:
    """Mark worlds with twice the smallest effect, of the kind that the claim names or denies: a shock may not be."""
    scale = claim.measures[0].scale if claim.measures else getattr(claim.rule, "scale", "difference")
    sizes = [abs(scaled(true, scale)) for true in worlds["truth"]]
    smallest = abs(scaled(claim.smallest_effect.value, scale)) if claim.smallest_effect else np.nan
    false = {NonInferiority: [SUPPORTED], Directional: [CONTRADICTED]}.get(type(claim.rule), [SUPPORTED, CONTRADICTED])
    return worlds["wrong"].isin(false).to_numpy() & np.isclose(sizes, 2 * smallest, rtol=0.01)


def seldom_found(worlds: pd.DataFrame) -> list[str]:
    """Return the worlds with twice the smallest effect in which the right side is reached in under half."""
    names = {name.replace(" ", "_"): side for name, side in SIDES.items()}
    for_, against = (worlds[[name for name, side in names.items() if side * sign > 0]].sum(axis=1) for sign in (1, -1))
    right = for_.where(worlds["holds"], against)
    return list(dict.fromkeys(worlds.loc[worlds["twice"] & (right < 0.5), "world"]))
