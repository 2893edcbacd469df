"""Notebook 00, executed cell by cell in this process: the map of claims and what later tests could detect."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from analysis.article import power
from analysis.claims.lock import rules_hash
from analysis.claims.register import load_register
from analysis.methods.calendars import detectable_ratio_in_windows
from analysis.methods.count_tests import exact_power
from tests.executed import check_figure, execute
from tests.project import read_json

NAME = "00_register_and_power"
FIGURES = ["00_calibration", "00_claim_map", "00_detectable", "00_power"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    yield execute(NAME, tmp_path_factory.mktemp("zero"))
    plt.close("all")


@pytest.mark.parametrize("name", FIGURES)
def test_figures_fit_and_can_be_read(run, name):
    check_figure(run, name)


def test_the_numbers_are_those_of_the_register(run):
    register = load_register()
    numbers = read_json(run.folder / f"numbers/{NAME}.json")
    assert numbers["n_claims"] == len(register.claims)
    assert numbers["n_statements"] == 50
    assert numbers["rules_hash"] == rules_hash(register)


def test_every_planned_test_has_a_row_and_is_named_in_the_figure(run):
    table = run.names["detectable"]
    assert len(table) == len(run.names["tests"]) == table.index.nunique()
    ax = run.figures["00_detectable"].axes[0]
    assert sorted(label.get_text() for label in ax.get_yticklabels()) == sorted(table.index)


def test_power_is_at_most_the_level_where_nothing_changes_and_grows_with_the_rise(run):
    for frame in run.names["curves"].values():
        assert frame["power"].between(0, 1).all()
        nearest = np.abs(np.log(frame.index)).argmin()
        # The size of an exact test is at most its level.
        assert frame["power"].iloc[nearest] <= 0.05
        assert frame["power"].iloc[nearest:].is_monotonic_increasing


def test_planned_tests_reach_the_power_at_what_they_detect_and_not_before(run):
    planned = {claim: least for _, claim, _, least in run.names["tests"]}
    base = run.names["base"]
    for claim, first in (("attacks-no-fewer", base["attacks"]), ("more-journalist-detentions", base["detentions"])):
        closer = planned[claim] ** 0.9
        at = [exact_power(first, ratio, alpha=0.05) for ratio in (planned[claim], closer)]
        assert at[0] == pytest.approx(0.8)
        assert at[1] < 0.8


# --- what the notebook counts, by hand


def test_rates_inside_windows_against_outside_are_those_of_an_exact_binomial_test():
    ratio = detectable_ratio_in_windows(200, 0.25, alpha=0.025)
    against = power.against_outside(ratio, 0.25)
    share = 0.25 * against / (0.25 * against + 0.75)
    critical = next(k for k in range(201) if binom.sf(k - 1, 200, 0.25) <= 0.025)
    assert binom.sf(critical - 1, 200, share) == pytest.approx(0.8)


def test_days_before_votes_are_counted_once_and_a_vote_without_a_day_is_on_the_first():
    votes = pd.DataFrame({"iso3": "A", "year": 2000, "month": [6, 6, 12], "day": [1, 11, np.nan]})
    months = pd.DataFrame({"iso3": ["A", "A", "B"], "repressed": [1, 2, 4]})
    repressed, share = power.campaigns(months, votes, country="A", days=20)
    assert repressed == 3
    # Ten days of the second vote lie before the first too.
    assert share == pytest.approx((20 + 10 + 20) / len(power.SPAN))


def test_changes_are_those_of_other_countries_that_were_closed_all_the_time():
    years = range(2015, 2021)
    countries = {"own": 0, "closed": 1, "opened": 0}
    regimes = pd.DataFrame([(iso3, year, regime) for iso3, regime in countries.items() for year in years])
    regimes.columns = ["iso3", "data_year", "regime"]
    regimes.loc[(regimes["iso3"] == "opened") & (regimes["data_year"] == 2019), "regime"] = 2
    vdem = regimes.assign(v=regimes["data_year"].map(lambda year: 5.0 if year == 2020 else year - 2015.0))
    # The years 2015 to 2018 are 0 to 3, so 1.5 on average.
    assert power.changes(vdem, regimes, "v", country="own").to_dict() == {"closed": 3.5}
