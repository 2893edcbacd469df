"""Steps of notebook 04: registered checks on the pooled election claims, and results in the fields of evidence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.article.elections import OUTCOMES, WINDOW_NAMES
from analysis.claims.evidence import Check, Evidence, Multiverse
from analysis.methods import multiverse as curves
from analysis.methods.calendars import detectable_ratio
from analysis.methods.fixed_effects_poisson import ConditionalPoissonFit
from analysis.methods.placebo_calendars import PlaceboCalendars


def pooled(
    fits: dict[str, ConditionalPoissonFit], term: str, *, moved: PlaceboCalendars, without: pd.DataFrame
) -> list[Check]:
    """Return the registered falsifications of one window, in the register's order.

    Parameters
    ----------
    fits : dict of str to ConditionalPoissonFit
        See :func:`analysis.article.elections.samples`.
    term : str
        Window.
    moved : PlaceboCalendars
        The window's coefficient on moved calendars.
    without : pandas.DataFrame
        See :func:`analysis.article.elections.leave_one_out`.
    """
    return [
        placebo_check(moved, fits["all elections"]),
        democracies_check(fits, term),
        scheduled_check(fits, term),
        unrelated_check(fits, term),
        leave_one_out_check(without),
    ]


def listed(found: Iterable[Evidence]) -> pd.DataFrame:
    """Return the falsifications of several pieces of evidence, one row a claim and check."""
    return pd.DataFrame(
        [{"claim": item.claim, **check.model_dump()} for item in found for check in item.falsifications]
    )


def placebo_check(result: PlaceboCalendars, fit: ConditionalPoissonFit) -> Check:
    """Return the falsification that no moved calendar shows a rise of its own: no interval above one."""
    half = stats.t.ppf(0.975, fit.n_clusters - 1) * result.errors[1:]
    low, middle, high = (np.exp(result.coefficients[1:] + shift) for shift in (-half, 0, half))
    worst = int(np.argmax(low))
    detail = (
        f"{int((low > 1).sum())} of {len(low)} moved calendars show a rise of their own; the strongest is moved by "
        f"{result.shifts[1 + worst]:+d} months: rate ratio {middle[worst]:.2f} (95% interval {low[worst]:.2f} to "
        f"{high[worst]:.2f}), on the true calendar {np.exp(result.coefficients[0]):.2f}"
    )
    return Check(name="placebo elections", passed=not (low > 1).any(), detail=detail)


def democracies_check(fits: dict[str, ConditionalPoissonFit], term: str) -> Check:
    """Return the falsification that the rise is larger than in other regimes: the interval of the ratio is above 1."""
    here, there = fits["all elections"].table().loc[term], fits["other regimes"].table().loc[term]
    difference, error = here["log_ratio"] - there["log_ratio"], np.hypot(here["error"], there["error"])
    low, high = np.exp(difference + stats.norm.ppf([0.025, 0.975]) * error)
    detail = (
        f"rate ratio {here['rate_ratio']:.2f} here and {there['rate_ratio']:.2f} in the other regimes; "
        f"their ratio is {np.exp(difference):.2f} (95% interval {low:.2f} to {high:.2f})"
    )
    return Check(name="democracies as contrast", passed=bool(low > 1), detail=detail)


def scheduled_check(fits: dict[str, ConditionalPoissonFit], term: str) -> Check:
    """Return the falsification that elections at their regular date show the rise: their interval is above one."""
    row, early = fits["scheduled"].table().loc[term], fits["early"].table().loc[f"{term}_early"]
    detail = f"{_ratio(row)} for scheduled and {_ratio(early)} for early elections"
    return Check(name="scheduled elections only", passed=bool(row["lower"] > 1), detail=detail)


def unrelated_check(fits: dict[str, ConditionalPoissonFit], term: str) -> Check:
    """Return the falsification that protests over prices, wages or land do not rise: no interval above one."""
    row = fits["economic protests"].table().loc[term]
    detail = f"{OUTCOMES['economic']}: {_ratio(row)}"
    return Check(name="unrelated outcome", passed=bool(row["lower"] <= 1), detail=detail)


def leave_one_out_check(found: pd.DataFrame) -> Check:
    """Return the falsification that no single election makes the rise: the interval stays above one without it."""
    low, high = found.loc["least"], found.loc["most"]
    detail = (
        f"whichever of {low['tried']:,} elections is left out, the rate ratio lies between {low['rate_ratio']:.2f} "
        f"(95% interval {low['lower']:.2f} to {low['upper']:.2f}, without {low['iso3']} {_month(low['serial'])}) and "
        f"{high['rate_ratio']:.2f}"
    )
    return Check(name="leave one election out", passed=bool(low["lower"] > 1), detail=detail)


def joint(curve: curves.SpecificationCurve, test: curves.JointTest) -> Multiverse:
    """Return a specification curve in the fields of evidence; the joint p is the largest of the three."""
    estimates, z = curve.estimates[:, 0], curve.z[:, 0]
    return Multiverse(
        n=len(estimates),
        share_same_sign=float((estimates > 0).mean()),
        share_significant=float((z > curves.CRITICAL).mean()),
        joint_p=float(test.p.max()),
    )


def evidence(fit: ConditionalPoissonFit, term: str) -> dict[str, Any]:
    """Return one window's rate ratio in the fields of evidence."""
    row = fit.table().loc[term]
    return {
        "estimate": float(row["rate_ratio"]),
        "interval": (float(row["lower"]), float(row["upper"])),
        "p_value": float(row["p"]),
        "unit": "rate ratio",
        "n": fit.n_used,
        "minimum_detectable_effect": detectable_ratio(float(row["error"])),
        "design": "model-based",
        "summary": f"In {WINDOW_NAMES[term]}: {fit.sentence(term)}",
    }


def _ratio(row: pd.Series) -> str:
    return f"rate ratio {row['rate_ratio']:.2f} (95% interval {row['lower']:.2f} to {row['upper']:.2f})"


def _month(serial: float) -> str:
    return f"{int(serial) // 12}-{int(serial) % 12 + 1:02d}"
