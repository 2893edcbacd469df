"""Steps of notebook 04: the panel by hand, the registered model against the pilot, checks that can fail, shifts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.article import election_checks, election_country, election_multiverse, elections
from analysis.data.load import load
from analysis.errors import InputError
from analysis.methods.eventtime import HALF_YEAR, event_dummies, serial_month
from analysis.methods.null_poisson import FARTHEST
from analysis.methods.placebo_calendars import PlaceboCalendars

# The design's pilot printed 1.89, 2.21 and 2.00; names harmonised to ISO3 move them by less than this.
PILOT = 0.1
SEASON = "unit-year, season"
PYFIXEST, PYFIXEST_ERROR = 1e-5, 3e-4  # row B9: its deviance stops at 1e-8; errors relative, at the last iterate


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    tables = (load(name) for name in ("protest_months", "protest_coverage", "regimes"))
    return elections.country_months(*tables, first=1990, last=2019)


@pytest.fixture(scope="module")
def calendar() -> pd.DataFrame:
    return elections.votes(load("votes_reign"))


@pytest.fixture(scope="module")
def sample(frame) -> pd.DataFrame:
    return frame[frame["regime"].isin([0, 1])]


def small_panel() -> pd.DataFrame:
    months = pd.DataFrame({"iso3": ["KAZ"], "year": [2020], "month": [2], "protests": [2], "repressed": [1]})
    months[["prices", "labour", "land"]] = [1, 1, 0]
    coverage = pd.DataFrame({"iso3": ["KAZ", "KGZ"], "first_year": [2019, 2020], "last_year": [2020, 2020]})
    regimes = pd.DataFrame({"iso3": ["KAZ", "KAZ", "KGZ"], "data_year": [2019, 2020, 2020], "regime": [1, 1, 2]})
    return elections.country_months(months, coverage, regimes, first=1990, last=2020)


def test_panel_has_zeros_ends_with_the_data_and_keeps_the_regime():
    found = small_panel()
    assert found.groupby("iso3").size().to_dict() == {"KAZ": 12 + 3, "KGZ": 3}
    assert found["protests"].sum() == 2
    assert found.set_index(["iso3", "serial"]).loc[("KAZ", serial_month(2020, 2)), "economic"] == 2
    assert found.query("iso3 == 'KGZ'")["regime"].unique() == [2]


def test_no_event_of_the_covered_years_is_lost(frame):
    months = load("protest_months").query("1990 <= year <= 2019")
    kept = months.merge(frame[["iso3", "year", "month"]], on=["iso3", "year", "month"])
    assert frame["protests"].sum() == kept["protests"].sum() > 0.98 * months["protests"].sum()


@pytest.mark.parametrize(("outcome", "ratio"), [("protests", 1.89), ("repressed", 2.21), ("arrests", 2.00)])
def test_registered_model_agrees_with_the_pilot(sample, calendar, outcome, ratio):
    fit = elections.study(sample, calendar, outcome, effects=SEASON)
    assert fit.table().loc["event_month", "rate_ratio"] == pytest.approx(ratio, abs=PILOT)
    assert fit.table().loc["before_3_1", "lower"] < 1 < fit.table().loc["before_3_1", "upper"]


def test_corrected_dates_add_the_legislative_votes_that_reign_lacks(calendar):
    found = elections.corrected(calendar, load("elections")).query("iso3 == 'KAZ'")
    assert set(calendar.query("iso3 == 'KAZ'")["kind"]) == {"executive"}
    assert (found["kind"] == "legislative").any()
    assert serial_month(2021, 1) in set(found["serial"])
    assert len(found.query("kind == 'executive' and scheduled == 0")) > 1


def test_struck_elections_lose_their_marks_and_only_theirs():
    rows = pd.DataFrame({"iso3": ["KAZ"] * 6, "serial": range(100, 106)})
    dates = pd.DataFrame({"iso3": ["KAZ", "KAZ", "KAZ"], "serial": [101, 102, 300]})
    labels, tried = elections._labels_without(rows, dates, (0, 1))
    assert tried == [0, 1]
    assert labels.T.tolist() == [[0, 0, 1, 1, 0, 0], [0, 1, 1, 0, 0, 0]]


def test_leaving_one_election_out_brackets_the_fit(sample, calendar):
    few = sample[sample["iso3"].isin(["BLR", "BDI", "IRN", "KAZ", "RUS", "TGO", "UZB", "ZWE"])]
    found = elections.leave_one_out(few, calendar, "repressed", term="event_month", effects=SEASON)
    all_in = elections.study(few, calendar, "repressed", effects=SEASON).table().loc["event_month", "rate_ratio"]
    assert found.loc["least", "rate_ratio"] < all_in < found.loc["most", "rate_ratio"]
    country, month = found.loc["least", ["iso3", "serial"]]
    by_hand = calendar[(calendar["iso3"] != country) | (calendar["serial"] != month)]
    refit = elections.study(few, by_hand, "repressed", effects=SEASON).table().loc["event_month"]
    assert found.loc["least", "rate_ratio"] == pytest.approx(refit["rate_ratio"], rel=1e-6)


def test_ribbon_is_the_study_on_a_moved_calendar(sample, calendar):
    few = sample[sample["iso3"].isin(["BLR", "IRN", "KAZ", "RUS", "UZB", "ZWE"])]
    found = elections.ribbon(few, calendar, "repressed", effects=SEASON, shifts=[13])
    moved = elections.study(few, calendar.assign(serial=calendar["serial"] + 13), "repressed", effects=SEASON)
    np.testing.assert_allclose(found.iloc[0], moved.table()["rate_ratio"], rtol=1e-6)
    assert all(abs(shift) > 12 for shift in elections.PLACEBO_SHIFTS)


def test_placebo_check_fails_when_a_moved_calendar_rises(sample, calendar):
    fit = elections.study(sample, calendar, "repressed", effects=SEASON)
    silent = PlaceboCalendars("event_month", (0, -12, 12), np.array([0.8, 0.1, -0.5]), np.full(3, 0.2))
    rising = PlaceboCalendars("event_month", (0, -12, 12), np.array([0.8, 0.6, -0.5]), np.full(3, 0.2))
    assert election_checks.placebo_check(silent, fit).passed
    assert not election_checks.placebo_check(rising, fit).passed
    assert "moved by -12 months" in election_checks.placebo_check(rising, fit).detail


def test_multiverse_is_the_same_for_any_number_of_workers(frame, calendar):
    few = frame[frame["iso3"].isin(["BLR", "IRN", "KAZ", "RUS", "UZB", "ZWE"])].reset_index(drop=True)
    trial = {"term": "before_3_1", "full": False, "permutations": 5, "seed": 3}
    alone, together = (election_multiverse.curve(few, calendar, **trial, workers=n) for n in (1, 2))
    assert alone.estimates.tobytes() == together.estimates.tobytes()
    assert alone.estimates.shape == (36, 6)


def test_full_multiverse_has_five_hundred_specifications_with_the_registered_one_among_them():
    for term in elections.CLAIMS:
        listed = election_multiverse.choices(term, full=True).specifications()
        assert 500 <= len(listed) < 1_200
        same = [all(election_multiverse.REGISTERED[k] == v for k, v in options.items()) for options in listed]
        assert sum(same) == 1


def test_every_exclusion_has_its_reason_and_its_number():
    for term in elections.CLAIMS:
        declared = election_multiverse.choices(term, full=True)
        found = election_multiverse.reasons(declared)
        assert found["specifications"].sum() == 576 - len(declared.specifications())
        assert (found["specifications"] > 0).all()
        assert found["reason"].str.len().gt(0).all()
        assert "elections: legislative; outcome: arrests or killings; regimes: closed" in set(found["left_out"])
    assert election_multiverse.reasons(election_multiverse.choices("event_month", full=False)).empty


@pytest.mark.parametrize("number", [0, 1])
def test_what_is_excluded_cannot_be_estimated(frame, calendar, number):
    rule = election_multiverse.choices("event_month", full=True).exclusions[number]
    options = election_multiverse.REGISTERED | {k: v if isinstance(v, str) else v[0] for k, v in rule.where.items()}
    data = {"calendars": election_multiverse.Calendars(frame, calendar, "event_month", 0, 1)}
    if number == 0:
        with pytest.raises(InputError, match="no event happens"):
            election_multiverse.estimate(options, np.random.SeedSequence(1), **data)
    else:
        scheduled = options | {"elections": "executive"}
        found = election_multiverse.estimate(scheduled, np.random.SeedSequence(1), **data)[0]
        assert found[0] == pytest.approx(FARTHEST)


def test_registered_model_equals_pyfixest_on_all_autocracy_country_months(sample, calendar):
    pf = pytest.importorskip("pyfixest")
    windows = event_dummies(
        sample["iso3"], sample["serial"], event_unit=calendar["iso3"], event_month=calendar["serial"], windows=HALF_YEAR
    )
    data = sample.assign(**{name: windows[name].to_numpy() for name in windows})
    with pytest.warns(UserWarning, match="separation"):
        oracle = pf.fepois(
            f"repressed ~ {' + '.join(windows)} | iso3^year + month",
            data,
            vcov={"CRV1": "iso3"},
            ssc=pf.ssc(k_adj=False),
        )
    ours = elections.study(sample, calendar, "repressed", effects=SEASON)
    assert ours.n_used == oracle._N
    np.testing.assert_allclose(ours.coefficients, oracle.coef()[list(ours.names)], atol=PYFIXEST)
    np.testing.assert_allclose(ours.errors, oracle.se()[list(ours.names)], rtol=PYFIXEST_ERROR)


def test_shifted_calendar_of_kazakhstan_counts_by_hand():
    own = election_country.by_day(load("protests_kazakhstan"), load("elections"), outcome="repressed")
    days = np.flatnonzero(own.counts).repeat(own.counts[own.counts > 0].astype(int))
    near = sum(any(abs(day - vote) <= 90 for vote in own.elections["position"]) for day in days)
    found = election_country.around(own, first=-90, last=90)
    assert (found.events, found.total) == (near, len(days)) == (10, 25)
    assert found.lower < found.test.statistic < found.upper
    assert "all 10,318 circular shifts" in found.sentence()


def test_other_countries_are_counted_by_month_or_refused(frame, calendar):
    own = election_country.by_month(frame, calendar, country="RUS", outcome="repressed")
    assert own.unit == "months"
    assert own.spans(90) == {"before": (-3, -1), "at": (0, 0), "after": (1, 3), "around": (-3, 3)}
    assert [check.name for check in election_country.checks(own, days=90, alpha=0.05)] == [
        "placebo elections",
        "scheduled elections only",
        "leave one election out",
    ]
    with pytest.raises(InputError, match="no country-months or no elections of ATA"):
        election_country.by_month(frame, calendar, country="ATA", outcome="repressed")
