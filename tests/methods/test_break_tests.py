"""The scan for a break of a rate against strucchange, closed forms, regressions, and its size under the null."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from scipy import stats
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from analysis.methods.break_tests import poisson_change_point
from tests.shared import shared_file

PRINTED = 1e-3  # row C9: three decimals
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


def test_clumped_counts_raise_the_dispersion_that_the_sentence_prints():
    rng = np.random.default_rng(3)
    clumped = 5 * rng.poisson(1.0, 60)
    found = poisson_change_point(clumped, seed=1, draws=99)
    assert 3 < found.dispersion < 8
    assert f"dispersion {found.dispersion:.2f}" in found.sentence()


def test_a_break_of_a_rate_by_hand():
    """Rates 2 and 6 with exposures 1 and 2: squared residuals of 1 over means 2 and 12, ten degrees of freedom."""
    counts, exposure = np.array([1, 3] * 3 + [11, 13] * 3), np.array([1.0] * 6 + [2.0] * 6)
    found = poisson_change_point(counts, exposure=exposure, h=4, seed=3)
    mean = exposure * 84 / 18
    assert found.test == "Poisson likelihood-ratio scan, parametric bootstrap given the total"
    assert (found.position, found.before, found.after) == (6, 2.0, 6.0)
    assert found.largest == pytest.approx(2 * (12 * math.log(2 * 18 / 84) + 72 * math.log(6 * 18 / 84)))
    assert (found.draws, found.candidates.tolist()) == (999, [4, 5, 6, 7, 8])
    assert found.dispersion == pytest.approx((6 / 2 + 6 / 12) / 10)
    assert found.null_deviance == pytest.approx(2 * (counts * np.log(counts / mean)).sum())
    logs = [k * math.log(m) - m - math.lgamma(k + 1) for k, m in zip(counts, mean, strict=True)]
    assert found.null_aic == pytest.approx(2 - 2 * sum(logs))


def test_p_values_are_uniform_under_the_null():
    rng = np.random.default_rng(8)
    p = [poisson_change_point(rng.poisson(4.0, 24), draws=99, seed=s).p for s in range(150)]
    assert stats.kstest(p, "uniform").pvalue > KS


def test_same_seed_same_draws(homicides):
    first, second = (poisson_change_point(homicides, seed=5, draws=99) for _ in range(2))
    assert first.p == second.p
