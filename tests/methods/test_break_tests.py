"""Tests of one break against strucchange, closed forms, brute force, and their size under the null."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import stats
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from analysis.errors import InputError
from analysis.methods.break_tests import poisson_change_point, sup_f
from tests.shared import shared_file

PRINTED = 1e-3  # row C9: three decimals
SAME = 1e-8  # same statistic, other order of summation
KS = 0.01  # p below which 150 p-values are held not to be uniform


@pytest.fixture(scope="module")
def homicides() -> np.ndarray:
    import rdata

    constructors = {
        **rdata.conversion.DEFAULT_CLASS_MAP,
        "ts": lambda values, _: np.asarray(values).ravel(),
        "data.frame": lambda values, _: values,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        parsed = rdata.parser.parse_file(shared_file("validation/BostonHomicide.rda"))
        data = rdata.conversion.convert(parsed, constructors)
    return np.asarray(data["BostonHomicide"]["homicides"], dtype=float)


def test_boston_homicides_are_strucchange(homicides):
    found = poisson_change_point(homicides, seed=1)
    years = [homicides[i : i + 12].mean() for i in range(0, len(homicides), 12)]
    assert years == pytest.approx([3.083, 4.0, 3.167, 3.833, 2.083, 1.25, 0.8], abs=PRINTED)
    assert np.log(homicides.mean()) == pytest.approx(1.0175, abs=PRINTED)
    assert found.null_deviance == pytest.approx(115.649, abs=PRINTED)
    assert found.null_aic == pytest.approx(316.458, abs=PRINTED)
    assert found.p == 1 / 1000
    # Piehl et al. (2003) date the fall to the summer of 1996, period 49 being January 1996.
    assert 49 <= found.position <= 56
    assert found.after < found.before


def test_likelihood_ratio_equals_the_deviance_gained_by_a_step_in_a_glm(homicides):
    exposure = np.random.default_rng(2).uniform(0.5, 2.0, len(homicides))
    found = poisson_change_point(homicides, exposure=exposure, seed=1)
    for at, value in list(zip(found.candidates.astype(int), found.statistic, strict=True))[::10]:
        step = (np.arange(len(homicides)) >= at).astype(float)
        design = np.column_stack([np.ones_like(step), step])
        fit = GLM(homicides, design, family=Poisson(), exposure=exposure).fit()
        assert value == pytest.approx(found.null_deviance - fit.deviance, abs=1e-6)


def test_nile_sup_f_follows_from_published_sums_of_squares():
    from statsmodels.datasets import nile

    found = sup_f(nile.load_pandas().data["volume"], seed=1, draws=199)
    assert found.largest == pytest.approx((2835157 - 1597457) / (1597457 / 98), rel=1e-6)
    assert found.position == 28
    assert found.p == 1 / 200


def test_sup_f_with_a_regressor_equals_brute_force():
    rng = np.random.default_rng(4)
    x = rng.normal(size=26)
    y = 1 + x + rng.normal(size=26)
    design = np.column_stack([np.ones(26), x])

    def rss(part):
        return np.linalg.lstsq(design[part], y[part], rcond=None)[1][0]

    whole = rss(slice(None))
    chow = [(whole - s) / (s / 22) for s in (rss(slice(c)) + rss(slice(c, None)) for c in range(5, 22))]
    found = sup_f(y, x, h=5, draws=49, seed=1)
    np.testing.assert_allclose(found.statistic, chow, rtol=SAME)


def test_p_values_are_uniform_under_the_null():
    rng = np.random.default_rng(8)
    normal = [sup_f(rng.normal(3, 2, 20), draws=99, seed=s).p for s in range(150)]
    counts = [poisson_change_point(rng.poisson(4.0, 24), draws=99, seed=s).p for s in range(150)]
    assert stats.kstest(normal, "uniform").pvalue > KS
    assert stats.kstest(counts, "uniform").pvalue > KS


def test_clumped_counts_raise_the_dispersion_that_the_sentence_prints():
    rng = np.random.default_rng(3)
    clumped = 5 * rng.poisson(1.0, 60)
    found = poisson_change_point(clumped, seed=1, draws=99)
    assert 3 < found.dispersion < 8
    assert f"dispersion {found.dispersion:.2f}" in found.sentence()


def test_same_seed_same_draws_and_bad_input_is_refused(homicides):
    first, second = (poisson_change_point(homicides, seed=5, draws=99) for _ in range(2))
    assert first.p == second.p
    with pytest.raises(InputError, match="whole counts"):
        poisson_change_point([1.5, 2, 3, 4, 5, 6, 7, 8], seed=1)
    with pytest.raises(InputError, match="periods per segment"):
        sup_f(np.arange(4.0), seed=1)
