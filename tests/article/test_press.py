"""Notebook 02: days counted by hand, and what two sources count in court."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.article import press
from analysis.data.load import load


def spells(*rows):
    columns = ["iso3", "data_year", "quarter", "emergency_start", "emergency_end"]
    return pd.DataFrame(rows, columns=columns)


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
    found = days.loc[2020, [press.NO_EMERGENCY, press.NO_RESTRICTIONS]]
    assert [None if pd.isna(value) else value for value in found] == outside


def test_what_two_sources_count_in_court_is_said_of_the_same_year():
    gaps = press.disagreements(load("protest_detentions").iloc[:0])
    said = press.sources_sentence(gaps, load("adil_soz_counts"), load("jfj_counts"), country="KAZ", year=2019)
    # 26 + 7 + 5 + 7 + 3 (KazTAG), "more than 50" (Asia-Plus).
    assert "48 criminal charges of 5 kinds" in said
    assert "at least 50" in said
