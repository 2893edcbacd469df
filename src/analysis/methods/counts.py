"""Two counts compared, their cases clumped or not, and the same finding looked for elsewhere.

The rate ratio is that of the second period to the first (see `analysis.methods.count_tests`): a fall is below 1. Cases
come in clumps, which Poisson tests do not know: one round-up can make dozens of arrests. How clumped they are is read
off other series of the same maker, and widens the interval.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import wrightomega, xlogy
from scipy.stats import binom, chi2, norm, t

from analysis.methods import count_tests
from analysis.methods._inputs import aligned, check_order, numbers, numeric, refuse_if, refuse_unknown, whole_counts
from analysis.methods.count_tests import WAYS, Change, Exposures, exposure_scale, p_text, rate_ratio_interval
from analysis.methods.result import TAIL, Estimate, Floats, chance, counted, decimals, interval, method
from analysis.methods.student import detectable_difference
from analysis.methods.variants import each

SURE = (0.80, 0.95)  # confidences for which it is said which counts would give them
_MOST = 10_000  # counts that are tried


@method
def pooled_dispersion(counts: pd.DataFrame, *, prior: float = 2.0, prior_degrees: float = 2.0) -> Estimate:
    """Return the variance over the mean of counts that come in clumps, pooled over series of one maker.

    Each series has a mean of its own (McCullagh and Nelder 1989, section 4.5, doi:10.1201/9780203753736). Few counts
    say little, so the pool is moderated by a prior: a scaled inverse chi-squared one, as in moderated t statistics
    (Smyth 2004, doi:10.2202/1544-6115.1027).

    The pool is at least 1 and has ``degrees`` of freedom: the prior's and one less than its counts for each series. The
    table has by series, and for the pool, ``n``, ``mean``, ``dispersion`` (variance over mean, Fisher's index) with a
    95 % interval as if scaled chi-squared, and ``p`` against overdispersion.

    Parameters
    ----------
    counts : pandas.DataFrame of int
        Counts of equal exposure by period (rows) and series (columns), missing where nothing was counted. A series that
        is to be tested does not belong there, nor a total that holds it.
    prior, prior_degrees : float, default 2.0 and 2.0
        Dispersion before any series is seen, and how many degrees of freedom it is worth.

    Raises
    ------
    InputError
        If a count is not a whole number from 0 to 1e12, or the prior or its degrees are not above 0.

    Examples
    --------
    >>> series = pd.DataFrame({"attacks": [17, 12, 8, 32], "threats": [9, 10, 8, None]})
    >>> found = pooled_dispersion(series)
    >>> round(found.estimate, 2), found.degrees
    (3.34, 7.0)
    """
    said = f"a prior of {prior:g} with {prior_degrees:g} degrees of freedom"
    refuse_if(not (0 < prior < math.inf and 0 < prior_degrees < math.inf), said, "dispersion", "both are above 0")
    counts = numeric(counts, counts.columns, "dispersion")
    values = counts.to_numpy(dtype=float).T
    whole_counts(values[~np.isnan(values)], where="dispersion")
    pooled, degrees = (float(part) for part in moderated_dispersion(values, prior=prior, prior_degrees=prior_degrees))
    known = counts.loc[:, counts.sum() > 0]
    frame = pd.DataFrame({"n": known.count(), "mean": known.mean(), "dispersion": known.var() / known.mean()})
    frame = frame[frame["n"] > 1].rename_axis("series")
    told = ", ".join(f"{row.dispersion:.2f} in {row.n} counts of {row.Index}" for row in frame.itertuples())
    frame.loc["pooled, with the prior"] = [frame["n"].sum(), math.nan, pooled]
    free = np.append(frame["n"].to_numpy()[:-1] - 1, degrees)
    squares = free * frame["dispersion"]
    ends = {"lower": squares / chi2.isf(TAIL, free), "upper": squares / chi2.ppf(TAIL, free)}
    return Estimate(
        f"The variance of counts is {pooled:.2f} times their mean on {counted(degrees, 'degree')} of freedom: "
        f"{told or 'no series has several counts and a case among them'}; {prior:g} on "
        f"{counted(prior_degrees, 'degree')} before any was seen.",
        name="variance over mean",
        estimate=pooled,
        n=int(frame["n"].iloc[-1]),
        unit="variance over mean",
        assumed=f"scaled chi-squared prior: {prior:g} on {counted(prior_degrees, 'degree')} of freedom",
        more={"degrees": degrees},
        rows=frame.assign(**ends, p=chi2.sf(squares, free)).astype({"n": int}),
    )


def moderated_dispersion(values: Floats, *, prior: float = 2.0, prior_degrees: float = 2.0) -> tuple[Floats, Floats]:
    """Return dispersion and degrees of freedom of counts in the shape (..., series, periods), nan where none is."""
    n = np.isfinite(values).sum(axis=-1)
    mean = np.divide(np.nansum(values, axis=-1), n, out=np.zeros(n.shape), where=n > 0)
    squares = np.nansum((values - mean[..., None]) ** 2, axis=-1)
    own = np.divide(squares, mean, out=np.zeros(n.shape), where=mean > 0)
    degrees = prior_degrees + np.where(mean > 0, n - 1, 0).sum(axis=-1)
    return np.maximum(1.0, (prior * prior_degrees + own.sum(axis=-1)) / degrees), degrees


def clumped_below(
    value: Any, first: Any, second: Any, *, dispersion: Any, degrees: Any, exposures: Exposures = (1.0, 1.0)
) -> Any:
    """Return the confidence that the rate ratio of counts, not both 0, lies below a value; all may have any shape.

    As the smaller count falls, the standard errors between the log ratio and the value grow at first, but shrink again
    on the way to zero (Hauck and Donner 1977, doi:10.1080/01621459.1977.10479969). From the count at which they are
    most, they grow as the signed root of the deviance does.
    """
    x, y = np.asarray(first), np.asarray(second)
    against = np.clip(np.divide(value, exposure_scale(exposures)), 1 / count_tests.FARTHEST, count_tests.FARTHEST)
    above = y <= x * against
    small, large, sign = np.where(above, y, x), np.where(above, x, y), np.where(above, 1, -1)
    log_ratio = sign * np.log(against)
    share, most = small / large, wrightomega(log_ratio + math.log(2) - 2) / 2
    held = np.maximum(share, most)
    errors = (log_ratio - np.log(held)) / np.sqrt(dispersion / large * (1 + 1 / held))
    fewer, at_most = (
        xlogy(one, one / np.exp(log_ratio)) + (1 + one) * (np.logaddexp(0, log_ratio) - np.log1p(one))
        for one in (share, most)
    )
    errors = errors * np.sqrt(np.divide(fewer, at_most, out=np.ones_like(errors), where=share < most))
    return t.cdf(sign * errors, degrees)


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
    dispersion: Estimate | None = None,
) -> Estimate:
    """Return what two counts say of the ratio of the second rate to the first.

    Where it is known how clumped cases are, the log ratio has a Student interval with the standard error
    ``sqrt(dispersion * (1 / first + 1 / second))`` (McCullagh and Nelder 1989, chapter 6, doi:10.1201/9780203753736);
    where one count is so small that with fewer cases this would tell less, the deviance takes over. Without that, cases
    are taken as independent, and the interval is the exact central one. Intervals cover 95 %, tests are at the 5 %
    level.

    The ratio comes with a ``finding``: "fall", "rise" or "open". ``p_two_sided`` belongs to the interval. If cases were
    independent, the interval would be from ``band_lower`` to ``band_upper``, and p ``p_central`` (see
    `analysis.methods.count_tests`; the table has more definitions). ``detectable`` are the ratios nearest to 1, below
    and above, found with 80 % power if the first count is the expected one; ``break_even_dispersion`` is the
    variance/mean ratio at which the 95 % Wald interval reaches 1, and ``dispersion`` the one that was used. With it
    and a margin, ``needed`` says which second counts would tell.

    Parameters
    ----------
    first, second, exposures
        As in `analysis.methods.count_tests.rate_ratio_interval`.
    labels, unit : tuple of str, str, default ("the first period", "the second period") and "cases"
        Names of the periods, and what is counted, for the sentence.
    margin : float, optional
        Smallest rate ratio of interest: the p-value is then the one-sided one of a change to it or beyond.
    about : {"fall", "rise"}, optional
        Change whose smallest detectable size stands in the evidence; by default that of the margin or the finding.
    dispersion : Estimate, optional
        Of `pooled_dispersion`, from other series of the same maker.

    Raises
    ------
    InputError
        If a count is not a whole number from 0 to 1e12, or an exposure is not positive.

    Examples
    --------
    >>> result = compare_counts(46, 25, labels=("2019", "2020"), unit="detentions")
    >>> round(result.estimate, 3), round(result.p_value, 3)
    (0.543, 0.017)
    >>> clumps = pooled_dispersion(pd.DataFrame({"attacks": [17, 12, 8, 32], "threats": [9, 10, 8, None]}))
    >>> result = compare_counts(46, 25, dispersion=clumps)
    >>> round(result.lower, 2), round(result.upper, 2), round(result.confidence_below(1), 2)
    (0.19, 1.59, 0.89)
    """
    other = dispersion is not None and dispersion.unit != "variance over mean"
    refuse_if(other, "not a variance over mean", "dispersion", "give the result of pooled_dispersion")
    exact = rate_ratio_interval(first, second, exposures=exposures)
    p = count_tests.p_values(first, second, exposures=exposures)
    one_sided = math.nan
    if margin is not None:
        one_sided = float(binom.sf(second - 1, first + second, count_tests.share_of_second(exposures, margin)))
    known = (dispersion.estimate, dispersion.degrees) if dispersion else (math.nan, math.nan)
    clumps, ratio, two_sided = dict(zip(("dispersion", "degrees"), known, strict=True)), exact, p["central"]
    if dispersion and first + second:
        below = functools.partial(clumped_below, first=first, second=second, exposures=exposures, **clumps)
        assumed = f"log ratio, Student's t, {counted(dispersion.degrees, 'degree')} of freedom"
        ratio = replace(exact, **count_tests.confidence_ends(below), below=below, assumed=assumed)
        two_sided = 2 * min(ratio.confidence_below(1.0), 1 - ratio.confidence_below(1.0))
        one_sided = math.nan if margin is None else ratio.confidence_below(margin)
    fall, rise = (_detectable(first, way, exposures, dispersion) for way in WAYS)
    about = about or ("rise" if (margin or ratio.estimate) > 1 else "fall")
    against = ""
    if margin is not None:
        change = f"a fall to {margin:g} times the first rate or lower"
        against = f" One-sided, {p_text(one_sided, change if margin < 1 else f'no rise beyond {margin:g} times')}."
    more: dict[str, Any] = {"first": int(first), "second": int(second), "exposures": exposures, "labels": labels}
    more |= {"counted": unit, "finding": "fall" if ratio.upper < 1 else "rise" if ratio.lower > 1 else "open"}
    more |= {"p_two_sided": two_sided, "p_central": p["central"], "detectable": (fall, rise), **clumps}
    more |= {"band_lower": exact.lower, "band_upper": exact.upper}
    more |= {"break_even_dispersion": break_even_dispersion(first, second, exposures=exposures)}
    if margin is not None and dispersion and first < _MOST / 10:
        more["needed"] = _count_needed(more, margin)
    return replace(
        ratio,
        words=_counts_sentence(ratio, more) + against,
        p_value=two_sided if margin is None else one_sided,
        n=int(first + second),
        minimum_detectable_effect=rise if about == "rise" else fall,
        more=more,
        rows=_quantities(ratio, exact, p, more),
    )


def _detectable(first: int, way: Change, exposures: Exposures, dispersion: Estimate | None) -> float:
    """Return the ratio nearest to 1 that is found with 80 % power if the first count is the expected one."""
    if not first:
        return math.nan
    if dispersion is None:
        return count_tests.minimum_detectable_ratio(first, direction=way, exposures=exposures)
    scale, unit = exposure_scale(exposures), float(detectable_difference(1.0, dispersion.degrees))

    def lacking(log_ratio: float) -> float:
        error = math.sqrt(dispersion.estimate * (1 + scale * math.exp(-log_ratio)) / first)
        return unit * error - abs(log_ratio)

    # A rise is found at the latest where its error is that of no change. Of falls the error grows: what lacks is least
    # at the log below, where both grow alike.
    squared = unit**2 * dispersion.estimate / first
    far = lacking(0.0) if way == "rise" else math.log(scale * squared / (2 + 2 * math.sqrt(1 + squared)))
    return math.exp(brentq(lacking, 0.0, far)) if way == "rise" or (far < 0 and lacking(far) <= 0) else math.nan


def _count_needed(of: Mapping[str, Any], margin: float) -> str:
    """Say from which second count on, and up to which, one could be sure on which side of a margin the ratio lies."""
    seconds, told = np.arange(not of["first"], _MOST), []  # two counts of none have no ratio
    about = {name: of[name] for name in ("dispersion", "degrees", "exposures")}
    below = clumped_below(margin, of["first"], seconds, **about)
    for sure in SURE:
        ends = (seconds[1 - below >= sure][:1], "more"), (seconds[below >= sure][-1:], "fewer")
        more, fewer = (f"{found[0]} or {word}" if found.size else "no number" for found, word in ends)
        asked = f"a confidence of {chance(sure, least=0.005)} that the ratio is above {margin:g}"
        told.append(f"{more} for {asked}, {fewer} that it is below")
    before, after = of["labels"]
    return f"after {of['first']} {of['counted']} in {before}, {after} would have to show {'; '.join(told)}"


def _quantities(ratio: Estimate, exact: Estimate, p: Mapping[Any, float], of: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row per quantity: value, ends of the interval where there is one, and method."""
    none = (None, None)
    rows = [
        ("rate ratio", exact.estimate, exact.lower, exact.upper, "exact central 95% interval, cases independent"),
        *(("p, two-sided", p[name], *none, f"{told}, cases independent") for name, told in count_tests.METHODS.items()),
        ("break-even dispersion", of["break_even_dispersion"], *none, "Wald, variance/mean"),
        ("detectable fall", of["detectable"][0], *none, "80% power"),
        ("detectable rise", of["detectable"][1], *none, "80% power"),
    ]
    if of["degrees"] > 0:
        rows[:0] = [
            ("rate ratio", ratio.estimate, ratio.lower, ratio.upper, ratio.assumed),
            ("p, two-sided", of["p_two_sided"], *none, ratio.assumed),
            ("dispersion", of["dispersion"], *none, "variance/mean, other series"),
        ]
    return pd.DataFrame(rows, columns=["quantity", "value", "lower", "upper", "method"])


def _counts_sentence(ratio: Estimate, of: Mapping[str, Any]) -> str:
    """Say the counts, the ratio with its interval, the tests and the power."""
    first, unit, (fall, rise) = of["first"], of["counted"], of["detectable"]
    (before, after), expected = of["labels"], f"{first} {unit}"
    counts = f"{expected} in {before} and {of['second']} in {after}"
    if first == 1:
        expected, counts = "a count of 1", f"{unit} in {before}: 1, in {after}: {of['second']}"
    if of["exposures"][0] != of["exposures"][1]:
        counts += " (exposures {:g} and {:g})".format(*of["exposures"])
    if not first + of["second"]:
        return f"{counts}: the rate ratio is not defined."
    smallest = decimals(rise if ratio.estimate > 1 else fall, 2, apart=True)
    found = "no fall, however large," if math.isnan(fall) else f"a fall to {smallest} of the first rate or less"
    if ratio.estimate > 1:
        found = f"a rise to {smallest} times the first rate or more"
    exact = f"exact central {interval(of['band_lower'], of['band_upper'])}, {p_text(of['p_central'])}"
    told = f"{exact}, cases independent"
    if of["degrees"] > 0:
        told = (
            f"{interval(ratio.lower, ratio.upper)}, {p_text(of['p_two_sided'])}, at a variance of "
            f"{of['dispersion']:.2f} times the mean; if cases were independent, {exact}"
        )
    power = f"With {expected} expected in {before}, the test would find {found} with 80% power."
    power = power if first else "From a first count of 0 the power is not known."
    return f"{counts}: rate ratio {decimals(ratio.estimate)} ({told}). {power}"


@method
def compare_periods(
    counts: pd.Series,
    first: Hashable,
    second: Hashable,
    *,
    exposure: pd.Series | None = None,
    margin: float | None = None,
    about: Change | None = None,
    dispersion: Estimate | None = None,
) -> Estimate:
    """Compare the counts of two periods of a series, as `compare_counts` does.

    Parameters
    ----------
    counts, first, second : pandas.Series of int, label, label
        Cases by period, in order of time, missing where nothing was counted, named after what is counted; two periods.
    exposure : pandas.Series of float, optional
        Exposure by period, such as days on which a case could happen; without it, both are alike.
    margin, about, dispersion
        As in `compare_counts`.
    """
    known, name = counts.dropna(), str(counts.name or "cases")
    check_order(known, name, whole=False)
    refuse_unknown((first, second), known.index, name, "count for")
    given = pd.Series(1.0, known.index) if exposure is None else exposure
    measured = str(given.name or "exposure")
    given = pd.Series(numbers(given, measured), given.index)
    refuse_if(not given.index.is_unique, "a label is repeated", measured, "give one row per period")
    refuse_unknown((first, second), given.dropna().index, measured, "exposure for")
    exposures = float(given[first]), float(given[second])
    late = known.index.get_loc(first) >= known.index.get_loc(second)
    refuse_if(late, f"{second} does not follow {first}", name, "take two in order")
    named: dict[str, Any] = {"labels": (str(first), str(second)), "unit": name, "exposures": exposures}
    return compare_counts(known[first], known[second], margin=margin, about=about, dispersion=dispersion, **named)


@method
def compare_pairs(first: pd.Series, second: pd.Series) -> Estimate:
    """Compare many pairs of counts of equal exposure, cases of the first and second periods with the same index.

    The table has one row a pair: ``ratio`` with its exact interval, and ``p_central``.
    """
    given = {"first": first, "second": second}
    one, other = (whole_counts(own, where=name) for name, own in zip(given, aligned(**given), strict=True))
    found = map(rate_ratio_interval, one.tolist(), other.tolist())
    ends = [(ratio.estimate, ratio.lower, ratio.upper) for ratio in found]
    rows = pd.DataFrame(ends, index=first.index, columns=["ratio", "lower", "upper"])
    ratio, falls, rises = rows["ratio"], int((rows["upper"] < 1).sum()), int((rows["lower"] > 1).sum())
    return Estimate(
        f"Of {counted(len(ratio), 'pair')}, {(ratio < 1).sum()} fall and {(ratio > 1).sum()} rise; if cases were "
        f"independent, the exact interval excludes equal rates in {counted(falls, 'fall')} and "
        f"{counted(rises, 'rise')}.",
        name="pairs of counts",
        n=len(ratio),
        rows=rows.assign(p_central=count_tests.central_p(one, other)),
    )


@method
def find_elsewhere(main: Estimate, *others: Estimate | None) -> Estimate:
    """Set a finding of `compare_counts` beside others: other counts, or the same counts read otherwise.

    None stands for one that cannot be made, and is left out. The estimate has of each other ``same_finding``, by its
    interval, and ``same_direction``, a ratio below 1 if the main one is, and not below 1 if it is not.
    """
    made = [other for other in others if other is not None]
    strange = [result for result in (main, *made) if "finding" not in result.more]
    refuse_if(strange, "a result is not of two counts", "main and others", "give what compare_counts returns")
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


@method
def strain_finding(
    counts: pd.DataFrame,
    name: str,
    first: Hashable,
    second: Hashable,
    *,
    otherwise: Mapping[str, Mapping[str, Any]],
    elsewhere: str = "other series",
) -> tuple[Estimate, dict[str, Estimate]]:
    """Compare two periods of one series, and put the finding under every strain that the data allow.

    Returned are the finding, and by the name of each strain what it withstands, from `find_elsewhere`.

    Parameters
    ----------
    counts : pandas.DataFrame of int
        Counts of one maker by period and series. How clumped a series is, the others say; they are compared too where
        they have both periods.
    name, first, second : str, label, label
        The series that the finding is on, and the two periods.
    otherwise : mapping of str to mapping
        Other readings by name: arguments of `compare_periods` that differ, such as ``exposure``.
    elsewhere : str
        Name of the strain that is no other reading.
    """
    refuse_unknown([name], counts, "counts", "series")
    series = {key: {"counts": counts[key], "dispersion": pooled_dispersion(counts.drop(columns=key))} for key in counts}
    own = {"first": first, "second": second} | series.pop(name)
    main = compare_periods(**own)
    others, _ = each(compare_periods, series, first=first, second=second)
    readings, _ = each(compare_periods, otherwise, **own)
    return main, {
        elsewhere: find_elsewhere(main, *others.values()),
        **{key: find_elsewhere(main, readings.get(key)) for key in otherwise},
    }


def _brief(result: Estimate) -> str:
    before, after = result.exposures
    exposed = f" (exposures {before:g} and {after:g})" if before != after else ""
    return (
        f"{result.counted} {result.first} to {result.second}{exposed}, ratio {decimals(result.estimate)} "
        f"({decimals(result.lower)} to {decimals(result.upper)}), {p_text(result.p_two_sided)}"
    )


def break_even_dispersion(first: int, second: int, *, exposures: Exposures = (1.0, 1.0)) -> float:
    """Return the variance/mean ratio at which the 95 % Wald interval of the log rate ratio reaches 0; nan for a 0."""
    if not first or not second:
        return math.nan
    middle = math.log(exposure_scale(exposures) * second / first)
    return (middle / float(norm.isf(TAIL))) ** 2 / (1 / first + 1 / second)
