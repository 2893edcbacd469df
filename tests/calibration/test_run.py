"""Worlds are reproducible in any order and number of processes, and tests with known error rates show them."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy import stats

from analysis.methods.count_tests import noninferiority_p
from analysis.methods.counts_power import exact_power
from benchmarks.calibration import __main__, run
from benchmarks.calibration.elections import pooled
from benchmarks.calibration.reforms import no_improvement
from benchmarks.calibration.run import DESIGNS
from benchmarks.calibration.worlds import MULTIPLE, WORLDS

QUICK = ["lowest category", "journalists attacked, no fall"]
# A share of simulated worlds lies within so many Monte Carlo standard errors of its exact value.
ERRORS, MANY = 4, 200


@pytest.fixture(scope="module")
def table():
    return run.calibrate(QUICK, worlds=4)


def test_the_seed_decides_and_neither_processes_nor_the_company_of_other_designs(table):
    assert run.calibrate(QUICK, worlds=4, jobs=2).equals(table)
    assert not run.calibrate(QUICK, worlds=4, seed=1).equals(table)
    alone = run.calibrate(QUICK[:1], worlds=4)
    assert alone.equals(table[table["design"] == QUICK[0]].reset_index(drop=True))


def test_more_worlds_begin_with_the_same_ones():
    few, many = (run.tasks(["own elections"], worlds=n) for n in (3, 6))
    for short, long in zip(few, many, strict=True):
        states = [[seed.generate_state(2).tolist() for seed in task[3]] for task in (short, long)]
        assert states[0] == states[1][:3]


def test_every_world_has_a_seed_of_its_own():
    listed = run.tasks(DESIGNS, worlds=10)
    states = [tuple(seed.generate_state(4)) for task in listed for seed in task[3]]
    assert len(set(states)) == len(states)
    assert {task[1] for task in listed} == set(WORLDS)


def test_the_table_counts_worlds_and_shares(table):
    assert (table["worlds"] == table["design"].map({QUICK[0]: 8, QUICK[1]: 4})).all()
    verdicts = table[["supported", "partly_supported", "contradicted", "not_testable"]].sum(axis=1)
    assert np.allclose(verdicts, 1, atol=1e-5)
    assert table["rejected"].between(0, 1).all()


@pytest.mark.parametrize(
    ("design", "code", "said"),
    [(QUICK[0], 0, "probability of being the lowest | no effect: size"), ("activity", 2, "no design activity; choose")],
)
def test_the_command_says_what_it_found_and_keeps_nothing_of_single_designs(monkeypatch, capsys, design, code, said):
    monkeypatch.setattr(sys, "argv", ["calibration", design, "--worlds", "1"])
    assert __main__.main() == code
    told = "".join(capsys.readouterr())
    assert said in told
    assert "kept" not in told


# --- known answers


def share(design, world, n=MANY):
    """Return the share of worlds in which the first test rejects."""
    rng = np.random.default_rng(11)
    trial, _ = DESIGNS[design]
    return float(np.mean([trial(world, 10**6, rng)[0].rejected for _ in range(n)]))


def error(exact, n):
    """Return how far a simulated share may lie from an exact one."""
    return ERRORS * np.sqrt(exact * (1 - exact) / n)


def test_the_exact_test_of_two_counts_rejects_as_often_as_its_exact_sum_says_and_never_too_often():
    for world, ratio in (("smallest effect", 1.25), ("twice the smallest effect", 1.5625)):
        exact = exact_power(46, ratio)
        assert abs(share("journalists detained, rise", world) - exact) < error(exact, MANY)
    assert exact_power(46, 1.0) <= 0.05


def test_the_exact_test_of_no_fall_holds_its_size_at_the_margin():
    counts = range(60)
    rejects = np.array([[noninferiority_p(a, b, margin=0.8) <= 0.05 for b in counts] for a in counts])
    exact = float(stats.poisson.pmf(counts, 17) @ rejects @ stats.poisson.pmf(counts, 0.8 * 17))
    assert exact <= 0.05
    assert abs(share("journalists attacked, no fall", "smallest effect") - exact) < error(exact, MANY)


def test_a_tie_is_not_taken_for_the_lowest_and_a_clear_gap_mostly_is(monkeypatch):
    assert share("lowest category", "no effect", 100) <= 0.05
    # Three points: more than five standard deviations of a revision.
    monkeypatch.setitem(MULTIPLE, "twice the smallest effect", 12)
    assert share("lowest category", "twice the smallest effect", 100) > 0.5


def test_all_shifts_of_one_calendar_hold_their_size_if_events_are_independent():
    assert share("own elections", "no effect", 100) <= 0.05 + error(0.05, 100)


def test_country_months_give_back_the_effect_that_is_in_them():
    rng = np.random.default_rng(3)
    found = [pooled("twice the smallest effect", 10**6, rng) for _ in range(6)]
    ratios = np.log([[finding.estimate for finding in pair] for pair in found])
    assert (np.abs(ratios.mean(axis=0) - np.log(1.5625)) < 0.15).all()
    assert {finding.verdict for pair in found for finding in pair} == {""}


def test_a_simulated_reform_is_found_by_the_study_and_ruled_out_by_none():
    rng = np.random.default_rng(5)
    found = [no_improvement("twice the smallest effect", n, rng) for n in range(4)]
    assert abs(np.mean([item[0].estimate for item in found]) - 0.1) < 0.05
    assert all(item[0].null for item in found)
    assert all(item[0].verdict != "supported" for item in found)
