"""Steps of notebooks that a run at home does not show: by hand, for other countries, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from analysis.article import activity, after, neighbours, power, press, reforms, tax_case
from analysis.article.power import WORLDS, Calibration
from analysis.claims.evidence import Measure
from analysis.claims.register import load_register
from analysis.data.load import load
from analysis.errors import InputError
from analysis.methods.calendars import detectable_ratio_in_windows, shifted_calendar
from analysis.methods.counts import compare_periods
from analysis.methods.rate_changes import placebo_units, rate_change, relative_rate_change
from analysis.session.declared import declared
from analysis.session.parameters import allowed
from tests.claims.make import THRESHOLDS, claim, register

REGISTER = load_register()
PRE_YEARS = {"first": 2000, "last": 2019}
SPAN = {"turn": "2019-04", "before": 60, "after": 12}


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


def rows(test="t", **changes):
    """Return a row a world: as good as promised but for the changes, each a value by world."""
    kept = {"worlds": 10_000, "nominal": 0.05, "rejection": "size", "rejected": 0.05, "rejected_se": 0.01}
    kept |= {"coverage": 0.95, "coverage_se": 0.01, "judged": 100, "wrong": "supported", "wrong_share": 0.0}
    made = [{"test": test, "claim": "one", "world": world, "supported": 0.0, **kept} for world in WORLDS]
    return pd.DataFrame(
        [row | {name: by[row["world"]] for name, by in changes.items() if row["world"] in by} for row in made]
    )


@pytest.mark.parametrize(
    ("changes", "broken"),
    [({}, []), ({"rejected": {"clumped": 0.07}, "coverage": {"no effect": 0.92}}, ["no effect", "clumped"])],
)
def test_a_promise_is_broken_by_size_or_coverage_beyond_what_is_allowed(changes, broken):
    tested = rows("tested", **changes)
    found = Calibration(pd.concat([rows("good"), tested, tested.assign(claim="another")]), THRESHOLDS)
    assert list(found.broken()["world"]) == broken
    assert found.table().loc["Tested", "broken_by"] == ("; ".join(broken) or "none")
    plain = "no effect" in broken
    assert found.counted() == {"tests": 2, "keep_plain": 2 - plain, "keep_all": 2 - bool(broken), "worlds": 60_000}


def test_false_verdicts_and_power_are_read_from_the_worlds_that_show_them():
    wrong = {"no effect": 0.02, "clumped": 0.3}
    twice = {"wrong": {"twice the smallest effect": "contradicted"}, "supported": {"twice the smallest effect": 0.4}}
    said = power.verdicts_in_worlds(rows(wrong_share=wrong, **twice))
    most = ("supported in at most 2 of 100", "supported in at most 30 of 100", "contradicted in none of 100")
    assert [share for share in (*most, "40% to 40%") if share not in said] == []


def test_emergency_days_counted_by_hand():
    spells = [
        ("AAA", 2020, 2, "2020-03-16", "2020-05-11"),  # 16 + 30 + 11 days
        ("AAA", 2020, 3, "2020-05-01", "2020-05-20"),  # 9 days more: overlap counts once
        ("AAA", 2020, 4, "2020-12-30", None),  # open-ended: 2 days of the year
        ("BBB", 2020, 4, "2019-12-31", "2020-01-01"),  # one day of the year
    ]
    frame = pd.DataFrame(spells, columns=["iso3", "data_year", "quarter", "emergency_start", "emergency_end"])
    assert press.emergency_days(frame, country="AAA", year=2020) == 57 + 9
    assert press.emergency_days(frame, country="AAA", year=2020, open_ended=True) == 57 + 9 + 2
    assert press.emergency_days(frame, country="BBB", year=2020) == 1
    assert press.emergency_days(frame, country="AAA", year=2021, open_ended=True) == 0
    assert press.emergency_days(frame, country="CCC", year=2020) == 0


@pytest.mark.parametrize(("lost", "outside"), [(-1, [366 - 57, 366 - 239]), (300, [66, None]), (0, [None, 366 - 239])])
def test_days_on_which_a_case_could_happen(lost, outside):
    # The state of emergency lasted from 16 March to 11 May 2020; the restrictions after it have no last day.
    days = press.exposures(load("pandem"), country="KAZ", base_year=2019, year=2020, lost=lost)
    assert days.loc[2019].tolist() == [365, 365, 365, 184]
    later = press.exposures(load("pandem"), country="KAZ", base_year=2020, year=2021, lost=lost)
    assert later.loc[2020].tolist() == [366, 366 - 57, 366 - 239, 184]
    found = days.loc[2020, [press.NO_EMERGENCY, press.NO_RESTRICTIONS]]
    assert [None if pd.isna(value) else value for value in found] == outside


def test_years_that_may_be_compared_are_those_counted_and_two_sources_in_court_are_said_of_one_year():
    first, last = press.yearly(load("adil_soz_counts")).index[[0, -1]]
    ranges = {name: allowed(item) for name, item in declared("02_press_counts").items()}
    assert (ranges["BASE_YEAR"], ranges["YEAR"]) == (f"{first}..{last - 1}", f"BASE_YEAR + 1..{last}")
    gaps = press.disagreements(load("protest_detentions").iloc[:0])
    said = press.sources_sentence(gaps, load("adil_soz_counts"), load("jfj_counts"), country="KAZ", year=2019)
    # 26 + 7 + 5 + 7 + 3 (KazTAG), "more than 50" (Asia-Plus).
    assert "48 criminal charges of 5 kinds" in said
    assert "at least 50" in said


def test_donors_are_of_the_class_of_a_country_or_all_without_one_the_nearer_half_or_named():
    chosen = reforms.donors(load("regimes"), "autocracies", country="NOR", **PRE_YEARS)
    assert chosen.name == "democracies"
    assert {"SWE", "KAZ"} & set(chosen) == {"SWE"}
    every = reforms.donors(load("regimes"), "autocracies", country="BHS", **PRE_YEARS)
    assert {"SWE", "KAZ"} < set(every)
    assert "all countries, for the country has no class" in reforms.donors_sentence(every, "autocracies", country="it")
    pandem = pd.DataFrame({"iso3": [*"ABCDE"], "data_year": 2020, "violations": [0.5, 0.4, 0.9, 0.55, 0.0]})
    assert reforms.similar_rules([*"BCDEX"], pandem, country="A").tolist() == ["B", "D"]
    assert reforms.similar_rules([*"BC"], pandem, country="Z").tolist() == []


def test_an_index_that_is_not_registered_is_measured_as_its_like_and_others_are_refused():
    found = reforms.measure(REGISTER, "v2x_civlib", "v16")
    assert (found.name, found.table, found.columns) == ("v2x_civlib, V-Dem v16", "vdem_v16", ("v2x_civlib",))
    assert found.smallest_effect == REGISTER.thresholds.smallest_effects["vdem_expression"]
    for column in ("v2clkill", "v2x_polyarchy_sd"):
        with pytest.raises(InputError, match="no index from 0 to 1"):
            reforms.measure(REGISTER, column, "v15")


def test_checks_fail_for_a_country_that_did_not_stand_out():
    bounds = {item.name: item.passes for item in REGISTER["society-more-active"].checks}
    counts = activity.monthly(load("protest_months"), load("protest_coverage"), "KAZ")[0]["protests"]
    region, votes = declared("05_activity_and_targets")["REGION"].default, (load("votes_reign"), load("elections"))
    passed = {}
    for country in ("KAZ", "UKR"):
        quiet = activity.outside_elections(counts[country], *votes, country)
        found = {
            "placebo countries": placebo_units(counts, unit=country, **SPAN),
            "attention offset": relative_rate_change(counts, unit=country, others=region, **SPAN),
            "election months excluded": rate_change(quiet, **SPAN),
        }
        assert set(found) == set(bounds)
        passed[country] = [
            all(bound.decide(getattr(found[check], number)) for number, bound in passes.items())
            for check, passes in bounds.items()
        ]
    assert passed == {"KAZ": [True] * 3, "UKR": [False] * 3}


def test_experts_are_judged_by_the_same_ratio_and_never_both_hold():
    ends = {"rise": (2.0, 1.5, 3.0), "fall": (0.5, 0.3, 0.9), "unsure": (1.5, 0.8, 3.0), "shaken": (2.0, 1.5, 3.0)}
    measures = [
        Measure(
            name=name, producer=name, **dict(zip(("estimate", "lower", "upper"), np.log(values), strict=True)),
            smallest_effect=np.log(1.25), shaken=name == "shaken",
        )
        for name, values in ends.items()
    ]  # fmt: skip
    found = activity.experts(measures, REGISTER)
    open_ = ["open", "open"]
    assert found.iloc[:, -2:].to_numpy().tolist() == [["holds", "fails"], ["fails", "holds"], open_, open_]
    assert found["ratio"].tolist() == pytest.approx([2.0, 0.5, 1.5, 2.0])
    assert REGISTER["more-detentions"].estimand == REGISTER["no-expansion-of-repression"].estimand


def test_detentions_a_week_apart_are_one_episode_and_round_ups_that_the_event_data_miss_are_added_once():
    days = ["2019-06-09", "2019-06-10", "2019-06-17", "2019-07-06"]
    held = pd.DataFrame({"date_start": days, "measure": "detained", "event": "rally"})
    assert activity.roundups(held)["date"].tolist() == ["2019-06-09", "2019-07-06"]
    own = activity.monthly(load("protest_months"), load("protest_coverage"), "KAZ")[1]
    events = load("protests_kazakhstan")
    missed = activity.missed_roundups(events, load("protest_detentions"))
    assert missed["date"].max() < "2020-04"
    dated = activity.with_roundups(own["arrests"], missed)
    # Land protests of May 2016 and rallies of February 2019; rallies of October and of December 2019.
    added = (dated - own["arrests"]).loc["2014-04":]
    assert added.index[added > 0].astype(str).tolist() == ["2016-05", "2019-02", "2019-10", "2019-12"]
    assert (rate_change(dated, **SPAN).before, rate_change(dated, **SPAN).after) == (2 + 2, 7 + 2)


def test_a_line_is_compared_with_its_own_value_of_the_year_and_less_terror_is_higher():
    ends = {"Expression": (0.31, 0.33), "Press freedom": (None, 39.0), after.TURNED: (3.0, 2.0), "Association": (4, 4)}
    rows = [(panel, "a", 2020 + 4 * late, own[late]) for panel, own in ends.items() for late in (0, 1) if own[late]]
    found = after.higher(pd.DataFrame(rows, columns=["panel", "edition", "data_year", "value"])).droplevel("edition")
    assert found.to_dict() == {"Expression": True, after.TURNED: True, "Association": False}


NAMES = pd.Series({"KAZ": "Kazakhstan"})
JFJ = pd.DataFrame(
    [
        ("PS12", 2019, 2019, "total", 1907, "exact", 0, 1), ("PS12", 2020, 2020, "total", 3862, "exact", 0, 0),
        ("PS12", 2020, 2020, "total", 4611, "exact", 0, 1), ("KAZ", 2022, 2022, "total", 469, "exact", 0, 1),
        ("KAZ", 2022, 2023, "total", 838, "exact", 0, 1), ("KAZ", 2023, 2023, "total", 369, "exact", 1, 1),
        ("KAZ", 2022, 2023, "physical", 56, "exact", 0, 1), ("KAZ", 2024, 2024, "physical", 4, "about", 0, 1),
    ],
    columns=["area", "first_year", "last_year", "category", "count", "bound", "derived", "final"],
)  # fmt: skip


def counts_of(*rows):
    columns = ["first_month", "last_month", "indicator", "count", "unit", "derived"]
    return pd.DataFrame([(*row, "cases", 0)[:6] for row in rows], columns=columns)


def test_a_part_year_meets_only_the_same_months():
    counts = counts_of(
        ("2022-01", "2022-11", "digital", 32),
        ("2023-01", "2023-11", "digital", 42),
        ("2024-01", "2024-12", "digital", 50),
        ("2023-01", "2023-12", "attacks", 8, "journalists", 1),
        ("2024-01", "2024-12", "attacks", 9),
    )
    frame = press.pairs(counts, JFJ.iloc[:0], names=NAMES).set_index("what")
    assert list(frame.index) == ["digital", "attacks"]
    assert frame.loc["digital", ["window", "first", "second"]].tolist() == ["Jan-Nov", 32, 42]
    assert frame.loc["attacks", ["same_unit", "derived"]].tolist() == [False, True]


def test_a_preliminary_figure_stands_beside_the_final_one():
    frame = press.pairs(counts_of(), JFJ, names=NAMES)
    name = "12 post-Soviet states: all attacks and threats"
    around = press.around(frame, year=2020)
    assert {key: counts.to_dict() for key, counts in around.items()} == {
        name: {2019: 1907, 2020: 4611},
        name + press.PRELIMINARY: {2019: 1907, 2020: 3862},
    }
    # Two-year totals and inexact counts are in no pair: one Kazakh pair is left.
    own = frame[frame["what"].str.startswith("Kazakhstan")]
    assert own[["first", "second"]].to_numpy().tolist() == [[469, 369]]
    assert len(frame) == 3


def test_totals_made_of_single_years_are_left_out_and_others_averaged():
    frame = press.series(counts_of(("2022-01", "2022-12", "attacks", 32)), JFJ, country="KAZ")
    theirs = frame[frame["source"] == press.JFJ]
    assert theirs[["first_year", "last_year", "value"]].to_numpy().tolist() == [
        [2022, 2022, 469],
        [2023, 2023, 369],
        [2022, 2023, 28],
    ]
    assert theirs["derived"].tolist() == [False, True, False]


def test_counts_stand_side_by_side_in_months():
    own = activity.monthly(load("protest_months"), load("protest_coverage"), "KAZ")[1]
    years = own["arrests"].groupby(own["arrests"].index.year).sum().rename_axis("year")
    changes = {"months": rate_change(own["arrests"], **SPAN), "years": rate_change(years, turn=2019, before=1, after=1)}
    empty = rate_change(own["arrests"].mask(own["arrests"].index >= SPAN["turn"], 0), **SPAN)
    changes["counts"] = compare_periods(pd.Series([46, 25], index=[2019, 2020], name="journalists"), 2019, 2020)
    found = activity.side_by_side(changes | {"empty": empty})
    assert found[["first_months", "second_months"]].to_numpy().tolist() == [[60, 12], [12, 12], [12, 12]]
    assert found["lower"].tolist() == [change.lower for change in changes.values()]
    assert found.loc["counts", ["first", "second"]].tolist() == [46, 25]


def test_changes_are_those_of_other_countries_that_were_closed_all_the_time():
    years = range(2015, 2021)
    countries = {"own": 0, "closed": 1, "opened": 0}
    regimes = pd.DataFrame([(iso3, year, regime) for iso3, regime in countries.items() for year in years])
    regimes.columns = ["iso3", "data_year", "regime"]
    regimes.loc[(regimes["iso3"] == "opened") & (regimes["data_year"] == 2019), "regime"] = 2
    vdem = regimes.assign(v=regimes["data_year"].map(lambda year: 5.0 if year == 2020 else year - 2015.0))
    # The years 2015 to 2018 are 0 to 3, so 1.5 on average.
    assert power.changes(vdem, regimes, "v", country="own").to_dict() == {"closed": 3.5}


def test_a_multiple_is_on_the_log_scale_for_ratios_and_plain_for_differences():
    claims = register(
        claim("directional", id="fall", smallest_effect={"value": 0.8, "unit": "rate ratio"}),
        claim("directional", id="change", smallest_effect={"value": 0.05, "unit": "points"}),
    )
    tests = [("log", "fall", "b", 0.8**1.9), ("plain", "change", "b", 0.2), ("strong", "change", "b", 0.05)]
    found = power.detectable(claims, pd.DataFrame(tests, columns=["design", "claim", "basis", "minimum"]))
    assert found["multiple"].tolist() == pytest.approx([1.9, 4, 1])
    assert found["smallest"].tolist() == [0.8, 0.05, 0.05]


@pytest.fixture(scope="module")
def case():
    tables = {name: load(name) for name in tax_case.TABLES}
    return tax_case.Case(tables, load("countries").set_index("iso3")["name"], load_register())


def chances(case):
    counts = {name: case.episodes(start) for name, start in case.starts.items()}
    return {name: shifted_calendar(own, case.votes, first=-90, last=-1) for name, own in counts.items()}


def test_cells_hold_the_months_ahead_the_waves_and_quiet_months():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame([(unit, month) for unit in "ABC" for month in range(30)], columns=["iso3", "serial"])
    frame = frame.assign(repressed=rng.poisson(1, 90), protests=rng.poisson(1, 90), regime=rng.integers(0, 3, 90))
    waves = pd.DataFrame({"iso3": ["B", "C"], "serial": [4, 9]})
    cells = neighbours.cells(frame, waves, "repressed", units=[*"ABC"], regimes=[0, 1], months=2)
    ahead, began, quiet = (part.to_numpy(dtype=float) for part in cells)
    wide = {name: frame[name].to_numpy().reshape(3, 30) for name in ("repressed", "protests", "regime")}
    np.testing.assert_array_equal(ahead[:, :28], wide["repressed"][:, 1:29] + wide["repressed"][:, 2:30])
    assert np.argwhere(began).tolist() == [[1, 4], [2, 9]]
    by_hand = (wide["protests"] == 0) & (wide["regime"] < 2) & (np.arange(30) < 28)
    np.testing.assert_array_equal(quiet, by_hand)
    recent = neighbours.recent_protest(frame, 3).to_numpy().reshape(3, 30)
    assert recent[1, 10] == pytest.approx(np.log1p(wide["protests"][1, 7:10].sum()))
    assert (recent[:, 0] == 0).all()


def test_days_of_the_case_are_those_of_its_sources_and_the_publisher_of_the_article_is_no_second_record(case):
    assert case.onset == ("2020-08-01", "2020-11-26")
    assert (str(case.vote.date()), str(case.called.date()), case.law) == ("2021-01-10", "2020-10-22", "2016-07-01")
    assert case.days_to_vote().query("step == 'fine'")["last"].max() == 15  # totals are no steps
    assert case.spoken["first_day"].is_monotonic_increasing
    assert case.spoken.drop_duplicates("part")["first_day"].tolist() == ["2020-11-30", "2020-12-03"]
    assert case.timeline()["start"].is_monotonic_increasing
    assert not case.others["source_org"].str.startswith("CABAR").any()
    assert case.steps["source_org"].str.startswith("CABAR").any()


def test_a_moved_election_says_what_its_window_says(case):
    found = case.chance(chances(case))
    assert found.loc["notice known by the day", "near"] == 1
    assert found.loc["checks, first possible day", "near"] == 0
    # Two windows of 90 days in 2,010: a shift brings at least one of two episodes into them with about twice the share.
    share = 2 * 90 / len(pd.period_range("2016-07-01", "2021-12-31", freq="D"))
    assert found["share"].iloc[0] == pytest.approx(share)
    assert share < found.loc["notice known by the day", "p"] <= 2 * share
    assert found.loc["checks, first possible day", "p"] == 1
