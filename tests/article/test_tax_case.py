"""Steps of notebook 06 on the tax case: what counts as a record, order in time, rivals, and a moved election."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.article import tax_case, tax_evidence, tax_records, tax_statements
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


@pytest.fixture(scope="module")
def found(tables):
    return tax_evidence.found(load_register().of_notebook(NOTEBOOK), tables)


@pytest.mark.parametrize(
    ("source", "who"),
    [
        ("CABAR (the article)", ""),
        ("CABAR.asia (Zhovtis)", ""),
        ("Radio Azattyk (RFE/RL)", "RFE/RL"),
        ("RFE/RL citing HRW", "Human Rights Watch"),
        ("CAMR citing ECOI", "ECOI"),
        ("KazTAG via zonakz.net", "KazTAG"),
    ],
)
def test_a_record_belongs_to_who_states_it_not_to_who_relays_it(source, who):
    assert tax_case.origin(source) == who


def test_the_publisher_of_the_article_is_no_second_record(rows, tables):
    assert not rows["source_org"].str.startswith("CABAR").any()
    assert tables["ngo_tax_case"]["source_org"].str.startswith("CABAR").any()


def test_every_claim_of_the_notebook_has_evidence(found):
    causes = {"neighbours-explain-pressure", "domestic-agenda", *tax_evidence.CAUSES}
    assert set(found) | causes == {claim.id for claim in load_register().of_notebook(NOTEBOOK)}
    for name, fields in found.items():
        registered = set(load_register()[name].falsifications)
        assert registered <= {check.name for check in fields["falsifications"]}


def test_a_claim_without_a_second_record_has_no_report(found):
    for name in ("closed-no-offence", "closed-documents-filed"):
        assert found[name]["reports"] == []
        assert found[name]["summary"] == "No record other than the article's was found."


def test_a_lower_bound_decides_only_what_it_implies():
    row = {"step": "notice", "organisation": "the group", "unit": "organisations", "bound": "at least", "value": 13}
    least = pd.DataFrame([row | {"origin": "X"}])
    assert tax_records.number(least, step="notice", expected=15) == ([], ["X: at least 13 organisations"])
    more, silent = tax_records.number(least, step="notice", expected=12, than=">")
    assert [report.agrees for report in more] == [True]
    assert silent == []
    exact = least.assign(bound="exact")
    assert [report.agrees for report in tax_records.number(exact, step="notice", expected=15)[0]] == [False]


def test_checks_that_were_reported_in_november_do_not_bound_the_notices(found, rows):
    counted = rows[rows["origin"].isin(["Eurasianet", "RFE/RL"]) & (rows["unit"] == "organisations")]
    november = counted[counted["first"] == "2020-11-01"]
    assert set(november["step"]) == {"checks"}
    assert set(november["bound"]) == {"at least"}
    assert found["ngo-15"]["reports"] == []
    assert "decides it. Undecided: ECOI: at least 13 organisations" in found["ngo-15"]["summary"]


def test_more_than_a_dozen_is_at_least_thirteen(found, rows):
    assert tax_records.notified(rows) == 13
    assert [report.agrees for report in found["more-than-a-dozen"]["reports"]] == [True, True]
    checks = {check.name: check.detail for check in found["penalties-in-notices"]["falsifications"]}
    assert checks["named organisations counted"].endswith("not 13")


def test_records_of_checks_do_not_say_when_notices_began(found, rows):
    assert {report.source for report in found["notices-since-november"]["reports"]} == {
        "ACCA.media",
        "ECOI",
        "Human Rights Watch",
    }
    only = tax_records.first_in_november(rows[rows["origin"] == "Vremya (time.kz)"])
    assert only == ([], ["Vremya (time.kz): checks, several NGOs, 2020-08-01 to 2020-09-30"])


def test_a_total_by_a_day_is_no_step_of_that_day(found, rows):
    marked = rows[tax_records.totals(rows)]
    assert set(marked["origin"]) == {"Freedom House", "KazTAG", "ORDA.kz"}
    assert set(marked["date"]) == {"2021-01-29"}
    told = " ".join(report.value for report in found["fines-before-election"]["reports"])
    assert "2021-01-29" not in told
    assert "ORDA.kz: fine, four NGOs, by 2021-01-29" in found["fines-before-election"]["summary"]
    early = marked.assign(first=pd.Timestamp("2021-01-09"), last=pd.Timestamp("2021-01-09"))
    reports, silent = tax_records.before_vote(early, steps=("fine", "suspension"))
    assert all(report.agrees for report in reports)
    assert silent == []


def test_a_suspension_is_one_even_if_it_was_lifted_and_none_agrees(found, rows):
    assert not any(report.agrees for report in found["operations-not-banned"]["reports"])
    assert any(report.agrees for report in found["bans-lifted-feb-4"]["reports"])
    none = rows[tax_records.totals(rows) & (rows["step"] == "suspension")].assign(value=0)
    assert [report.agrees for report in tax_records.suspended(none)] == [True]


def test_partial_records_of_supporters_are_undecided(found, tables):
    fields = found["supporters-named"]
    assert len(fields["reports"]) == 4
    assert all(report.agrees for report in fields["reports"])
    undecided = fields["summary"].split("Undecided: ")[1]
    assert all(name in undecided for name in ("Civic solidarity", "Transparency International"))
    typed = tables["article_records"]
    late = typed.assign(date=typed["date"].where(typed["subject"] != "Human Rights Watch", "2021-02-05"))
    assert [report.agrees for report in tax_statements.supporters(late)[0]].count(False) == 1


def test_a_record_of_more_pressure_does_not_say_why(found):
    fields = found["ngo-reps-blame-election"]
    assert [report.source for report in fields["reports"]] == ["ACCA.media"]
    assert fields["summary"].endswith("Undecided: Adil Soz: more pressure noted before the election.")


def test_every_record_puts_notices_before_the_vote_and_penalties_after_it(found):
    assert all(report.agrees for report in found["notices-before-election"]["reports"])
    assert not any(report.agrees for report in found["fines-before-election"]["reports"])


def test_records_disagree_on_the_fourth_of_february_and_on_three(found):
    day = {report.source: report.agrees for report in found["cancelled-feb-4"]["reports"]}
    assert day == {"Eurasianet": False, "OMCT/FIDH": True, "RFE/RL": True}
    three = {report.source: report.agrees for report in found["fines-cancelled-three"]["reports"]}
    assert three == {"Eurasianet": True, "OMCT/FIDH": False, "RFE/RL": False}


def test_unrest_in_russia_lies_on_both_sides_of_the_notices(found):
    assert [report.agrees for report in found["russia-before-notices"]["reports"]] == [True, False]
    assert all(report.agrees for report in found["belarus-before-notices"]["reports"])


def test_an_event_inside_the_period_of_a_record_is_not_ordered_with_it(rows):
    shock = pd.DataFrame(
        {"iso3": ["KGZ"], "date": ["2020-11-10"], "mass_protest": [1], "event": ["e"], "source_org": ["s"]}
    )
    inside = rows[rows["origin"] == "ACCA.media"]
    assert tax_records.unrest_before_notices(inside, shock, "KGZ") == []


def test_statements_of_several_bodies_count_once(rows, tables):
    spoken = tax_statements.statements(rows, tables["article_records"])
    assert not spoken.duplicated(["date", "origin"]).any()
    first = tax_evidence.first_statements(spoken)
    assert first["date"].tolist() == ["2020-11-30", "2020-12-03"]
    assert first["abroad"].tolist() == [False, True]


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
