"""Steps of notebook 06 on the tax case: what counts as a record, order in time, rivals, and a moved election."""

from __future__ import annotations

import pytest

from analysis.article import tax_case, tax_evidence
from analysis.claims.register import load_register
from analysis.data.load import load

NOTEBOOK = "06_neighbours_and_tax_case"


@pytest.fixture(scope="module")
def tables():
    return {name: load(name) for name in tax_case.TABLES}


@pytest.fixture(scope="module")
def rows(tables):
    return tax_case.independent(tables["ngo_tax_case"])


@pytest.fixture(scope="module")
def case(tables):
    return tax_case.collision(tables, country="KAZ", days=90)


def test_the_publisher_of_the_article_is_no_second_record(rows, tables):
    assert not rows["source_org"].str.startswith("CABAR").any()
    assert tables["ngo_tax_case"]["source_org"].str.startswith("CABAR").any()


def test_checks_of_records_carry_their_registered_names_and_numbers(tables):
    register = load_register()
    checks = tax_evidence.record_checks(register, tables)
    for claim, run in checks.items():
        assert tuple(check.name for check in run) == register[claim].falsifications
        assert not any(check.passed for check in run)
    details = {claim: run[0].detail for claim, run in checks.items()}
    assert details["ngo-15"].startswith("7 are named")
    assert details["fines-cancelled-three"].startswith("6 are named")
    assert "82 days before the vote was called" in details["notices-before-election"]


def test_statements_are_in_order_and_the_first_two_are_from_home_and_from_abroad(tables):
    spoken = tax_case.spoken_out(tables["records"])
    assert spoken["first_day"].is_monotonic_increasing
    assert spoken.drop_duplicates("part")["first_day"].tolist() == ["2020-11-30", "2020-12-03"]


def test_rivals_are_counted_by_their_days_from_the_onset(case):
    assert [str(day.date()) for day in case.onset] == ["2020-08-01", "2020-11-26"]
    assert case.days_called() == -80
    names = [rival.name for rival in case.coinciding()]
    assert "the vote" in names
    assert "Russia: protests for Navalny" not in names
    assert case.kinds() == ["election", "foreign unrest", "pandemic"]
    assert case.kinds(but="election") == ["foreign unrest", "pandemic"]
    table = case.table().set_index("rival")
    assert table.loc["the vote", "days_to_first_notice"] == -45


def test_one_case_with_rivals_is_not_identified(case, tables):
    checks = tax_evidence.campaign_cause(tables["ngo_tax_case"])
    registered = load_register()["dropped-because-of-campaign"].falsifications
    assert [check.name for check in checks] == list(registered)
    assert not any(check.passed for check in checks)
    assert not tax_evidence.one_case(case, checks, "words")["identified"]


def test_totals_are_not_drawn_as_steps(tables):
    fines = tax_case.days_to_vote(tables["ngo_tax_case"]).query("step == 'fine'")
    assert fines["last"].max() == 15


def test_a_moved_election_says_what_its_window_says(tables):
    frame = tax_case.random_vote(tables["ngo_tax_case"], tables["elections"], country="KAZ", days=90)
    assert frame.loc["notice known by the day", "near"] == 1
    assert frame.loc["checks, first possible day", "near"] == 0
    # Two windows of 90 days in 2,010: a shift brings at least one of two episodes into them with about twice the share.
    share = 2 * 90 / ((tax_case.END - tax_case.LAW).days + 1)
    assert frame["share"].iloc[0] == pytest.approx(share)
    assert share < float(frame.loc["notice known by the day", "p"]) <= 2 * share
    assert float(frame.loc["checks, first possible day", "p"]) == 1


def test_checks_on_the_election_carry_their_registered_names(case, tables):
    dates = tax_case.random_vote(tables["ngo_tax_case"], tables["elections"], country="KAZ", days=90)
    checks = tax_evidence.election_cause(dates, case, tables["elections"], country="KAZ", alpha=0.05)
    assert [check.name for check in checks] == list(load_register()["pressure-because-of-election"].falsifications)
    assert not any(check.passed for check in checks)
