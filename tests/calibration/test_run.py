"""Worlds are reproducible in any order and number of processes, and tests with known error rates show them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from analysis.calibration import run
from analysis.calibration.designs import DESIGNS, trial
from analysis.calibration.trials_counts import TwoCounts
from analysis.calibration.worlds import MULTIPLE, WORLDS
from analysis.cli import app
from analysis.errors import InputError
from analysis.methods.count_tests import noninferiority_p
from analysis.methods.counts_power import exact_power

QUICK = ["lowest category", "journalists attacked, no fall"]
# A share of simulated worlds lies within so many Monte Carlo standard errors of its exact value.
ERRORS, MANY = 4, 200


@pytest.fixture(scope="module")
def table():
    return run.calibrate(QUICK, worlds=4)


def test_two_processes_find_what_one_finds(table):
    assert run.calibrate(QUICK, worlds=4, jobs=2).equals(table)


def test_another_seed_finds_something_else(table):
    assert not run.calibrate(QUICK, worlds=4, seed=1).equals(table)


def test_a_design_has_the_same_worlds_alone_and_among_others(table):
    alone = run.calibrate(QUICK[:1], worlds=4)
    assert alone.equals(table[table["design"] == QUICK[0]].reset_index(drop=True))


def test_more_worlds_begin_with_the_same_ones():
    few, many = (run.tasks(["own elections"], worlds=n) for n in (3, 6))
    for short, long in zip(few, many, strict=True):
        states = [[seed.generate_state(2).tolist() for seed in task[3]] for task in (short, long)]
        assert states[0] == states[1][:3]


def test_every_world_has_a_seed_of_its_own():
    listed = run.tasks([design.name for design in DESIGNS], worlds=10)
    states = [tuple(seed.generate_state(4)) for task in listed for seed in task[3]]
    assert len(set(states)) == len(states)
    assert {task[1] for task in listed} == set(WORLDS)


def test_an_unknown_design_is_refused():
    with pytest.raises(InputError, match="no design activity; choose from"):
        run.calibrate(["activity"], worlds=1)


def test_the_table_counts_worlds_and_shares(table):
    asked = table["design"].map({design.name: design.worlds(4) for design in DESIGNS})
    assert (table["worlds"] == asked).all()
    verdicts = table[["supported", "partly_supported", "contradicted", "not_testable"]].sum(axis=1)
    assert np.allclose(verdicts, 1, atol=1e-5)
    assert table["rejected"].between(0, 1).all()


def test_the_command_says_what_it_found_and_keeps_nothing_of_single_designs():
    result = CliRunner().invoke(app, ["calibrate", QUICK[0], "--worlds", "1"])
    assert result.exit_code == 0, result.output
    assert "probability of being the lowest | no effect: size" in result.stdout
    assert "kept" not in result.stdout


# --- known answers


def shares(made, world, n=MANY):
    """Return the share of worlds in which the first test rejects."""
    rng = np.random.default_rng(11)
    return float(np.mean([made.trial(world, 10**6, rng)[0].rejected for _ in range(n)]))


def test_the_exact_test_of_two_counts_rejects_as_often_as_its_exact_sum_says_and_never_too_often():
    made = TwoCounts("detentions", "more-journalist-detentions")
    for world, ratio in (("smallest effect", 1.25), ("twice the smallest effect", 1.5625)):
        exact = exact_power(46, ratio)
        assert abs(shares(made, world) - exact) < ERRORS * np.sqrt(exact * (1 - exact) / MANY)
    assert exact_power(46, 1.0) <= 0.05


def test_the_exact_test_of_no_fall_holds_its_size_at_the_margin():
    made = TwoCounts("attacks", "attacks-no-fewer")
    first, second = np.arange(60), np.arange(60)
    rejects = np.array([[noninferiority_p(a, b, margin=0.8) <= 0.05 for b in second.tolist()] for a in first.tolist()])
    exact = float(stats.poisson.pmf(first, 17) @ rejects @ stats.poisson.pmf(second, 0.8 * 17))
    assert exact <= 0.05
    assert abs(shares(made, "smallest effect") - exact) < ERRORS * np.sqrt(exact * (1 - exact) / MANY)


def test_a_tie_is_not_taken_for_the_lowest_and_a_clear_gap_mostly_is(monkeypatch):
    made = trial("lowest category")
    assert shares(made, "no effect", 100) <= 0.05
    # Three points: more than five standard deviations of a revision.
    monkeypatch.setitem(MULTIPLE, "twice the smallest effect", 12)
    assert shares(made, "twice the smallest effect", 100) > 0.5


def test_all_shifts_of_one_calendar_hold_their_size_if_events_are_independent():
    share = shares(trial("own elections"), "no effect", 100)
    assert share <= 0.05 + ERRORS * np.sqrt(0.05 * 0.95 / 100)


def test_country_months_give_back_the_effect_that_is_in_them():
    rng = np.random.default_rng(3)
    found = [trial("election and campaign months").trial("twice the smallest effect", 10**6, rng) for _ in range(6)]
    for number in (0, 1):
        ratios = np.log([pair[number].estimate for pair in found])
        assert abs(ratios.mean() - np.log(1.5625)) < 0.15
        assert all(pair[number].verdict == "" for pair in found)


def test_a_simulated_reform_is_found_by_the_study_and_ruled_out_by_none():
    rng = np.random.default_rng(5)
    found = [trial("reforms").trial("twice the smallest effect", n, rng) for n in range(4)]
    assert abs(np.mean([item[0].estimate for item in found]) - 0.1) < 0.05
    assert all(item[0].null for item in found)
    assert all(item[0].verdict != "supported" for item in found)
