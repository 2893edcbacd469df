"""Two Poisson counts compared, the same finding looked for elsewhere, and the clumping that it bears.

The rate ratio is that of the second period to the first (see `analysis.methods.count_tests`): a fall is below 1. A
finding is what the exact interval says: a fall, a rise, or open. Cases come in clumps, which Poisson tests do not know:
one round-up can make dozens of arrests. If the episodes are known, they, not the cases, are the independent events. If
not, break-evens say how much clumping, how many linked cases or how much lost exposure a difference bears.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom, chi2, norm

from analysis.errors import InputError
from analysis.methods.count_tests import (
    METHODS,
    WAYS,
    Change,
    Exposures,
    central_p,
    exposure_scale,
    jeffreys_ratio,
    minimum_detectable_ratio,
    odds,
    p_text,
    p_values,
    rate_ratio_interval,
    share_of_second,
    whole_counts,
)
from analysis.methods.result import Estimate, counted, method
from analysis.methods.variants import each

Ints = NDArray[np.int64]
_ALPHA = 0.05
_SMALLEST_P = 0.001  # in texts beside a forest
_MOST_CASES = 1_000_000  # whose distribution is built up episode by episode
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
    first, second, exposures
        As in `analysis.methods.count_tests.rate_ratio_interval`.
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
        ``p_central`` and ``p_e_test`` (see `analysis.methods.count_tests`; the table has more definitions);
        ``probability_of_fall`` is posterior under Jeffreys priors. ``detectable`` are the ratios nearest to 1, below
        and above, found with 80 % power if the first count is the expected one. ``break_even_dispersion`` is the
        variance/mean ratio that undoes the finding, with the Wald interval from ``band_lower`` to ``band_upper``;
        ``break_even_removal`` the cases of the higher rate to be set aside for that.

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
    p = p_values(first, second, exposures=exposures)
    power = [minimum_detectable_ratio(first, direction=way, exposures=exposures) for way in WAYS if first]
    fall, rise = power or (math.nan, math.nan)
    removal = break_even_removal(first, second, exposures=exposures)
    dispersion = break_even_dispersion(first, second, exposures=exposures)
    about = about or ("rise" if (margin or ratio.estimate) > 1 else "fall")
    # At the break-even dispersion one end of the Wald interval is 1, the other the squared ratio.
    band = sorted((1.0, ratio.estimate**2)) if dispersion >= 1 else (math.nan, math.nan)
    against, p_value = "", p["central"]
    if margin is not None:
        p_value = float(binom.sf(second - 1, first + second, share_of_second(exposures, margin)))
        beyond = f"no rise beyond {margin:g} times it"
        if margin < 1:
            beyond = f"a fall to {margin:g} times the first rate or lower"
        against = f" One-sided exact test of {beyond}: {p_text(p_value)}."
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
        "detectable": (fall, rise),
        "break_even_dispersion": dispersion,
        "break_even_removal": removal,
        "band_lower": band[0],
        "band_upper": band[1],
    }
    return replace(
        ratio,
        words=_counts_sentence(ratio, more) + against,
        p_value=p_value,
        n=int(first + second),
        minimum_detectable_effect=rise if about == "rise" else fall,
        more=more,
        rows=_quantities(ratio, posterior, p, more),
    )


def _quantities(
    ratio: Estimate, posterior: tuple[float, float, float], p: Mapping[Any, float], of: Mapping[str, Any]
) -> pd.DataFrame:
    """Return one row per quantity: value, ends of the interval where there is one, and method."""
    exact, none = (ratio.estimate, ratio.lower, ratio.upper), (None, None)
    rows = [
        ("rate ratio", *exact, "exact central 95% interval"),
        ("rate ratio", *posterior, "Jeffreys posterior median and 95% interval"),
        ("P(ratio < 1)", of["probability_of_fall"], *none, "Jeffreys posterior"),
        *(("p, two-sided", p[name], *none, told) for name, told in METHODS.items()),
        ("detectable fall", of["detectable"][0], *none, "central exact test, 80% power"),
        ("detectable rise", of["detectable"][1], *none, "central exact test, 80% power"),
        ("break-even dispersion", of["break_even_dispersion"], *none, "Wald, variance/mean"),
        ("break-even removal", of["break_even_removal"], *none, "cases, central exact test"),
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


@method
def without_linked(found: Estimate) -> Estimate:
    """Return a comparison with as many cases set aside as linked as undo its significance."""
    options = {"exposures": found.exposures, "labels": found.labels, "unit": found.counted}
    first, second, linked = found.first, found.second, found.break_even_removal
    left = (first - linked, second) if found.estimate < 1 else (first, second - linked)
    return compare_counts(*left, **options)


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
    named: dict[str, Any] = {"labels": (str(first), str(second)), "unit": str(counts.name), "margin": margin}
    return compare_counts(known[first], known[second], exposures=exposures, about=about, **named)


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
    rows = pd.DataFrame(ends, index=first.index, columns=["ratio", "lower", "upper"])
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
    """Return the dispersion that undoes a finding less the largest of series of counts, from `dispersion_test`."""
    room = main.break_even_dispersion - max((test.estimate for test in series.values()), default=math.nan)
    found = ", ".join(f"{test.estimate:.2f} in {test.n} counts of {name}" for name, test in series.items())
    words = f"A variance of {main.break_even_dispersion:.2f} times the mean undoes the finding; "
    words += f"found is {found}." if found else "no series of counts says how large it is."
    if main.finding == "open":
        room = math.inf  # clumping widens the interval, so that an open finding stays open
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


@method
def compare_episodes(
    first_sizes: Sequence[int],
    second_sizes: Sequence[int],
    *,
    seed: int,
    exposures: Exposures = (1.0, 1.0),
    draws: int = 10_000,
    labels: tuple[str, str] = ("the first period", "the second period"),
    unit: str = "cases",
) -> Estimate:
    """Compare two counts whose episodes are known.

    The interval resamples episodes: each gets a Poisson(1) weight, which is the same as drawing a Poisson number of
    episodes and their sizes with replacement. With few episodes it is too narrow; the test is exact all the same.

    Parameters
    ----------
    first_sizes, second_sizes : sequence of int
        Cases in each episode (at least 1) of the first and second period; an empty one has no case.
    seed, draws : int
        Seed and draws of the bootstrap.
    exposures, labels, unit
        As in `compare_counts`.

    Returns
    -------
    Estimate
        Ratio of the rates of cases, with the p that reassigns whole episodes; ``p_cases`` takes cases as independent.
        ``dispersion`` is the variance/mean ratio of a compound Poisson count: the sum of squared sizes
        over cases, both periods.

    Raises
    ------
    InputError
        If a size is not a whole number from 1, there is no episode at all, or an exposure is not positive.
    """
    first, second = (whole_counts(sizes, least=1, where="episodes") for sizes in (first_sizes, second_sizes))
    if not len(first) + len(second) or draws < 1:
        raise InputError("no episode or no draw", where="episodes", remedy="give at least one of each")
    cases, scale = (int(first.sum()), int(second.sum())), exposure_scale(exposures)
    estimate, (lower, upper) = odds(cases[1], cases[0]) * scale, _bootstrap_ends(first, second, scale, draws, seed)
    p_episodes = episode_test(first, second, exposures=exposures)
    p_cases = float(central_p(*cases, share_of_second(exposures)))
    sizes, none = np.concatenate([first, second]), math.nan
    dispersion = float((sizes**2).sum() / sizes.sum())
    rows = [
        ("rate ratio", estimate, lower, upper, "compound Poisson bootstrap, 95% percentiles"),
        ("p, two-sided", p_episodes, none, none, "exact reassignment of whole episodes"),
        ("p, two-sided", p_cases, none, none, "central exact test, cases independent"),
        ("dispersion", dispersion, none, none, "sum of squared sizes over cases"),
    ]
    told = (
        f"{count} {unit} in {counted(len(own), 'episode')} in {label}"
        for count, own, label in zip(cases, (first, second), labels, strict=True)
    )
    return Estimate(
        f"{' and '.join(told)}: rate ratio {estimate:.3f} (bootstrap of episodes, 95% interval "
        f"{lower:.3f} to {upper:.3f}; exact test by episodes {p_text(p_episodes)}, by cases {p_text(p_cases)}; "
        f"variance/mean ratio {dispersion:.2f}).",
        name="rate ratio",
        estimate=estimate,
        lower=lower,
        upper=upper,
        p_value=p_episodes,
        n=sum(cases),
        unit="rate ratio",
        more={"p_cases": p_cases, "dispersion": dispersion},
        rows=pd.DataFrame(rows, columns=["quantity", "value", "lower", "upper", "method"]),
    )


def episode_test(first_sizes: ArrayLike, second_sizes: ArrayLike, *, exposures: Exposures = (1.0, 1.0)) -> float:
    """Return the exact central p of equal rates when whole episodes, not cases, are independent."""
    first, second = (whole_counts(sizes, least=1, where="episodes") for sizes in (first_sizes, second_sizes))
    share, total = share_of_second(exposures), int(second.sum())
    if total + first.sum() > _MOST_CASES:
        raise InputError(f"more than {_MOST_CASES:,} cases", where="episodes", remedy="count in larger units")
    mass = np.ones(1)  # of the second count given all episodes: a convolution
    for size in np.concatenate([first, second]):
        mass = np.pad((1 - share) * mass, (0, size)) + np.pad(share * mass, (size, 0))
    return float(min(1.0, 2 * min(mass[: total + 1].sum(), mass[total:].sum())))


def _bootstrap_ends(first: Ints, second: Ints, scale: float, draws: int, seed: int) -> tuple[float, float]:
    """Return percentile ends of the rate ratio; draws without any case say nothing and are left out."""
    rng = np.random.default_rng(seed)
    totals = [rng.poisson(1.0, (draws, len(sizes))) @ sizes for sizes in (first, second)]
    kept = (totals[0] + totals[1]) > 0
    a, b = totals[0][kept], totals[1][kept]
    ratio = np.divide(b, a, out=np.full(len(a), np.inf), where=a > 0) * scale
    # The ends are draws themselves: interpolating towards an infinite ratio would give nan.
    return float(np.quantile(ratio, 0.025, method="lower")), float(np.quantile(ratio, 0.975, method="higher"))


@method
def dispersion_test(counts: ArrayLike) -> Estimate:
    """Test whether counts of equal exposure vary as Poisson counts with one mean (index of dispersion).

    Parameters
    ----------
    counts : array_like of int, shape (n,)
        At least two counts, not all 0.

    Returns
    -------
    Estimate
        Variance over mean, 1 for Poisson counts, with p against overdispersion.

    References
    ----------
    Fisher (1950). The significance of deviations from expectation in a Poisson series. Biometrics 6, 17-24.
    """
    x = whole_counts(counts, where="dispersion test")
    if len(x) < 2 or not x.sum():
        raise InputError("fewer than two counts, or all are 0", where="dispersion test", remedy="correct them")
    n, mean, variance = len(x), float(x.mean()), float(x.var(ddof=1))
    index, statistic = variance / mean, (n - 1) * variance / mean
    over = float(chi2.sf(statistic, n - 1))
    return Estimate(
        f"{n} counts have mean {mean:.3f} and variance {variance:.3f}, a ratio of {index:.3f} (index-of-dispersion "
        f"test: chi-squared {statistic:.1f} on {n - 1} degrees of freedom; {p_text(over)} against overdispersion).",
        name="variance over mean",
        estimate=index,
        p_value=over,
        n=n,
        unit="variance over mean",
    )


def break_even_dispersion(first: int, second: int, *, exposures: Exposures = (1.0, 1.0)) -> float:
    """Return the variance/mean ratio at which the 95 % Wald interval of the log rate ratio reaches 0; nan for a 0."""
    if not first or not second:
        return math.nan
    log_ratio = math.log(odds(second, first) * exposure_scale(exposures))
    return log_ratio**2 / (float(norm.isf(_ALPHA / 2)) ** 2 * (1 / first + 1 / second))


def break_even_removal(first: int, second: int, *, exposures: Exposures = (1.0, 1.0)) -> int:
    """Return how many cases of the higher rate, set aside as linked, bring central p to 5 %; 0 if it is there."""
    higher, lower = whole_counts([first, second]).tolist()
    share = share_of_second(exposures)
    if second * exposures[0] >= first * exposures[1]:
        higher, lower, share = lower, higher, 1 - share
    # Of the lower rate the smaller tail is the lower one, and it grows with every case that is set aside.
    left = range(lower + higher, lower - 1, -1)
    return bisect.bisect_left(left, _ALPHA / 2, key=lambda total: binom.cdf(lower, total, share))


def break_even_episode(first: int, second: int) -> int:
    """Return how many cases of the higher count, if they were one episode, bring p of `episode_test` to 5 %."""
    whole_counts([first, second])
    size = np.arange(1, max(first, second) + 1)
    rest = first + second - size
    low = (binom.cdf(second, rest, 0.5) + binom.cdf(second - size, rest, 0.5)) / 2
    high = (binom.sf(second - 1, rest, 0.5) + binom.sf(second - size - 1, rest, 0.5)) / 2
    enough = size[2 * np.minimum(low, high) >= _ALPHA]
    return int(enough[0]) if len(enough) and enough[0] > 1 else 0


def decisions(first: ArrayLike, second: ArrayLike) -> NDArray[np.int8]:
    """Return what the test says at the 5 % level of counts of equal exposure and any shape: -1 fall, 0 open, 1 rise."""
    change = np.sign(np.subtract(second, first))
    return np.where(central_p(first, second) < _ALPHA, change, 0).astype(np.int8)


@method
def break_even_cases(first: int, second: int) -> Estimate:
    """Return how many cases out of two counts of equal exposure, into them, or in one episode undo their difference.

    Parameters
    ----------
    first, second : int
        Cases in the first and second period.

    Returns
    -------
    Estimate
        Cases ``removed`` from the higher count, ``added`` to the lower one, or of the higher that are one ``episode``,
        each until the difference is no longer significant at the 5 % level; 0 if it is not as it is.
    """
    removed, episode = break_even_removal(first, second), break_even_episode(first, second)
    low, high = sorted((first, second))
    added = int(np.argmax(decisions(low + np.arange(high - low + 1), high) == 0))
    counts = f"{first} and {second}"
    words = (
        f"The difference between {counts} is no longer significant once {removed} cases are taken from the higher "
        f"count, {added} are added to the lower, or {episode} cases of the higher are one episode."
    )
    if not removed:
        words = f"Between {counts} the exact test shows no difference that could be undone."
    return Estimate(words, name="break-even", more={"removed": removed, "added": added, "episode": episode})


@method
def lose_exposure(first: int, second: int, *, exposures: Exposures, most: int) -> Estimate:
    """Compare two counts if more and more of the second period's exposure could hold no case.

    Parameters
    ----------
    first, second : int
        Cases in the two periods.
    exposures : tuple of float
        Whole exposures of the two periods, such as their days.
    most : int
        Largest loss; less than the second exposure.

    Returns
    -------
    Estimate
        ``break_even``: least loss at which the exact interval first holds equal rates; None if it never does. The table
        has the ratio and its interval by loss.
    """
    lost, found = np.arange(most + 1), rate_ratio_interval(first, second)
    # The ratio of rates and its exact interval are proportional to the ratio of exposures.
    scale = exposures[0] / (exposures[1] - lost)
    ends = {"ratio": found.estimate * scale, "lower": found.lower * scale, "upper": found.upper * scale}
    holds = lost[(ends["lower"] <= 1) & (ends["upper"] >= 1)]
    break_even = int(holds[0]) if len(holds) else None
    words = f"The interval holds equal rates once {break_even} units of the later exposure are lost."
    if break_even is None:
        words = f"A loss of up to {most} units of exposure leaves equal rates excluded."
    rows = pd.DataFrame(ends, index=pd.Index(lost, name="lost"))
    return Estimate(words, name="lost exposure", more={"break_even": break_even}, rows=rows)
