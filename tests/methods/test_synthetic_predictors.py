"""Nested search for predictor weights against published studies: tobacco in California, the Basque Country, Germany."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import rdata

from analysis.methods.synthetic import Predictor, PredictorControl, Study, fit, lags, space_placebos
from analysis.methods.synthetic.problems import Problems, placebo_problems, treated_problem
from analysis.methods.synthetic.search import nested_problem
from analysis.methods.synthetic.simplex import nearest_weights
from tests.shared import shared_file

TABLE_2 = 0.03  # row D2: donors of the published table
OTHERS = 0.02  # row D2: all other donors
BASQUE = 0.025  # row D10, absolute for weights, relative for gaps
GERMANY = 0.02  # row D11, absolute for weights, relative for the mean gap
MSCMT = 1e-4  # weights and gaps of the other search, printed to five digits
GRADIENT = 1e-6  # central differences of a smooth loss

MEAN = Predictor.over
SECTORS = ("agriculture", "energy", "industry", "construction", "services.venta", "services.nonventa")
SCHOOLING = ("school.illit", "school.prim", "school.med", "school.high", "school.post.high")
BASQUES = "Basque Country (Pais Vasco)"


@pytest.fixture(scope="module")
def tobacco() -> Study:
    frame = rdata.read_rda(shared_file("validation/smoking.rda"))["smoking"]
    frame.columns = [str(name) for name in frame.columns]
    predictors = [MEAN(name, 1980, 1988) for name in ("lnincome", "retprice", "age15to24")]
    predictors += [MEAN("beer", 1984, 1988), *lags("cigsale", (1975, 1980, 1988))]
    names = {"unit": "state_name", "time": "year", "outcome": "cigsale"}
    return Study.from_panel(frame, treated="California", first_treated=1989, predictors=predictors, **names)


@pytest.fixture(scope="module")
def basque_panel() -> pd.DataFrame:
    return pd.read_csv(shared_file("validation/basque.csv"))


def basque(frame: pd.DataFrame, schooling: tuple[str, ...], step: int, **keywords) -> Study:
    predictors = [MEAN(name, 1964, 1969) for name in (*schooling, "invest")]
    predictors += [MEAN("gdpcap", 1960, 1969), *(MEAN(f"sec.{name}", 1961, 1969, step) for name in SECTORS)]
    predictors.append(Predictor("popdens", (1969,)))
    names = {"unit": "regionname", "time": "year", "outcome": "gdpcap"}
    return Study.from_panel(
        frame, treated=BASQUES, first_treated=1970, pre=(1960, 1969), predictors=predictors, **names, **keywords
    )


def germany(first: int, schooling: tuple[int, ...], invest: str, **keywords) -> Study:
    frame = pd.read_csv(shared_file("validation/germany.csv"))
    predictors = [MEAN(name, first, first + 9) for name in ("gdp", "trade", "infrate", "industry")]
    predictors += [Predictor("schooling", schooling), Predictor(invest, (1980,))]
    names = {"unit": "country", "time": "year", "outcome": "gdp"}
    return Study.from_panel(frame, treated="West Germany", predictors=predictors, **names, **keywords)


def weights(found) -> dict[str, float]:
    return dict(zip(found.study.donors, found.weights.tolist(), strict=True))


def nested(study: Study, unit: int = 0):
    problems: Problems = placebo_problems(study) if unit else treated_problem(study)
    return nested_problem(problems, unit, problems.pools[unit])


def test_california_search_beats_the_published_loss(tobacco):
    """Row D2: Table 2 of Abadie, Diamond and Hainmueller (2010), whose weights have the loss 3.089."""
    found = fit(tobacco, PredictorControl())
    assert found.detail.loss <= 3.089
    assert found.detail.loss >= found.detail.lower_bound == pytest.approx(2.74366, abs=1e-5)
    published = {"Colorado": 0.164, "Connecticut": 0.069, "Montana": 0.199, "Nevada": 0.234, "Utah": 0.334}
    for donor, weight in weights(found).items():
        assert weight == pytest.approx(published.get(donor, 0.0), abs=TABLE_2 if donor in published else OTHERS)
    assert found.detail.table()["loss"].min() == pytest.approx(found.detail.loss, rel=1e-9)
    assert "no predictor weights can give less than 2.744" in found.sentence()


def test_another_seed_finds_the_same_loss_and_the_same_seed_the_same_bytes(tobacco):
    first, second = (fit(tobacco, PredictorControl(seed=seed)).detail for seed in (0, 1))
    assert second.loss == pytest.approx(first.loss, rel=1e-3)
    again = fit(tobacco, PredictorControl(seed=1)).detail
    assert again.predictor_weights.tobytes() == second.predictor_weights.tobytes()


def test_california_ranks_first_by_local_searches(tobacco):
    """Row D3: first of 39 by ratio of mean squared gaps, Georgia second, as published."""
    placebos = space_placebos(tobacco, PredictorControl(search="local"))
    assert placebos.table()["unit"].tolist()[:2] == ["California", "Georgia"]
    assert placebos.p_value() == pytest.approx(1 / 39)


def test_a_better_search_leaves_california_ahead_of_the_placebo_that_it_changes_most(tobacco):
    """Missouri's loss falls from 3.0 to 1.1, and with it grows its ratio: the published rank has to bear that."""
    place = tobacco.units.index("Missouri")
    problems = placebo_problems(tobacco)
    one = replace(problems, targets=problems.targets[[place]], pools=problems.pools[[place]])
    local, thorough = (PredictorControl(search=s).solve(one) for s in ("local", "thorough"))
    assert thorough.pre_mspe[0] < 0.5 * local.pre_mspe[0]
    california = fit(tobacco, PredictorControl(search="local"))
    ratios = [found.post_mspe[0] / found.pre_mspe[0] for found in (local, thorough)]
    assert ratios[0] < ratios[1] < (california.post_rmspe / california.pre_rmspe) ** 2


def test_basque_country_by_local_search(basque_panel):
    """Row D10: pysyncon's own test, after the R package Synth; Spain as a whole is among the donors."""
    found = fit(basque(basque_panel, SCHOOLING, 2, post=(1975, 1997)), PredictorControl(search="local"))
    expected = {"Cataluna": 0.8508, "Madrid (Comunidad De)": 0.1492}
    for donor, weight in weights(found).items():
        assert weight == pytest.approx(expected.get(donor, 0.0), abs=BASQUE)
    assert found.detail.loss == pytest.approx(0.0088645, rel=BASQUE)
    assert found.estimate == pytest.approx(-0.6996, rel=BASQUE)


def test_basque_country_by_thorough_search_halves_the_published_loss(basque_panel):
    found = fit(basque(basque_panel, SCHOOLING, 2, post=(1975, 1997)), PredictorControl())
    assert found.detail.lower_bound <= found.detail.loss < 0.0088645 / 2


def test_basque_country_equals_mscmt(basque_panel):
    """Becker and Klossner's R package MSCMT, a differential-evolution search, on the specification of its vignette."""
    frame = basque_panel.copy()
    total = frame.groupby("regionname")[list(SCHOOLING)].sum().sum(axis=1)
    frame["school.higher"] = frame["school.high"] + frame["school.post.high"]
    schooling = (*SCHOOLING[:3], "school.higher")
    for name in schooling:
        frame[name] = frame[name] / frame["regionname"].map(total)
    donors = set(frame["regionname"]) - {BASQUES, "Spain (Espana)"}
    found = fit(basque(frame, schooling, 1, post=(1970, 1990), donors=sorted(donors)), PredictorControl())
    expected = {"Cataluna": 0.63279, "Baleares (Islas)": 0.21931, "Madrid (Comunidad De)": 0.14790}
    for donor, weight in weights(found).items():
        assert weight == pytest.approx(expected.get(donor, 0.0), abs=MSCMT)
    assert found.estimate == pytest.approx(-0.77096, abs=MSCMT)


def test_west_germany_in_two_steps():
    """Row D11: weights found on 1971-1990, used on 1960-1990 (Abadie, Diamond and Hainmueller 2015, Table 1)."""
    training = germany(1971, (1970, 1975), "invest70", first_treated=1991, pre=(1981, 1990))
    searched = fit(training, PredictorControl(search="local")).detail.predictor_weights
    main = germany(1981, (1980, 1985), "invest80", first_treated=1990, pre=(1960, 1989))
    found = fit(main, PredictorControl(predictor_weights=tuple(searched)))
    expected = {"Austria": 0.415, "USA": 0.216, "Japan": 0.162, "Switzerland": 0.109, "Netherlands": 0.098}
    for donor, weight in weights(found).items():
        assert weight == pytest.approx(expected.get(donor, 0.0), abs=GERMANY)
    assert found.estimate == pytest.approx(-1559, rel=GERMANY)
    assert found.post_rmspe / found.pre_rmspe == pytest.approx(15.2, abs=0.5)
    better = fit(training, PredictorControl()).detail
    assert better.loss <= fit(training, PredictorControl(search="local")).detail.loss * (1 + 1e-6)


def test_slope_of_the_loss_equals_central_differences(tobacco):
    problem = nested(tobacco)
    rng = np.random.default_rng(0)
    for _ in range(5):
        point = rng.normal(size=7)
        _, slope = problem.loss_and_slope(point)
        steps = 1e-6 * np.eye(7)
        values = [(problem.loss_and_slope(point + s)[0], problem.loss_and_slope(point - s)[0]) for s in steps]
        central = np.array([(up - down) / 2e-6 for up, down in values])
        assert slope == pytest.approx(central, abs=GRADIENT * np.abs(central).max())


def test_units_that_predictors_match_perfectly_take_the_best_outcome_fit(tobacco):
    """Inside the hull of the predictors any weights V match; then the outcome decides, without a search."""
    iowa = nested(tobacco, tobacco.units.index("Iowa"))
    assert iowa.perfect_match
    v = np.ones(7)
    chosen = iowa.donor_weights(v)
    assert np.abs(iowa.match @ chosen).max() < 1e-3
    # any other perfect match, here the one that the solver meets first, fits the outcome no better
    other = nearest_weights(iowa.match)
    assert np.square(iowa.outcome @ chosen).sum() <= np.square(iowa.outcome @ other).sum()


def test_predictors_may_change_their_unit_of_measurement(tobacco):
    scale = np.array([1.0, 1e3, 1e-3, 5.0, 1.0, 2.0, 10.0])[:, None]
    other = replace(tobacco, predictor_values=tobacco.predictor_values * scale)
    given = PredictorControl(predictor_weights=(1.0, 2.0, 1.0, 0.5, 3.0, 1.0, 1.0))
    assert fit(other, given).weights == pytest.approx(fit(tobacco, given).weights, abs=1e-9)


def test_outcomes_of_all_times_as_predictors_are_the_plain_synthetic_control():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(12, 9)).cumsum(axis=0)
    frame = pd.DataFrame(values, index=range(12), columns=list("abcdefghi")).rename_axis("time")
    panel = frame.melt(ignore_index=False, var_name="unit", value_name="outcome").reset_index()
    study = Study.from_panel(panel, treated="a", first_treated=9, predictors=lags("outcome", range(9)))
    # predictors are divided by their standard deviations, so weights equal to the variances undo that
    variances = study.predictor_values.var(axis=1, ddof=1)
    found = fit(study, PredictorControl(predictor_weights=tuple(variances)))
    assert found.weights == pytest.approx(fit(study).weights, abs=1e-9)
