"""Measurement uncertainty: Rubin's rules by hand, the size of the drawn errors, and limits without error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.methods.synthetic import DifferenceInDifferences, Study, measurement_uncertainty, space_placebos

EXACT = 1e-9  # the same computation by hand
MONTE_CARLO = 0.1  # relative, of a variance from 2,000 draws: three standard errors


def study(error: float | None, seed: int = 0) -> Study:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(13, 7)) + rng.normal(size=(13, 1)).cumsum(axis=0)
    frame = pd.DataFrame(values, columns=list("abcdefg")).rename_axis("time")
    panel = frame.melt(ignore_index=False, var_name="unit", value_name="outcome").reset_index()
    if error is None:
        return Study.from_panel(panel, treated="a", first_treated=10)
    return Study.from_panel(panel.assign(error=error), treated="a", first_treated=10, sd="error")


def test_rubins_rules_by_hand():
    one = study(0.4)
    found = measurement_uncertainty(one, correlation=0.5, draws=6, seed=3)
    rng = np.random.default_rng(3)
    shared, own = rng.standard_normal((6, 1, 7)), rng.standard_normal((6, 13, 7))
    rows = []
    for i in range(6):
        drawn = one.values + 0.4 * (np.sqrt(0.5) * shared[i] + np.sqrt(0.5) * own[i])
        placebos = space_placebos(Study.from_matrix(drawn, n_pre=10))
        rows.append((placebos.estimates[0], placebos.estimates[1:].var(ddof=1), placebos.p_value()))
    estimates, variances, p_values = np.array(rows).T
    within, between = variances.mean(), estimates.var(ddof=1)
    assert found.estimate == pytest.approx(estimates.mean(), abs=EXACT)
    assert found.standard_error == pytest.approx(np.sqrt(within + 7 / 6 * between), rel=EXACT)
    assert found.degrees == pytest.approx(5 * (1 + within / (7 / 6 * between)) ** 2, rel=EXACT)
    assert found.p_value == pytest.approx(p_values.mean(), abs=EXACT)
    share = found.table()["measurement_share"].iloc[0]
    assert share == pytest.approx(7 / 6 * between / (within + 7 / 6 * between), rel=EXACT)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_drawn_errors_have_the_variance_of_theory(correlation):
    """Difference-in-differences of a mean of T1 and a mean of T0 times with equicorrelated errors.

    A unit's change has the variance sd^2 (1 - rho) (1/T1 + 1/T0); the treated unit's and the mean of six donors' add.
    """
    found = measurement_uncertainty(study(0.3), DifferenceInDifferences(), correlation=correlation, draws=2000, seed=1)
    expected = 0.3**2 * (1 - correlation) * (1 / 3 + 1 / 10) * (1 + 1 / 6)
    assert found.between == pytest.approx(expected, rel=MONTE_CARLO)


def test_without_measurement_error_nothing_is_added():
    one = study(0.0)
    found, placebos = measurement_uncertainty(one, draws=3, correlation=0.5), space_placebos(one)
    assert found.estimate == pytest.approx(placebos.estimates[0], abs=EXACT)
    assert found.standard_error == pytest.approx(placebos.estimates[1:].std(ddof=1), rel=EXACT)
    assert found.p_value == pytest.approx(placebos.p_value())
    assert np.isinf(found.degrees)


def test_the_seed_decides_whatever_the_correlation():
    first, again, other = (measurement_uncertainty(study(0.2), draws=5, seed=seed) for seed in (7, 7, 8))
    assert first.table().to_csv() == again.table().to_csv()
    assert first.estimate != other.estimate


def test_what_is_refused():
    with pytest.raises(InputError, match="no standard deviations of measurement; build it with sd="):
        measurement_uncertainty(study(None))
    with pytest.raises(InputError, match="must lie in 0 to 1"):
        measurement_uncertainty(study(0.1), correlation=1.2)
    with pytest.raises(InputError, match="1 draws give no variance"):
        measurement_uncertainty(study(0.1), draws=1)
