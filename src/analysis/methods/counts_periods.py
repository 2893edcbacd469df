"""Two periods of one series of counts compared, the same finding looked for elsewhere, and the clumping that it bears.

A series is named by what is counted and indexed by period; an exposure is a series over the same periods. A finding is
what the exact interval says: a fall, a rise, or open.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.errors import InputError
from analysis.methods.count_tests import Exposures, central_p, p_text, rate_ratio_interval
from analysis.methods.counts import Change, CountComparison, compare_counts
from analysis.methods.counts_clusters import DispersionTest, dispersion_test
from analysis.methods.result import Call, Result, counted, method
from analysis.methods.variants import each

_SMALLEST_P = 0.001  # in texts beside a forest


@method
def compare_periods(
    counts: pd.Series,
    first: Hashable,
    second: Hashable,
    *,
    exposure: pd.Series | None = None,
    margin: float | None = None,
    about: Change | None = None,
    level: float = 0.95,
) -> CountComparison:
    """Compare the counts of two periods of a series.

    Parameters
    ----------
    counts : pandas.Series of int
        Cases by period, in order of time; missing where nothing was counted. Its name is what is counted.
    first, second : hashable
        Labels of the two periods in the index.
    exposure : pandas.Series of float, optional
        Exposure by period, such as days on which a case could happen; without it, both are alike.
    margin, about, level
        As in `compare_counts`.

    Raises
    ------
    InputError
        A count or an exposure is missing, the second period does not follow the first, or as `compare_counts`.

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
    if known.index.get_loc(first) >= known.index.get_loc(second):
        raise InputError(f"{second} does not follow {first}", where=str(counts.name), remedy="take two in order")
    cases = (int(known[first]), int(known[second]))
    exposures = (1.0, 1.0) if exposure is None else _exposures(exposure, first, second)
    options: dict[str, Any] = {"exposures": exposures, "margin": margin, "about": about, "level": level}
    return compare_counts(*cases, labels=(str(first), str(second)), unit=str(counts.name), **options)


def _exposures(exposure: pd.Series, first: Hashable, second: Hashable) -> Exposures:
    known = exposure.dropna()
    if missing := [period for period in (first, second) if period not in known.index]:
        raise InputError(f"no exposure for {missing[0]}", where=str(exposure.name), remedy="leave it out")
    return float(known[first]), float(known[second])


@dataclass(frozen=True, slots=True)
class FindingElsewhere(Result):
    """A finding beside the same comparison of other counts, or of the same counts in another way.

    Attributes
    ----------
    main : CountComparison
        The finding.
    others : tuple of CountComparison
        What stands beside it.
    """

    main: CountComparison
    others: tuple[CountComparison, ...]

    @property
    def same_finding(self) -> list[bool]:
        """Whether the exact interval of each other comparison says the same: fall, rise or open."""
        return [other.finding == self.main.finding for other in self.others]

    @property
    def same_direction(self) -> list[bool]:
        """Whether each other ratio lies below 1 if the main one does, and not below 1 if it does not."""
        return [(other.ratio.estimate < 1) == (self.main.ratio.estimate < 1) for other in self.others]

    @property
    def calls(self) -> tuple[Call | None, ...]:
        """The calls that made the comparisons, the main one first."""
        return tuple(result.call for result in (self.main, *self.others))

    def table(self) -> pd.DataFrame:
        """Return one row a comparison, the main one first."""
        return comparisons_table([self.main, *self.others])

    def sentence(self) -> str:
        """Say the finding, and what stands beside it."""
        if not self.others:
            return f"Nothing can be set beside it: {_brief(self.main)}."
        return f"{_brief(self.main)}; beside it {'; '.join(map(_brief, self.others))}."


@method
def find_elsewhere(main: CountComparison, *others: CountComparison | None) -> FindingElsewhere:
    """Set a finding beside other comparisons.

    Parameters
    ----------
    main : CountComparison
        The finding.
    *others : CountComparison or None
        Other counts, or the same counts read otherwise; None stands for one that cannot be made, and is left out.

    Examples
    --------
    >>> found = find_elsewhere(compare_counts(46, 25), compare_counts(17, 12), None)
    >>> found.same_direction, found.same_finding
    ([True], [False])
    """
    return FindingElsewhere(main, tuple(other for other in others if other is not None))


@dataclass(frozen=True, slots=True)
class ClumpingBorne(Result):
    """Whether a finding bears counts that are as clumped as some series are.

    Attributes
    ----------
    main : CountComparison
        The finding.
    series : dict of str to DispersionTest
        Series of counts by name.
    """

    main: CountComparison
    series: Mapping[str, DispersionTest]

    @property
    def room(self) -> float:
        """Break-even variance over mean less the largest of the series: infinite if the finding is open, nan if none.

        Clumping widens the interval, so that an open finding stays open.
        """
        if self.main.finding == "open":
            return math.inf
        return self.main.break_even_dispersion - max((test.index for test in self.series.values()), default=math.nan)

    @property
    def calls(self) -> tuple[Call | None, ...]:
        """The calls that made the comparison and the tests."""
        return tuple(result.call for result in (self.main, *self.series.values()))

    def sentence(self) -> str:
        """Say at which clumping the finding is undone, and how clumped the series are."""
        if self.main.finding == "open":
            return "Equal rates are not excluded even for independent cases, and clumping only widens the interval."
        found = ", ".join(f"{test.index:.2f} in {test.n} counts of {name}" for name, test in self.series.items())
        undone = f"A variance of {self.main.break_even_dispersion:.2f} times the mean undoes the finding"
        return f"{undone}; found is {found}." if found else f"{undone}; no series of counts says how large it is."


@method
def bear_clumping(main: CountComparison, series: Mapping[str, DispersionTest]) -> ClumpingBorne:
    """Hold the dispersion at which a finding is undone against that of series of counts.

    Examples
    --------
    >>> from analysis.methods.counts_clusters import dispersion_test
    >>> bear_clumping(compare_counts(46, 25), {"attacks": dispersion_test([17, 12, 8, 32])}).room < 0
    True
    """
    return ClumpingBorne(main, dict(series))


@dataclass(frozen=True, slots=True)
class StrainedFinding(Result):
    """A finding on one series of counts, and what it withstands.

    Attributes
    ----------
    main : CountComparison
        The finding.
    elsewhere : FindingElsewhere
        Beside the other series.
    otherwise : dict of str to FindingElsewhere
        Beside each other reading of the same series; nothing stands beside it where a reading cannot be made.
    clumping : ClumpingBorne
        Against the dispersion of all series that are long enough.
    """

    main: CountComparison
    elsewhere: FindingElsewhere
    otherwise: Mapping[str, FindingElsewhere]
    clumping: ClumpingBorne

    def outcomes(self, elsewhere: str, clumping: str) -> dict[str, Result]:
        """Return every part under a name: those given, and of the other readings their own."""
        return {elsewhere: self.elsewhere, clumping: self.clumping, **self.otherwise}

    def table(self) -> pd.DataFrame:
        """Return one row a comparison: the finding, the other series, the other readings."""
        read = [other for found in self.otherwise.values() for other in found.others]
        return comparisons_table([self.main, *self.elsewhere.others, *read])

    def sentence(self) -> str:
        """Say what stands beside the finding, and the clumping that it bears."""
        return " ".join(map(str, (self.elsewhere, *self.otherwise.values(), self.clumping)))


@method
def strain_finding(
    counts: Mapping[str, pd.Series],
    name: str,
    first: Hashable,
    second: Hashable,
    *,
    otherwise: Mapping[str, Mapping[str, pd.Series]],
    least: int = 3,
) -> StrainedFinding:
    """Compare two periods of one series, and put the finding under every strain that the data allow.

    Parameters
    ----------
    counts : mapping of str to pandas.Series
        Series of counts of one maker, by name; the others are compared where they have both periods.
    name : str
        The series that the finding is on.
    first, second : hashable
        Labels of the two periods.
    otherwise : mapping of str to mapping of str to pandas.Series
        Other readings by name: arguments of `compare_periods` that differ, such as ``exposure``.
    least : int
        Periods that a series must have for its dispersion to count.

    Raises
    ------
    InputError
        As `compare_periods`, for the finding itself.
    """
    periods = {"first": first, "second": second}
    main = compare_periods(counts[name], first, second)
    others, _ = each(compare_periods, {key: {"counts": own} for key, own in counts.items() if key != name}, **periods)
    readings, _ = each(compare_periods, otherwise, **({"counts": counts[name]} | periods))
    series = {key: {"counts": own.dropna()} for key, own in counts.items() if own.count() >= least}
    return StrainedFinding(
        main=main,
        elsewhere=find_elsewhere(main, *others.values()),
        otherwise={key: find_elsewhere(main, readings.get(key)) for key in otherwise},
        clumping=bear_clumping(main, each(dispersion_test, series)[0]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class RatePairs(Result):
    """Many pairs of counts, each compared on its own.

    Attributes
    ----------
    rows : DataFrame
        One row a pair: ``ratio`` with the ends of its exact interval ``lower`` and ``upper``, and ``p_central``.
    """

    rows: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Return one row a pair."""
        return self.rows

    def sentence(self) -> str:
        """Say how many rise and fall, and how many by more than chance would move independent cases."""
        ratio, falls, rises = self.rows["ratio"], self.rows["upper"] < 1, self.rows["lower"] > 1
        return (
            f"Of {counted(len(ratio), 'pair')}, {(ratio < 1).sum()} fall and {(ratio > 1).sum()} rise; if cases were "
            f"independent, the exact interval excludes equal rates in {counted(int(falls.sum()), 'fall')} and "
            f"{counted(int(rises.sum()), 'rise')}."
        )


@method
def compare_pairs(first: pd.Series, second: pd.Series) -> RatePairs:
    """Compare many pairs of counts of equal exposure.

    Parameters
    ----------
    first, second : pandas.Series of int
        Cases of the first and second periods, with the same index.
    """
    intervals = [rate_ratio_interval(*pair) for pair in zip(first.tolist(), second.tolist(), strict=True)]
    rows = pd.DataFrame(intervals, columns=["estimate", "lower", "upper", "level"], index=first.index)
    named = rows.drop(columns="level").rename(columns={"estimate": "ratio"})
    return RatePairs(named.assign(p_central=central_p(first, second, 0.5)))


def comparisons_table(results: Sequence[CountComparison]) -> pd.DataFrame:
    """Return one row a comparison, for a forest: counts, ratio, interval, break-even and p.

    ``band_lower`` and ``band_upper`` are the ends of the Wald interval at the break-even dispersion, of which one is 1.
    """
    return pd.DataFrame(
        [
            {
                "first": result.first,
                "second": result.second,
                "ratio": result.ratio.estimate,
                "lower": result.ratio.lower,
                "upper": result.ratio.upper,
                "band_lower": result.break_even_interval[0],
                "band_upper": result.break_even_interval[1],
                "break_even_dispersion": result.break_even_dispersion,
                "p_central": result.p_central,
                "p_e_test": result.p_e_test,
                "p_fall_jeffreys": result.probability_of_fall,
            }
            for result in results
        ]
    )


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


def _brief(result: CountComparison) -> str:
    r, (before, after) = result.ratio, result.exposures
    exposed = f" (exposures {before:g} and {after:g})" if before != after else ""
    return (
        f"{result.unit} {result.first} to {result.second}{exposed}, ratio {r.estimate:.3f} ({r.lower:.3f} to "
        f"{r.upper:.3f}), {p_text(result.p_central)}"
    )
