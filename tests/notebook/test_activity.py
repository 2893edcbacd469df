"""Steps of notebook 05: periods, ratios and shares by hand, checks that can fail, episodes joined by rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.methods.count_tests import rate_ratio_interval
from analysis.methods.eventtime import serial_month
from analysis.notebook import activity, arrests, detentions, targets
from analysis.notebook.parameters import check
from analysis.tables.load import load

SPAN = activity.Span("2019-04", later=12, base=60)
DEFAULTS = {"COUNTRY": "KAZ", "TURN": "2019-04", "MONTHS": 12, "BASE_YEARS": 5, "SPLIT": 2018, "BLOCK": 3}
DRAWN = {"DRAWS": 999, "SEED": 1}


@pytest.fixture(scope="module")
def months() -> pd.DataFrame:
    return load("protest_months")


@pytest.fixture(scope="module")
def coverage() -> pd.DataFrame:
    return load("protest_coverage")


def test_periods_meet_at_the_turn_and_count_what_the_event_list_counts(months):
    starts = pd.to_datetime(load("protests_kazakhstan")["start"])
    found = activity.monthly(months, "KAZ", "protests", SPAN)
    assert len(found) == 72
    assert found[:60].sum() == starts.between("2014-04-01", "2019-03-31").sum() == 3
    assert found[60:].sum() == starts.between("2019-04-01", "2020-03-31").sum() == 7


def test_ratio_is_that_of_the_rates_and_the_same_for_the_same_seed(months):
    trial = {"block": 3, "draws": 499, "seed": 5}
    found = activity.rate_change(months, "KAZ", "arrests", SPAN, **trial)
    assert found == activity.rate_change(months, "KAZ", "arrests", SPAN, **trial)
    assert found.ratio == pytest.approx((7 / 12) / (2 / 60))
    assert found.lower < found.bootstrap[0] < found.ratio < found.bootstrap[1] < found.upper
    assert "7 protests with arrests in 12 months, 2 in the 60 months before" in found.sentence()


def test_bootstrap_p_is_large_when_the_periods_are_alike():
    rows = [{"iso3": "KAZ", "year": year, "month": month, "protests": 1} for year in (2018, 2019) for month in (2, 7)]
    found = activity.rate_change(
        pd.DataFrame(rows), "KAZ", "protests", activity.Span("2019-01", 12, 12), block=1, draws=499, seed=2
    )
    assert found.ratio == 1.0
    assert found.p == 1.0


def test_longer_bases_hold_all_earlier_protests(months):
    found = activity.by_base(months, "KAZ", "protests", SPAN, [5, 28])
    earlier = (pd.to_datetime(load("protests_kazakhstan")["start"]).between("1991-04-01", "2019-03-31")).sum()
    assert found["before"].tolist() == [3, earlier]
    assert found.loc[28, "ratio"] < found.loc[5, "ratio"]


def test_checks_fail_for_a_country_that_did_not_stand_out(months, coverage):
    elections = load("elections")
    here, there = (activity.checks(months, coverage, elections, code, "protests", SPAN) for code in ("KAZ", "UKR"))
    assert [item.name for item in here] == ["placebo countries", "attention offset", "election months excluded"]
    assert all(item.passed for item in here)
    assert not any(item.passed for item in there)


def test_region_is_the_former_soviet_states_or_all_others(coverage):
    assert "KAZ" not in activity.region_of("KAZ", coverage)
    assert set(activity.region_of("KAZ", coverage)) < set(activity.FORMER_SOVIET)
    assert len(activity.region_of("FRA", coverage)) == len(coverage) - 1


def test_offset_is_the_ratio_of_two_rate_ratios(months, coverage):
    found = activity.against_region(months, coverage, "KAZ", "protests", SPAN)
    (own_after, own_before), (after, before) = found.counts[:2], found.counts[2:]
    assert (own_after, own_before) == (7, 3)
    assert found.odds_ratio == pytest.approx((own_after / own_before) / (after / before), rel=0.05)


def test_election_months_leave_both_periods(months):
    votes = pd.DataFrame({"iso3": ["KAZ", "KAZ", "KGZ"], "date": ["2019-06-09", "2016-04-20", "2019-07-01"]})
    found = activity.without_elections(months, votes, "KAZ", "protests", SPAN)
    by_hand = rate_ratio_interval(2, 6, exposures=(59.0, 11.0))
    assert (found.estimate, found.lower) == pytest.approx((by_hand.estimate, by_hand.lower))


def test_shares_of_arrests_by_hand(months):
    found = arrests.arrest_shares(months, split=2018)
    events = load("protests_kazakhstan").assign(year=lambda f: f["start"].str[:4].astype(int))
    before = events[events["year"] < 2018]
    assert found.loc["KAZ", "share_before"] == pytest.approx(before["arrests"].mean())
    assert found.loc["KAZ", "share_after"] == 1.0
    assert found.loc["world", "protests_after"] == months.loc[months["year"] >= 2018, "protests"].sum()
    assert "has no protest in one" in arrests.shares_sentence(found, "ATA")


def test_parts_add_up_to_the_change(months):
    found = arrests.parts(months, "KAZ", SPAN)
    assert found.before == pytest.approx(2 / 5)
    assert found.after == pytest.approx(7)
    assert found.first.sum() + found.second.sum() == pytest.approx(found.after - found.before)


def test_components_need_size_and_significance():
    assert arrests.component("rise", 10, 40, smallest=1.25).passed
    assert not arrests.component("uncertain", 1, 5, smallest=1.25).passed
    assert not arrests.component("fall", 46, 25, smallest=1.25).passed


def test_measures_of_worsening_point_in_opposite_directions(months):
    change = activity.rate_change(months, "KAZ", "arrests", SPAN, block=3, draws=199, seed=1)
    protests, press = arrests.measures(change, (46, 25), smallest=1.25)
    assert protests.lower > protests.smallest_effect == pytest.approx(np.log(1.25))
    assert press.upper < 0
    assert protests.producer != press.producer


def test_detentions_a_week_apart_are_one_episode():
    row = {"measure": "detained", "event": "rally"}
    days = ["2019-06-09", "2019-06-10", "2019-06-17", "2019-07-06"]
    held = pd.DataFrame([row | {"date_start": day} for day in days])
    nothing = pd.DataFrame(columns=["step", "precision", "date", "subject", "statement", "finding"])
    found = targets.episodes(held, nothing, nothing, first="2019-01-01", last="2019-12-31")
    assert found["date"].tolist() == ["2019-06-09", "2019-07-06"]
    assert not targets.identified(found)


def test_episodes_of_the_typed_tables_have_one_case_against_organisations():
    tables = (load(name) for name in ("protest_detentions", "ngo_tax_case", "article_records"))
    found = targets.episodes(*tables, first=targets.FIRST, last=targets.LAST)
    organisations = found[found["target"] == targets.ORGANISATION]
    assert organisations["date"].tolist() == ["2020-11-26"]
    assert {"case of Mukhamedov", "case of Akhmedyarov"} <= set(found["episode"])
    result = targets.focus(found, turn=targets.TURN)
    assert result.test.counts[0] == 1
    assert result.test.counts[2] == 0
    assert result.detectable > 10


def test_index_shifts_are_in_standard_deviations_of_all_changes():
    frame = load("vdem_v12")
    found = targets.index_shifts(frame, year=2019)
    one = frame[frame["data_year"] >= 2000].sort_values(["iso3", "data_year"])
    spread = one.groupby("iso3")["v2cltort"].diff().std()
    own = frame[frame["iso3"] == "KAZ"].set_index("data_year")["v2cltort"]
    assert found.loc["KAZ", "v2cltort"] == pytest.approx((own[2020] - own[2019]) / spread)


def test_records_of_the_activist_keep_what_agrees_apart_from_what_does_not():
    found = targets.person_reports(load("article_records"))
    assert [report.agrees for report in found["mukhamedov-arrest"]] == [True, False]
    assert found["mukhamedov-views"] == []
    assert targets.told([]) == "No independent record was found."
    pressed = detentions.between(
        load("protest_detentions"), first=targets.TURN, last=targets.LAST, measures=detentions.PRESSED
    )
    assert any("persecution cases" in report.value for report in pressed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"TURN": "2019-13"}, "TURN='2019-13'"),
        ({"TURN": "2019-05"}, "the data on KAZ run from 1990-01 to 2020-03"),
        ({"COUNTRY": "TKM"}, "no protest with arrests in the periods compared"),
        ({"COUNTRY": "USA"}, "United States is not in the Mass Mobilization data"),
        ({"BASE_YEARS": 26}, "BASE_YEARS=26"),
    ],
)
def test_impossible_values_are_refused_in_one_line(changed, message):
    with pytest.raises(InputError, match=message):
        check("05_activity_and_targets", DEFAULTS | DRAWN | changed)


def test_last_month_is_that_of_the_data(coverage):
    row = coverage.set_index("iso3").loc["KAZ"]
    assert serial_month(row["last_year"], row["last_month"]) == activity.LAST
