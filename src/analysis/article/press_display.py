"""Rows and sentences of notebook 02 for its figures and tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.article.press import Reading, break_even_counts, name_of, units
from analysis.methods.counts import CountComparison
from analysis.methods.counts_clusters import break_even_episode

_SMALLEST_P = 0.001


def forest(
    results: Mapping[str, CountComparison], readings: Mapping[str, Reading], *, counts: pd.DataFrame, indicator: str
) -> pd.DataFrame:
    """Return one row a comparison for the forest figure: first as counted, then one indicator read otherwise."""
    base_year, year = (int(label) for label in results[indicator].labels)
    rows = []
    for name, result in results.items():
        first, second = units(counts, name, base_year=base_year, year=year)
        label = name_of(name).capitalize() + (f" ({first}, then {second})" if first != second else "")
        rows.append((f"{base_year} to {year}, as counted", label, result))
    group = f"{name_of(indicator).capitalize()}, read otherwise"
    rows += [(group, reading.label, reading.comparison) for reading in readings.values()]
    return pd.DataFrame([{"group": group, "label": label} | _forest_row(result) for group, label, result in rows])


def _forest_row(result: CountComparison) -> dict[str, Any]:
    r, band = result.ratio, break_even_band(result)
    ends = {"ratio": r.estimate, "lower": r.lower, "upper": r.upper, "band_lower": band[0], "band_upper": band[1]}
    jeffreys = result.probability_of_fall
    ends["break_even_dispersion"] = result.break_even_dispersion
    tests = {"p_central": result.p_central, "p_e_test": result.p_e_test, "p_fall_jeffreys": jeffreys}
    return {"first": result.first, "second": result.second} | ends | tests


def forest_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the text columns of the forest figure: counts, ratio with interval, two p-values, break-even variance."""
    rows = list(frame.itertuples())
    return pd.DataFrame(
        {
            "counts": [f"{row.first} → {row.second}" for row in rows],
            "ratio (95% interval)": [f"{row.ratio:.2f} ({row.lower:.2f} to {row.upper:.2f})" for row in rows],
            "exact p": [_p(row.p_central) for row in rows],
            "E-test p": [_p(row.p_e_test) for row in rows],
            "break-even": [f"{row.break_even_dispersion:.2f}" if row.band_upper > 0 else "–" for row in rows],
        },
        index=frame.index,
    )


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= _SMALLEST_P else f"<{_SMALLEST_P:g}"


def break_even_band(result: CountComparison) -> tuple[float, float]:
    """Return the Wald interval at the break-even dispersion: one end is 1; nan if Poisson counts already hold 1."""
    phi = result.break_even_dispersion
    if math.isnan(phi) or phi < 1:
        return math.nan, math.nan
    half = abs(math.log(result.ratio.estimate))
    return result.ratio.estimate * math.exp(-half), result.ratio.estimate * math.exp(half)


def undone_sentence(first: int, second: int) -> str:
    """Say how many cases out, in, or in one episode undo a significant fall."""
    out, added = break_even_counts(first, second)
    if not out:
        return f"Between {first} and {second} the exact test shows no fall that could be undone."
    episode = break_even_episode(first, second)
    return (
        f"The fall from {first} to {second} is no longer significant once {out} cases are taken from the first year, "
        f"{added} are added to the second, or {episode} of the first year's cases are one episode."
    )


def needed_sentence(
    needed: Mapping[str, int], smallest: tuple[float, float], results: Mapping[str, CountComparison]
) -> str:
    """Say how many cases a year must be counted before the registered ratios can be seen, beside those at hand."""
    at_hand = ", ".join(f"{result.first} {result.unit}" for result in results.values())
    return (
        f"A fall to {smallest[0]:g} needs {needed['fall']} cases in the first year, a rise to {smallest[1]:g} needs "
        f"{needed['rise']}; at hand are {at_hand}."
    )
