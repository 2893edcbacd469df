"""Steps of notebook 02: comparisons of counts in the fields of evidence, with the registered falsifications."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.article.press import (
    ARTICLE_YEARS,
    Reading,
    comparisons,
    emergency_days,
    name_of,
    readings,
    yearly_dispersion,
)
from analysis.article.press_sources import ADIL_SOZ
from analysis.claims.evidence import Check, Measure
from analysis.claims.register import Claim
from analysis.methods.count_tests import Interval, noninferiority_p, p_text
from analysis.methods.counts import CountComparison
from analysis.methods.counts_clusters import DispersionTest

# Rows whose source says so were typed from the article under test, and cannot confirm it.
_THE_ARTICLE = "(the article)"


def state(result: CountComparison) -> str:
    """Return what the exact interval says: ``fall``, ``rise``, or ``open`` if it holds equal rates."""
    if result.ratio.upper < 1:
        return "fall"
    return "rise" if result.ratio.lower > 1 else "open"


def brief(result: CountComparison) -> str:
    """Return counts, ratio, exact interval and p in a few words."""
    r = result.ratio
    return (
        f"{result.first} to {result.second}, ratio {r.estimate:.3f} ({r.lower:.3f} to {r.upper:.3f}), central exact "
        f"{p_text(result.p_central)}"
    )


def falsifications(
    indicator: str,
    results: Mapping[str, CountComparison],
    readings: Mapping[str, Reading],
    dispersion: Mapping[str, DispersionTest],
) -> list[Check]:
    """Return the registered falsifications of a comparison; each is passed if the conclusion stays what it is.

    Parameters
    ----------
    indicator : str
        Count that the claim is about.
    results : mapping of str to CountComparison
        All whole-year comparisons of the same two years, by indicator.
    readings : mapping of str to Reading
        Other readings of this pair.
    dispersion : mapping of str to DispersionTest
        Dispersion of the monitor's whole-year counts, by indicator.
    """
    main = results[indicator]
    return [
        _other_series(indicator, results),
        _reading("June 2019 episode removed", main, readings.get("second_half"), _no_episode(main)),
        _overdispersion(main, dispersion),
        _reading("emergency days as exposure", main, readings.get("emergency"), "no day of emergency is known"),
    ]


def failed(counts: pd.DataFrame, pandem: pd.DataFrame, indicator: str) -> list[str]:
    """Return the registered checks of the monitor's finding on the article's two years that fail.

    Parameters
    ----------
    counts, pandem : pandas.DataFrame
        Tables ``adil_soz_counts`` and ``pandem``.
    indicator : str
        Count in question.
    """
    years: dict[str, Any] = {"base_year": ARTICLE_YEARS[0], "year": ARTICLE_YEARS[1]}
    dated: dict[str, Any] = {"country": "KAZ", "year": ARTICLE_YEARS[1]}
    lost, restricted = (emergency_days(pandem, **dated, open_ended=wide) for wide in (False, True))
    own = readings(counts, indicator, **years, lost=lost, restricted=max(lost, restricted))
    checks = falsifications(indicator, comparisons(counts, **years), own, yearly_dispersion(counts))
    return [check.name for check in checks if not check.passed]


def shaken(counts: pd.DataFrame, pandem: pd.DataFrame, indicator: str) -> bool:
    """Return whether a registered check of the monitor's finding on the article's two years fails."""
    return bool(failed(counts, pandem, indicator))


def _other_series(indicator: str, results: Mapping[str, CountComparison]) -> Check:
    """Whether the monitor's other counts move the same way."""
    pooled = "attacks_and_detentions"
    others = {name: result for name, result in results.items() if name not in (indicator, pooled)}
    down = results[indicator].ratio.estimate < 1
    same = [(result.ratio.estimate < 1) == down for result in others.values()]
    parts = "; ".join(f"{name_of(name)} {brief(result)}" for name, result in others.items())
    detail = f"{sum(same)} of {len(same)} other counts move the same way: {parts}"
    return Check(name="other Adil Soz series", passed=bool(same) and all(same), detail=detail, asks="finding")


def _no_episode(main: CountComparison) -> str:
    return f"the monitor dates no {main.unit} and gives no half-year count, so the check cannot be run"


def _reading(name: str, main: CountComparison, other: Reading | None, missing: str) -> Check:
    """Whether the conclusion is the same under another reading of the counts."""
    if other is None:
        return Check(name=name, passed=False, detail=missing, asks="finding")
    detail = f"{other.label}: {brief(other.comparison)}"
    return Check(name=name, passed=state(other.comparison) == state(main), detail=detail, asks="finding")


def _overdispersion(main: CountComparison, dispersion: Mapping[str, DispersionTest]) -> Check:
    """Whether clumping as large as that of the monitor's own yearly counts would leave the conclusion standing."""
    name = "break-even overdispersion"
    if state(main) == "open":
        detail = "equal rates are not excluded even for independent cases, and clumping only widens the interval"
        return Check(name=name, passed=True, detail=detail, asks="finding")
    if not dispersion:
        return Check(name=name, passed=False, detail="no series of yearly counts to compare with", asks="finding")
    series, largest = max(dispersion.items(), key=lambda item: item[1].index)
    detail = (
        f"variance {main.break_even_dispersion:.2f} times the mean would undo it; the {largest.n} yearly counts of "
        f"{name_of(series)} have {largest.index:.2f}"
    )
    return Check(name=name, passed=main.break_even_dispersion > largest.index, detail=detail, asks="finding")


def neighbouring(main: CountComparison, groups: pd.DataFrame) -> Check:
    """Return the falsification that counts around the country move the same way."""
    name = "neighbouring countries"
    if groups.empty:
        return Check(
            name=name, passed=False, detail="no count of neighbouring countries covers both years", asks="finding"
        )
    rows = groups.itertuples()
    parts = "; ".join(f"{row.what} {row.first} to {row.second}, ratio {row.ratio:.2f}" for row in rows)
    same = ((groups["ratio"] < 1) == (main.ratio.estimate < 1)).all()
    return Check(
        name=name,
        passed=bool(same),
        detail=f"{parts} ({main.unit} here: ratio {main.ratio.estimate:.2f})",
        asks="finding",
    )


def fall(name: str, ratio: Interval, *, smallest: float) -> Measure:
    """Return a rate ratio of the monitor's counts as a measure: on the log scale, a fall (improvement) positive."""
    return Measure(
        name=name,
        producer=ADIL_SOZ,
        estimate=-math.log(ratio.estimate),
        lower=-math.log(ratio.upper),
        upper=-math.log(ratio.lower),
        smallest_effect=abs(math.log(smallest)),
    )


def measure(result: CountComparison, *, smallest: float) -> Measure:
    """Return a comparison as a measure: log of first over second rate, so that a fall (improvement) is positive."""
    name = f"{result.unit}, log of the {result.labels[0]} rate over the {result.labels[1]} rate"
    return fall(name, result.ratio, smallest=smallest)


def no_fewer(claim: Claim, result: CountComparison, checks: list[Check]) -> dict[str, Any]:
    """Return the evidence on a null claim; p is that of a fall to the smallest ratio of interest or lower."""
    assert claim.smallest_effect is not None
    smallest = claim.smallest_effect.value
    p = noninferiority_p(result.first, result.second, margin=smallest, exposures=result.exposures)
    null = f"One-sided exact test of a fall to {smallest:g} times the first rate or lower: {p_text(p)}."
    return _common(result, checks) | {
        "p_value": p,
        "minimum_detectable_effect": finite(result.detectable[0]),
        "measures": [measure(result, smallest=smallest)],
        "summary": f"{result.sentence()} {null}",
    }


def more(result: CountComparison, checks: list[Check]) -> dict[str, Any]:
    """Return the evidence on a claimed rise: p is that of the central exact test of equal rates."""
    return _common(result, checks) | {
        "p_value": result.p_central,
        "minimum_detectable_effect": finite(result.detectable[1]),
        "summary": result.sentence(),
    }


def _common(result: CountComparison, checks: list[Check]) -> dict[str, Any]:
    return {
        "estimate": result.ratio.estimate,
        "interval": (result.ratio.lower, result.ratio.upper),
        "unit": "rate ratio",
        "n": result.first + result.second,
        "design": "model-based",
        "falsifications": checks,
    }


def finite(value: float) -> float | None:
    """Return a number, or None where there is none."""
    return None if math.isnan(value) else value
