"""Notebook 00, executed cell by cell in this process: the map of claims and what later tests could detect."""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm

from analysis.article import power
from analysis.claims.lock import rules_hash
from analysis.claims.register import load_register
from analysis.methods.counts_power import exact_power
from tests.executed import check_figure, credit_of, execute
from tests.project import read_json

NAME = "00_register_and_power"
FIGURES = ["00_calibration", "00_claim_map", "00_detectable", "00_power"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    yield execute(NAME, tmp_path_factory.mktemp("zero"))
    plt.close("all")


def test_the_figures_are_those_expected(run):
    assert sorted(run.figures) == FIGURES


@pytest.mark.parametrize("name", FIGURES)
def test_figures_fit_and_can_be_read(run, name):
    check_figure(run, name)


def test_the_numbers_are_those_of_the_register(run):
    register = load_register()
    numbers = read_json(run.folder / f"numbers/{NAME}.json")
    assert numbers["n_claims"] == len(register.claims)
    assert numbers["n_statements"] == 50
    assert numbers["rules_hash"] == rules_hash(register)


def test_every_speaker_has_a_row_and_every_claim_a_point(run):
    register, ax = load_register(), run.figures["00_claim_map"].axes[0]
    speakers = list(dict.fromkeys(claim.speaker for claim in register.claims))
    assert [label.get_text() for label in ax.get_yticklabels()] == speakers
    points = [len(scatter.get_offsets()) for scatter in ax.collections]
    assert sum(points) == len(register.claims)
    # Points of one place are laid side by side: none covers another.
    places = np.vstack([scatter.get_offsets() for scatter in ax.collections])
    assert len({tuple(place) for place in places.round(6)}) == len(register.claims)


def test_every_contradiction_is_one_arc(run):
    register, ax = load_register(), run.figures["00_claim_map"].axes[0]
    pairs = {frozenset((claim.id, other)) for claim in register.claims for other in claim.contradicts}
    assert len([text for text in ax.texts if text.arrow_patch is not None]) == len(pairs)


def test_the_map_of_claims_credits_the_register(run):
    assert credit_of(run, "00_claim_map") == "Source: register of claims."


def test_every_design_is_of_a_registered_claim(run):
    table = run.names["table"]
    assert set(table["claim"]) <= set(load_register().by_id)
    ax = run.figures["00_detectable"].axes[0]
    assert sorted(label.get_text() for label in ax.get_yticklabels()) == sorted(map(str, table.index))


def test_power_is_at_most_the_level_where_nothing_changes_and_grows_with_the_rise(run):
    for frame in run.names["curves"].values():
        assert frame["power"].between(0, 1).all()
        nearest = np.log(frame["rate_ratio"]).abs().idxmin()
        # The size of an exact test is at most its level.
        assert frame.loc[nearest, "power"] <= 0.05
        assert frame["power"].iloc[nearest:].is_monotonic_increasing


# --- designs, by hand


def test_two_counts_reach_the_power_at_the_detectable_ratio_and_not_before():
    for smallest in (0.8, 1.25):
        design = power.two_counts("d", "c", base=40, exposures=(1, 1), smallest=smallest, power=0.8, alpha=0.05)
        detectable = design.detectable
        assert (detectable > 1) == (smallest > 1)
        step = 1.05 if smallest > 1 else 1 / 1.05
        at = [exact_power(40.0, ratio, exposures=(1, 1), alpha=0.05) for ratio in (detectable, detectable / step)]
        assert at[0] >= 0.8 - 0.01
        assert at[1] < 0.8


def test_a_multiple_is_on_the_log_scale_for_ratios_and_plain_for_differences():
    ratio = power.Design("d", "c", "b", smallest=0.8, detectable=0.64, unit="rate ratio")
    assert ratio.multiple == pytest.approx(2)
    assert power.Design("d", "c", "b", smallest=0.05, detectable=0.2, unit="V-Dem points").multiple == pytest.approx(4)


def test_index_change_is_the_normal_power_of_one_change_against_its_spread():
    design = power.index_change("d", "c", spread=0.05, n=57, smallest=0.05, power=0.8, alpha=0.05)
    # (1.96 + 0.84) standard deviations, widened for the estimate's own share of the donors.
    plain = 0.05 * (norm.ppf(0.975) + norm.ppf(0.8))
    assert plain <= design.detectable <= plain * math.sqrt(1 + 1 / 10)


def test_calendar_is_an_exact_binomial_test():
    design = power.calendar("d", "c", total=200, share=0.25, smallest=1.25, power=0.8, alpha=0.05)
    ratio = design.detectable
    share = 0.25 * ratio / (0.25 * ratio + 0.75)
    critical = next(k for k in range(201) if binom.sf(k - 1, 200, 0.25) <= 0.025)
    assert binom.sf(critical - 1, 200, share) == pytest.approx(0.8, abs=0.02)


def test_tables_keep_every_design():
    designs = [power.Design(f"d{i}", "c", "b", 0.05, 0.05 * (i + 1), "points") for i in range(3)]
    table = power.designs_table(designs)
    assert isinstance(table, pd.DataFrame)
    assert table["multiple"].round(9).tolist() == [1, 2, 3]
