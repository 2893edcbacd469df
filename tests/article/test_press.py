"""Notebook 02: the monitor's counts and other sources, against dates counted by hand and small tables made by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.article import press
from analysis.data.load import load
from analysis.errors import InputError
from analysis.methods.counts import compare_periods
from analysis.session.declared import declared
from analysis.session.parameters import allowed

PARAMETERS = {"BASE_YEAR": 2019, "YEAR": 2020}
NAMES = pd.Series({"KAZ": "Kazakhstan"})
JFJ = pd.DataFrame(
    [
        ("PS12", 2019, 2019, "total", 1907, "exact", 0, 1),
        ("PS12", 2020, 2020, "total", 3862, "exact", 0, 0),
        ("PS12", 2020, 2020, "total", 4611, "exact", 0, 1),
        ("KAZ", 2022, 2022, "total", 469, "exact", 0, 1),
        ("KAZ", 2022, 2023, "total", 838, "exact", 0, 1),
        ("KAZ", 2023, 2023, "total", 369, "exact", 1, 1),
        ("KAZ", 2022, 2023, "physical", 56, "exact", 0, 1),
        ("KAZ", 2024, 2024, "physical", 4, "about", 0, 1),
    ],
    columns=["area", "first_year", "last_year", "category", "count", "bound", "derived", "final"],
)


def counts_of(*rows):
    columns = ["first_month", "last_month", "indicator", "count", "unit", "derived"]
    return pd.DataFrame([(*row, "cases", 0)[:6] for row in rows], columns=columns)


def spells(*rows):
    columns = ["iso3", "data_year", "quarter", "emergency_start", "emergency_end"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture(scope="module")
def adil_soz():
    return load("adil_soz_counts")


# --- the monitor's counts


def test_counts_are_those_of_the_cited_pages(adil_soz):
    # KazTAG, 20 January 2020 (2019), and the article (2020).
    counts = press.yearly(adil_soz)
    assert [counts[name][[2019, 2020]].tolist() for name in ("attacks", "detentions")] == [[17, 12], [46, 25]]
    assert press.first_half(adil_soz, year=2019)["detentions"] == 25
    same = press.definitions(adil_soz, base_year=2019, year=2020)["same_unit"]
    assert same.to_dict() == {"attacks": False, "detentions": False, "digital_security_incidents": True}


def test_the_years_that_may_be_compared_are_those_that_were_counted(adil_soz):
    first, last = press.yearly(adil_soz).index[[0, -1]]
    ranges = {name: allowed(item) for name, item in declared("02_press_counts").items()}
    assert (ranges["BASE_YEAR"], ranges["YEAR"]) == (f"{first}..{last - 1}", f"BASE_YEAR + 1..{last}")


def test_a_part_year_is_never_taken_for_a_year():
    counts = press.yearly(counts_of(("2019-01", "2019-12", "attacks", 9), ("2020-01", "2020-11", "attacks", 8)))[
        "attacks"
    ]
    assert counts.to_dict() == {2019: 9}
    with pytest.raises(InputError, match="no count for 2020"):
        compare_periods(counts, 2019, 2020)


def test_a_half_year_is_taken_out_where_it_is_known(adil_soz):
    days = press.exposures(load("pandem"), country="KAZ", base_year=2019, year=2020)
    later = {name: press.otherwise(adil_soz, days, name)[press.EPISODE] for name in press.POOLED}
    assert later["detentions"]["counts"].name == "detentions from July 2019 on"
    assert later["detentions"]["counts"][[2019, 2020]].tolist() == [21, 25]
    assert later["detentions"]["exposure"].tolist() == [184, 366]
    assert later["attacks"]["counts"].isna()[2019]


# --- days


def test_emergency_days_counted_by_hand():
    frame = spells(
        ("AAA", 2020, 2, "2020-03-16", "2020-05-11"),  # 16 + 30 + 11 days
        ("AAA", 2020, 3, "2020-05-01", "2020-05-20"),  # 9 days more: overlap counts once
        ("AAA", 2020, 4, "2020-12-30", None),  # open-ended: 2 days of the year
        ("BBB", 2020, 4, "2019-12-31", "2020-01-01"),  # one day of the year
    )
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


# --- several sources


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


def test_sources_disagree_only_on_the_same_days_and_place(adil_soz):
    rows = [
        ("2020-06-06", "2020-06-06", "national", "rally", "detained", 53, 53, "police"),
        ("2020-06-06", "2020-06-06", "national", "rally", "detained", 100, None, "agency"),
        ("2020-06-06", "2020-06-06", "national", "rally", "fined", 7, 7, "court"),
        ("2020-06-06", "2020-06-06", "Almaty", "rally", "detained", 20, 20, "agency"),
        ("2022-01-02", "2022-01-11", "national", "unrest", "detained", None, 9900, "official"),
    ]
    columns = ["date_start", "date_end", "place", "event", "measure", "count_low", "count_high", "source_org"]
    frame = press.disagreements(pd.DataFrame(rows, columns=columns))
    assert frame[["place", "lowest", "highest"]].to_numpy().tolist() == [["national", 53, 100]]
    said = press.sources_sentence(frame.iloc[:0], adil_soz, load("jfj_counts"), country="KAZ", year=2019)
    # 26 + 7 + 5 + 7 + 3 (KazTAG), "more than 50" (Asia-Plus).
    assert "48 criminal charges of 5 kinds" in said
    assert "at least 50" in said
