"""The scan for a break of a rate against strucchange, closed forms, regressions, and its size under the null."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from scipy import stats
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from analysis.methods.rate_changes import poisson_change_point
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
    null = GLM(homicides, np.ones(len(homicides)), family=Poisson()).fit()
    assert (null.deviance, null.aic) == pytest.approx((115.649, 316.458), abs=PRINTED)
    assert found.p_value == 1 / 1000
    # Piehl et al. (2003) date the fall to the summer of 1996, period 49 being January 1996.
    assert 49 <= found.position <= 56
    assert found.after < found.before


def test_likelihood_ratio_equals_the_deviance_gained_by_a_step_in_a_glm(homicides):
    found = poisson_change_point(homicides, seed=1)
    for at, value in list(found.table()["statistic"].items())[::10]:
        step = (np.arange(len(homicides)) >= at).astype(float)
        fit = GLM(homicides, np.column_stack([np.ones_like(step), step]), family=Poisson()).fit()
        assert value == pytest.approx(115.649 - fit.deviance, abs=PRINTED)
        assert value == pytest.approx(fit.null_deviance - fit.deviance, abs=1e-6)


def test_clumped_counts_raise_the_dispersion_that_the_sentence_prints():
    rng = np.random.default_rng(3)
    clumped = 5 * rng.poisson(1.0, 60)
    found = poisson_change_point(clumped, seed=1, draws=99)
    assert 3 < found.dispersion < 8
    assert f"dispersion {found.dispersion:.2f}" in found.sentence()


def test_a_break_of_a_rate_by_hand():
    """Rates 2 and 6: squared residuals of 1 over means 2 and 6, ten degrees of freedom."""
    found = poisson_change_point([1, 3] * 3 + [5, 7] * 3, h=4, seed=3)
    assert (found.position, found.before, found.after) == (6, 2.0, 6.0)
    assert found.largest == pytest.approx(2 * (12 * math.log(2 / 4) + 36 * math.log(6 / 4)))
    assert found.table().index.tolist() == [4, 5, 6, 7, 8]
    assert found.dispersion == pytest.approx((6 / 2 + 6 / 6) / 10)


def test_p_values_are_uniform_under_the_null():
    rng = np.random.default_rng(8)
    p = [poisson_change_point(rng.poisson(4.0, 24), draws=99, seed=s).p_value for s in range(150)]
    assert stats.kstest(p, "uniform").pvalue > KS


def test_same_seed_same_draws(homicides):
    first, second = (poisson_change_point(homicides, seed=5, draws=99) for _ in range(2))
    assert first.p_value == second.p_value
