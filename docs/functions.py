"""What pages of this project call: tables that its notebooks saved, and what rules do in its simulated worlds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.claims.judge import CONTRADICTED, SIDES, SUPPORTED, scaled
from analysis.claims.register import Claim
from analysis.claims.rules import Directional, NonInferiority
from analysis.data.catalogue import WORLDS
from analysis.data.load import load
from analysis.report.dossier import Published


def saved(published: Published, name: str) -> pd.DataFrame:
    """Return a table of results as its notebook saved it, every cell as it is written there; empty if none did."""
    path = published.folder / f"tables/{name}.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False) if path.is_file() else pd.DataFrame()


def agreement(published: Published) -> str:
    """Say how many rows were coded twice, and how far findings agree; nothing where no notebook compared the codes."""
    if (table := saved(published, "00_coders")).empty:
        return ""
    rows, found = published.numbers["00_register_and_power"], table.set_index("column").loc["finding"]
    codes, alike = (table[name].astype(int).sum() for name in ("codes", "alike"))
    return (
        f"{rows['coded_twice']} of {rows['coded_twice'] + rows['not_coded_twice']} rows were coded twice; for the "
        f"others the source was not at hand. {alike} of {codes} codes agree; of findings {found['alike']} of "
        f"{found['codes']}, Cohen's kappa {float(found['kappa']):.2f}."
    )


def reached(claim: Claim) -> pd.DataFrame:
    """Return the simulated worlds in which the rule of a claim was applied, with how often it reaches each verdict.

    Added are ``holds`` (whether the claim is true there) and ``twice`` (whether the effect is twice the smallest).
    """
    own = load(WORLDS).query("claim == @claim.id and judged > 0")
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
