"""Two Poisson counts compared, the same finding looked for elsewhere, and the clumping that it bears.

The rate ratio is that of the second period to the first (see `analysis.methods.count_tests`): a fall is below 1. A
finding is what the exact interval says: a fall, a rise, or open. Counts of arrests or attacks come in clumps, which the
Poisson tests do not know. Two break-even numbers say how much clumping would undo the finding: the variance/mean ratio,
and the number of linked cases set aside.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from analysis.errors import InputError
from analysis.methods.count_tests import (
    METHODS,
    Exposures,
    central_p,
    count_test,
    jeffreys_ratio,
    p_text,
    rate_ratio_interval,
)
from analysis.methods.counts_clusters import break_even_dispersion, break_even_removal, dispersion_test
from analysis.methods.counts_power import minimum_detectable_ratio
from analysis.methods.result import Estimate, counted, method
from analysis.methods.variants import each

Change = Literal["fall", "rise"]
_SMALLEST_P = 0.001  # in texts beside a forest
_LEAST_COUNTS = 3  # of a series whose dispersion says something
_COMPARED = [
    *("first", "second", "estimate", "lower", "upper", "band_lower", "band_upper", "break_even_dispersion"),
    *("p_central", "p_e_test", "probability_of_fall"),
]


@method
def compare_counts(
    first: int,
    second: int,
    *,
    exposures: Exposures = (1.0, 1.0),
    labels: tuple[str, str] = ("the first period", "the second period"),
    unit: str = "cases",
    margin: float | None = None,
    about: Change | None = None,
) -> Estimate:
    """Return all that two counts can say of the ratio of the second rate to the first.

    Intervals cover 95 %; break-evens and power are those of the test at the 5 % level.

    Parameters
    ----------
    first, second : int
        Cases in the first and second period.
    exposures : tuple of float
        Exposures of the two periods, in the same unit; default equal.
    labels, unit
        Names of the periods, and what is counted, for the sentence.
    margin : float, optional
        Smallest rate ratio of interest: the p-value is then the one-sided one of a change to it or beyond.
    about : {"fall", "rise"}, optional
        Change whose smallest detectable size stands in the evidence; by default that of the margin or the finding.

    Returns
    -------
    Estimate
        The rate ratio with its exact central interval and the ``finding``: "fall", "rise" or "open". Two-sided p are
        ``p_central`` and ``p_e_test`` (see `analysis.methods.count_tests`; the table has more definitions), one-sided
        ``p_margin``; ``probability_of_fall`` is posterior under Jeffreys priors. ``detectable`` are the ratios nearest
        to 1, below and above, found with 80 % power if the first count is the expected one. ``break_even_dispersion``
        is the variance/mean ratio that undoes the finding, with the Wald interval from ``band_lower`` to
        ``band_upper``; ``break_even_removal`` the cases of the higher rate to be set aside for that.

    Raises
    ------
    InputError
        If a count is not a whole number from 0, or an exposure is not positive.

    Examples
    --------
    >>> result = compare_counts(46, 25, labels=("2019", "2020"), unit="detentions")
    >>> round(result.estimate, 3), round(result.p_value, 3)
    (0.543, 0.017)
    """
    ratio = rate_ratio_interval(first, second, exposures=exposures)
    posterior, probability_of_fall = jeffreys_ratio(first, second, exposures=exposures)
    p = {name: count_test(first, second, exposures=exposures, method=name) for name in METHODS}
    ways: tuple[Change, Change] = ("fall", "rise")
    fall, rise = (
        minimum_detectable_ratio(first, direction=way, exposures=exposures) if first else math.nan for way in ways
    )
    removal = break_even_removal(first, second, exposures=exposures)
    dispersion = break_even_dispersion(first, second, exposures=exposures)
    p_margin = math.nan
    if margin is not None:
        p_margin = count_test(first, second, exposures=exposures, rate_ratio=margin, alternative="greater")
    about = about or ("rise" if (margin or ratio.estimate) > 1 else "fall")
    # At the break-even dispersion one end of the Wald interval is 1, the other the squared ratio.
    band = sorted((1.0, ratio.estimate**2)) if dispersion >= 1 else (math.nan, math.nan)
    more = {
        "first": int(first),
        "second": int(second),
        "exposures": exposures,
        "labels": labels,
        "counted": unit,
        "finding": "fall" if ratio.upper < 1 else "rise" if ratio.lower > 1 else "open",
        "probability_of_fall": probability_of_fall,
        "p_central": p["central"],
        "p_e_test": p["e-test"],
        "p_margin": p_margin,
        "detectable": (fall, rise),
        "break_even_dispersion": dispersion,
        "break_even_removal": removal,
        "band_lower": band[0],
        "band_upper": band[1],
    }
    against = f" One-sided exact test of {_beyond(margin)}: {p_text(p_margin)}." if margin is not None else ""
    return Estimate(
        _counts_sentence(ratio, more) + against,
        name="rate ratio",
        estimate=ratio.estimate,
        lower=ratio.lower,
        upper=ratio.upper,
        p_value=p["central"] if margin is None else p_margin,
        n=int(first + second),
        unit="rate ratio",
        minimum_detectable_effect=rise if about == "rise" else fall,
        more=more,
        rows=_quantities(ratio, posterior, p, more),
    )


def _quantities(ratio: Estimate, posterior: Estimate, p: Mapping[Any, float], of: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row per quantity: value, ends of the interval where there is one, and method."""
    rows = [
        ("rate ratio", ratio.estimate, ratio.lower, ratio.upper, "exact central 95% interval"),
        (
            "rate ratio",
            posterior.estimate,
            posterior.lower,
            posterior.upper,
            "Jeffreys posterior median and 95% interval",
        ),
        ("P(ratio < 1)", of["probability_of_fall"], None, None, "Jeffreys posterior"),
        ("p, two-sided", p["central"], None, None, "central exact conditional test"),
        ("p, two-sided", p["minlike"], None, None, "minlike exact conditional test"),
        ("p, two-sided", p["mid-p"], None, None, "mid-p, twice the smaller tail"),
        ("p, two-sided", p["mid-p minlike"], None, None, "mid-p of minlike (statsmodels cond-midp)"),
        ("p, two-sided", p["e-test"], None, None, "E-test"),
        ("detectable fall", of["detectable"][0], None, None, "central exact test, 80% power"),
        ("detectable rise", of["detectable"][1], None, None, "central exact test, 80% power"),
        ("break-even dispersion", of["break_even_dispersion"], None, None, "Wald, variance/mean"),
        ("break-even removal", of["break_even_removal"], None, None, "cases, central exact test"),
    ]
    return pd.DataFrame(rows, columns=["quantity", "value", "lower", "upper", "method"])


def _counts_sentence(ratio: Estimate, of: Mapping[str, Any]) -> str:
    """Say the counts, the ratio with its interval, the tests, the power, and what would undo the finding."""
    first, unit, (fall, rise) = of["first"], of["counted"], of["detectable"]
    counts = f"{first} {unit} in {of['labels'][0]} and {of['second']} in {of['labels'][1]}"
    if of["exposures"][0] != of["exposures"][1]:
        counts += " (exposures {:g} and {:g})".format(*of["exposures"])
    if not first + of["second"]:
        return f"{counts}: the rate ratio is not defined."
    found = "no fall at all" if math.isnan(fall) else f"a fall to {fall:.2f} of the first rate or less"
    if ratio.estimate > 1:
        found = f"a rise to {rise:.2f} times the first rate or more"
    power = f"With {first} {unit} expected in {of['labels'][0]}, the exact test finds {found} with 80% power."
    undone = "The difference is not significant at the 5% level."
    if of["break_even_removal"]:
        undone = "Its significance at the 5% level would be undone by setting aside "
        undone += f"{of['break_even_removal']} of the {unit} as linked to others"
        by_variance = f", or by a variance of {of['break_even_dispersion']:.2f} times the mean"
        undone += f"{by_variance if of['break_even_dispersion'] >= 1 else ''}."
    return (
        f"{counts}: rate ratio {ratio.estimate:.3f} (exact central 95% interval {ratio.lower:.3f} to "
        f"{ratio.upper:.3f}; exact conditional test {p_text(of['p_central'])}, E-test {p_text(of['p_e_test'])}). "
        f"{power if first else 'From a first count of 0 the power is not known.'} {undone}"
    )


def _beyond(margin: float) -> str:
    return (
        f"a fall to {margin:g} times the first rate or lower" if margin < 1 else f"no rise beyond {margin:g} times it"
    )


@method
def without_linked(found: Estimate) -> Estimate:
    """Return a comparison with as many cases set aside as linked as undo its significance."""
    options = {"exposures": found.exposures, "labels": found.labels, "unit": found.counted}
    falls = found.second * found.exposures[0] < found.first * found.exposures[1]
    left = (found.first, found.second - found.break_even_removal)
    return compare_counts(*((found.first - found.break_even_removal, found.second) if falls else left), **options)


@method
def compare_periods(
    counts: pd.Series,
    first: Hashable,
    second: Hashable,
    *,
    exposure: pd.Series | None = None,
    margin: float | None = None,
    about: Change | None = None,
) -> Estimate:
    """Compare the counts of two periods of a series.

    Parameters
    ----------
    counts : pandas.Series of int
        Cases by period, in order of time; missing where nothing was counted. Its name is what is counted.
    first, second : hashable
        Labels of the two periods in the index.
    exposure : pandas.Series of float, optional
        Exposure by period, such as days on which a case could happen; without it, both are alike.
    margin, about
        As in `compare_counts`.

    Returns
    -------
    Estimate
        As of `compare_counts`.

    Examples
    --------
    >>> yearly = pd.Series({2019: 46, 2020: 25}, name="detentions")
    >>> compare_periods(yearly, 2019, 2020).finding
    'fall'
    """
    known = counts.dropna()
    for period in (first, second):
        if period not in known.index:
            remedy = f"periods at hand: {', '.join(map(str, known.index)) or 'none'}"
            raise InputError(f"no count for {period}", where=str(counts.name), remedy=remedy)
        if exposure is not None and period not in exposure.dropna().index:
            raise InputError(f"no exposure for {period}", where=str(exposure.name), remedy="leave it out")
    if known.index.get_loc(first) >= known.index.get_loc(second):
        raise InputError(f"{second} does not follow {first}", where=str(counts.name), remedy="take two in order")
    exposures = (1.0, 1.0) if exposure is None else (float(exposure[first]), float(exposure[second]))
    options: dict[str, Any] = {"exposures": exposures, "margin": margin, "about": about}
    cases = (int(known[first]), int(known[second]))
    return compare_counts(*cases, labels=(str(first), str(second)), unit=str(counts.name), **options)


@method
def compare_pairs(first: pd.Series, second: pd.Series) -> Estimate:
    """Compare many pairs of counts of equal exposure.

    Parameters
    ----------
    first, second : pandas.Series of int
        Cases of the first and second periods, with the same index.

    Returns
    -------
    Estimate
        Its table has one row a pair: ``ratio`` with its exact interval, and ``p_central``.
    """
    found = [rate_ratio_interval(*pair) for pair in zip(first.tolist(), second.tolist(), strict=True)]
    ends = [(one.estimate, one.lower, one.upper) for one in found]
    rows = pd.DataFrame(ends, columns=["ratio", "lower", "upper"], index=first.index)
    ratio, falls, rises = rows["ratio"], int((rows["upper"] < 1).sum()), int((rows["lower"] > 1).sum())
    return Estimate(
        f"Of {counted(len(ratio), 'pair')}, {(ratio < 1).sum()} fall and {(ratio > 1).sum()} rise; if cases were "
        f"independent, the exact interval excludes equal rates in {counted(falls, 'fall')} and "
        f"{counted(rises, 'rise')}.",
        name="pairs of counts",
        n=len(ratio),
        rows=rows.assign(p_central=central_p(first, second)),
    )


@method
def find_elsewhere(main: Estimate, *others: Estimate | None) -> Estimate:
    """Set a finding beside other comparisons.

    Parameters
    ----------
    main : Estimate
        The finding, of `compare_counts` or `compare_periods`.
    *others : Estimate or None
        Other counts, or the same counts read otherwise; None stands for one that cannot be made, and is left out.

    Returns
    -------
    Estimate
        Of each other: ``same_finding``, by the exact interval, and ``same_direction``, a ratio below 1 if the main one
        is, and not below 1 if it is not.

    Examples
    --------
    >>> found = find_elsewhere(compare_counts(46, 25), compare_counts(17, 12), None)
    >>> found.same_direction, found.same_finding
    ([True], [False])
    """
    made = [other for other in others if other is not None]
    words = f"{_brief(main)}; beside it {'; '.join(map(_brief, made))}."
    return Estimate(
        words if made else f"Nothing can be set beside it: {_brief(main)}.",
        name="finding elsewhere",
        more={
            "same_finding": [other.finding == main.finding for other in made],
            "same_direction": [(other.estimate < 1) == (main.estimate < 1) for other in made],
            "calls": tuple(result.call for result in (main, *made)),
        },
    )


def _bear_clumping(main: Estimate, series: Mapping[str, Estimate]) -> Estimate:
    """Hold the dispersion at which a finding is undone against that of series of counts (`dispersion_test`).

    ``room`` is the break-even variance over mean less the largest of the series; nan if there is none. Clumping widens
    the interval, so that an open finding stays open, and its room is infinite.
    """
    room = main.break_even_dispersion - max((test.index for test in series.values()), default=math.nan)
    found = ", ".join(f"{test.index:.2f} in {test.n} counts of {name}" for name, test in series.items())
    words = f"A variance of {main.break_even_dispersion:.2f} times the mean undoes the finding; "
    words += f"found is {found}." if found else "no series of counts says how large it is."
    if main.finding == "open":
        room = math.inf
        words = "Equal rates are not excluded even for independent cases, and clumping only widens the interval."
    calls = tuple(result.call for result in (main, *series.values()))
    return Estimate(words, name="room for clumping", more={"room": room, "calls": calls})


def strain_finding(
    counts: Mapping[str, pd.Series],
    name: str,
    first: Hashable,
    second: Hashable,
    *,
    otherwise: Mapping[str, Mapping[str, Any]],
    elsewhere: str = "other series",
    clumping: str = "clumping",
) -> tuple[Estimate, dict[str, Estimate]]:
    """Compare two periods of one series, and put the finding under every strain that the data allow.

    Parameters
    ----------
    counts : mapping of str to pandas.Series
        Series of counts of one maker, by name; the others are compared where they have both periods.
    name : str
        The series that the finding is on.
    first, second : hashable
        Labels of the two periods.
    otherwise : mapping of str to mapping
        Other readings by name: arguments of `compare_periods` that differ, such as ``exposure``.
    elsewhere, clumping : str
        Names of the two strains that are no other reading.

    Returns
    -------
    Estimate, dict of str to Estimate
        The finding, and by the name of each strain what it withstands: `find_elsewhere`, or the ``room`` for clumping.
    """
    periods = {"first": first, "second": second}
    main = compare_periods(counts[name], first, second)
    others, _ = each(compare_periods, {key: {"counts": own} for key, own in counts.items() if key != name}, **periods)
    readings, _ = each(compare_periods, otherwise, **({"counts": counts[name]} | periods))
    series = {key: {"counts": own.dropna()} for key, own in counts.items() if own.count() >= _LEAST_COUNTS}
    return main, {
        elsewhere: find_elsewhere(main, *others.values()),
        clumping: _bear_clumping(main, each(dispersion_test, series)[0]),
        **{key: find_elsewhere(main, readings.get(key)) for key in otherwise},
    }


def comparisons_table(results: Sequence[Estimate]) -> pd.DataFrame:
    """Return one row a comparison, for a forest: counts, ratio, interval, break-even and p."""
    rows = pd.DataFrame([[getattr(result, name) for name in _COMPARED] for result in results], columns=_COMPARED)
    return rows.rename(columns={"estimate": "ratio", "probability_of_fall": "p_fall_jeffreys"})


def comparison_texts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return, for rows of `comparisons_table`, texts that stand beside a forest: counts, ratio, p, break-even."""
    columns = {
        "counts": [f"{row.first} → {row.second}" for row in rows.itertuples()],
        "ratio (95% interval)": [f"{row.ratio:.2f} ({row.lower:.2f} to {row.upper:.2f})" for row in rows.itertuples()],
        "exact p": [_short_p(value) for value in rows["p_central"]],
        "E-test p": [_short_p(value) for value in rows["p_e_test"]],
        "break-even": [f"{row.break_even_dispersion:.2f}" if row.band_upper > 0 else "–" for row in rows.itertuples()],
    }
    return pd.DataFrame(columns, index=rows.index)


def _short_p(value: float) -> str:
    return f"{value:.3f}" if value >= _SMALLEST_P else f"<{_SMALLEST_P:g}"


def _brief(result: Estimate) -> str:
    before, after = result.exposures
    exposed = f" (exposures {before:g} and {after:g})" if before != after else ""
    return (
        f"{result.counted} {result.first} to {result.second}{exposed}, ratio {result.estimate:.3f} "
        f"({result.lower:.3f} to {result.upper:.3f}), {p_text(result.p_central)}"
    )
