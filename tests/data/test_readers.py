"""Readers: the traps of each source file, on the files themselves where they are at hand."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest

from analysis.data.readers import rsf, vdem
from analysis.data.readers.countries import current_iso3, iso3_codes, iso3_from_gw, likely
from analysis.data.readers.frames import keyed, read_r
from analysis.data.readers.hfi import leaves
from tests.shared import shared_file

TURNED = 0.011  # both scores are rounded to two decimals


@pytest.mark.parametrize(
    ("read", "given", "codes"),
    [
        # The accent of the last is a character of its own.
        (iso3_codes, ["Kyrgyz Republic", "Congo Kinshasa", "USSR", "Burma/Myanmar", "Korea, South", "Tu\u0308rkiye"],
         "KGZ COD RUS MMR KOR TUR"),
        (partial(iso3_codes, parts=True), ["Kosovo", "Abkhazia", "Somaliland", "Northern Cyprus"], "XKX - - -"),
        # Old ISO codes, codes of Our World in Data, and Gleditsch-Ward numbers.
        (current_iso3, ["ROM", "SLN", "OWID_KOS", "KAZ", "OWID_WRL", "PSG", "DDR"], "ROU SLE XKX KAZ - - -"),
        (iso3_from_gw, [705, 365, 816, 678, 680, 345, 316, 265], "KAZ RUS VNM YEM - SRB CZE -"),
    ],
)  # fmt: skip
def test_names_old_codes_and_state_numbers_as_sources_have_them_and_parts_of_countries(read, given, codes):
    assert read(pd.Series(given)).fillna("-").tolist() == codes.split()


@pytest.mark.parametrize(
    ("word", "codes"),
    [("Kazakhstan", "KAZ"), ("kz", "KAZ"), ("Kirgizstan", "KGZ"), ("3", "")],
)
def test_a_name_a_code_or_a_close_miss_leads_to_the_country(word, codes):
    assert likely(word)[:1] == codes.split()


def test_v_dems_names_and_codes_lead_to_the_same_country():
    raw = pd.read_csv(shared_file("data/vdem_v12_indicators.csv"), usecols=["country_name", "country_text_id", "year"])
    pairs = raw[raw["year"] >= 1990].drop(columns="year").drop_duplicates()
    found, expected = iso3_codes(pairs["country_name"], parts=True), current_iso3(pairs["country_text_id"])
    assert pairs[(found != expected) & expected.notna()].empty


def test_a_key_comes_first_is_sorted_and_never_missing():
    frame = pd.DataFrame({"score": [1.234, 2.345, 3.456]})
    found = keyed(frame, edition=2020, iso3=pd.Series(["KAZ", None, "ARM"]), decimals=1)
    assert found.to_dict("list") == {"edition": [2020, 2020], "iso3": ["ARM", "KAZ"], "score": [3.5, 1.2]}


def test_missing_numbers_of_r_round_without_a_warning():
    frame = read_r(shared_file("data/wgi_voice_accountability.rda"))["wgi"]
    assert frame["Estimate"].isna().any()
    with np.errstate(all="raise"):
        frame["Estimate"].to_numpy().round(2)


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
