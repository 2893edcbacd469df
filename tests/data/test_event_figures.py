"""The committed event tables against published counts, the calendar, and the event study of the design.

Authorities: Clark & Regan (2016) for the number of events; the event study's pilot estimates on the same sources.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from analysis.article import neighbours
from analysis.data.catalogue import CATALOGUE
from analysis.data.load import load
from analysis.methods.networks import tie_matrix, units_at_distance

SHARE = 0.0005  # the arrest share is printed to three decimals
PRINTED = 0.005
STARTS = {"date", "date_start", "start", "first_day"}
ELVI_ERRORS = {("KAZ", "2021-01-21"), ("BLR", "2016-11-11"), ("TJK", "2005-03-12"), ("UKR", "1994-04-02")}


@pytest.fixture(scope="module")
def months():
    return load("protest_months")


def test_g1_events_and_arrests_of_the_world_and_of_kazakhstan_in_both_tables(months):
    assert months["protests"].sum() == 15_239
    assert months["arrests"].sum() / months["protests"].sum() == pytest.approx(0.141, abs=SHARE)
    events = load("protests_kazakhstan")
    by_month = events.assign(month=events["start"].str[:7]).groupby("month")[["repressed", "arrests", "prices"]].sum()
    rows = months[months["iso3"] == "KAZ"]
    assert rows["protests"].sum() == len(events) == 88
    labels = rows["year"].astype(str) + "-" + rows["month"].astype(str).str.zfill(2)
    assert by_month.equals(rows.set_index(labels)[["repressed", "arrests", "prices"]].rename_axis("month"))
    assert events["repressed"].sum() == 25


def test_no_count_is_larger_than_the_number_of_protests_and_every_event_lies_inside_the_years_covered(months):
    counts = months.drop(columns=["iso3", "year", "month", "protests"])
    assert counts.le(months["protests"], axis=0).all(axis=None)
    responses = counts[["arrests", "beatings", "dispersals", "killings", "shootings"]]
    assert responses.le(counts["repressed"], axis=0).all(axis=None)
    both = months.merge(load("protest_coverage"), on="iso3", validate="many_to_one")
    assert len(both) == len(months)
    assert both["year"].between(both["first_year"], both["last_year"]).all()
    last = both[both["year"] == both["last_year"]]
    assert (last["month"] <= last["last_month"]).all()


@pytest.mark.parametrize(
    ("iso3", "before", "after"), [("KAZ", 8 / 79, 1), ("KGZ", 0.11, 0.5), ("RUS", 0.33, 0.5), ("ARM", 0.07, 0.29)]
)
def test_the_share_of_events_with_arrests_rose_across_the_region(months, iso3, before, after):
    # Russia without the Soviet Union's events of 1990 and 1991.
    rows = months[(months["iso3"] == iso3) & (months["year"] >= (1992 if iso3 == "RUS" else 1990))]
    sums = rows.groupby(rows["year"] >= 2018)[["arrests", "protests"]].sum()
    assert (sums["arrests"] / sums["protests"]).tolist() == pytest.approx([before, after], abs=PRINTED)


def test_elections_of_kazakhstan_every_vote_of_reign_and_none_of_the_known_errors_of_the_sources():
    elections = load("elections")
    own = elections[elections["iso3"] == "KAZ"]
    assert own.loc[own["date"].str.startswith("2021"), "date"].tolist() == ["2021-01-10"]
    assert len(own.query("kind != 'referendum' and round == 1 and date < '2020-04'")) == 12
    assert not ELVI_ERRORS & set(zip(elections["iso3"], elections["date"], strict=True))
    votes = load("votes_reign").dropna(subset=["day"]).query("year >= 1992 and direct == 1")
    votes = votes[votes["iso3"].isin(set(elections["iso3"]))]
    days = [dt.date(y, m, d).isoformat() for y, m, d in votes[["year", "month", "day"]].itertuples(index=False)]
    assert len(days) > 100
    assert set(zip(votes["iso3"], days, strict=True)) <= set(zip(elections["iso3"], elections["date"], strict=True))


@pytest.mark.parametrize("name", [name for name in CATALOGUE if STARTS & set(CATALOGUE[name].schema.columns)])
def test_dates_are_in_the_calendar_ends_do_not_come_first_and_phrases_are_short(name):
    table = load(name)
    dates = table.filter(regex="^(date|start|end|first_day|last_day)").apply(pd.to_datetime, format="%Y-%m-%d")
    assert not (dates.iloc[:, -1] < dates.iloc[:, 0]).any()
    for column in table.filter(["event", "says"]).select_dtypes(exclude="number"):
        phrases = table[column].dropna()
        assert phrases.str.split().str.len().max() <= 10
        assert not phrases.str.contains('["“”«»]').any()


def test_adil_soz_counts_that_the_article_and_the_year_before_report():
    table = load("adil_soz_counts").set_index(["first_month", "last_month", "indicator"])["count"]
    counts = {"attacks": [17, 12], "detentions": [46, 25], "threats": [10], "digital_security_incidents": [9, 10, 8]}
    for indicator, published in counts.items():
        assert [table[f"{2019 + n}-01", f"{2019 + n}-12", indicator] for n in range(len(published))] == published


def test_every_dated_fine_came_after_the_vote_and_every_first_notice_before_it():
    case = load("ngo_tax_case").query("precision == 'day'")
    assert case.loc[case["step"].isin(["fine", "suspension"]), "date"].min() == "2021-01-15"
    assert case.loc[case["step"] == "notice", "date"].max() < "2021-01-10" < "2021-01-15"


def test_every_border_stands_once_and_kazakhstan_has_five_neighbours():
    ties, units = load("ties"), sorted(load("protest_coverage")["iso3"])
    border = neighbours.ties_of(ties, "border", units)
    beside = units_at_distance(["KAZ", "CHN", "RUS", "ETH"], [2020, 2020, 2020, 1992], **border)
    # CIA World Factbook: China, Kyrgyzstan, Russia, Turkmenistan, Uzbekistan.
    assert beside[0] == ("CHN", "KGZ", "RUS", "TKM", "UZB")
    assert [len(found) for found in beside[1:3]] == [14, 14]
    assert "SSD" not in beside[3]
    assert not tie_matrix(**border, period=2020).diagonal().any()
    assert (ties["first_year"] <= ties["last_year"]).all()


def test_twelve_states_were_in_the_commonwealth_until_georgia_left():
    ties = load("ties")
    union = neighbours.ties_of(ties, "CIS", sorted(set(ties["iso3"]) | set(ties["neighbour"])))
    found = units_at_distance(["KAZ", "KAZ", "KAZ", "GEO"], [2000, 2010, 2019, 2010], **union)
    assert [len(tied) for tied in found] == [11, 10, 9, 0]
