"""Tests of many arrangements: counts and means of a few values by hand, and moved calendars one at a time."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest
from scipy import stats

from analysis.methods.event_studies import event_study, placebo_calendars
from analysis.methods.multiverse import SpecificationCurve, declare, joint_test, run
from analysis.methods.permutation import network_permutation, permutation_test

EXACT = 1e-9  # closed forms, or the same computation once more


def assert_read_only(result):
    arrays = [value for f in fields(result) if isinstance(value := getattr(result, f.name), np.ndarray)]
    assert arrays
    assert not any(values.flags.writeable for values in arrays)


def many(options) -> tuple[np.ndarray, np.ndarray]:
    """Return an observed value and two permuted ones."""
    return np.array([options["a"], 0.0, 1.0]), np.array([1.0, 2.0, options["a"]])


def test_run_keeps_the_order_of_specifications_and_the_columns():
    found = run(declare({"a": [3, 1, 2]}), many)
    assert found.specifications == ({"a": 1}, {"a": 2}, {"a": 3})
    assert found.estimates.tolist() == [[1, 0, 1], [2, 0, 1], [3, 0, 1]]
    assert found.z.tolist() == [[1, 2, 1], [1, 2, 2], [1, 2, 3]]
    assert_read_only(found)


@pytest.mark.parametrize(
    ("direction", "statistics", "p"),
    [
        ("positive", [-2.0, 0.0, -4.6 / math.sqrt(2)], [1, 1, 1]),
        ("negative", [-2.0, 1.0, -4.6 / math.sqrt(2)], [1 / 3, 1 / 3, 1 / 3]),
    ],
)
def test_joint_statistics_and_direction_by_hand(direction, statistics, p):
    """Medians -2, 1, 0; shares below and above 1.96 are 1 and 0, 0 and 0, 0 and 1; sums of z -4.6, 1 and 5.5."""
    estimates, z = np.array([[-1.0, 0.5, 0.5], [-3, 1.5, -0.5]]), np.array([[-2.5, 1.0, 3.0], [-2.1, 0.0, 2.5]])
    found = joint_test(SpecificationCurve(({}, {}), estimates, z), direction=direction)
    assert found.table()["value"].tolist() == pytest.approx(statistics, rel=EXACT)
    assert found.table()["p"].tolist() == pytest.approx(p, rel=EXACT)
    assert (found.n, found.share_significant, found.joint_p) == (2, statistics[1], pytest.approx(max(p)))
    assert f"(2 permuted curves, {direction})" in found.sentence()


def test_p_by_hand():
    """Of four drawn values one is as high as 4.0; the observed one is counted in."""
    found = permutation_test(4.0, [2.1, 2.9, 3, 4], name="t", scheme="none")
    assert found.p_value == pytest.approx(2 / 5, rel=EXACT)
    assert permutation_test(-4.0, [-2.1, -2.9, -3, -4], name="t", scheme="none").p_value == pytest.approx(1, rel=EXACT)
    assert (found.floor, found.estimate, found.name) == (1 / 5, 4.0, "t")
    assert not found.null.flags.writeable


@pytest.fixture(scope="module")
def network() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    ties = rng.random((4, 4)) * (1 - np.eye(4))
    return {"y": rng.normal(size=(4, 20)), "shocks": rng.normal(size=(4, 20)), "weights": ties}


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_units_of_the_ties_do_not_matter(network, scale):
    plain = network_permutation(**network, seed=1)
    scaled = network_permutation(**network | {"weights": scale * network["weights"]}, seed=1)
    assert scaled.p_value == plain.p_value
    assert scaled.estimate * scale == pytest.approx(plain.estimate, rel=EXACT)


def test_moved_calendars_are_event_studies_with_the_same_options():
    rng = np.random.default_rng(4)
    unit, month = np.repeat(np.arange(8), 48), np.tile(np.arange(24_000, 24_048), 8)
    calendar = {"unit": unit, "month": month, "event_unit": np.arange(8), "event_month": 24_010 + 4 * np.arange(8)}
    options = {"windows": {"before": (-2, -1), "after": (0, 3)}, "effects": "unit, month"}
    y = rng.poisson(3, 384)
    found = placebo_calendars(event_study(y, **calendar, **options), shifts=[5, 0, -3])
    assert (list(found.table()), found.shifts) == (["before", "after"], (0, 5, -3))
    for shift, moved in zip(found.shifts, found.fits, strict=True):
        fit = event_study(y, **calendar | {"event_month": calendar["event_month"] + shift}, **options)
        np.testing.assert_allclose([moved.coefficients, moved.errors], [fit.coefficients, fit.errors], rtol=EXACT)
    after, fit = found.window("after"), event_study(y, **calendar, **options).ratio("after")
    assert after.estimate == pytest.approx(fit.estimate, rel=EXACT)
    assert after.rises == (after.table()["lower"] > 1).sum()
    assert after.as_high == (found.table()["after"] >= fit.estimate).sum()
    assert after.call.arguments == found.call.arguments | {"term": "after"}
    assert_read_only(found.fits[0])


KS = 0.01  # p below which 100 p-values are held not to be uniform


def test_network_equals_relabelled_regressions_one_by_one():
    rng = np.random.default_rng(5)
    ties = (rng.random((5, 5)) < 0.4) * rng.random((5, 5))
    np.fill_diagonal(ties, 0)
    shocks = (rng.random((5, 40)) < 0.15).astype(float)
    y = rng.normal(size=(5, 40))
    keep = np.random.default_rng(1).random(y.shape) < 0.9
    unit, period = np.nonzero(keep)
    dummies = np.column_stack([unit[:, None] == np.arange(5), period[:, None] == np.arange(1, 40)]).astype(float)

    def slope(order):
        exposure = (ties[np.ix_(order, order)] @ shocks)[keep]
        return np.linalg.lstsq(np.column_stack([exposure, dummies]), y[keep], rcond=None)[0][0]

    found = network_permutation(y, shocks, ties, include=keep, draws=199, seed=1)
    orders = np.random.default_rng(1).permuted(np.tile(range(5), (199, 1)), axis=1)
    every = np.array([slope(order) for order in orders])
    assert found.null == pytest.approx(every, abs=EXACT)
    assert found.estimate == pytest.approx(slope(np.arange(5)), abs=EXACT)
    assert found.p_value == pytest.approx((1 + (every >= found.estimate - EXACT).sum()) / 200, abs=EXACT)
    assert found.floor == 1 / 200


def test_network_p_is_uniform_without_and_small_with_diffusion():
    rng = np.random.default_rng(7)
    ties = np.triu(rng.random((12, 12)) < 0.25, 1).astype(float)
    ties += ties.T
    shocks = (rng.random((12, 60)) < 0.1).astype(float)
    quiet = [network_permutation(rng.normal(size=(12, 60)), shocks, ties, draws=99, seed=s).p_value for s in range(100)]
    assert stats.kstest(quiet, "uniform").pvalue > KS
    spread = rng.normal(size=(12, 60)) + 1.5 * ties @ shocks
    found = network_permutation(spread, shocks, ties, draws=199, seed=1)
    assert found.p_value == found.floor == 1 / 200
    assert "which unit has which ties" in found.sentence()
    again = network_permutation(spread, shocks, ties, draws=199, seed=1)
    assert found.null.tobytes() == again.null.tobytes()
