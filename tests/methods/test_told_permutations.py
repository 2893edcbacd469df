"""What tests of many arrangements tell: every column, sentence and label of small results made by hand.

Authority: the docstrings of the results and functions. Expected numbers are fields given here, or counts and means of
a few values that can be done by hand; moved calendars and prepared regressions are compared with single full ones.
"""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.methods.eventtime import event_study
from analysis.methods.multiverse import CRITICAL, Exclusion, JointTest, SpecificationCurve, declare, joint_test, run
from analysis.methods.permutation import PermutationTest, network_permutation, permutation_test
from analysis.methods.placebo_calendars import PlaceboCalendars, placebo_calendars

EXACT = 1e-9  # closed forms, or the same computation once more

CURVE = SpecificationCurve(
    ({"a": 1}, {"a": 2}, {"a": 3}, {"a": 4}),
    np.array([[0.5, 9.0], [0.0, 9.0], [-0.25, 9.0], [1.0, 9.0]]),
    np.array([[CRITICAL, 9.0], [0.0, 9.0], [-1.0, 9.0], [3.0, 9.0]]),
)
JOINT = JointTest(np.array([0.125, 0.75, 2.5]), np.array([0.02, 0.5, 0.001]), "positive", 1200, 1999)
PERMUTED = PermutationTest(
    statistic=2.5,
    name="difference of means",
    null=np.arange(2001.0),
    p=0.0125,
    floor=1 / 2002,
    alternative="less",
    exact=False,
    scheme="which units are treated",
)
MOVED = PlaceboCalendars("event_month", (0, -6, 12), np.log([2.0, 1.25, 0.5]), np.array([0.25, 0.5, 0.125]))


def same(found, columns, index):
    pd.testing.assert_frame_equal(found, pd.DataFrame(columns, index=index), check_exact=False, rtol=EXACT, atol=0)


def assert_read_only(result):
    arrays = [value for f in fields(result) if isinstance(value := getattr(result, f.name), np.ndarray)]
    assert arrays
    assert not any(values.flags.writeable for values in arrays)


def test_declared_choices_are_listed_and_counted():
    found = declare({"b": range(30), "a": range(40)}, [Exclusion({"a": 0}, "no data")])
    assert found.sentence() == "1,170 specifications: 40 a x 30 b = 1,200, less 30 excluded."
    small = declare({"b": ["y", "x"], "a": [2, 1]})
    expected = {"a": [1, 1, 2, 2], "b": ["x", "y", "x", "y"]}
    same(small.table(), expected, pd.RangeIndex(1, 5, name="specification"))


@pytest.mark.parametrize("where", [{"b": 1}, {"a": [1, 3]}, {}])
def test_exclusions_name_declared_choices_and_options(where):
    with pytest.raises(InputError, match="bad exclusion"):
        declare({"a": [1, 2]}, [Exclusion(where, "a reason")])


def test_curve_shows_the_observed_column_only():
    p = [2 * 0.025, 1.0, math.erfc(math.sqrt(0.5)), math.erfc(3 * math.sqrt(0.5))]
    columns = {"a": [1, 2, 3, 4], "estimate": [0.5, 0.0, -0.25, 1.0], "z": [CRITICAL, 0.0, -1.0, 3.0], "p": p}
    same(CURVE.table(), columns, pd.RangeIndex(1, 5, name="specification"))


def test_sentence_of_a_curve_counts_what_lies_strictly_on_the_median_side():
    assert CURVE.sentence() == (
        "Over 4 specifications the median estimate is +0.25 (from -0.25 to +1); 50% have its sign, 25% are significant "
        "with it at 5%."
    )
    assert SpecificationCurve(CURVE.specifications, -CURVE.estimates, -CURVE.z).sentence() == (
        "Over 4 specifications the median estimate is -0.25 (from -1 to +0.25); 50% have its sign, 25% are significant "
        "with it at 5%."
    )
    level = SpecificationCurve(({}, {}, {}), np.array([[1.0], [0.0], [-1.0]]), np.array([[3.0], [0.0], [-3.0]]))
    assert "median estimate is +0 (from -1 to +1); 33% have its sign, 33% are significant" in level.sentence()


def many(options, seed) -> tuple[np.ndarray, np.ndarray]:
    """Return an observed value and two permuted ones."""
    return np.array([options["a"], 0.0, 1.0]), np.array([1.0, 2.0, options["a"]])


def test_run_keeps_the_order_of_specifications_and_the_columns():
    found = run(declare({"a": [3, 1, 2]}), many)
    assert found.specifications == ({"a": 1}, {"a": 2}, {"a": 3})
    assert found.estimates.tolist() == [[1, 0, 1], [2, 0, 1], [3, 0, 1]]
    assert found.z.tolist() == [[1, 2, 1], [1, 2, 2], [1, 2, 3]]
    assert_read_only(found)


def test_joint_test_tells_three_statistics():
    index = pd.Index(["median effect", "share significant", "Stouffer z"], name="statistic")
    same(JOINT.table(), {"value": JOINT.statistics, "p": JOINT.p}, index)
    assert JOINT.sentence() == (
        "Jointly over 1,200 specifications (1,999 permuted curves, positive): median effect +0.125 (p = 0.02), 75% "
        "significant in the direction (p = 0.5), Stouffer z 2.50 (p = 0.001); p cannot be below 0.0005."
    )


@pytest.mark.parametrize(
    ("direction", "statistics", "p"),
    [
        ("positive", [-2.0, 0.0, -4.6 / math.sqrt(2)], [1, 1, 1]),
        ("negative", [-2.0, 1.0, -4.6 / math.sqrt(2)], [1 / 3, 1 / 3, 1 / 3]),
        ("two-sided", [2.0, 1.0, 4.6 / math.sqrt(2)], [1 / 3, 2 / 3, 2 / 3]),
    ],
)
def test_joint_statistics_and_direction_by_hand(direction, statistics, p):
    """Medians -2, 1, 0; shares below and above 1.96 are 1 and 0, 0 and 0, 0 and 1; sums of z -4.6, 1 and 5.5."""
    estimates, z = np.array([[-1.0, 0.5, 0.5], [-3, 1.5, -0.5]]), np.array([[-2.5, 1.0, 3.0], [-2.1, 0.0, 2.5]])
    found = joint_test(SpecificationCurve(({}, {}), estimates, z), direction=direction)
    assert found.statistics == pytest.approx(statistics, rel=EXACT)
    assert found.p == pytest.approx(p, rel=EXACT)
    assert (found.direction, found.n, found.permutations) == (direction, 2, 2)
    assert_read_only(found)


def test_table_of_a_permutation_test_has_the_middle_of_its_null():
    columns = {"statistic": [2.5], "null_mean": [1000.0], "null_low": [50.0], "null_high": [1950.0]}
    index = pd.Index(["difference of means"], name="statistic_name")
    same(PERMUTED.table(), columns | {"p": [0.0125], "floor": [1 / 2002]}, index)


def test_sentence_of_a_permutation_test_says_whether_arrangements_are_random_or_all():
    words = (
        "The difference of means is 2.5 (p = 0.0125, less; permutation test, {} arrangements: which units are "
        "treated; p cannot be below 0.0005)."
    )
    assert PERMUTED.sentence() == words.format("2,001 random")
    assert replace(PERMUTED, exact=True).sentence() == words.format("all 2,001")


@pytest.mark.parametrize(
    ("exact", "alternative", "p"),
    [
        (True, "greater", 1 / 4),
        (True, "less", 4 / 4),
        (True, "two-sided", 1 / 4),
        (False, "greater", 2 / 5),
        (False, "less", 5 / 5),
        (False, "two-sided", 3 / 5),
    ],
)
def test_p_by_hand_in_each_direction(exact, alternative, p):
    """The null has the mean 3, from which only 4 is 1 away; with the drawn 4 the mean is 3.2, and 2.1 is farther."""
    found = permutation_test(4.0, [2.1, 2.9, 3, 4], name="t", alternative=alternative, exact=exact, scheme="none")
    assert found.p == pytest.approx(p, rel=EXACT)
    assert (found.floor, found.alternative, found.exact) == (1 / 4 if exact else 1 / 5, alternative, exact)
    assert (found.statistic, found.name, found.scheme) == (4.0, "t", "none")
    assert_read_only(found)


@pytest.mark.parametrize(("statistic", "null"), [(1.0, []), (1.0, [0.0, math.nan]), (math.inf, [0.0, 1.0])])
def test_a_statistic_that_is_missing_somewhere_has_no_p(statistic, null):
    with pytest.raises(InputError, match="not defined in all arrangements"):
        permutation_test(statistic, null, name="t", alternative="greater", exact=False, scheme="none")


@pytest.fixture(scope="module")
def network() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    ties = rng.random((4, 4)) * (1 - np.eye(4))
    return {"y": rng.normal(size=(4, 20)), "shocks": rng.normal(size=(4, 20)), "weights": ties}


def test_networks_are_listed_up_to_the_number_of_draws_and_drawn_beyond(network):
    listed, drawn = (network_permutation(**network, draws=n, seed=1) for n in (24, 23))
    assert (listed.exact, len(listed.null), drawn.exact, len(drawn.null)) == (True, 24, False, 23)
    assert set(drawn.null.round(6)) <= set(listed.null.round(6))
    told = (listed.name, listed.alternative, listed.scheme)
    assert told == ("slope of the outcome on exposure", "greater", "which unit has which ties")


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_units_of_the_ties_do_not_matter(network, scale):
    plain = network_permutation(**network, seed=1)
    scaled = network_permutation(**network | {"weights": scale * network["weights"]}, seed=1)
    assert scaled.p == plain.p
    assert scaled.statistic * scale == pytest.approx(plain.statistic, rel=EXACT)


@pytest.mark.parametrize("part", ["y", "shocks", "weights"])
def test_a_missing_value_anywhere_in_a_network_is_refused(network, part):
    holed = network[part].copy()
    holed[0, 1] = np.nan
    with pytest.raises(InputError, match="values are missing"):
        network_permutation(**network | {part: holed}, seed=1)


def test_moved_calendars_tell_rate_ratios_or_differences():
    columns = {"coefficient": MOVED.coefficients, "error": MOVED.errors}
    columns |= {"z": [4 * math.log(2), 2 * math.log(1.25), 8 * math.log(0.5)]}
    index = pd.Index([0, -6, 12], name="shift_months")
    same(MOVED.table(), columns | {"rate_ratio": [2.0, 1.25, 0.5]}, index)


def test_sentence_of_moved_calendars_names_the_farthest():
    assert MOVED.sentence() == (
        "The rate ratio of event_month is 2 on the true calendar; on 2 moved calendars the one farthest from none is "
        "0.5 (moved +12 months, z = -5.55)."
    )


def test_moved_calendars_are_event_studies_with_the_same_options():
    rng = np.random.default_rng(4)
    unit, month = np.repeat(np.arange(8), 48), np.tile(np.arange(24_000, 24_048), 8)
    calendar = {"unit": unit, "month": month, "event_unit": np.arange(8), "event_month": 24_010 + 4 * np.arange(8)}
    options = {"windows": {"before": (-2, -1), "after": (0, 3)}, "effects": "unit, month"}
    y = rng.poisson(3, 384)
    found = placebo_calendars(y, **calendar, **options, term="after", shifts=[5, 0, -3])
    assert (found.term, found.shifts) == ("after", (0, 5, -3))
    for shift, coefficient, error in zip(found.shifts, found.coefficients, found.errors, strict=True):
        fit = event_study(y, **calendar | {"event_month": calendar["event_month"] + shift}, **options)
        assert (coefficient, error) == pytest.approx((fit.coefficients[1], fit.errors[1]), rel=EXACT)
    assert_read_only(found)
