"""Steps of notebook 05: periods, ratios and shares by hand, checks that can fail, episodes joined by rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.article import activity, activity_checks, activity_sensitivity, arrests, detentions, elections, targets
from analysis.article.parameters import check
from analysis.claims.register import load_register
from analysis.data.load import load
from analysis.errors import InputError
from analysis.methods.break_tests import poisson_change_point
from analysis.methods.count_tests import rate_ratio_interval
from analysis.methods.eventtime import serial_month

SPAN = activity.Span("2019-04", later=12, base=60)
DEFAULTS = {"COUNTRY": "KAZ", "TURN": "2019-04", "MONTHS": 12, "BASE_YEARS": 5, "SPLIT": 2018, "BLOCK": 3}
DRAWN = {"DRAWS": 999, "SEED": 1}


@pytest.fixture(scope="module")
def months() -> pd.DataFrame:
    return load("protest_months")


@pytest.fixture(scope="module")
def coverage() -> pd.DataFrame:
    return load("protest_coverage")


@pytest.fixture(scope="module")
def votes() -> pd.DataFrame:
    return elections.corrected(elections.votes(load("votes_reign")), load("elections"))


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


def test_a_period_without_events_is_a_ratio_of_one():
    assert np.exp(activity.log_ratio(0, 0, SPAN)) == pytest.approx(1.0)
    assert activity.log_ratio(60, 12, SPAN) == pytest.approx(0.0)


def test_bootstrap_p_is_twice_the_smaller_tail():
    counts = np.zeros(72)
    counts[[10, 30, 50, 61, 63, 65, 67]] = 1
    trial = {"block": 1, "draws": 999, "seed": 3}
    null = activity.bootstrap_ratios(counts, SPAN, **trial)[1]
    observed = activity.log_ratio(3, 4, SPAN)
    above = (1 + (null >= observed - 1e-9).sum()) / 1000
    assert activity.central_p(null, observed) == pytest.approx(2 * above)
    # As blocks of one month are independent, the sum of a period is binomial but for ties between draws.
    exact = rate_ratio_interval(3, 4, exposures=(60, 12))
    assert (activity.central_p(null, observed) < 0.05) == (exact.lower > 1)


def test_longer_bases_hold_all_earlier_protests(months):
    found = activity_sensitivity.by_base(months, "KAZ", "protests", SPAN, [5, 28])
    earlier = (pd.to_datetime(load("protests_kazakhstan")["start"]).between("1991-04-01", "2019-03-31")).sum()
    assert found["before"].tolist() == [3, earlier]
    assert found.loc[28, "ratio"] < found.loc[5, "ratio"]
    assert "None of 2 bases give a larger ratio" in activity_sensitivity.bases_sentence(
        found, registered=5, outcome="protests"
    )


def test_blocks_repeat_the_p_of_the_ratio(months):
    trial = {"draws": 499, "seed": 5}
    found = activity_sensitivity.by_block(months, "KAZ", "protests", SPAN, [3, 12], **trial)
    assert found[3] == activity.rate_change(months, "KAZ", "protests", SPAN, block=3, **trial).p
    assert found[12] > found[3]
    assert "(12)" in activity_sensitivity.blocks_sentence(found, outcome="protests")


def test_standing_counts_stretches_by_hand(months, coverage):
    starts = pd.to_datetime(load("protests_kazakhstan")["start"]).dt.to_period("M")
    whole = pd.period_range("1990-01", "2019-03", freq="M")
    busy = starts.value_counts().reindex(whole, fill_value=0).rolling(12).sum()
    said = activity_sensitivity.standing_sentence(months, coverage, "KAZ", "protests", SPAN)
    assert f"{(busy >= 7).sum()} of {len(whole) - 11} stretches of 12 months" in said


def test_the_scan_names_the_calendar_year_and_finds_no_rise(months, coverage):
    years = activity.yearly(months, coverage, "KAZ")
    scan = poisson_change_point(years["protests"].iloc[:-1], draws=99, seed=1)
    said = activity_sensitivity.scan_sentence(scan, years)
    assert said.endswith(f"Period {scan.position} is {1989 + scan.position}.")
    before, after = years["protests"].iloc[: scan.position], years["protests"].iloc[scan.position : -1]
    assert before.mean() > after.mean()


def test_unreported_events_that_undo_a_rise_are_the_fewest(months):
    change = activity.rate_change(months, "KAZ", "protests", SPAN, block=3, draws=99, seed=1)
    needed = activity.base_to_undo(change)
    ends = [rate_ratio_interval(n, 7, exposures=(60, 12)).lower for n in (needed - 1, needed)]
    assert ends[0] > 1 >= ends[1]
    assert f"{needed - 3} that went unreported" in activity.missed_sentence(change)


def test_checks_fail_for_a_country_that_did_not_stand_out(months, coverage, votes):
    here, there = (activity_checks.checks(months, coverage, votes, code, "protests", SPAN) for code in ("KAZ", "UKR"))
    assert [item.name for item in here] == ["placebo countries", "attention offset", "election months excluded"]
    assert all(item.passed for item in here)
    assert not any(item.passed for item in there)


def test_election_months_are_known_for_every_country_that_the_event_data_follow(months, votes):
    # A check without a single election month to leave out must not pass.
    assert activity_checks.without_elections(months, votes, "FRA", "protests", SPAN)[1] > 0
    none = votes[votes["iso3"] != "KAZ"]
    coverage = load("protest_coverage")
    unknown = activity_checks.checks(months, coverage, none, "KAZ", "protests", SPAN)[-1]
    assert not unknown.passed


def test_placebos_are_countries_with_an_event(months, coverage):
    found = activity_checks.placebos(months, coverage, "arrests", SPAN)
    assert (found[["before", "after"]].sum(axis=1) > 0).all()
    assert found["ratio"].is_monotonic_decreasing
    assert found.loc["KAZ", "p"] == pytest.approx(stats.binomtest(7, 9, 12 / 72, alternative="greater").pvalue)


def test_region_is_the_former_soviet_states_or_all_others(coverage):
    assert "KAZ" not in activity_checks.region_of("KAZ", coverage)
    assert set(activity_checks.region_of("KAZ", coverage)) < set(activity_checks.FORMER_SOVIET)
    assert len(activity_checks.region_of("FRA", coverage)) == len(coverage) - 1


def test_offset_is_the_ratio_of_two_rate_ratios(months, coverage):
    found = activity_checks.against_region(months, coverage, "KAZ", "protests", SPAN)
    (own_after, own_before), (after, before) = found.counts[:2], found.counts[2:]
    assert (own_after, own_before) == (7, 3)
    assert found.odds_ratio == pytest.approx((own_after / own_before) / (after / before), rel=0.05)


def test_election_months_leave_both_periods(months):
    serial = [serial_month(2019, 6), serial_month(2016, 4), serial_month(2019, 7)]
    votes = pd.DataFrame({"iso3": ["KAZ", "KAZ", "KGZ"], "serial": serial})
    found, dropped = activity_checks.without_elections(months, votes, "KAZ", "protests", SPAN)
    by_hand = rate_ratio_interval(2, 6, exposures=(59.0, 11.0))
    assert (found.estimate, found.lower, dropped) == pytest.approx((by_hand.estimate, by_hand.lower, 2))


def test_shares_of_arrests_by_hand(months):
    found = arrests.arrest_shares(months, split=2018)
    events = load("protests_kazakhstan").assign(year=lambda f: f["start"].str[:4].astype(int))
    before = events[events["year"] < 2018]
    assert found.loc["KAZ", "share_before"] == pytest.approx(before["arrests"].mean())
    assert found.loc["KAZ", "share_after"] == 1.0
    assert found.loc["world", "protests_after"] == months.loc[months["year"] >= 2018, "protests"].sum()
    assert found.loc["RUS", "after_lower"] == pytest.approx(proportion_confint(13, 26, method="wilson")[0])
    assert "has no protest in one" in arrests.shares_sentence(found, "ATA")


def test_parts_add_up_to_the_change(months):
    found = arrests.parts(months, "KAZ", SPAN)
    assert found.before == pytest.approx(2 / 5)
    assert found.after == pytest.approx(7)
    assert found.first.sum() + found.second.sum() == pytest.approx(found.after - found.before)


def test_intervals_of_the_parts_hold_them(months):
    found = arrests.parts_interval(months, "KAZ", SPAN, block=3, draws=999, seed=1)
    part = arrests.parts(months, "KAZ", SPAN)
    for (low, high), value in zip(found, (part.first.sum(), part.second.sum()), strict=True):
        assert low < value < high


def test_round_ups_that_the_event_data_miss_are_added_once(months):
    change = activity.rate_change(months, "KAZ", "arrests", SPAN, block=3, draws=99, seed=1)
    listed = detentions.roundups(load("protest_detentions"))
    found = arrests.with_roundups(change, load("protests_kazakhstan"), listed, SPAN)
    # Land protests of May 2016 and rallies of February 2019; rallies of October and of December 2019.
    assert found == (2 + 2, 7 + 2, (60.0, 12.0))
    assert "9 in 12 months and 4 in the 60 before" in arrests.roundups_sentence(found)


def test_experts_are_judged_by_the_same_ratio_and_never_both_hold():
    measures = [
        arrests.measure("rise", "A", (2.0, 1.5, 3.0), smallest=1.25),
        arrests.measure("fall", "B", (0.5, 0.3, 0.9), smallest=1.25),
        arrests.measure("unsure", "C", (1.5, 0.8, 3.0), smallest=1.25),
    ]
    register = load_register()
    pair = (register["more-detentions"], register["no-expansion-of-repression"])
    found = arrests.experts(measures, pair)
    assert found.iloc[:, -2:].to_numpy().tolist() == [["holds", "fails"], ["fails", "holds"], ["open", "open"]]
    assert found["ratio"].tolist() == pytest.approx([2.0, 0.5, 1.5])
    assert pair[0].estimand == pair[1].estimand


def test_components_need_size_and_significance():
    assert arrests.component("rise", 10, 40, smallest=1.25).passed
    assert not arrests.component("uncertain", 1, 5, smallest=1.25).passed
    assert not arrests.component("fall", 46, 25, smallest=1.25).passed


def test_measures_of_worsening_point_in_opposite_directions(months):
    change = activity.rate_change(months, "KAZ", "arrests", SPAN, block=3, draws=199, seed=1)
    protests, press = arrests.measures(change, (46, 25), smallest=1.25, shaken=True)
    assert protests.lower > protests.smallest_effect == pytest.approx(np.log(1.25))
    assert press.upper < 0
    assert protests.producer != press.producer
    assert (protests.shaken, press.shaken) == (False, True)


def test_detentions_a_week_apart_are_one_episode():
    row = {"measure": "detained", "event": "rally"}
    days = ["2019-06-09", "2019-06-10", "2019-06-17", "2019-07-06"]
    held = pd.DataFrame([row | {"date_start": day} for day in days])
    nothing = pd.DataFrame(columns=["step", "precision", "date", "claim", "first_day"])
    found = targets.episodes(held, nothing, nothing, first="2019-01-01", last="2019-12-31")
    assert found["date"].tolist() == ["2019-06-09", "2019-07-06"]
    assert not targets.identified(found)
    assert detentions.roundups(held, first="2019-06-10")["date"].tolist() == ["2019-07-06"]


def test_episodes_of_the_typed_tables_have_one_case_against_organisations():
    tables = (load(name) for name in ("protest_detentions", "ngo_tax_case", "records"))
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
