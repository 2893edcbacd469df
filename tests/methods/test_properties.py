"""Every public method on small random input, degenerate too: the number of an independent oracle, or one true line.

An oracle returns None where the input allows no answer; then, and only then, the method refuses. One argument in four
examples is replaced by junk, for which any answer or one line will do, and nothing else.
"""

import itertools
import math
import time
import warnings
from collections.abc import Callable
from dataclasses import fields
from fractions import Fraction
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

import analysis
from analysis.errors import InputError
from analysis.methods.multiverse import SpecificationCurve
from analysis.methods.result import Estimate
from analysis.methods.synthetic.study import Study
from tests.methods.test_poisson import MORE, dummies, left_out, most_likely, pushed_to_zero, sample
from tests.prose import check_plain

EQUAL = 1e-6  # other sums, roots and quadratures
FITTED = 1e-4  # iterated maxima of two algorithms
SLOWEST = 5.0  # seconds of processor time of one call; a table of all pairs of counts takes minutes
UNLISTED = 1j  # stands in an oracle for a number whose counts are too many to be listed
LONGEST = 260  # characters of a line, names included
FARTHEST = 700.0  # log ratios further off are no numbers any more
KINDS = [7, 2.5, "x", ("x", 1), ("x",), pd.Timestamp("2020-01-01"), None, pd.NA]  # of labels
JUNK = [None, "7", "x", 7.0, 2.5, -1, 0, math.nan, math.inf, [], {}, [[1, 2], [3, 4]], pd.Series(dtype=float), object()]
JUNK += [1e300, 10**9, 10**30, pd.NA, pd.NaT, np.array(3), 1j, b"x", {1}, ("a", 1), [1e300], [("a", 1), ("a",)]]
JUNK += [[[1], [2, 3]]]
COUNTS = [0, 0, 1, 2, 3, 5, 8, 40, 10**6, 10**9]
Draw = np.random.Generator
Row = tuple[Callable[[Draw], dict[str, Any]], Callable[..., Any], Callable[..., Any]]


def one(rng: Draw, values: Any) -> Any:
    return values[int(rng.integers(len(values)))]


def spoiled(rng: Draw, value: Any) -> Any:
    """Return junk, or a value with labels of several kinds, or with a column that stands twice."""
    if not isinstance(value, list | pd.Series | pd.DataFrame) or rng.random() < 0.3:
        return one(rng, JUNK)
    kinds = np.empty(len(value), dtype=object)
    kinds[:] = some(rng, KINDS, len(value), len(value))
    if isinstance(value, list):
        return kinds.tolist()
    if isinstance(value, pd.Series) or rng.random() < 0.3:
        return value.set_axis(pd.Index(kinds, tupleize_cols=False))
    name = one(rng, list(value)) if len(value.columns) else None
    return pd.concat([value, value[[name]] if name else value], axis=1) if rng.random() < 0.5 else value.assign(u=kinds)


def some(rng: Draw, values: Any, least: int = 0, most: int = 6) -> list[Any]:
    return [one(rng, values) for _ in range(rng.integers(least, most + 1))]


def called(method: str, *given: Any, **named: Any) -> Any:
    """Return a result that knows its call, can be evidence, and that nobody can change."""
    found = getattr(analysis, method)(*given, **named)
    assert found.call.method == method
    known = {"interval", "p_value"} & found.evidence().keys()
    assert found.evidence()["summary"]
    table = found.table()
    check_plain(
        found, *table.columns, *table.index.names, *(item for item in table.to_numpy().flat if isinstance(item, str))
    )
    assert not known or (found.assumed() if callable(found.assumed) else found.assumed)
    values = [*(getattr(found, f.name) for f in fields(found)), *getattr(found, "more", {}).values()]
    assert not any(value.flags.writeable for value in values if isinstance(value, np.ndarray))
    return found


def two_counts(rng: Draw) -> dict[str, Any]:
    exposures = (1.0, 1.0) if rng.random() < 0.5 else tuple(some(rng, [0.0, 0.5, 3.0, 365.0], 2, 2))
    first = one(rng, [*COUNTS, -1, 2.5, math.nan])
    return {"first": first, "second": one(rng, COUNTS if first in COUNTS[:8] else [first]), "exposures": exposures}


def bad_counts(*counts: Any) -> bool:
    return not all(np.isfinite(count) and count >= 0 and count == int(count) for count in counts)


def ratio_ends(first: Any, second: Any, exposures: Any) -> list[float] | None:
    """Return ratio and interval from quantiles of the F distribution."""
    if bad_counts(first, second) or min(exposures) <= 0:
        return None
    scale, tail = exposures[0] / exposures[1], 0.025
    lower = 0.0 if not second else second / ((first + 1) * stats.f.isf(tail, 2 * (first + 1), 2 * second))
    upper = math.inf if not first else (second + 1) / first * stats.f.isf(tail, 2 * (second + 1), 2 * first)
    ratio = second / first * scale if first else (math.inf if second else math.nan)
    return [ratio, lower * scale, upper * scale]


def e_test(first: int, second: int, exposures: Any) -> complex:
    """Sum over all pairs of counts, with fractions so that ties are ties; of many counts the chi-squared limit."""
    t1, t2 = map(Fraction, exposures)

    def squared(x: int, y: int) -> Fraction:
        return (x / t1 - y / t2) ** 2 / (x / t1**2 + y / t2**2) if x + y else Fraction(-1)

    own, rate = squared(first, second), float((first + second) / (t1 + t2))
    if first + second > 12:
        return UNLISTED if first + second < 10**5 else float(stats.chi2.sf(float(own), 1))
    if not first + second:
        return 1.0
    chances = [stats.poisson.pmf(range(60), rate * exposure) for exposure in exposures]
    pairs = itertools.product(*[[k for k in range(60) if likely[k] > 1e-13] for likely in chances])
    return sum(chances[0][x] * chances[1][y] for x, y in pairs if squared(x, y) >= own)


def two_counts_by_hand(first: Any, second: Any, exposures: Any, dispersion: Any) -> list[complex] | None:
    """Return exact numbers or, with a dispersion, those of the log ratio before every exact p."""
    ends = ratio_ends(first, second, exposures)
    if ends is None:
        return None
    n, share = first + second, exposures[1] / sum(exposures)
    twice = 2 * float(min(stats.binom.cdf(second, n, share), stats.binom.sf(second - 1, n, share)))
    own = float(stats.binom.pmf(second, n, share))
    listed = [UNLISTED, twice - own, UNLISTED]
    if n < 10**5:
        chances = stats.binom.pmf(range(n + 1), n, share)
        minlike = min(1.0, chances[chances <= own * (1 + 1e-7)].sum())
        listed[::2] = minlike, minlike - own / 2
    exact = [min(1.0, twice), *listed, e_test(first, second, exposures)]
    exact = exact if n else [1.0] * 5
    even = math.nan
    if first and second:
        even = (math.log(ends[0]) / stats.norm.ppf(0.975)) ** 2 / (1 / first + 1 / second)
    beside = [*ends[1:], even]
    if dispersion is None:
        return [*ends, *beside, *exact]
    p = 1.0
    if n:
        scale, half = exposures[0] / exposures[1], stats.t.isf(0.025, DEGREES)
        p = 2 * float(stats.t.sf(abs(errors_apart(-math.log(scale), first, second)), DEGREES))
        excluded = [
            optimize.brentq(lambda end, errors=errors: errors_apart(end, first, second) - errors, -30, 30) if tells else
            math.copysign(math.inf, errors) for errors, tells in ((-half, second), (half, first))
        ]  # fmt: skip
        ends = [ends[0], *(scale * np.exp(excluded)).tolist()]
    return [*ends, *beside, p, *exact]


def errors_apart(log_ratio: float, first: int, second: int) -> float:
    """Seek the second count with the most standard errors; below it they grow as the likelihood of a binomial does."""
    ratio = math.exp(log_ratio)
    if second > first * ratio:
        return -errors_apart(-log_ratio, second, first)

    def errors(log_count: float) -> float:
        spread = CLUMPED * (1 / first + math.exp(-log_count))
        return (math.log(first) + log_ratio - log_count) / math.sqrt(spread)

    def deviance(count: float) -> float:
        expected = (first + count) / (1 + ratio)
        return special.kl_div(first, expected) + special.kl_div(count, ratio * expected)

    ends = math.log(first) + log_ratio - 40, math.log(first) + log_ratio
    most = optimize.minimize_scalar(lambda log_count: -errors(log_count), bounds=ends, options={"xatol": 1e-9}).x
    if second >= math.exp(most):
        return errors(math.log(second))
    return errors(most) * math.sqrt(deviance(second) / deviance(math.exp(most)))


def every_p(method: str, given: dict[str, Any]) -> list[float]:
    found = called(method, **given)
    p = found.table().query("quantity == 'p, two-sided'")["value"]
    return [*picked(found, (*ENDS, "band_lower", "band_upper", "break_even_dispersion")), *p]


CLUMPS = analysis.pooled_dispersion(pd.DataFrame({"a": [9, 9, 9], "b": [2, 14, 8]}))
CLUMPED, DEGREES = (4 + 72 / 8) / 6, 6


def clumped_or_not(rng: Draw) -> dict[str, Any]:
    return {**two_counts(rng), "dispersion": one(rng, [None, CLUMPS])}


def mid_p_ends(first: Any, second: Any, exposures: Any) -> list[float] | None:
    """Return interval and p by bisection of the log ratio whose tail, with half of the observed count, is 2.5 %."""
    if bad_counts(first, second) or min(exposures) <= 0:
        return None
    n, scale = first + second, exposures[0] / exposures[1]
    if not n:
        return [0.0, math.inf, math.nan]

    def confidence(log_ratio: float) -> float:
        share = 1 / (1 + math.exp(log_ratio))  # of the first count: one less it would have few digits
        return float(stats.binom.cdf(first - 1, n, share) + stats.binom.pmf(first, n, share) / 2)

    found = []
    for tail in (0.025, 0.975):
        low, high = -40.0, 40.0
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (low, middle) if confidence(middle) > tail else (middle, high)
        found.append(scale * math.exp(low))
    above = confidence(-math.log(scale))
    return [found[0] if second else 0.0, found[1] if first else math.inf, 2 * min(above, 1 - above)]


def series_counts(rng: Draw) -> dict[str, Any]:
    values = one(rng, [[0, 1, 5, math.nan], [3, 9, 40], COUNTS[:8], [1, -1, 2.5]])
    frame = pd.DataFrame({name: some(rng, values, 4, 4) for name in some(rng, "abc")}, dtype=float)
    return {"counts": frame, "prior": one(rng, [1.0, 2.0, 2.0, 0.0]), "prior_degrees": one(rng, [1.0, 2.0, 9.0])}


def pooled_by_hand(counts: Any, prior: float, prior_degrees: float) -> list[float] | None:
    series = [[x for x in counts[name] if not math.isnan(x)] for name in counts]
    if bad_counts(*itertools.chain(*series)) or prior <= 0:
        return None
    total, free = prior * prior_degrees, prior_degrees
    for own in (one for one in series if sum(one)):
        mean = sum(own) / len(own)
        total, free = total + sum((x - mean) ** 2 for x in own) / mean, free + len(own) - 1
    return [max(1.0, total / free), free]


def tables(rng: Draw) -> dict[str, Any]:
    cells = [[0, 1, 2, 3, 9], [0, 1, 5, 30, 10**4, 10**9], [1, -1, 2.5, math.nan]][
        int(rng.choice(3, p=[0.7, 0.2, 0.1]))
    ]
    return {"table": [some(rng, cells, 2, 2), some(rng, cells, 2, 2)]}


def table_by_hand(table: Any) -> list[float] | None:
    """Return p and interval by whole numbers: how many ways lead to each table with these margins, times its odds."""
    x = np.array(table, dtype=float)
    if bad_counts(*x.ravel()) or 0 in (margins := [*x.sum(axis=0), *x.sum(axis=1)]):
        return None
    if min(margins) > 5_000 or x.sum() > 1_000_000:
        return None
    (a, b), (c, d) = x.astype(int).tolist()
    cells = range(max(0, a - d), a + min(b, c) + 1)
    ways = [math.comb(a + b, k) * math.comb(c + d, a + c - k) for k in cells]
    own, every = math.comb(a + b, a) * math.comb(c + d, c), sum(ways)

    logs, apart = np.array([math.log(way) for way in ways]), np.array(cells) - a

    def end(inside: np.ndarray) -> float:
        def excess(log_odds: float) -> float:
            scores = logs + log_odds * apart
            return float(np.exp(special.logsumexp(scores[inside]) - special.logsumexp(scores)) - 0.025)

        return math.exp(optimize.brentq(excess, -50, 50, xtol=1e-12))

    lower = end(apart >= 0) if a > cells[0] else 0.0
    upper = end(apart <= 0) if a < cells[-1] else math.inf
    rarer, alike = sum(way for way in ways if way < own), sum(way for way in ways if way == own)
    return [(2 * rarer + alike) / (2 * every), (rarer + alike) / every, lower, upper]


def factors(rng: Draw) -> dict[str, Any]:
    n, names = int(rng.integers(0, 4)), ["first_before", "second_before", "first_after", "second_after"]
    columns = {name: pd.Series(some(rng, [0.0, 1.0, -2.5, 1e9], n, n), list("abc")[:n], dtype=float) for name in names}
    if rng.random() < 0.3:
        columns["second_after"] = columns["second_after"][::-1]
    if rng.random() < 0.2:
        columns[one(rng, names)].iloc[:1] = one(rng, [math.nan, math.inf])
    return columns


def parts_of_change(**columns: Any) -> list[float] | None:
    rows = [[column[label] for column in columns.values()] for label in columns["first_before"].index]
    if not rows or not np.isfinite(rows).all():
        return None
    parts = [(c - a) * (b + d) / 2 for a, b, c, d in rows], [(d - b) * (a + c) / 2 for a, b, c, d in rows]
    return [number for own in parts for number in (*own, *[sum(own)] * (len(own) > 1))]


def maximum(y: Any, x: Any, groups: Any, also: Any, cluster: Any, offset: Any = 0.0) -> Any:
    """Return log ratios and fitted counts by a trust region on all dummies; None without one maximum, and only one."""
    y, x, cluster = np.asarray(y, float), np.asarray(x, float), np.asarray(cluster)
    if not len(y) or not np.isfinite(y).all() or (y < 0).any():
        return None
    effects = dummies(np.asarray(groups), None if also is None else np.asarray(also))
    kept = ~pushed_to_zero(effects, y)
    y, x, effects, offset = y[kept], x[kept], effects[kept], np.broadcast_to(offset, kept.shape)[kept]
    design = np.hstack([x, effects])
    rank = np.linalg.matrix_rank
    if not kept.any() or len(set(cluster[kept])) < 2 or rank(design) < x.shape[1] + rank(effects):
        return None
    if pushed_to_zero(design, y).any():
        return None
    found = most_likely(y, design, offset)
    return found[: x.shape[1]], np.exp(design @ found + offset), kept, effects


def coefficients(*given: Any) -> Any:
    return None if (found := maximum(*given)) is None else found[0]


def regression(rng: Draw) -> dict[str, Any]:
    """Return the rows of a sample, some of its arguments in pandas and in another order."""
    given = {name: value for name, value in sample(int(rng.integers(10**6))).items() if value is not None}
    given |= {"y": pd.Series(given["y"], name="y"), "x": pd.DataFrame(given["x"]).add_prefix("x")[::-1]}
    if rng.random() < 0.1:
        given["y"].iloc[0] = one(rng, [-1, math.nan])
    turned = one(rng, ["groups", "cluster", *given])
    return given | {turned: given[turned][::-1] if turned in "xy" else pd.Series(given[turned])[::-1]}


def terms(method: str, given: dict[str, Any]) -> list[float]:
    found = called(method, **given)
    table = found.table()
    ends = np.log(np.clip(table[["lower", "upper"]].to_numpy().T, *np.exp([-FARTHEST, FARTHEST])))
    counted = [found.n, found.n_used, found.n_groups, found.n_groups_dropped, found.n_clusters]
    return np.concatenate([*table[["log_ratio", "error", "freedom", "p"]].to_numpy().T, *ends, counted]).tolist()


def terms_by_hand(y: Any, x: Any, groups: Any, cluster: Any, also: Any = None, offset: Any = 0.0) -> Any:
    """Return the table of dense matrices, every cluster left out in turn, and how many of each there are."""
    rows = y.index
    x, groups, cluster, also, offset = (
        own.loc[rows].to_numpy() if hasattr(own, "loc") else own for own in (x, groups, cluster, also, offset)
    )
    if (found := maximum(y, x, groups, also, cluster, offset)) is None:
        return None
    beta, mean, kept, effects = found
    y, x, cluster = y.to_numpy(float)[kept], x[kept], cluster[kept]
    root = np.sqrt(mean)[:, None]
    left = x - effects @ np.linalg.lstsq(root * effects, root * x)[0]
    errors, freedom = left_out(left, mean, y - mean, cluster)
    known = errors > 1e-4 * np.sqrt(np.diag(np.linalg.inv((left.T * mean) @ left)))  # else a perfect fit
    errors, freedom = np.where(known, [errors, freedom], np.nan)
    p, half = 2 * stats.t.sf(np.abs(beta / errors), freedom), stats.t.ppf(0.975, freedom) * errors
    ends = np.clip([beta - half, beta + half], -FARTHEST, FARTHEST)
    used = len(set(groups[kept]))
    counted = [len(kept), len(y), used, len(set(groups)) - used, len(set(cluster))]
    return np.concatenate([beta, errors, freedom, p, *ends, counted])


def panel(rng: Draw, units: str, months: int) -> dict[str, Any]:
    rows = [(unit, month) for unit in units for month in range(months)]
    counts = some(rng, one(rng, [[0, 0, 1, 4], [0, 1, 1, 2], [1, 2, 3], [1, 2, 3], [3], [0]]), len(rows), len(rows))
    return {"y": counts, "unit": [unit for unit, _ in rows], "month": [month for _, month in rows]}


def events(rng: Draw) -> dict[str, Any]:
    dates = {"event_unit": some(rng, "ABCZ", 1, 4), "windows": {"at": (0, 0), "next": (1, one(rng, [0, 1, 2]))}}
    return {
        **panel(rng, "ABC", 6),
        **dates,
        "event_month": rng.integers(-2, 8, len(dates["event_unit"])).tolist(),
        "effects": "unit, month",
    }


def event_ratios(y: Any, unit: Any, month: Any, event_unit: Any, event_month: Any, windows: Any, effects: Any) -> Any:
    if any(last < first for first, last in windows.values()):
        return None
    dates = list(zip(event_unit, event_month, strict=True))
    marks = [
        [float(any(u == v and first <= m - t <= last for v, t in dates)) for first, last in windows.values()]
        for u, m in zip(unit, month, strict=True)
    ]
    return coefficients(y, marks, unit, month, unit)


def moved_ratios(shifts: Any, **study: Any) -> Any:
    moved = [0, *shifts] if all(shifts) else []
    found = [event_ratios(**study | {"event_month": [m + shift for m in study["event_month"]]}) for shift in moved]
    return None if not found or any(one is None for one in found) else np.concatenate(found)


def placebos(rng: Draw) -> dict[str, Any]:
    return {**events(rng), "shifts": some(rng, [-1, 0, 1, 2], 1, 2)}


def placebo(_: str, given: dict[str, Any]) -> Any:
    study = analysis.event_study(**{name: value for name, value in given.items() if name != "shifts"})
    moved = analysis.placebo_calendars(study, shifts=given["shifts"])
    return np.concatenate([fit.coefficients for fit in moved.fits])


def stacked(rng: Draw) -> dict[str, Any]:
    n = int(rng.integers(1, 4))
    exposed = [some(rng, "ABCDE", 0, 3) for _ in range(n)]
    dates = {"event_unit": some(rng, "ABC", n, n), "event_month": rng.integers(0, 8, n).tolist(), "exposed": exposed}
    return {**panel(rng, "ABCDE", 8), **dates, "windows": {"before": (-2, -1), "after": (0, one(rng, [0, 1]))}}


def stacked_ratios(y: Any, unit: Any, month: Any, event_unit: Any, event_month: Any, exposed: Any, windows: Any) -> Any:
    count, rows = dict(zip(zip(unit, month, strict=True), y, strict=True)), []
    spans = list(windows.values())
    for event, (site, at, tied) in enumerate(zip(event_unit, event_month, exposed, strict=True)):
        if at + spans[0][0] < 0 or at + spans[-1][1] > max(month):
            continue
        for who in sorted(set(unit) - {site}):
            for place, (first, last) in enumerate(spans):
                total = sum(count[who, at + lag] for lag in range(first, last + 1))
                rows.append((total, float(place == 1 and who in tied), f"{event}{who}", f"{event}{place}", who))
    y, x, groups, also, cluster = zip(*rows, strict=True) if rows else [()] * 5
    return coefficients(y, np.array(x)[:, None], groups, also, cluster)


def two_ratios(rng: Draw) -> dict[str, Any]:
    found = [
        Estimate(
            "",
            estimate=one(rng, [0.5, 1.0, 3.0]),
            more={"error": one(rng, [0.1, 2.0, 0.0]), "freedom": one(rng, [2.5, 40.0])},
        )
        for _ in range(2)
    ]
    return dict(zip(("first", "second"), found, strict=True))


def ratio_of_ratios(first: Any, second: Any) -> list[float]:
    ends: Any = (0.0, 0.0)
    squares = [one.error**2 for one in (first, second)]
    if any(squares):
        freedom = sum(squares) ** 2 / sum(v**2 / one.freedom for v, one in zip(squares, (first, second), strict=True))
        ends = stats.t.interval(0.95, freedom, scale=math.sqrt(sum(squares)))
    return [first.estimate / second.estimate * math.exp(end) for end in (ends[0], 0.0, ends[1])]


def calendar(rng: Draw) -> dict[str, Any]:
    counts = some(rng, COUNTS if rng.random() < 0.9 else [1, -1, 2.5, math.nan], 0, 9)
    first = int(rng.integers(-3, 3))
    return {
        "counts": counts,
        "dates": rng.integers(-2, 10, rng.integers(0, 4)),
        "first": first,
        "last": first + one(rng, [-1, 0, 0, 1, 20]),
    }


def every_shift(counts: Any, dates: Any, first: int, last: int) -> list[float] | None:
    n, marked = len(counts), {int(date) + lag for date in dates for lag in range(first, last + 1)}
    days = marked & set(range(n))
    if bad_counts(*counts) or not sum(counts) or len(days) in (0, n):
        return None
    inside = [sum(counts[(day + shift) % n] for day in days) for shift in range(n)]
    share, p = len(days) / n, sum(value >= inside[0] for value in inside) / n
    expected, steps = share * sum(counts), np.array(inside) - inside[0]
    scale = float(max(np.ptp(steps), 1))

    def chances(log_k: float) -> Any:
        weights = np.exp(log_k * steps / scale - max(log_k * steps / scale))
        return weights / sum(weights)

    def mean(tail: Callable[[Any], Any]) -> float:
        """Return the mean ratio where the chance of a tail falls to .025."""
        log_k = optimize.bisect(lambda log_k: chances(log_k)[tail(steps)].sum() - 0.025, -1e11, 1e11, xtol=1e-9)
        return float(inside[0] + chances(log_k) @ steps) / expected

    lower = 0.0 if min(steps) == 0 else mean(lambda steps: steps >= 0)
    upper = math.inf if max(steps) == 0 else mean(lambda steps: steps <= 0)
    return [inside[0] / expected, lower, upper, p, share]


def outcomes(rng: Draw) -> dict[str, Any]:
    units, times = "abcdefghi"[: rng.integers(3, 10)], range(2000, 2000 + int(rng.integers(6, 12)))
    values = one(rng, [[0.0, 1.0, 2.0], [1.0], rng.normal(size=9).tolist(), (1e9 + rng.normal(size=9)).tolist()])
    rows = pd.DataFrame([(u, t, one(rng, values), 0.1) for u in units for t in times], columns=["u", "t", "y", "sd"])
    if rng.random() < 0.2:
        rows.loc[rng.integers(len(rows)), "y"] = one(rng, [math.nan, math.inf])
    names = {"outcome": "y", "unit": "u", "time": "t", "treated": one(rng, "aaaaaaaaz")}
    return {"panel": rows.sample(frac=1, random_state=0), **names, "first_treated": one(rng, [2004, 2005, 2006, 2005])}


def wide(panel: Any, treated: Any, first_treated: int, fewest: int, **_: Any) -> tuple[np.ndarray, int] | None:
    values = panel.pivot(index="t", columns="u", values="y")
    if np.isinf(values).any(axis=None) or treated not in values:
        return None
    own = values[treated].dropna()
    span = values.loc[own.index.min() : own.index.max()] if len(own) else values[:0]
    kept = span.dropna(axis=1)
    before = int((kept.index < first_treated).sum())
    if treated not in kept or kept.shape[1] - 1 < fewest or before < 5 or before == len(kept):
        return None
    return kept[[treated, *kept.columns.drop(treated)]].to_numpy(), before


def least_gap(**given: Any) -> list[float] | None:
    if (found := wide(fewest=4, **given)) is None:
        return None
    values, before = found
    apart = values[:before, 1:] - values[:before, :1]
    k, size = apart.shape[1], float(np.abs(apart).max()) or 1.0
    best = optimize.minimize(
        lambda w: np.square(apart / size @ w).mean(),
        np.full(k, 1 / k),
        jac=lambda w: 2 * apart.T @ (apart @ w) / size**2 / before,
        bounds=[(0, 1)] * k,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(k)},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    return [math.sqrt(max(best.fun, 0)), size]


def control(method: str, given: dict[str, Any]) -> list[float]:
    found = called(method, **given)
    before = found.study.values[: found.study.n_pre]
    size = float(np.abs(before[:, 1:] - before[:, :1]).max()) or 1.0
    return [found.fitted.pre_rmspe / size, size]


def by_did(*names: str, sd: str | None = None) -> Callable[..., Any]:
    """Return what asks difference-in-differences, whose estimates have a closed form, about a study."""

    def of(method: str, given: dict[str, Any]) -> list[float]:
        options = {name: value for name, value in given.items() if name in ("correlation", "draws")}
        study = Study.from_panel(**{name: value for name, value in given.items() if name not in options}, sd=sd)
        return picked(called(method, study, "did", **options), names)

    return of


def differences(values: np.ndarray, before: int, donors: list[int], target: int = 0) -> float:
    gap = values[:, target] - values[:, donors].mean(axis=1)
    return float(gap[before:].mean() - gap[:before].mean())


def spread(values: np.ndarray, before: int) -> list[float]:
    donors = range(1, values.shape[1])
    every = [differences(values, before, [d for d in donors if d != target], target) for target in (0, *donors)]
    rounding = 1e-14 * np.abs(values).max(axis=0)  # of 1e9, rounding alone is so large
    slack = 1e-9 * abs(every[0]) + rounding + rounding[0]
    return [every[0], float(np.std(every[1:], ddof=1)), np.mean(np.abs(every) >= abs(every[0]) - slack)]


def without_each(**given: Any) -> list[float] | None:
    if (found := wide(fewest=2, **given)) is None:
        return None
    donors, own = range(1, found[0].shape[1]), found[0][: found[1]]
    every = [differences(*found, [d for d in donors if d != out]) for out in donors]
    before = [(own[:, 0] - np.delete(own[:, 1:], out - 1, axis=1).mean(axis=1)).std() for out in donors]
    return [differences(*found, list(donors)), min(every), max(every), *every, *before]


def rubin(correlation: float, draws: int, **given: Any) -> list[float] | None:
    if draws < 2 or not 0 <= correlation <= 1 or (found := wide(fewest=4, **given)) is None:
        return None
    values, before = found
    rng = np.random.default_rng(0)
    shared, own = rng.standard_normal((draws, 1, values.shape[1])), rng.standard_normal((draws, *values.shape))
    errors = 0.1 * (math.sqrt(correlation) * shared + math.sqrt(1 - correlation) * own)
    every, least = [spread(values + error, before) for error in errors], (1e-14 * np.abs(values[:, 0]).max()) ** 2
    within, between = np.mean([error**2 for _, error, _ in every]), np.var([item[0] for item in every], ddof=1)
    within, between = np.where(np.array([within, between]) > least, [within, between], 0.0)
    added = (1 + 1 / draws) * between
    complete, lost = values.shape[1] - 2, added / (within + added) if added else 0.0
    observed = (1 - lost) * complete * (complete + 1) / (complete + 3)
    degrees = 1 / (1 / observed + (1 / ((draws - 1) / lost**2) if lost else 0))  # Barnard and Rubin (1999), (3) to (5)
    half = stats.t.ppf(0.975, degrees) * math.sqrt(within + added)
    middle, p = np.mean([item[0] for item in every]), np.mean([item[2] for item in every])
    return [middle, middle - half, middle + half, p, math.sqrt(within + added)]


def league(rng: Draw) -> dict[str, Any]:
    scores = pd.Series(
        {name: one(rng, [1.0, 1.0, 2.0, 5.0, 1e9]) for name in "edcba"[: rng.integers(0, 6)]}, dtype=float
    )
    if rng.random() < 0.1:
        scores.iloc[:1] = one(rng, [math.nan, math.inf])
    errors = pd.Series({name: one(rng, [0.1, 1.0, 3.0]) for name in scores.index[::-1]}, dtype=float)
    return {
        "estimates": scores,
        "standard_errors": one(rng, [errors, errors, 0.5, 0.0]),
        "seed": 0,
        "draws": 100,
        "scope": one(rng, ["marginal", "simultaneous"]),
    }


def sets_by_hand(estimates: Any, standard_errors: Any, seed: int, draws: int, scope: str) -> list[int] | None:
    names = sorted(estimates.index, key=lambda name: (-estimates[name], name))
    error = {name: getattr(standard_errors, "get", lambda _: standard_errors)(name) for name in names}
    if len(names) < 2 or not np.isfinite(estimates).all() or not all(value > 0 for value in error.values()):
        return None
    noise = dict(zip(names, np.random.default_rng(seed).standard_normal((len(names), draws)), strict=True))

    def above(pairs: list[tuple[str, str]]) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        while rest := [pair for pair in pairs if pair not in found]:
            sd = {(j, k): math.hypot(error[j], error[k]) for j, k in rest}
            largest = np.max([(noise[j] * error[j] - noise[k] * error[k]) / sd[j, k] for j, k in rest], axis=0)
            more = {(j, k) for j, k in rest if (estimates[j] - estimates[k]) / sd[j, k] > np.quantile(largest, 0.95)}
            if not more:
                break
            found |= more
        return found

    every = list(itertools.permutations(names, 2))
    ends = []
    for name in names:
        pairs = above(every if scope == "simultaneous" else [pair for pair in every if name in pair])
        ends.append((1 + sum(k == name for _, k in pairs), len(names) - sum(j == name for j, _ in pairs)))
    return [*(lower for lower, _ in ends), *(upper for _, upper in ends)]


def covering(scores: Any, unit: str, target_rank: int, seed: int, draws: int) -> float | None:
    ranked = len(scores) >= 2 and np.isfinite(scores).all()
    if not ranked or unit not in scores.index or not 1 <= target_rank <= len(scores):
        return None
    place = sorted(scores.index, key=lambda name: (-scores[name], name)).index(unit)

    def covers(sd: float) -> bool:
        ends = sets_by_hand(scores, sd, seed, draws, "marginal")
        return ends[place] <= target_rank <= ends[place + len(scores)]

    low, high = 0.0, 1e12
    if covers(1e-12 * float(np.ptp(scores)) or 1e-12):
        return 0.0
    while high - low > 1e-5 * (1 + low):
        low, high = (low, middle) if covers(middle := (low + high) / 2) else (middle, high)
    return high


def to_cover(rng: Draw) -> dict[str, Any]:
    given = league(rng)
    scores = given["estimates"].replace(1e9, 9.0)
    return {"scores": scores, "unit": one(rng, "aeez"), "target_rank": int(rng.integers(0, 6)), "seed": 0, "draws": 100}


def editions(rng: Draw) -> dict[str, Any]:
    rows = pd.MultiIndex.from_product([some(rng, [2019, 2020, 2021], 2, 4), [2018], list("abcd")[: rng.integers(2, 5)]])
    rows = rows.drop_duplicates() if rng.random() < 0.9 else rows
    values = {
        name: some(rng, [1.0, 2.0, 2.0, 5.0, *[math.nan] * (rng.random() < 0.3)], len(rows), len(rows))
        for name in "xyz"
    }
    frame = pd.DataFrame(values, index=rows).assign(score=lambda own: (own["x"] + own["y"]) / 2)
    return {
        "frame": frame.sample(frac=1, random_state=0),
        "unit": one(rng, "aadz"),
        "edition": one(rng, [2020, 2021]),
        "data_year": one(rng, [2018] * 9 + [2017]),
    }


def place_of(values: dict[Any, float], unit: Any) -> float:
    return 1 + sum(value > values[unit] for value in values.values())


def compared(frame: Any, unit: str, edition: int, data_year: int) -> list[float] | None:
    if not frame.index.is_unique:
        return None
    by_edition: dict[int, dict[str, float]] = {}
    for (year, of, name), score in frame["score"].items():
        if of == data_year and not math.isnan(score):
            by_edition.setdefault(year, {})[name] = score
    years = sorted(year for year, scores in by_edition.items() if unit in scores)
    if edition not in years or len(years) < 2:
        return None

    def rank(year: int, scores: dict[str, float]) -> float:
        return place_of({name: scores[name] for name in scores if name in shared}, unit)

    every = {year: place_of(by_edition[year], unit) for year in years}
    shared = set.intersection(*(set(by_edition[year]) for year in years))
    sizes = [int((frame.index.get_level_values(0) == year).sum()) for year in years]
    lower = [100 * (n - every[year]) / (n - 1) for n, year in zip(sizes, years, strict=True)]
    columns = [[by_edition[year][unit] for year in years], sizes, lower, [rank(y, by_edition[y]) for y in years]]
    formulas = [
        [every[year], *(place_of(values(frame.loc[year, data_year], own), unit) for own in FORMULAS.values())]
        for year in years
    ]
    later = [year for year in years if year > edition][:1] or [year for year in years if year < edition][-1:]
    moved = [by_edition[later[0]][unit] - by_edition[edition][unit], every[later[0]] - every[edition]]
    return [number for part in (*columns, *formulas, moved) for number in part]


FORMULAS = {"both": ["x", "y"], "nested": [["x", "y"], "z"]}


def value(row: Any, formula: Any) -> float:
    parts = [row[part] if isinstance(part, str) else value(row, part) for part in formula]
    return float(np.mean(known)) if (known := [part for part in parts if not math.isnan(part)]) else math.nan


def values(frame: Any, formula: Any) -> dict[str, float]:
    return {name: value(row, formula) for name, row in frame.iterrows()}


def index(rng: Draw) -> dict[str, Any]:
    frame = editions(rng)["frame"].droplevel([0, 1])
    frame = frame[~frame.index.duplicated() | (rng.random() < 0.1)]
    rank = frame["score"].rank(ascending=False, method="min").fillna(0) + some(
        rng, [0] * 9 + [-1, 1, 0.5], len(frame), len(frame)
    )
    return {"frame": frame.assign(rank=rank), "formulas": FORMULAS}


def ranks_by_hand(frame: Any, formulas: Any) -> list[float] | None:
    if (
        not frame.index.is_unique
        or frame["score"].isna().any()
        or not frame["rank"].isin(range(1, len(frame) + 1)).all()
    ):
        return None
    score = frame["score"].to_dict()
    differ = sum(frame["rank"][name] != place_of(score, name) for name in score)
    errors = [[value(frame.loc[name], own) - score[name] for name in sorted(score)] for own in formulas.values()]
    return [differ, *min(errors, key=lambda own: np.nanmax(np.abs([0.0, *own])))]


def components(rng: Draw) -> dict[str, Any]:
    scores = pd.Series({name: one(rng, [0.0, 1.0, 1.0, 7.5, math.nan]) for name in "abcd"}, dtype=float, name="u0")
    scores[rng.integers(0, 5) :] = math.nan
    index = pd.MultiIndex.from_product([(1, 2), (2000, 2001), [f"u{i}" for i in range(one(rng, [1, 4, 9]))]])
    published = pd.DataFrame(
        {name: some(rng, [0.0, 1.0, 1.0, 3.0, 7.5], len(index), len(index)) for name in "abcd"}, index
    )
    published = published.where(rng.random(published.shape) > one(rng, [0.0, 0.1]))
    asked = {"editions": one(rng, [(1, 2)] * 9 + [(1, 3)]), "nearest": one(rng, [1, 3, 100])}
    return {
        "scores": scores,
        "item": one(rng, "aaaz"),
        "among": list(one(rng, ["abcd"] * 9 + ["abcde"])),
        "published": published,
        **asked,
    }


def stayed_lowest(scores: Any, item: str, among: Any, published: Any, editions: Any, nearest: int) -> Any:
    known = scores.dropna()
    others = known.drop(item, errors="ignore")
    if item not in known or not len(others) or editions == (1, 3) or "e" in among:
        return None
    margin, near = min(others) - known[item], {}
    for year, unit in sorted({key[1:] for key in published.index}, reverse=True):
        first, later = (published.loc[(edition, year, unit)] for edition in editions)
        if unit == "u0" or first.isna().any() or later.isna().any():
            continue
        for name in first.index:
            apart, after = (min(own.drop(name)) - own[name] for own in (first, later))
            if (apart > 0) == (margin > 0) and abs(apart - margin) < near.get(unit, (math.inf, 0))[0]:
                near[unit] = abs(apart - margin), after > 0
    if not near:
        return None
    last = sorted(near.values())[:nearest][-1][0]
    held = [hit for gap, hit in near.values() if gap <= last]
    hits, n = sum(held), len(held)
    low = stats.beta.ppf(0.025, hits, n - hits + 1) if hits else 0.0
    high = stats.beta.ppf(0.975, hits + 1, n - hits) if hits < n else 1.0
    return [margin, hits / n, low, high, n, sum(other < known[item] for other in others)]


def rereleased(rng: Draw) -> dict[str, Any]:
    units = [f"u{i}" for i in range(one(rng, [2, 5, 45, 60]))]
    rows = [(r, u, y, one(rng, [0.0, 0.1, 0.3, 1.0])) for r in (1, 2, 3) for u in units for y in (2000, 2001)]
    panel = pd.DataFrame(rows, columns=["r", "u", "t", "y"])
    panel.loc[rng.random(len(panel)) < one(rng, [0.0, 0.1]), "y"] = math.nan
    names = {"outcome": "y", "unit": "u", "time": "t", "release": "r", "treated": one(rng, ["u0"] * 9 + ["z"])}
    asked = {
        "published": one(rng, [1, 1, 2, 3, 4]),
        "releases": one(rng, [[1, 2], [1, 2, 3], [3, 1], [1], [], [1, 2, 9]]),
    }
    asked |= {
        "first": 2000,
        "last": one(rng, [2001] * 5 + [2002]),
        "edges": one(rng, [[], [0.2], [0.05, 0.5], [-1, 0]]),
    }
    return {"panel": panel.sample(frac=1, random_state=0), **names, **asked}


def revised_by_hand(panel: Any, treated: str, published: int, releases: Any, last: int, edges: Any, **_: Any) -> Any:
    """Return change and ends from fractions: each of n units has weight 1 / (n + 1), as has a revision of any size."""
    value = {(row.r, row.u, row.t): row.y for row in panel.itertuples()}
    names = sorted({*releases, published} & {1, 2, 3})
    change = {(r, u): round(value[r, u, 2001] - value[r, u, 2000], 9) for r, u, t in value if t == 2000}
    change = {key: moved for key, moved in change.items() if not math.isnan(moved)}
    if (
        edges == [-1, 0]
        or last == 2002
        or not {*releases, published} <= {1, 2, 3}
        or len(names) < 2
        or (published, treated) not in change
    ):
        return None
    sized = {key: sum(abs(moved) >= edge for edge in edges) for key, moved in change.items()}
    scores = [
        (u, sized[a, u], round(change[b, u] - change[a, u], 9))
        for a, b in itertools.combinations(names, 2)
        for u in set(panel["u"]) - {treated}
        if (a, u) in change and (b, u) in change
    ]
    own, kept = sized[published, treated], []
    for most in range(own, len(edges) + 1):
        kept = [(u, score) for u, group, score in scores if own <= group <= most]
        if len({u for u, _ in kept}) >= 39:
            break
    if not kept:
        return None
    units = [u for u, _ in kept]
    share = {u: Fraction(1, units.count(u) * (len(set(units)) + 1)) for u in units}
    need, ends = Fraction(975, 1000), []
    for sign in (-1, 1):
        enough = [s for _, s in kept if sum(share[u] for u, other in kept if sign * other <= sign * s) >= need]
        ends.append(sign * min(sign * s for s in enough) if enough else sign * math.inf)
    moved = change[published, treated]
    step = 0.2 * panel["y"].max()
    below = sum(share[u] for u, score in kept if score < step - 1e-9)
    above = sum(share[u] for u, score in kept if score > step + 1e-9)
    return [moved, moved + ends[0], moved + ends[1], float(min(max(0.5, below), 1 - above))]


def revised(_: str, given: dict[str, Any]) -> list[float]:
    own = analysis.revised_change(**given)
    return [own.estimate, own.lower, own.upper, own.confidence_below(own.estimate + 0.2 * given["panel"]["y"].max())]


def choices(rng: Draw) -> dict[str, Any]:
    options = {name: some(rng, [1, 2.5, "x", "y", True], 0 if rng.random() < 0.1 else 1, 3) for name in "ab"}
    options = {name: list(dict.fromkeys(own)) if rng.random() < 0.9 else own for name, own in options.items()}
    where = {"a": one(rng, [*options["a"], "z"]), **({"b": options["b"][:1]} if rng.random() < 0.5 else {})}
    good = {"where": where, "reason": one(rng, ["why", "why", ""])}
    return {
        "choices": options,
        "exclusions": one(rng, [(), [good], [good], [good, good], [one(rng, ["x", {}, {"where": "a"}, None])]]),
    }


def left(choices: Any, exclusions: Any) -> list[float] | None:
    if any(not own or len(set(own)) < len(own) for own in choices.values()):
        return None
    every = list(itertools.product(*choices.values()))
    for rule in exclusions:
        where = rule.get("where") if isinstance(rule, dict) else None
        if not isinstance(where, dict) or not where or not rule["reason"]:
            return None
        sets = {name: own if isinstance(own, list) else [own] for name, own in where.items()}
        if not all(set(own) <= set(choices[name]) for name, own in sets.items()) or not all(sets.values()):
            return None
        every = [pair for pair in every if not all(pair["ab".index(name)] in own for name, own in sets.items())]
    return [len(every)] if every else None


def multiverse(rng: Draw) -> dict[str, Any]:
    values = some(rng, [0.0, 1.0, -2.0, 1e9, *[math.nan, math.inf, None, "x", [1, 2]] * (rng.random() < 0.1)], 1, 5)
    declared = analysis.declare({"option": list(range(len(values)))})
    return {"multiverse": declared, "estimate": lambda options: (values[options["option"]], -1.5), "workers": 1}


def one_by_one(multiverse: Any, estimate: Any, **_: Any) -> list[float] | None:
    found = [estimate(options)[0] for options in multiverse.specifications()]
    if not all(isinstance(value, float) and math.isfinite(value) for value in found):
        return None
    return [*found, *[-1.5] * len(found), *[2 * stats.norm.cdf(-1.5)] * len(found)]


def curves(rng: Draw) -> dict[str, Any]:
    shape = int(rng.integers(1, 5)), int(rng.integers(1, 7))
    z = rng.choice([0.0, 1.0, -2.5, 2.5], shape)
    curve = SpecificationCurve(tuple({"row": row} for row in range(shape[0])), z / rng.choice([1.0, 3.0], shape), z)
    return {"curve": curve, "direction": one(rng, ["positive", "negative"])}


def joint_by_hand(curve: Any, direction: str) -> list[float] | None:
    n, width = curve.z.shape
    if width < 2:
        return None
    sign = 1 if direction == "positive" else -1
    columns = [([sign * e for e in curve.estimates[:, i]], [sign * z for z in curve.z[:, i]]) for i in range(width)]
    found = [(median(e), sum(value > 1.96 for value in z) / n, sum(z) / math.sqrt(n)) for e, z in columns]
    at_least = [sum(own[i] >= found[0][i] - 1e-12 for own in found) / width for i in range(3)]
    alike = sum(sign * e > 0 for e in curve.estimates[:, 0]) / n
    return [sign * found[0][0], found[0][1], sign * found[0][2], *at_least, alike, found[0][1], max(at_least)]


def intervals(rng: Draw) -> dict[str, Any]:
    values = [-2.0, -1.0, 0.0, 1.0, 2.0, *[math.nan] * (rng.random() < 0.1)]
    ends = [sorted(some(rng, values, 3, 3)) for _ in range(rng.integers(0, 6))]
    made = {str(i): Estimate("", lower=low, estimate=own, upper=high) for i, (low, own, high) in enumerate(ends)}
    return {"results": {"score": made}, "margins": one(rng, [*[{"score": 1.0}] * 8, {"score": 0.0}, {}])}


def concluded(results: Any, margins: Any) -> list[int] | None:
    own = [(one.lower, one.estimate, one.upper) for one in results["score"].values()]
    if not own or not margins.get("score", 0) > 0 or np.isnan(own).any():
        return None
    up = [0 if high < 1 else 1 if low > 0 and value >= 1 else 2 for low, value, high in own]
    down = [0 if low > -1 else 1 if high < 0 and value <= -1 else 2 for low, value, high in own]
    return [(a, b) == (up[0], down[0]) for a, b in zip(up, down, strict=True)]


def arrangements(rng: Draw) -> dict[str, Any]:
    values = [0.0, 1.0, 1.0 + 1e-14, -3.0, 1e9, *[math.nan, math.inf] * (rng.random() < 0.1)]
    return {"statistic": one(rng, values), "null": some(rng, values), "name": "mean", "scheme": "labels"}


def share_as_high(statistic: float, null: list[float], **_: Any) -> list[float] | None:
    if not null or not np.isfinite([statistic, *null]).all():
        return None
    high = [value >= statistic - 1e-9 * max(abs(value), abs(statistic)) for value in null]
    return [(1 + sum(high)) / (1 + len(null)), 1 / (1 + len(null))]


def numbers(*names: str, **fixed: Any) -> Callable[..., Any]:
    """Return what takes numbers from the result of a method, those with a star from its table."""
    return lambda method, given: picked(called(method, **given, **fixed), names)


def picked(found: Any, names: tuple[str, ...]) -> list[float]:
    known = [found.table()[name[1:]] if name[0] == "*" else getattr(found, name) for name in names]
    return np.concatenate([np.ravel(value) for value in known]).tolist()


def with_errors(rng: Draw) -> dict[str, Any]:
    correlation = one(rng, [0.0, 0.5, 0.5, 1.0, 1.0, -0.1])
    draws = one(rng, [1, 2, 5, 5, 5])
    return {**outcomes(rng), "correlation": correlation, "draws": draws}


ENDS = ("estimate", "lower", "upper")
VINTAGES = ("*score", "*n", "*percentile", "*common_rank", "by_formula", "score_change", "rank_change")
CURVE = ("share_same_sign", "share_significant", "joint_p")
METHODS: dict[str, Row] = {
    "compare_counts": (clumped_or_not, every_p, two_counts_by_hand),
    "pooled_dispersion": (series_counts, numbers("estimate", "degrees"), pooled_by_hand),
    "rate_ratio_interval": (two_counts, numbers(*ENDS), ratio_ends),
    "mid_p_ratio": (two_counts, numbers("lower", "upper", "p_value"), mid_p_ends),
    "exact_2x2": (tables, numbers("p_value", "p_fisher", "lower", "upper"), table_by_hand),
    "kitagawa": (factors, numbers("*volume", "*rate"), parts_of_change),
    "conditional_poisson": (regression, terms, terms_by_hand),
    "event_study": (events, numbers("coefficients"), event_ratios),
    "placebo_calendars": (placebos, placebo, moved_ratios),
    "stacked_event_study": (stacked, numbers("coefficients"), stacked_ratios),
    "compare_ratios": (two_ratios, numbers("lower", "estimate", "upper"), ratio_of_ratios),
    "shifted_calendar": (calendar, numbers(*ENDS, "p_value", "share"), every_shift),
    "synthetic_control": (outcomes, control, least_gap),
    "leave_one_out": (outcomes, by_did(*ENDS, "*estimate", "*pre_rmspe"), without_each),
    "measurement_uncertainty": (
        with_errors,
        by_did(*ENDS, "p_value", "standard_error", sd="sd"),
        rubin,
    ),
    "rank_sets": (league, numbers("*lower", "*upper"), sets_by_hand),
    "smallest_sd_covering": (to_cover, lambda _, given: analysis.smallest_sd_covering(**given), covering),
    "recompute": (index, numbers("ranks_differ", "*error", score="score", rank="rank"), ranks_by_hand),
    "vintages": (editions, numbers(*VINTAGES, score="score", formulas=FORMULAS), compared),
    "lowest": (components, numbers("margin", *ENDS, "n", "n_below"), stayed_lowest),
    "revised_change": (rereleased, revised, revised_by_hand),
    "declare": (choices, lambda _, given: len(analysis.declare(**given).specifications()), left),
    "run": (multiverse, numbers("*estimate", "*z", "*p"), one_by_one),
    "joint_test": (curves, numbers("*value", "*p", *CURVE), joint_by_hand),
    "variants": (intervals, numbers("same"), concluded),
    "permutation_test": (arrangements, numbers("p_value", "floor"), share_as_high),
}
ITERATED = ("conditional_poisson", "event_study", "placebo_calendars", "stacked_event_study", "synthetic_control")
TOLERANCE = {"smallest_sd_covering": 2e-4, **dict.fromkeys(ITERATED, FITTED)}


MEASURED = ("estimates", "standard_errors", "scores", "edges", "statistic", "null", "second_before", "second_after")


def rescaled(given: dict[str, Any], factor: float) -> dict[str, Any]:
    """Return the arguments with everything measured in another unit; empty where nothing is."""
    known = {name: value for name, value in given.items() if name in MEASURED}
    found = {name: np.multiply(own, factor) for name, own in known.items() if isinstance(own, float | list | pd.Series)}
    frames = {name: own for name, own in given.items() if isinstance(own, pd.DataFrame) and name not in ("counts", "x")}
    for name, frame in frames.items():
        found[name] = frame.assign(**(factor * frame[frame.columns.difference(["u", "t", "r", "rank"])]))
    return given | found if found else {}


def answer(name: str, given: dict[str, Any]) -> Any:
    """Return the numbers of a call, or None where it refuses in one line; it may not warn, nor take long."""
    begun, refused = time.process_time(), None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = METHODS[name][1](name, given)
        except InputError as error:
            refused = error
    assert time.process_time() - begun < SLOWEST
    if refused is None:
        return found
    assert refused.remedy, refused
    check_plain(refused)
    assert len(str(refused)) <= LONGEST, refused
    return None


@pytest.mark.parametrize("seeds", MORE)
@pytest.mark.parametrize("name", METHODS)
def test_a_number_is_that_of_the_oracle_or_refused(name, seeds):
    draw, _, oracle = METHODS[name]
    answered = 0
    for seed in seeds:
        rng = np.random.default_rng([seed, *name.encode()])
        given = draw(rng)
        if seed % 4 == 3:
            answer(name, given | {(name_of := one(rng, list(given))): spoiled(rng, given[name_of])})
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = oracle(**given)
        found = answer(name, given)
        assert (found is None) == (wanted is None), (seed, given, found, wanted)
        if wanted is None:
            continue
        answered += 1
        assert np.size(found) == np.size(wanted), (seed, given, found, wanted)
        near, expected = TOLERANCE.get(name, EQUAL), np.asarray(wanted)
        same = np.isclose(np.asarray(found, float), expected, rtol=near, atol=near, equal_nan=True)
        assert (same | (expected == UNLISTED)).all(), (seed, given, found, wanted)
        for factor in (1e-9, 1e9) if seed % 8 == 0 and rescaled(given, 1.0) else ():
            again = np.asarray(answer(name, rescaled(given, factor)), float)
            numbers_alike = [
                np.isclose(own, found, rtol=near, atol=near, equal_nan=True) for own in (again, again / factor)
            ]
            assert np.logical_or(*numbers_alike).all(), (seed, factor, given, found, again)
    assert answered >= len(seeds) / 10, answered


def test_every_public_method_is_there():
    public = {name for home, names in analysis._PUBLIC.items() if home.startswith("methods.") for name in names}
    assert set(METHODS) == public
