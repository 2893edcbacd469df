"""Prepared regressions give, for each version of a regressor, what the full regression gives."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.methods.poisson import conditional_poisson, null_poisson

NEWTON = 1e-7  # both stop their Newton steps near 1e-10
ONE_STEP = 0.01  # log points: remainder after the single step that moves the month effects, second order in the effect


@pytest.fixture(scope="module")
def panel() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    n, group = 1200, np.repeat(np.arange(100), 12)
    month, country = np.tile(np.arange(12), 100), np.repeat(np.arange(20), 60)
    labels = (rng.random((n, 6)) < 0.1).astype(float)
    heat = rng.normal(size=n)
    y = rng.poisson(np.exp(0.5 + 0.5 * labels[:, 0] + 0.3 * heat + rng.normal(size=100)[group])).astype(float)
    return {"y": y, "group": group, "month": month, "country": country, "labels": labels, "heat": heat}


def test_poisson_profile_is_exact_without_other_effects_and_close_with(panel):
    bare = null_poisson(panel["y"], groups=panel["group"], cluster=panel["country"])
    season = null_poisson(panel["y"], groups=panel["group"], also=panel["month"], cluster=panel["country"])
    for k in range(6):
        label = panel["labels"][:, k]
        full = conditional_poisson(panel["y"], label, groups=panel["group"])
        assert bare.estimate(label)[0][0] == pytest.approx(full.coefficients[0], abs=NEWTON)
        assert abs(bare.estimate(label * 2)[0][0] * 2 - full.coefficients[0]) < 0.2  # not 0/1: one step, coarser
        full = conditional_poisson(panel["y"], label, groups=panel["group"], also=panel["month"])
        assert season.estimate(label)[0][0] == pytest.approx(full.coefficients[0], abs=ONE_STEP)


def test_poisson_score_z_is_the_generalised_score_statistic_by_hand(panel):
    # Boos (1992): score at the null over the root of the sum of squared cluster scores; group effects only.
    y, group, country, label = panel["y"], panel["group"], panel["country"], panel["labels"][:, 0]
    mean = (np.bincount(group, y) / 12)[group]
    score = (label - (np.bincount(group, label) / 12)[group]) * (y - mean)
    by_hand = score.sum() / np.sqrt(20 / 19 * (np.bincount(country, score) ** 2).sum())
    prepared = null_poisson(y, groups=group, cluster=country)
    assert prepared.estimate(label)[1][0] == pytest.approx(by_hand, rel=NEWTON)


def test_a_label_that_no_event_falls_on_gets_the_bound(panel):
    label = np.zeros(1200)
    label[np.flatnonzero(panel["y"] == 0)[:5]] = 1.0
    prepared = null_poisson(panel["y"], groups=panel["group"], cluster=panel["country"])
    assert prepared.estimate(label)[0][0] == -10.0


def test_labels_without_variation_are_missing_and_those_on_every_event_get_the_bound():
    groups, y = np.repeat(np.arange(4), 6), np.tile([0.0, 1, 2, 3, 1, 4], 4)
    every = np.where(np.arange(24) < 6, y > 0, 0.0)
    prepared = null_poisson(y, groups=groups, cluster=groups)
    assert np.isnan(np.stack(prepared.estimate(np.column_stack([np.zeros(24), -1.0 - groups])))).all()
    assert prepared.estimate(every)[0].tolist() == [10.0]
    assert prepared.estimate(np.column_stack([every, every]))[0].tolist() == [10.0, 10.0]
