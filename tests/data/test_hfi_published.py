"""The committed freedom index tables against figures published elsewhere.

Authorities: press summaries of The Human Freedom Index 2020 (top and bottom scores, ranks, world mean) and the
published country profiles of Kazakhstan.
"""

from __future__ import annotations

import pytest

from analysis.data.load import load
from analysis.data.readers.hfi import CATEGORIES
from tests.shared import load_hfi

# Half a unit in the last printed place: scores are printed to two decimals, category scores to one. A mean of printed
# scores differs from the printed mean by the rounding of both.
TOLERANCE, TOLERANCE_CATEGORY, TOLERANCE_MEAN = 0.005, 0.05, 0.01 + 1e-9
TOP = {  # F1
    "NZL": 8.87, "CHE": 8.82, "HKG": 8.74, "DNK": 8.73, "AUS": 8.68,
    "CAN": 8.64, "IRL": 8.62, "EST": 8.54, "DEU": 8.52, "SWE": 8.52,
}  # fmt: skip
BOTTOM = {  # F2
    "SYR": 3.97, "SDN": 4.01, "VEN": 4.08, "YEM": 4.17, "IRN": 4.53, "EGY": 4.67, "LBY": 4.83, "IRQ": 4.90,
}  # fmt: skip
RANKS = {"GBR": 17, "USA": 17, "RUS": 115, "CHN": 129, "IND": 111, "SAU": 151}  # F2
KAZAKHSTAN = {  # F4
    "association": 3.7, "legal_system": 5.0, "rule_of_law": 5.1, "religion": 5.2, "trade": 6.2, "expression": 7.1,
    "government": 7.7, "regulation": 8.0, "movement": 8.3, "money": 8.8, "relationships": 9.0, "security": 9.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def world():
    """The 2020 edition's values for 2018, by country."""
    table = load("hfi_2020")
    return table[table["data_year"] == 2018].set_index("iso3")


def test_f1_f2_the_freest_and_least_free_countries_have_the_published_scores_in_that_order(world):
    ten = world.sort_values(["hf_rank", "hf_score"], ascending=[True, False]).head(10)
    assert ten["hf_score"].to_dict() == pytest.approx(TOP, abs=TOLERANCE)
    assert list(ten["hf_score"]) == sorted(TOP.values(), reverse=True)
    eight = world.nsmallest(8, "hf_score")
    assert list(eight.index) == list(BOTTOM)
    assert eight["hf_score"].to_dict() == pytest.approx(BOTTOM, abs=TOLERANCE)
    assert world.loc[list(RANKS), "hf_rank"].astype(int).to_dict() == RANKS


def test_f3_world_mean_number_of_countries_and_kazakhstan_tied_with_barbados(world):
    assert len(world) == 162
    assert world["hf_score"].mean() == pytest.approx(6.93, abs=TOLERANCE)
    kazakhstan = world.loc["KAZ"]
    assert kazakhstan[["hf_score", "pf_score", "ef_score"]].astype(float).tolist() == [6.99, 6.85, 7.12]
    assert kazakhstan[["hf_rank", "pf_rank", "ef_rank"]].astype(int).tolist() == [75, 90, 73]
    assert list(world.index[world["hf_rank"] == 75]) == ["BRB", "KAZ"]


def test_f4_kazakhstan_has_the_published_category_scores(world):
    found = world.loc["KAZ", list(KAZAKHSTAN)].astype(float).to_dict()
    assert found == pytest.approx(KAZAKHSTAN, abs=TOLERANCE_CATEGORY)
    assert min(found, key=found.__getitem__) == "association"


@pytest.mark.parametrize("edition", [2018, 2019, 2020, 2021, 2022, 2024])
def test_the_overall_score_is_the_mean_that_the_edition_says(edition):
    hfi, names = load_hfi((edition,)), list(CATEGORIES)
    if edition <= 2020:  # of personal and economic freedom
        expected = (hfi["pf_score"] + hfi["ef_score"]) / 2
    elif edition == 2022:  # of both, which weigh as many as their categories
        personal, economic = hfi[names[:7]].count(axis=1), hfi[names[7:]].count(axis=1)
        expected = (personal * hfi["pf_score"] + economic * hfi["ef_score"]) / (personal + economic)
    else:  # of the twelve categories
        expected = hfi[names].mean(axis=1)
    assert (hfi["hf_score"] - expected).abs().max() <= TOLERANCE_MEAN


@pytest.mark.parametrize("edition", [2018, 2019, 2020, 2024])
def test_a_rank_is_one_more_than_the_number_of_freer_countries(edition):
    hfi = load_hfi((edition,))
    by_score = hfi.groupby("data_year")["hf_score"].rank(method="min", ascending=False)
    assert (by_score == hfi["hf_rank"].astype(float)).all()
