"""Multiverse analysis: the same question under every defensible combination of choices, and their joint test.

Choices and exclusions are declared, combinations are listed in one fixed order, a pure function is run over them, and
the whole curve is compared with curves from permuted labels (Simonsohn, Simmons and Nelson 2020, Specification curve
analysis, doi:10.1038/s41562-020-0912-z). Neither the order of the declarations nor the number of processes changes a
result.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing.reduction import ForkingPickler
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from threadpoolctl import threadpool_limits

from analysis.errors import AnalysisError, InputError
from analysis.methods._inputs import refuse_if
from analysis.methods.result import TAIL, Estimate, Floats, Result, counted, method, readonly

Option = str | int | float | bool
Options = dict[str, Option]
Specify = Callable[[Options], Mapping[str, Any]]

CRITICAL = float(stats.norm.ppf(1 - TAIL))  # |z| beyond which one specification is significant at 5%, two-sided
CHUNKS_PER_WORKER = 4
PAYS = 6.0  # seconds of work before there are more processes: each takes two to import what it needs
MOST_COMBINATIONS = 100_000  # that are listed: more take minutes and gigabytes before anything is estimated


@dataclass(frozen=True, slots=True)
class Multiverse(Result):
    """Declared choices, sorted by name, with options numbers first, then text; and what is left out: see `declare`."""

    choices: Mapping[str, tuple[Option, ...]]
    exclusions: tuple[Mapping[str, Any], ...]

    def specifications(self) -> tuple[Options, ...]:
        """Return all combinations that are not left out, the last choice varying fastest."""
        every = (dict(zip(self.choices, values, strict=True)) for values in itertools.product(*self.choices.values()))
        return tuple(options for options in every if not any(_covers(rule, options) for rule in self.exclusions))

    def table(self) -> pd.DataFrame:
        """Return one row per specification (numbered from 1) with its options."""
        return _numbered(self.specifications())

    def sentence(self) -> str:
        """Say how many specifications there are and how they come about."""
        sizes = " × ".join(f"{name} ({len(options)})" for name, options in self.choices.items())
        every = math.prod(map(len, self.choices.values()))
        kept = len(self.specifications())
        excluded = f", less {every - kept:,} excluded" if every > kept else ""
        return f"{counted(kept, 'specification')}: {sizes} = {every:,}{excluded}."

    def left_out(self) -> pd.DataFrame:
        """Return one row per exclusion: what is left out, how many combinations no earlier one covers, and why."""
        every = Multiverse(self.choices, ()).specifications()
        first = [next((n for n, rule in enumerate(self.exclusions) if _covers(rule, each)), -1) for each in every]
        rows = []
        for n, rule in enumerate(self.exclusions):
            words = (f"{name}: {' or '.join(map(str, _as_tuple(wanted)))}" for name, wanted in rule["where"].items())
            rows.append({"left_out": "; ".join(words), "specifications": first.count(n), "reason": rule["reason"]})
        return pd.DataFrame(rows, columns=["left_out", "specifications", "reason"])


@dataclass(frozen=True, slots=True)
class SpecificationCurve(Result):
    """Estimates of every specification, observed and under permuted labels.

    ``estimates`` and ``z`` have the shape (specifications, 1 + permutations); the first column is observed.
    """

    specifications: tuple[Options, ...]
    estimates: Floats
    z: Floats

    def table(self) -> pd.DataFrame:
        """Return one row per specification: options, estimate, z and two-sided normal p."""
        z = self.z[:, 0]
        return _numbered(self.specifications).assign(estimate=self.estimates[:, 0], z=z, p=2 * stats.norm.sf(np.abs(z)))

    def sentence(self) -> str:
        """Say the median and range of the estimates, and how many share its sign and are significant with it."""
        estimates, z = self.estimates[:, 0], self.z[:, 0]
        sign = np.sign(np.median(estimates)) or 1.0
        return (
            f"Over {counted(len(estimates), 'specification')} the median estimate is {np.median(estimates):+.3g} (from "
            f"{estimates.min():+.3g} to {estimates.max():+.3g}); {(sign * estimates > 0).mean():.0%} have its sign, "
            f"{(sign * z > CRITICAL).mean():.0%} are significant with it at 5%."
        )


@method
def declare(choices: Mapping[str, Sequence[Option]], exclusions: Sequence[Mapping[str, Any]] = ()) -> Multiverse:
    """Declare the choices of a multiverse and the combinations left out.

    Parameters
    ----------
    choices : mapping of str to sequence of options
        Options are text, numbers or booleans; their order does not matter. At most 100,000 combinations are listed.
    exclusions : sequence of mapping, optional
        Combinations left out: ``where`` (option or options by choice) and the ``reason``.

    Raises
    ------
    InputError
        If a choice has no option or one twice, an exclusion names no known option or no reason, or nothing is left.
    """
    in_order = partial(sorted, key=lambda option: (isinstance(option, str), option))
    ordered = {name: tuple(in_order(choices[name])) for name in sorted(choices)}
    for name, options in ordered.items():
        twice = len(set(options)) < len(options)
        refuse_if(not options or twice, "no options, or one twice", name, "list every option once")
    every = math.prod(map(len, ordered.values()))
    what = f"{every:,} combinations where at most {MOST_COMBINATIONS:,} are listed"
    refuse_if(every > MOST_COMBINATIONS, what, "multiverse", "declare fewer choices or options")
    for rule in exclusions:
        where = rule.get("where")
        known = isinstance(where, Mapping) and all(
            _as_tuple(wanted) and all(option in choices.get(name, ()) for option in _as_tuple(wanted))
            for name, wanted in where.items()
        )
        bad = not known or not where or not rule.get("reason")
        refuse_if(bad, f"bad exclusion {where}", "multiverse", "name options and a reason")
    multiverse = Multiverse(ordered, tuple(exclusions))
    none = not ordered or not multiverse.specifications()
    refuse_if(none, "no specification is left", "multiverse", "declare choices, exclude less")
    return multiverse


@method
def run(
    multiverse: Multiverse,
    estimate: Callable[..., tuple[ArrayLike, ArrayLike]],
    *,
    specify: Specify | None = None,
    workers: int = 1,
) -> SpecificationCurve:
    """Run a pure function over all specifications, in one process or several.

    Parameters
    ----------
    multiverse : Multiverse
        Declared choices.
    estimate : callable
        Returns estimates and z-statistics, each a number or an array of shape (1 + permutations,) with the observed
        value first, such as `analysis.methods.poisson.permuted_poisson`, from the options (dict) or what ``specify``
        makes of them. To run in processes both must be picklable: module-level functions or objects.
    specify : callable, optional
        Turns the options of a specification into keyword arguments of ``estimate``: its rows, outcome and the like.
    workers : int, default 1
        Processes, at least 1; more than one start only if there is work for them.

    Raises
    ------
    InputError
        If estimates and z of a specification are missing or differ in shape, also between specifications, or the
        function cannot go to other processes. What ``estimate`` refuses is told with its specification.

    Examples
    --------
    >>> choices = declare({"outcome": ["arrests", "killings"], "years": [5, 10]})
    >>> run(choices, lambda options: (options["years"] / 10, 2.0)).table()["estimate"].tolist()
    [0.5, 1.0, 0.5, 1.0]
    """
    refuse_if(workers < 1, "no process is left to work", "workers", "take 1 or more")
    tasks = multiverse.specifications()
    one, begin = partial(_run_one, estimate=estimate, specify=specify), time.process_time()
    results: list[Floats] = []
    if workers > 1:
        try:
            ForkingPickler.dumps(one)
        except Exception:  # pickling fails in many ways
            remedy = "name a function of a module, or take one worker"
            raise InputError("it cannot go to other processes", where="estimate", remedy=remedy) from None
    while len(results) < len(tasks) and (workers == 1 or time.process_time() - begin < PAYS):
        results.append(one(tasks[len(results)]))
    if left := tasks[len(results) :]:
        with processes(workers) as pool:
            results += pool.map(one, left, chunksize=-(-len(left) // (workers * CHUNKS_PER_WORKER)))
    unlike = len({pair.shape for pair in results}) > 1
    refuse_if(unlike, "specifications return different shapes", "estimate", "share the permutations")
    both = np.stack(results)
    return SpecificationCurve(tasks, readonly(both[:, 0]), readonly(both[:, 1]))


@method
def joint_test(curve: SpecificationCurve, *, direction: Literal["positive", "negative"]) -> Estimate:
    """Test all specifications jointly against curves from permuted labels.

    The table has the median effect (in units of the estimate), the share of specifications significant in the
    direction, and Stouffer's z (sum of z over the root of their number), each with its p, the observed curve counted
    in. ``joint_p`` is the largest of the three; further ``share_significant``, and ``share_same_sign``, the share of
    estimates with the sign of the direction.

    Parameters
    ----------
    curve : SpecificationCurve
        Curve with at least one permutation. All specifications must share the permuted labels, column by column.
    direction : {"positive", "negative"}
        Registered direction of the effect.

    Raises
    ------
    InputError
        If the curve has no permutation.
    """
    n, columns = curve.estimates.shape
    refuse_if(columns < 2, "no permutation to compare with", "curve", "permute the labels")
    sign = 1.0 if direction == "positive" else -1.0
    share = (sign * curve.z > CRITICAL).mean(axis=0)
    rows = np.stack([sign * np.median(curve.estimates, axis=0), share, sign * curve.z.sum(axis=0) / np.sqrt(n)])
    # Equal statistics may differ in the last bit when specifications are summed in another order.
    p = (rows >= rows[:, :1] - 1e-12 * np.abs(rows[:, :1])).mean(axis=1)
    median, _, stouffer = values = rows[:, 0] * np.array([sign, 1.0, sign])
    same_sign = float((sign * curve.estimates[:, 0] > 0).mean())
    statistics = pd.Index(["median effect", "share significant", "Stouffer z"], name="statistic")
    return Estimate(
        f"Jointly over {counted(n, 'specification')} ({columns - 1:,} permuted curves, {direction}), p of no effect is "
        f"{p[0]:.3g} by the median effect of {median:+.3g}, {p[1]:.3g} by the {share[0]:.0%} that are significant in "
        f"the direction, and {p[2]:.3g} by Stouffer's z of {stouffer:.2f}; it cannot be below {1 / columns:.2g}.",
        name="specification curve",
        n=n,
        more={"share_same_sign": same_sign, "share_significant": float(share[0]), "joint_p": float(p.max())},
        rows=pd.DataFrame({"value": values, "p": p}, index=statistics),
    )


def processes(workers: int) -> Executor:
    """Return a pool of processes with one thread each: with one a core, the default, two take three times as long."""
    try:
        return ProcessPoolExecutor(workers, initializer=threadpool_limits, initargs=(1,))
    except OSError:  # a system without semaphores has no such pool
        return ThreadPoolExecutor(1)


def _run_one(options: Options, estimate: Callable[..., Any], specify: Specify | None) -> Floats:
    """Return estimates and z of one specification, shape (2, 1 + permutations)."""
    label = "; ".join(f"{name} = {value}" for name, value in options.items())
    try:
        found = estimate(**specify(options)) if specify else estimate(options)
    except AnalysisError as error:
        raise type(error)(error.what, where=f"specification {label}: {error.where}", remedy=error.remedy) from error
    try:
        estimates, z = (np.atleast_1d(np.asarray(part, dtype=float)) for part in found)
    except (TypeError, ValueError):
        estimates, z = np.full((2, 1), np.nan)
    unlike = estimates.shape != z.shape or not (np.isfinite(estimates).all() and np.isfinite(z).all())
    refuse_if(unlike, "estimates and z differ in shape, or are missing", label, "exclude it, or mend it")
    return np.stack([estimates, z])


def _covers(rule: Mapping[str, Any], options: Options) -> bool:
    return all(options[name] in _as_tuple(wanted) for name, wanted in rule["where"].items())


def _as_tuple(wanted: Any) -> tuple[Option, ...]:
    return tuple(wanted) if isinstance(wanted, Iterable) and not isinstance(wanted, str) else (wanted,)


def _numbered(specifications: Sequence[Options]) -> pd.DataFrame:
    return pd.DataFrame(list(specifications), pd.RangeIndex(1, len(specifications) + 1, name="specification"))
