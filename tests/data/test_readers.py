"""Readers: the traps of each source file, on the files themselves where they are at hand."""

from __future__ import annotations

import pandas as pd

from analysis.data.readers import rsf, vdem
from analysis.data.readers.countries import current_iso3, iso3_codes
from analysis.data.readers.hfi import leaves
from tests.shared import shared_file

TURNED = 0.011  # both scores are rounded to two decimals


def test_v_dems_names_and_codes_lead_to_the_same_country():
    raw = pd.read_csv(shared_file("data/vdem_v12_indicators.csv"), usecols=["country_name", "country_text_id", "year"])
    pairs = raw[raw["year"] >= 1990].drop(columns="year").drop_duplicates()
    found, expected = iso3_codes(pairs["country_name"], parts=True), current_iso3(pairs["country_text_id"])
    assert pairs[(found != expected) & expected.notna()].empty


def test_lost_decimal_points_are_put_back_and_scores_of_2014_to_2021_are_100_minus_those_printed_then():
    assert rsf.restored(pd.Series([9216.0, 714.0, 65.0, 2128.0])).tolist() == [92.16, 71.4, 65.0, 21.28]
    printed = pd.read_csv(shared_file("data/rsf_2014_2021.csv"), sep=";", decimal=",", encoding="utf-8-sig")
    found = rsf.read_rsf(shared_file("data/rsf_yearly.rda"))
    both = found.merge(printed, left_on=["edition", "iso3"], right_on=["Year", "ISO"])
    assert len(both) == 8 * len(rsf.COUNTRIES)
    assert (both["score"] + both["Score"] - 100).abs().max() <= TURNED
    assert (both["rank"] == both["Rank"]).all()


def test_the_two_files_of_release_12_agree_since_1990_but_for_three_country_years():
    left = pd.read_csv(shared_file("data/vdem_v12_indicators.csv")).rename(columns={"country_text_id": "iso3"})
    right = vdem.read_v12(shared_file("data/vdem_v12_states.rds"))
    both = left.merge(right, left_on=["iso3", "year"], right_on=["iso3", "data_year"])
    assert len(both) > 4800
    differs = both[(both["v2x_polyarchy_x"] - both["v2x_polyarchy_y"]).abs() > 1e-9]
    assert sorted(zip(differs["iso3"], differs["year"], strict=True)) == [("JAM", 2020), ("JAM", 2021), ("TCD", 2021)]


def test_leaves_are_scores_that_no_other_score_refines():
    assert leaves(["pf_ss", "pf_ss_women", "pf_ss_women_fgm", "pf_rol"]) == ["pf_ss_women_fgm", "pf_rol"]
