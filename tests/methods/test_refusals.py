"""Faults that the properties do not draw, with the part of the one line that names each; and what lies inside a bound.

The authority is the section "Raises" of each function and the form of a line in `analysis.errors`: where, what, remedy.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.errors import AnalysisError, InputError, RunError
from analysis.methods import calendars, composition, count_tests, counts, event_studies, rate_changes, student
from analysis.methods._fixed_effects import check_identified
from analysis.methods._inputs import codes, columns, whole_column, whole_counts
from analysis.methods.composition import difference_of_proportions, exact_2x2
from analysis.methods.index_scores import lowest, recompute, rerating, vintages
from analysis.methods.measured_changes import borrowed_sd, revised_change
from analysis.methods.multiverse import declare, run
from analysis.methods.networks import tie_matrix
from analysis.methods.permutation import network_permutation, permutation_test
from analysis.methods.poisson import NullPoisson, compare_ratios, conditional_poisson, permuted_poisson
from analysis.methods.ranks import competition_rank, rank_sets, smallest_sd_covering
from analysis.methods.rate_changes import rate_change
from analysis.methods.synthetic.estimators import fit
from analysis.methods.synthetic.inference import (
    compare_study,
    correlated_normal,
    leave_one_out,
    measurement_uncertainty,
)
from analysis.methods.synthetic.simplex import nearest_weights
from analysis.methods.synthetic.study import Study
from analysis.methods.variants import variants
from tests.prose import check_plain

NAN, INF = float("nan"), float("inf")
Call = Callable[[], object]


def cases(*tables: dict[str, list[Call]]) -> list[object]:
    return [
        pytest.param(call, line, id=f"{line} {number}")
        for table in tables
        for line, calls in table.items()
        for number, call in enumerate(calls)
    ]


MONTHS = pd.Series([1, 0, 2], pd.period_range("2020-01", periods=3, freq="M"))
onset = {"onset": ("2020-01-01", "2020-01-02"), "before": 3}
calendar = partial(calendars.shifted_calendar, first=0, last=0)
coincide = partial(calendars.coinciding_events, kind=["a", "b"], name=["c", "d"], **onset)
DAYS = pd.date_range("2020-01-01", periods=4)
COUNTS: dict[str, list[Call]] = {
    "counts: count 1e+15 is above 1e+12, up to which sums of counts are exact; count in": [
        partial(count_tests.mid_p_ratio, 10**15, 3)
    ],
    "counts: count 1000000.5 is not a whole number from 0; give": [partial(whole_counts, 1_000_000.5)],
    "counts: its rows are not in order of time, each once; sort": [
        lambda: calendar(pd.Series([3, 0, 2], [2, 0, 1]), [0]),
        lambda: calendar(MONTHS[::-1], ["2020-01"]),
        lambda: rate_change(pd.Series([3, 0, 2], [2001, 2001, 2002]), turn=2002, before=1, after=1),
        lambda: counts.compare_periods(pd.Series([3, 2], [2020, 2019], name="counts"), 2020, 2019),
    ],
    "rate ratio 0.0 must be positive": [lambda: count_tests.share_of_second((1.0, 1.0), 0.0)],
    "exposures (1.0, nan)": [lambda: count_tests.share_of_second((1.0, NAN))],
    "counts: level 0.0 is not between 0 and 1; take 0.05": [lambda: count_tests.exact_power(5.0, 0.5, alpha=0.0)],
    "a prior of nan with 2 degrees of freedom": [lambda: counts.pooled_dispersion(pd.DataFrame({"a": [3]}), prior=NAN)],
    "counts: expected count 0.0 is not positive": [lambda: count_tests.exact_power(0.0, 0.5)],
    "expected count -1.0": [lambda: count_tests.minimum_detectable_ratio(-1.0)],
    "expected count inf": [lambda: count_tests.exact_power(INF, 0.5)],
    " do not rise between 0 and 1; take 0.05 and 0.8": [
        partial(count_tests.minimum_detectable_ratio, 20.0, **wrong)
        for wrong in ({"power": 0.05}, {"power": 1.0}, {"alpha": 0.0}, {"alpha": 5})
    ],
}
COUNTS |= {
    "column a: not all values are numbers; drop or": [
        lambda given=given: counts.pooled_dispersion(pd.DataFrame({"a": given}))
        for given in (["x", "y"], ["1", "2"], [1j, 2], DAYS, pd.PeriodIndex(DAYS, freq="D"))
    ],
    "dispersion: not a variance over mean; give the result of pooled_dispersion": [
        lambda other=other: counts.compare_counts(46, 25, dispersion=other(5, 9))
        for other in (counts.compare_counts, count_tests.rate_ratio_interval)
    ],
    "or their ratio lie outside 1e-12 to 1e12; give exposures in another unit": [
        partial(compared, 5, 9, exposures=exposures)
        for compared in (counts.compare_counts, count_tests.mid_p_ratio, count_tests.rate_ratio_interval)
        for exposures in ((1e-300, 1e300), (1e-7, 1e7), (1e-200, 1e-200))
    ],
    "table: rows differ in length; give": [lambda: exact_2x2([[1], [2, 3]])],
    "counts: its labels are days, not periods; turn it": [lambda: calendar(MONTHS.to_timestamp(), ["2020-01"])],
    "counts: its labels are not one apart": [lambda: calendar(pd.Series([1, 2], [2000, 2002]), [2000])],
    "counts: periods have gaps; fill": [lambda: calendar(MONTHS.iloc[[0, 2]], [])],
    "dates: labels are missing; drop": [lambda: calendar(MONTHS, ["2020-01", None])],
    "counts: the windows cover the whole calendar": [partial(calendar, MONTHS, ["2020-01"], first=-9, last=9)],
    "start: not all are dates; give ISO dates": [partial(coincide, [when, "2020-01-02"]) for when in ("soon", None)],
    "kind: 1 label for 2 rows; give one": [lambda: coincide(["2020-01-01"] * 2, kind=["a"])],
}
COUNTS_ALLOWED: list[Call] = [
    lambda: counts.pooled_dispersion(pd.DataFrame({"a": pd.array([1, 2, None], dtype="Int64")})),
    lambda: [counts.compare_counts(5, 9, exposures=pair) for pair in ((1, 1e12), (1e12, 1.0), (1e-12, 1e-12))],
    lambda: [counts.break_even_dispersion(*pair) for pair in ((1, 1), (0, 2), (2, 0))],
    lambda: [counts.pooled_dispersion(pd.DataFrame(own)) for own in ({}, {"a": [0, 0]}, {"a": [0, 1]}, {"a": [NAN]})],
    lambda: [count_tests.minimum_detectable_ratio(20.0, power=power) for power in (0.06, 0.99)],
    lambda: count_tests.exact_power(1e-3, 0.5),
]


Y, X, G = [1.0, 0.0, 2.0, 1.0], pd.DataFrame({"b": [0.0, 1.0, 1.0, 0.0]}), [0, 0, 1, 1]
MASKED = np.ma.masked_equal([1, 0, 2, 1], 2)
HOLE, GAP, SHORT, MONTH = [1.0, NAN, 2.0, 1.0], ["a", None, "b", "b"], [0, 0, 1], [0, 1, 0, 1]
NESTED = {"b": [0.0, 1.0, 1.0, 0.0], "c": [0.0, 0.0, 1.0, 0.0]}
EVENT = {"event_unit": [0], "event_month": [0]}
NEAR = {"near": (0, 0)}
SIX = [0.0, 1.0, 2.0, 1.0, 0.0, 4.0]

studied = partial(event_studies.event_study, [1, 2, 2, 1], unit=G, month=MONTH, windows=NEAR)
stacked = partial(event_studies.stacked_event_study, unit=G, month=MONTH, **EVENT, windows=NEAR | {"next": (1, 1)})

poisson = partial(conditional_poisson, Y)
dummies = partial(event_studies.event_dummies, windows=NEAR)


def starred(x: object, groups: list[int] = G) -> object:
    return conditional_poisson(Y, pd.DataFrame(x if isinstance(x, dict) else {"b": x}), groups=groups, cluster=MONTH)


def remains(share: float) -> None:
    """Check a column of size 1 of which this much is left after the effects."""
    check_identified(("b",), np.ones((1, 1)), np.full((1, 1), share))


REGRESSIONS: dict[str, list[Call]] = {
    "unit: 2 labels for 3 rows; give one label per row": [
        lambda: codes(["a", "b"], 3, "unit"),
        lambda: calendars.shifted_labels([1.0, 0.0, 0.0], unit=[0, 0], draws=1, seed=0),
    ],
    "unit: labels are missing; drop or fill the rows without a label": [
        lambda: codes(["a", None], 2, "unit"),
        lambda: dummies(["a", None], [0, 1], event_unit=["a"], event_month=[0]),
    ],
    "x: 2 rows where the outcome has 3; align the rows": [lambda: columns([1.0] * 2, 3)],
    "x: rows and columns expected; align": [lambda: columns(np.ones((1, 1, 1)), 1)],
    "x: not one column of whole numbers; give": [partial(whole_column, x, "x") for x in ([1.5], [[1, 2]])],
    "counts: counts are not in one row; give one": [lambda: whole_counts([[1, 2]])],
    "x: values are missing or infinite; drop or": [lambda: columns([1.0, NAN], 2), lambda: columns([1.0, INF], 2)],
    "b: has no variation left once effects and other regressors are taken out": [lambda: remains(1e-9)],
    "b: no maximum exists, as all events lie where it is lowest, given the": [lambda: starred([0.0, 1.0, 0.0, 0.0])],
    "b: no maximum exists, as all events lie where it is highest": [lambda: starred([0.0, -1.0, 0.0, 0.0])],
    "b, c: no maximum exists, as all events lie where b - c is lowest": [lambda: starred(NESTED, groups=[0, 0, 0, 0])],
    "x: its row labels are not those of y; give": [
        lambda: conditional_poisson(pd.Series(Y), X.set_axis(list("abcd")), groups=G),
        lambda: conditional_poisson(pd.Series(Y, [0, 0, 1, 1]), X.set_axis([0, 1, 0, 1]), groups=G),
    ],
    "groups: its row labels are not those of x; give": [lambda: poisson(X, groups=pd.Series(G, [3, 2, 1, 0]))],
    "x: two columns have the same name; rename": [lambda: poisson(pd.concat([X, X], axis=1), groups=G)],
    "x: no regressor": [lambda: poisson(X[[]], groups=G)],
    "x: not all values are numbers; drop": [lambda: poisson(list("abcd"), groups=G)],
    "y: no group has an event; check": [lambda: conditional_poisson([0, 0, 0, 0], X, groups=G)],
    "y: not all values are numbers": [lambda: event_studies.onsets(["a"], unit=[0], month=[0], above=1, pause=1)],
    "window: 1 to 0 is empty": [lambda: calendars.days_in_window(3, [0], first=1, last=0)],
    "y: 2 columns; give one column": [lambda: conditional_poisson(np.ones((4, 2)), X, groups=G)],
    "y: no rows; give": [lambda: conditional_poisson([], [], groups=[])],
    "offset: it spans 900 log points within a": [lambda: poisson(X, groups=G, offset=[100.0, 1000.0, 1000.0, 100.0])],
    "groups: labels do not stand in one column; give": [lambda: poisson(X, groups=pd.DataFrame({"a": G, "b": G}))],
    "labels: 3 rows where the outcome has 4; align": [lambda: permuted_poisson(Y, [0, 1, 0], groups=G)],
    "labels: values are missing or infinite; drop": [lambda: permuted_poisson(Y, HOLE, groups=G)],
    "window 1: has no variation left": [lambda: NullPoisson(Y, groups=G).together(np.ones((4, 1)))],
    "y: values are missing": [lambda: NullPoisson(HOLE, groups=G)],
    "offset: 3 rows where": [lambda: poisson(X, groups=G, offset=[0.0] * 3)],
    "groups: 3 labels for 4 rows": [lambda: poisson(X, groups=SHORT)],
    "also: 3 labels for 4 rows": [lambda: poisson(X, groups=G, also=SHORT)],
    "cluster: labels are missing": [lambda: poisson(X, groups=G, cluster=GAP)],
    "term: no regressor c; there are b": [lambda: poisson(X, groups=G).sentence("c")],
    "month: not all months are 1 to 12": [lambda at=at: event_studies.serial_month([2000], [at]) for at in (0, 13)],
    "windows: none is given": [lambda: studied(**EVENT, windows={})],
    "month: year and month stand in one number; give 12 * year + month - 1": [
        lambda: studied(event_unit=[0], event_month=[202012], month=[202012, 202101] * 2),
        lambda: event_studies.onsets([1, 2], unit=[0, 0], month=[202012, 202101], above=0, pause=1),
        lambda: build(PANEL.assign(month=202001 + PANEL["time"]), time="month", first_treated=202006),
    ],
    "counts: year and month stand in one number": [
        lambda: calendar(pd.Series([1, 0, 2], [202011, 202012, 202101]), [202101]),
        lambda: rate_change(pd.Series([3, 0, 2], [200101, 200102, 200103]), turn=200102, before=1, after=1),
    ],
    "values are masked; drop them, or fill them with nan": [
        lambda: conditional_poisson(MASKED, X, groups=G),
        lambda: permuted_poisson(Y, MASKED, groups=G),
        lambda: calendar(MASKED, [0]),
        lambda: codes(MASKED, 4, "unit"),
        lambda: whole_counts(MASKED),
        lambda: tie_matrix(MASKED, G, since=G, until=G, units=[0, 1], period=0),
    ],
    "late: 0 to 12001 reaches more than 12,000": [lambda: dummies(G, MONTH, **EVENT, windows={"late": (0, 12_001)})],
    "month: not all values are numbers; give serial months, 12 * year + month - 1": [
        lambda given=given: dummies(G, given, **EVENT)
        for given in (["2020-01"] * 4, DAYS, list(DAYS), pd.PeriodIndex(DAYS, freq="D"))
    ],
    "term: no regressor 0; it is text there, not a whole number": [
        lambda: poisson(X.set_axis([0], axis=1), groups=G).rows(0)
    ],
    "a has more than one row in 0-02": [lambda: event_studies.panel_rows(list("aabb"), [1.0, 1.0, 1.0, 2.0])],
    "month: 2 months for 1 year; give one": [lambda: event_studies.serial_month([2000], [1, 2])],
    "year: not one column of whole numbers": [lambda: event_studies.serial_month([2000.5], [1])],
    "shifts: none, or one of 0 months or over 12,000": [
        lambda own=own: event_studies.placebo_calendars(studied(**EVENT), shifts=own) for own in ([], [0], [-12_001])
    ],
    "results['m']['x']: 3 where a Result is wanted": [lambda: variants({"m": {"x": 3}}, margins={})],
    "exclusions[0]: a list where a dict is wanted": [lambda: declare({"a": [1]}, exclusions=[SIX])],
    "margins: a list where a dict (each a number) is wanted": [lambda: variants({}, margins=[1.0])],
    "exposed: a list where a list (each a list) or a Series is wanted": [lambda: stacked(Y, exposed=["BC"])],
    "late: 1 to 0 is empty": [lambda: dummies(G, MONTH, **EVENT, windows={"late": (1, 0)})],
    "give one label per row": [
        lambda: dummies([0], MONTH, **EVENT),
        lambda: dummies(G, MONTH, event_unit=[0, 1], event_month=[0]),
    ],
    "unit: 4 labels for 3 rows": [lambda: event_studies.effect_codes(G, MONTH[:3], "unit, month")],
    "term: no window far; did you mean near?": [
        lambda: event_studies.leave_one_event_out(studied(**EVENT), term="far")
    ],
    "y: 2 columns; give one column with a value per row": [lambda: stacked(np.column_stack([Y, Y]), exposed=[[1]])],
    "exposed: none of these units has a row": [lambda: stacked(Y, exposed=[["z"]])],
    "label: values are missing": [lambda: calendars.shifted_labels([1.0, NAN], unit=[0, 0], draws=1, seed=0)],
    "unit: rows of a unit are": [lambda: calendars.shifted_labels([1.0, 0.0, 0.0], unit=[0, 1, 0], draws=1, seed=0)],
    "windows: total below 1, or a share outside 0 to 1": [
        partial(calendars.detectable_ratio_in_windows, *given, **options)
        for given, options in (
            ((0, 0.5), {}),
            *(((9, share), {}) for share in (0.0, 1.0)),
            *(((9, 0.5), {name: value}) for name in ("alpha", "power") for value in (0.0, 1.0)),
        )
    ],
    "detectable: the error is not positive; give a standard error": [
        partial(student.detectable_difference, error) for error in (0.0, NAN)
    ],
    "table: not a 2 x 2 table of whole counts; give [[a,": [partial(exact_2x2, [[1, 2, 3], [4, 5, 6]])],
    "table: over 1,000,000 cases, or 5,000 in each margin, are too many for an exact test; compare two": [
        partial(exact_2x2, [[5_000, 1], [1, 5_000]]),
        partial(exact_2x2, [[1, 999_998], [1, 1]]),
    ],
    "; give successes within trials": [
        partial(difference_of_proportions, *numbers)
        for numbers in ((3, 2, 1, 2), (-1, 2, 1, 2), (1, 2, 3, 2), (1, 2, -1, 2), (0, 0, 1, 2), (1, 2, 0, 0))
    ],
}
REGRESSIONS_ALLOWED: list[Call] = [
    lambda: conditional_poisson(Y, X, groups=[("a", 1)] * 2 + [("b",)] * 2),
    lambda: remains(2e-9),
    lambda: starred([0.0, 1.0, -1.0, 1.0]),
    lambda: conditional_poisson(np.ma.array(Y), X, groups=G),
    lambda: poisson(X, groups=G, offset=[1000.0, 1000.0, 2000.0, 2000.0]),
    lambda: event_studies.serial_month([2000, 2000], [1, 12]),
    lambda: calendars.detectable_ratio_in_windows(1, 0.5),
    lambda: student.detectable_difference(1e-9),
    lambda: difference_of_proportions(0, 1, 1, 1),
]


YEARS = pd.Series([3, 0, 2, 4], pd.RangeIndex(2000, 2004, name="year"), name="strikes")
around = {"turn": 2002, "before": 2, "after": 2}
parts = partial(rate_changes.parts_of_rate_change, YEARS, **around, seed=0)
HITS = pd.Series([True, None], ["2019-01-01", "2020-01-01"], name="fines")
shares = partial(composition.share_changes, YEARS, YEARS + 1, YEARS)
REGRESSIONS |= {
    "second: its row labels are not those of first": [lambda: counts.compare_pairs(YEARS, YEARS[:3])],
    "counts: not all counts are numbers": [lambda: rate_change(YEARS.astype(str), **around)],
    "counts: count 1.5 is not a whole": [lambda: rate_change(YEARS / 2, **around)],
    "counts: counts are missing; fill": [
        lambda: rate_changes.placebo_units(YEARS.where(YEARS > 0).to_frame("a"), unit="a", **around)
    ],
    "hits: hits exceed events": [lambda: parts(YEARS + 1, block=1, draws=1)],
    "0 and 1 periods; give 1 or more, a block no": [lambda: parts(YEARS, block=0, draws=1)],
    "2000 has no event, or more hits than events": [lambda: shares(YEARS - 1 + (YEARS == 0))],
    "hits: not all are True or False": [
        lambda: composition.change_of_share(HITS, first="2019-01-01", turn="2020-01-01", last="2020-12-31")
    ],
    "b: values differ by less than a millionth of their size; subtract": [lambda: poisson(X + 1e10, groups=G)],
    "x: sizes of values lie outside 1e-100 to 1e+100; give": [lambda: poisson(X * 1e150, groups=G)],
    "since and until: not one period per tie": [
        lambda: tie_matrix(["a"], ["b"], since=[1, 2], until=[1], units=["a", "b"], period=1)
    ],
}
TWO = pd.Series([2.0, 1.0], index=["a", "b"])
ranked = partial(rank_sets, TWO, 0.5, seed=0, draws=100)
covering = partial(smallest_sd_covering, TWO, seed=0)
RANKS: dict[str, list[Call]] = {
    "only edition 1 has a value of s": [lambda: vintages(STACKED.loc[:1], unit="a", data_year=1, edition=1, score="s")],
    "m: its margin is no change": [lambda: variants({"m": {"x": count_tests.mid_p_ratio(3, 9)}}, margins={"m": 1.0})],
    "no index is rated by more than one release": [lambda: rerating(RATED, year=2001, margin=0.1)],
    "ranking: a score is missing or infinite; correct the": [
        partial(competition_rank, own) for own in ([], [1.0, INF])
    ],
    "ranking: a score or an error is missing or infinite; correct the": [lambda: rank_sets(TWO, INF, seed=0)],
    "ranking: no error labelled b; there are a": [
        lambda errors=errors: rank_sets(TWO, errors, seed=0) for errors in (TWO[:1], TWO.rename({"b": "a"}))
    ],
    "ranking: scores and errors do not fit; give one": [lambda: rank_sets([1.0, 2.0, 3.0], [1.0, 2.0], seed=0)],
    "ranking: not all scores are numbers; drop or": [
        lambda: rank_sets(["high", "low"], 1.0, seed=0),
        lambda: competition_rank(["high"]),
    ],
    "ranking: not all errors are numbers; drop or": [lambda: rank_sets(TWO, ["low", "low"], seed=0)],
    "ranking: fewer than two units; correct the": [lambda: rank_sets(TWO[:1], 0.5, seed=0)],
    "ranking: a standard error is not positive; correct the": [lambda: rank_sets(TWO, 0.0, seed=0)],
    "ranking: no unit is named; correct the": [lambda: ranked(only=[])],
    "is not among 1 to 2; correct the": [partial(covering, "a", target_rank=rank) for rank in (0, 3)],
    "ranking: two units have the same label; correct the": [lambda: rank_sets(TWO.rename({"b": "a"}), 1.0, seed=0)],
    "ranking: no unit c; there are a, b": [lambda: ranked(only=["c"])],
    "ranking: no unit A; did you mean a?": [lambda: ranked(only=["A"]), lambda: covering("A", target_rank=1)],
    "ranking: 99 draws where at least 100 are needed; correct the": [lambda: ranked(draws=99)],
    "ranking: coverage 0 is not between 0 and 1; correct the": [lambda: ranked(coverage=0)],
    "ranking: coverage 1 is not between 0 and 1; correct the": [lambda: ranked(coverage=1)],
}
INDEXED = pd.DataFrame({"s": [1.0, 2.0], "r": [2, 1], "p": [1.0, 2.0], "t": ["x", "y"]}, index=["a", "b"])
STACKED = pd.concat({(1, 1): INDEXED, (2, 1): INDEXED})
again = partial(recompute, INDEXED, rank="r")
edited = partial(vintages, STACKED, unit="a", data_year=1, edition=1)
BOTH = pd.Series({"s": 1.0, "p": 2.0})
CHANGED = pd.DataFrame({"e": [1, 1, 2, 2], "u": "a", "t": [0, 1, 0, 1], "y": 1.0, "sd": [0.1, 0.1, 0.1, -0.1]})
revised = partial(revised_change, CHANGED, outcome="y", unit="u", time="t", release="e", treated="a", first=0, last=1)
RATED = pd.DataFrame({"index": "a", "release": 1, "data_year": [2000, 2001], "value": 1.0, "lower": 0.0, "upper": 2.0})
revised = partial(revised, published=1, releases=[1, 2])
low = partial(lowest, BOTH, item="s", editions=[1, 2])
RANKS |= {
    "frame: no column zz; there are s, r, p, t": [
        lambda: again(score="zz", formulas={"m": ["p"]}),
        lambda: edited(score="s", formulas={"m": ["p", "zz"]}),
    ],
    "column t: not all values are numbers; drop or": [
        lambda: again(score="t", formulas={"m": ["p"]}),
        lambda: edited(score="t"),
    ],
    "formulas: 0.5 is no part of a formula; name columns,": [lambda: again(score="s", formulas={"m": [("p", 0.5)]})],
    "formulas: [] is no part of a formula; name": [lambda: again(score="s", formulas={"m": []})],
    "formulas: none is given; name at least": [lambda: again(score="s", formulas={})],
    "published: it is not indexed by three labels; take edition,": [lambda: low(published=STACKED.reset_index())],
    "editions: two that are published count; give": [
        partial(low, published=STACKED[["s", "p"]], editions=own) for own in ([1, 3], [1, 1])
    ],
    "the unit has no score for another component; choose another country": [lambda: lowest(BOTH[:1], item="s")],
    "more than one row a unit; select one edition": [lambda: lowest(BOTH.rename({"p": "s"}), item="s")],
    "published: fewer than two of the components; give columns": [lambda: low(published=STACKED[["p"]])],
    "no other unit has such a component in both editions": [lambda: low(published=STACKED[["p", "r"]].assign(s=NAN))],
    "nearest: 0 units cannot speak; give at least 1": [lambda: lowest(BOTH, item="s", nearest=0)],
    "editions: nothing is published; give published too": [low],
    "among: no component zz; there are s, p": [lambda: lowest(BOTH, item="s", among=["s", "p", "zz"])],
    "among: it lacks the item, s; name the item too": [lambda: lowest(BOTH, item="s", among=["p"])],
    "formulas: no unit has all components of m; leave it out": [
        partial(recompute, INDEXED.assign(p=NAN), score="s", rank="r", formulas={"m": ["p"]})
    ],
    "edges: sizes do not rise from above 0; give": [partial(revised, edges=own) for own in ([-1.0], [0.0], [2.0, 1.0])],
    "sd: standard deviations are negative; use numbers": [lambda: revised(edges=[], sd="sd")],
    "y: 1 is not before 1; take two": [lambda: revised(edges=[], first=1)],
    "y: a has no value in both 0 and 2 in release 1; choose other": [lambda: revised(edges=[], last=2)],
    "releases: no release 3; there are 1, 2": [lambda: revised(edges=[], published=3)],
    "y: no second release holds both 0 and 1; choose other": [lambda: revised(edges=[], releases=[1])],
    "y: no other unit moved as much as a; choose other": [lambda: revised(edges=[])],
    "at: not all values are numbers; drop": [lambda: borrowed_sd([1.0], [1.0], ["x"])],
}
RANKS_ALLOWED: list[Call] = [
    lambda: competition_rank([1.0]),
    lambda: [ranked(coverage=0.01), ranked(coverage=0.99)],
]


TIES, CELLS = np.array([[0.0, 1.0], [2.0, 0.0]]), np.array([[1.0, 2.0], [3.0, 5.0]])
CELL_HOLE = [[1.0, NAN], [3.0, 5.0]]
RING, SHOCKS = np.roll(np.eye(3), 1, axis=1), np.array([[0.0, 1.0, 2.0], [3.0, 1.0, 0.0], [1.0, 5.0, 2.0]])
HOLED = np.array([[1.0, 2.0, 5.0], [3.0, NAN, 4.0], [0.0, 2.0, 1.0]])
versus = partial(permutation_test, name="rate", scheme="labels")
network = partial(network_permutation, seed=0, draws=2)


def estimates(first: object, second: object) -> partial:
    return partial(run, declare({"m": ["x"], "k": [1]}), lambda options: (first, second))


def by_option(options: dict) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(options["k"]), np.zeros(options["k"])


FAMILIES: dict[str, list[Call]] = {
    "; name options and a reason": [lambda: declare({"k": [1, 2]}, [{"where": {"m": 1}, "reason": "thin"}])],
    "multiverse: no specification is left": [lambda: declare({})],
    "estimate: specifications return different shapes": [lambda: run(declare({"k": [1, 2]}), by_option)],
    "k = 1; m = x: estimates and z differ in shape, or are missing": [estimates([1.0, 2.0], [1.0])],
    "include: not all values are numbers": [lambda: network(CELLS, CELLS, TIES, include=[["yes", "no"]] * 2)],
    "rate: 2 columns; give one": [lambda: versus(1.0, np.ones((3, 2)))],
    "network: shapes differ; give (units,": [
        lambda: network(CELLS[0], CELLS[0], TIES),
        lambda: network(CELLS, CELLS[:, :1], TIES),
        lambda: network(CELLS, CELLS, TIES[:1]),
        lambda: network(CELLS, CELLS, TIES, include=[[True, True]]),
    ],
    "weights: a unit is tied to itself; set the": [lambda: network(CELLS, CELLS, TIES + np.diag([0.0, 1.0]))],
    "network: values are missing; leave such cells out": [
        lambda: network(CELL_HOLE, CELLS, TIES),
        lambda: network(CELLS, CELL_HOLE, TIES),
        lambda: network(CELLS, CELLS, [[0.0, NAN], [1.0, 0.0]]),
    ],
    "weights: exposure does not vary within units and periods; use": [
        lambda: network(CELLS, CELLS, 0 * TIES),
        lambda: network(CELLS, CELLS, TIES, include=0 * CELLS),
    ],
}
FAMILIES |= {
    "multiverse: 100,000,000 combinations where at most": [lambda: declare(dict.fromkeys("abcd", range(100)))],
    "workers: no process is left to work": [lambda: run(declare({"k": [1]}), by_option, workers=0)],
    "apart: no variant zz": [
        lambda: variants({"m": {"x": rank_sets(TWO, 0.5, seed=0, only=["a"])}}, margins={"m": 1.0}, apart=["zz"])
    ],
}
FAMILIES_ALLOWED: list[Call] = [lambda: network(HOLED, SHOCKS, RING, include=np.isfinite(HOLED))]


PANEL = pd.DataFrame([(u, t, float(t), 0.5) for u in "abc" for t in range(7)], columns=["unit", "time", "y", "se"])
MATRIX = np.random.default_rng(2).normal(size=(6, 5))
STUDY, SINGLE = Study.from_matrix(MATRIX, n_pre=5), Study.from_matrix(MATRIX[:, :2], n_pre=5)
measured = partial(measurement_uncertainty, replace(STUDY, sd=np.full((6, 5), 0.1)), draws=2, correlation=0.5)


def build(panel: pd.DataFrame = PANEL, **options: object) -> Study:
    return Study.from_panel(panel, **{"treated": "a", "first_treated": 5, "outcome": "y", **options})


def having(column: str, value: object, units: str = "a", times: tuple[int, ...] = (3,)) -> pd.DataFrame:
    changed = PANEL.astype({column: object})
    changed.loc[PANEL["unit"].isin(list(units)) & PANEL["time"].isin(times), column] = value
    return changed if isinstance(value, str) or column == "unit" else changed.astype({column: float})


SYNTHETIC: dict[str, list[Call]] = {
    "panel: no column gdp; there are unit, time, y, se": [
        partial(build, **{option: "gdp"}) for option in ("outcome", "unit", "time")
    ],
    "panel: no column sev; did you mean se?": [lambda: build(sd="sev")],
    "column unit: labels are missing; drop or fill the rows": [lambda: build(having("unit", None))],
    "column y: not all values are numbers; drop or": [
        partial(build, frame) for frame in (having("y", "high"), PANEL.astype({"y": str}))
    ],
    "column se: values are infinite; drop or": [lambda: build(having("se", INF), sd="se")],
    "panel: b has more than one row in 2 (2 rows too many); keep one": [
        lambda: build(pd.concat([PANEL, PANEL[(PANEL["unit"] == "b") & PANEL["time"].isin([4, 2])]]))
    ],
    "column time: times are not whole numbers; give whole numbers, such as the year": [
        *(lambda value=value: build(having("time", value)) for value in (2.5, "late", NAN, INF)),
        lambda: build(PANEL.assign(time=pd.to_datetime("2000-01-01"))),
    ],
    "study of a: 0 times before the treatment, at least 5 are needed; begin": [
        partial(build, **given) for given in ({"first_treated": 0}, {"first": 5})
    ],
    "post_from: 4 is before the treatment; give 5 or later": [lambda: build(post_from=4)],
    "y: a has no standard deviation in 3; choose windows": [lambda: build(having("se", NAN), sd="se")],
    "sd: standard deviations are negative; use numbers": [lambda: build(having("se", -0.1), sd="se")],
    "study of a: no donor is left; shorten the windows or add donors": [lambda: build(donors=[])],
    "no donor is left (p: gap; q": [lambda: replace(STUDY, donors=(), dropped=tuple((unit, "gap") for unit in "pqrs"))],
    "study of a: the treated unit is among its donors; leave it": [lambda: build(donors=["a", "b"])],
    "study of unit 000: no time after the treatment; extend the post window": [
        partial(Study.from_matrix, values, n_pre=6) for values in (MATRIX, range(6))
    ],
    "study of unit 000: outcomes must be finite, with one row per time and one column per unit; use": [
        partial(replace, STUDY, values=values) for values in (MATRIX[:5], MATRIX[:, :1], np.full((6, 5), NAN))
    ],
    "estimator: 'scm' is no choice; use ascm, did, difp, sc or sdid": [lambda: compare_study(STUDY, "scm")],
    "study: no standard deviations of measurement; build it with sd=<column>": [lambda: measurement_uncertainty(STUDY)],
    "correlation: -0.1 must lie in 0 to 1; use 0": [partial(measured, correlation=-0.1)],
    "correlation: 1.1 must lie in 0 to 1; use 0": [lambda: correlated_normal(1.1, (2, 2, 1), seed=0)],
    "study of unit 000: 1 donor where at least 2 are needed; add donors,": [lambda: leave_one_out(SINGLE)],
    "study: DataFrame has no study; give a Study": [lambda: fit(PANEL, "sdid")],
}
SYNTHETIC |= {
    "panel: it has no rows; give one": [lambda: build(PANEL.iloc[:0])],
    "values: not all values are numbers; drop or": [lambda: Study.from_matrix([["a"] * 8] * 6, n_pre=5)],
    "labels: labels repeat, or there is one; name": [
        lambda: Study.from_matrix(MATRIX, n_pre=5, labels=["a"] * MATRIX.shape[1]),
        lambda: Study.from_matrix([], n_pre=6),
    ],
}
SYNTHETIC_ALLOWED: list[Call] = [
    lambda: build(PANEL.astype({"time": str})),
    lambda: build(post_from=6, donors=["b"]),
    lambda: build(having("se", 0.0), sd="se"),
]

ALLOWED = [*COUNTS_ALLOWED, *REGRESSIONS_ALLOWED, *RANKS_ALLOWED, *FAMILIES_ALLOWED, *SYNTHETIC_ALLOWED]


@pytest.mark.parametrize(("call", "fragment"), cases(COUNTS, REGRESSIONS, RANKS, FAMILIES, SYNTHETIC))
def test_a_fault_is_refused_in_one_line_that_names_it(call, fragment):
    with pytest.raises(InputError) as refusal:
        call()
    assert fragment in refusal.value.line()
    assert "\n" not in refusal.value.line()
    assert None not in (refusal.value.where, refusal.value.remedy or None)
    check_plain(refusal.value)


@pytest.mark.parametrize("call", ALLOWED)
def test_what_lies_just_inside_a_bound_is_not_refused(call):
    call()


def test_a_poisson_fit_that_does_not_end_says_so(monkeypatch):
    monkeypatch.setattr("analysis.methods.poisson.MOST_STEPS", 0)
    with pytest.raises(AnalysisError, match="conditional Poisson: it does not converge; rescale"):
        poisson(X, groups=G)


def test_a_linear_program_that_fails_says_so(monkeypatch):
    failed = SimpleNamespace(status=4, message="numerical difficulties")
    monkeypatch.setattr("analysis.methods._fixed_effects.linprog", lambda *_, **__: failed)
    with pytest.raises(AnalysisError, match=r"Poisson: the linear program that .* fails; numerical difficulties"):
        starred([0.0, 1.0, 0.0, 0.0])


@pytest.mark.parametrize("gap", [2e-9, NAN])
def test_weights_that_are_not_optimal_are_refused(monkeypatch, gap):
    monkeypatch.setattr("analysis.methods.synthetic.simplex.duality_gaps", lambda *_: np.array([[gap]]))
    with pytest.raises(RunError, match=f"relative duality gap {gap:.1e} exceeds 1e-09; rescale"):
        nearest_weights(MATRIX)


def endless(*args: object, **options: object) -> None:
    raise RuntimeError("too many iterations")


def test_a_solver_that_does_not_end_is_refused(monkeypatch):
    monkeypatch.setattr("analysis.methods.synthetic.simplex.nnls", endless)
    with pytest.raises(RunError, match="simplex weights: the solver did not converge; check the panel"):
        nearest_weights(MATRIX)


def test_a_ratio_without_a_known_error_and_a_frame_without_editions_are_refused():
    with pytest.raises(InputError, match=r"fit\.ratio"):
        compare_ratios(count_tests.mid_p_ratio(3, 4), count_tests.mid_p_ratio(5, 9))
    perfect = conditional_poisson([2, 2, 2, 2], [0, 1, 0, 1], groups=[0, 0, 1, 1]).ratio("x0")
    with pytest.raises(InputError, match="first: its error"):
        compare_ratios(perfect, perfect)
    with pytest.raises(InputError, match="a mask says where dates are"):
        calendar([0, 1, 0, 2], [True, False, False, True])
    frame, asked = pd.DataFrame({"s": [1.0]}), {"unit": "a", "edition": 1, "data_year": 1, "score": "s", "rank": None}
    with pytest.raises(InputError, match="edition, year and unit"):
        vintages(frame, **asked, formulas={})
