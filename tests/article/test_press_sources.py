"""Steps of notebook 02 on several sources: what may be compared with what, against small tables made by hand."""

import pandas as pd
import pytest
from scipy.stats import poisson

from analysis.article import press_sources
from analysis.data.load import load

EXACT = 1e-9  # a quantile put back into its distribution

NAMES = pd.Series({"KAZ": "Kazakhstan"})


def adil_soz_of(*rows):
    columns = ["first_month", "last_month", "indicator", "count", "unit", "derived"]
    return pd.DataFrame(rows, columns=columns)


def jfj_of(*rows):
    columns = ["area", "first_year", "last_year", "category", "count", "bound", "derived", "final"]
    return pd.DataFrame(rows, columns=columns)


JFJ = jfj_of(
    ("PS12", 2019, 2019, "total", 1907, "exact", 0, 1),
    ("PS12", 2020, 2020, "total", 3862, "exact", 0, 0),
    ("PS12", 2020, 2020, "total", 4611, "exact", 0, 1),
    ("KAZ", 2022, 2022, "total", 469, "exact", 0, 1),
    ("KAZ", 2022, 2023, "total", 838, "exact", 0, 1),
    ("KAZ", 2023, 2023, "total", 369, "exact", 1, 1),
    ("KAZ", 2022, 2023, "physical", 56, "exact", 0, 1),
    ("KAZ", 2024, 2024, "physical", 4, "about", 0, 1),
)


def test_a_part_year_meets_only_the_same_months():
    counts = adil_soz_of(
        ("2022-01", "2022-11", "digital", 32, "incidents", 0),
        ("2023-01", "2023-11", "digital", 42, "incidents", 0),
        ("2024-01", "2024-12", "digital", 50, "incidents", 0),
        ("2023-01", "2023-12", "attacks", 8, "journalists", 1),
        ("2024-01", "2024-12", "attacks", 9, "attacks", 0),
    )
    frame = press_sources.pairs(counts, JFJ.iloc[:0], names=NAMES).set_index("what")
    assert list(frame.index) == ["digital", "attacks"]
    assert frame.loc["digital", ["window", "first", "second"]].tolist() == ["Jan-Nov", 32, 42]
    assert frame.loc["attacks", ["same_unit", "derived"]].tolist() == [False, True]


def test_a_preliminary_figure_stands_beside_the_final_one():
    frame = press_sources.pairs(adil_soz_of(), JFJ, names=NAMES)
    regional = press_sources.neighbours(frame, base_year=2019, year=2020)
    assert regional["second"].tolist() == [4611, 3862] or regional["second"].tolist() == [3862, 4611]
    assert regional["what"].str.endswith(press_sources.FIRST).sum() == 1
    # Two-year totals and inexact counts are in no pair: one Kazakh pair is left.
    assert frame.loc[frame["what"].str.startswith("Kazakhstan"), ["first", "second"]].to_numpy().tolist() == [
        [469, 369]
    ]
    assert "Of 2 pairs, 1 fall and 1 rise" in press_sources.pairs_sentence(frame)


def test_totals_made_of_single_years_are_left_out_and_others_averaged():
    counts = adil_soz_of(("2022-01", "2022-12", "attacks", 32, "attacks", 0))
    frame = press_sources.series(counts, JFJ, country="KAZ")
    theirs = frame[frame["source"] == press_sources.JFJ]
    assert theirs[["first_year", "last_year", "value"]].to_numpy().tolist() == [
        [2022, 2022, 469],
        [2023, 2023, 369],
        [2022, 2023, 28],
    ]
    assert theirs["derived"].tolist() == [False, True, False]


def test_intervals_of_counts_are_garwoods():
    row = press_sources.series(
        adil_soz_of(("2022-01", "2022-12", "attacks", 32, "attacks", 0)), JFJ, country="XXX"
    ).iloc[0]
    # Each end leaves 2.5% beyond the observed count.
    assert poisson.sf(31, row["lower"]) == pytest.approx(0.025, rel=EXACT)
    assert poisson.cdf(32, row["upper"]) == pytest.approx(0.025, rel=EXACT)


def test_sources_disagree_only_on_the_same_days_and_place():
    rows = [
        ("2020-06-06", "2020-06-06", "national", "rally", "detained", 53, 53, "police"),
        ("2020-06-06", "2020-06-06", "national", "rally", "detained", 100, None, "agency"),
        ("2020-06-06", "2020-06-06", "national", "rally", "fined", 7, 7, "court"),
        ("2020-06-06", "2020-06-06", "Almaty", "rally", "detained", 20, 20, "agency"),
        ("2022-01-02", "2022-01-11", "national", "unrest", "detained", None, 9900, "official"),
    ]
    columns = ["date_start", "date_end", "place", "event", "measure", "count_low", "count_high", "source_org"]
    frame = press_sources.disagreements(pd.DataFrame(rows, columns=columns))
    assert frame[["place", "lowest", "highest"]].to_numpy().tolist() == [["national", 53, 100]]
    assert "1.9" in press_sources.disagreements_sentence(frame)
    assert "No protest" in press_sources.disagreements_sentence(frame.iloc[:0])


def test_charges_beside_court_cases():
    said = press_sources.charges_sentence(load("adil_soz_counts"), load("jfj_counts"), country="KAZ", year=2019)
    # 26 + 7 + 5 + 7 + 3 (KazTAG), "more than 50" (Asia-Plus).
    assert "48 criminal charges of 5 kinds" in said
    assert "at least 50" in said
