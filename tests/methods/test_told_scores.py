"""What results on index scores say: sentences and tables from fields made by hand, and worlds of three countries.

The authority of numbers: means and ranks done by hand. A country with 8 in its legal half, 2 in its specific half and 5
in its economy has ((8 + 2) / 2 + 5) / 2 = 5 by halves and (2 * 8 + 5 * 2 + 5 * 5) / 12 = 4.25 by categories.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.methods.extremum import Lowest, Revisions, lowest, revisions, standardised
from analysis.methods.formulas import FormulaRanks, formula_ranks
from analysis.methods.index_scores import (
    ECONOMIC,
    LEGAL_HALF,
    PERSONAL,
    SPECIFIC_HALF,
    Recomputation,
    Vintages,
    WeightCurve,
    recompute,
    vintages,
    weight_curve,
)

CATEGORIES = [*PERSONAL, *ECONOMIC]
RECOMPUTED = pd.DataFrame(
    {"score": [7.0, 6.0, 5.0], "rank": [1, 2, 4], "recomputed_rank": [1, 2, 3], "error": [0.01, -0.04, 0.02]},
    index=pd.Index(["A", "B", "C"], name="iso3"),
)
EDITIONS = pd.DataFrame(
    {"score": [6.994, 6.68], "rank": [75, 108], "n": [162, 165], "percentile": [54.0, 34.8], "common_rank": [74, 105]},
    index=pd.Index([2020, 2021], name="edition"),
)
FORMULAS = pd.DataFrame(
    {"published": [75, 108, 90], "halves": [76, 77, 78], "categories": [101, 107, 99]}, index=[2020, 2021, 2022]
)
CURVE = WeightCurve(
    "KAZ", np.array([0.0, 0.5, 1.0]), np.array([73, 90, 76]), 75, pd.Series({"x": 81, "y": 69, "z": 70})
)
LOWEST = Lowest("association", "category", "KAZ", 3.7, "legal_system", 5.05, 12, 0, 0.555, 0.9414)
REVISED = Revisions((2019, 2020), 2017, pd.Series({"movement": 0.25, "religion": 0.5}), 0.456, pd.DataFrame())
TOLD = {
    "halves": (
        Recomputation(RECOMPUTED, "halves"),
        "Ranking the published scores gives the published rank of 2 of 3 countries; the scores are the mean of "
        "personal and economic freedom to within 0.04 points.",
    ),
    "categories": (
        Recomputation(RECOMPUTED, "categories"),
        "Ranking the published scores gives the published rank of 2 of 3 countries; the scores are the mean of the "
        "twelve categories to within 0.04 points.",
    ),
    "two editions": (
        Vintages("KAZ", 2018, EDITIONS),
        "KAZ in data year 2018 scores 6.99 (rank 75 of 162) in 2020, 6.68 (rank 108 of 165) in 2021; among the "
        "countries that all these editions cover its rank goes from 74 to 105.",
    ),
    "one edition": (
        Vintages("KAZ", 2018, EDITIONS.iloc[:1]),
        "KAZ in data year 2018 scores 6.99 (rank 75 of 162) in 2020; among the countries that all these editions cover "
        "its rank goes from 74 to 74.",
    ),
    "weights": (
        CURVE,
        "With the weight of personal freedom between 0 and 1, KAZ ranks between 73 and 90 (published: 75); other "
        "constructions (geometric mean, one category dropped) give 69 to 81.",
    ),
    "both formulas": (
        FormulaRanks("KAZ", FORMULAS),
        "From the 2020 to the 2021 edition KAZ goes from rank 75 to 108. The new formula alone, on the old categories, "
        "would have given 101; the new categories alone, by the old formula, 77.",
    ),
    "both formulas of two editions": (
        FormulaRanks("ARM", FORMULAS.iloc[1:]),
        "From the 2021 to the 2022 edition ARM goes from rank 108 to 90. The new formula alone, on the old categories, "
        "would have given 107; the new categories alone, by the old formula, 78.",
    ),
    "both formulas of one edition": (FormulaRanks("KAZ", FORMULAS.iloc[:1]), "Only one edition covers the year."),
    "revisions": (
        REVISED,
        "Between the 2019 and 2020 editions the category scores of data year 2017 were revised by 0.46 points (root "
        "mean square over countries and categories).",
    ),
    "the lowest": (
        LOWEST,
        "At the level category, association (3.7) is the lowest of 12; the lowest other is legal_system (5.05). With "
        "scores perturbed by sd 0.56 it is the lowest with probability 0.941.",
    ),
    "not the lowest": (
        replace(LOWEST, n_below=2, sd=0.25),
        "At the level category, association (3.7) is not the lowest: 2 are lower of 12; the lowest other is "
        "legal_system (5.05). With scores perturbed by sd 0.25 it is the lowest with probability 0.941.",
    ),
}
TABLES = {
    "countries whose rank differs": (Recomputation(RECOMPUTED, "halves"), RECOMPUTED.iloc[[2]]),
    "editions": (Vintages("KAZ", 2018, EDITIONS), EDITIONS),
    "weights": (CURVE, pd.DataFrame({"weight_personal": [0.0, 0.5, 1.0], "rank": [73, 90, 76]})),
    "formulas": (FormulaRanks("KAZ", FORMULAS), FORMULAS),
    "revisions": (REVISED, pd.DataFrame({"rms_revision": [0.25, 0.5]}, index=["movement", "religion"])),
    "the lowest": (
        LOWEST,
        pd.DataFrame(
            {
                "item": ["association"],
                "level": ["category"],
                "country": ["KAZ"],
                "value": [3.7],
                "runner_up": ["legal_system"],
                "runner_up_value": [5.05],
                "n": [12],
                "n_below": [0],
                "sd": [0.555],
                "normal": [0.9414],
                "jointly": [None],
                "n_revised": [0],
            }
        ),
    ),
}


@pytest.mark.parametrize(("result", "sentence"), TOLD.values(), ids=TOLD)
def test_the_sentence_is_this_word_for_word(result, sentence):
    assert result.sentence() == sentence


@pytest.mark.parametrize(("result", "table"), TABLES.values(), ids=TABLES)
def test_the_table_has_these_columns_rows_and_values(result, table):
    pd.testing.assert_frame_equal(result.table(), table)


def row(iso3, legal, specific, economic, *, edition=2020, year=2018, score=5.0, rank=1, **more):
    parts = (LEGAL_HALF, legal), (SPECIFIC_HALF, specific), (ECONOMIC, economic)
    scores = {name: value for names, value in parts for name in names}
    return {"iso3": iso3, "edition": edition, "data_year": year, "hf_score": score, "hf_rank": rank} | scores | more


def test_ranks_by_both_formulas_in_every_edition_that_has_the_country():
    """By halves A and B have 5 in 2020, by categories 4.25 and 5.75; C has its one score by both."""
    frame = pd.DataFrame(
        [
            row("C", 4.9, 4.9, 4.9, edition=2021, rank=3),
            row("B", 5.5, 5.5, 5.5, edition=2021, rank=1),
            row("A", 2.0, 8.0, 5.0, edition=2021, rank=2),
            row("C", 4.9, 4.9, 4.9, rank=1),
            row("B", 2.0, 8.0, 5.0, rank=3),
            row("A", 8.0, 2.0, 5.0, rank=2),
            row("B", 9.0, 9.0, 9.0, edition=2018),
            row("B", 9.0, 9.0, 9.0, edition=2022),
            row("A", 1.0, 1.0, 1.0, year=2017),
            row("A", 1.0, 1.0, 1.0, edition=2019, year=2017),
        ]
    )
    expected = {
        "A": pd.DataFrame({"published": [2, 2], "halves": [1, 2], "categories": [3, 1]}, index=[2020, 2021]),
        "C": pd.DataFrame({"published": [1, 3], "halves": [3, 3], "categories": [2, 3]}, index=[2020, 2021]),
    }
    for country, ranks in expected.items():
        found = formula_ranks(frame, country=country, data_year=2018)
        assert found.country == country
        pd.testing.assert_frame_equal(found.frame, ranks)
        assert set(found.table().dtypes) == {np.dtype(int)}


@pytest.mark.parametrize(("more", "rank"), [(1e-4, 2), (-1e-4, 1), (1e-5, 1), (0.0, 1)])
def test_formula_ranks_tell_four_decimals_apart_and_no_binary_fractions(more, rank):
    """The same scores the other way round within each half have the same means, but not to the last bit."""
    parts = (5.8, 2.1), (9.7, 5.2, 9.2, 9.5, 6.0), (8.4, 6.8, 3.2, 6.3, 3.6)
    first = dict(zip(CATEGORIES, (score for half in parts for score in half), strict=True))
    second = dict(zip(CATEGORIES, (score + more for half in parts for score in half[::-1]), strict=True))
    frame = pd.DataFrame([row("A", 0, 0, 0) | first, row("B", 0, 0, 0) | second])
    found = formula_ranks(frame, country="A", data_year=2018).frame.loc[2020]
    assert found[["halves", "categories"]].tolist() == [rank, rank]


def test_recomputed_ranks_and_errors_by_hand():
    frame = pd.DataFrame(
        [
            row("C", 4.9, 4.9, 4.9, score=5.0, rank=2),
            row("B", 2.0, 8.0, 5.0, score=5.75, rank=1),
            row("A", 8.0, 2.0, 5.0, score=4.25, rank=4),
        ]
    )
    found = recompute(frame)
    assert (found.formula, found.ranks_agree) == ("categories", 2)
    assert list(found.frame) == ["score", "rank", "recomputed_rank", "error"]
    assert found.frame.index.tolist() == ["A", "B", "C"]
    assert found.frame["score"].tolist() == [4.25, 5.75, 5.0]
    assert found.frame["rank"].tolist() == [4, 1, 2]
    assert found.frame["recomputed_rank"].tolist() == [3, 1, 2]
    assert found.frame["error"].abs().tolist() == pytest.approx([0, 0, 0.1])
    assert found.table().index.tolist() == ["A"]
    assert recompute(frame.assign(hf_score=[4.9, 5.0, 5.0])).formula == "halves"


def test_editions_of_one_year_by_hand():
    """Only A and B stand in both editions: A is behind B among them in the first, before B in the second."""
    published = {2020: {"B": (8.0, 1), "A": (7.0, 2), "C": (6.0, 3)}}
    published[2021] = {"D": (9.0, 1), "A": (6.5, 2), "B": (6.0, 3), "E": (5.0, 4)}
    rows = [
        row(iso3, 5.0, 5.0, 5.0, edition=edition, score=score, rank=float(rank))
        for edition in (2021, 2020)
        for iso3, (score, rank) in published[edition].items()
    ]
    rows += [row("B", 5.0, 5.0, 5.0, edition=2022), row("A", 5.0, 5.0, 5.0, edition=2022, year=2017)]
    found = vintages(pd.DataFrame(rows), country="A", data_year=2018)
    assert (found.country, found.data_year) == ("A", 2018)
    expected = pd.DataFrame(
        {"score": [7.0, 6.5], "rank": [2, 2], "n": [3, 4], "percentile": [50.0, 200 / 3], "common_rank": [2, 1]},
        index=pd.Index([2020, 2021], name="edition"),
    )
    pd.testing.assert_frame_equal(found.frame, expected)


def test_common_ranks_are_highest_first_and_ties_share_the_best():
    scores = {2020: {"A": 6.0, "B": 6.0, "C": 7.0, "D": 8.0}, 2021: {"A": 9.0, "B": 9.0, "C": 9.0, "D": 4.0}}
    rows = [row(c, 5.0, 5.0, 5.0, edition=e, score=v) for e, own in scores.items() for c, v in own.items()]
    found = vintages(pd.DataFrame(rows), country="A", data_year=2018).frame
    assert found["common_rank"].tolist() == [3, 1]


def test_weights_by_hand():
    """A has 9 and 1, B 6 and 6, C 2 and 8: A passes B at 5/8, where they tie, and C at 1/2."""
    parts = {"A": (9.0, 1.0), "B": (6.0, 6.0), "C": (2.0, 8.0)}
    rows = [
        row(name, pf, pf, ef, rank=r, pf_score=pf, ef_score=ef) for r, (name, (pf, ef)) in enumerate(parts.items(), 7)
    ]
    weights = np.array([0.0, 0.5, 0.6, 0.625, 0.75])
    found = weight_curve(pd.DataFrame(rows[::-1]), country="A", weights=weights)
    assert (found.country, found.published_rank) == ("A", 7)
    assert found.weights.tolist() == weights.tolist()
    assert found.ranks.tolist() == [3, 2, 2, 1, 1]
    assert list(found.variants.index) == ["geometric mean", *(f"without {name}" for name in CATEGORIES)]
    assert set(found.variants) == {2, 3}
    assert found.variants["geometric mean"] == 3


def test_revisions_leave_their_years_and_editions_in_the_result():
    """Revisions of 3 and 4 points in movement, and of 0 elsewhere but for one that is missing."""
    frame = pd.DataFrame([row(c, 5.0, 5.0, 5.0, edition=e) for e in (2019, 2020) for c in "AB"])
    frame["movement"] = [4.0, 5.0, 7.0, 1.0]
    frame.loc[0, "religion"] = np.nan
    found = revisions(frame, editions=(2019, 2020), data_year=2018)
    assert (found.editions, found.data_year) == ((2019, 2020), 2018)
    assert found.by_category.to_dict() == dict.fromkeys(CATEGORIES, 0.0) | {"movement": 12.5**0.5}
    assert found.pooled == pytest.approx((25 / 23) ** 0.5)


def test_the_lowest_keeps_what_was_asked_and_leaves_missing_scores_out():
    scores = pd.Series({"a": 3.0, "b": np.nan, "c": 4.0, "d": 3.5})
    found = lowest(scores, item="a", level="sub-score", country="KAZ", sd=0.25)
    assert (found.item, found.level, found.country, found.sd) == ("a", "sub-score", "KAZ", 0.25)
    assert (found.value, found.runner_up, found.runner_up_value) == (3.0, "d", 3.5)
    assert (found.n, found.n_below) == (3, 0)


def test_z_scores_use_the_sample_standard_deviation():
    frame = pd.DataFrame([row("A", 1.0, 1.0, 1.0), row("B", 3.0, 3.0, 3.0)])
    assert standardised(frame, country="A").tolist() == pytest.approx([-(0.5**0.5)] * 12)


@pytest.mark.parametrize("call", [recompute, lambda frame: weight_curve(frame, country="A", weights=np.array([1.0]))])
def test_a_country_in_two_rows_is_refused(call):
    with pytest.raises(InputError):
        call(pd.DataFrame([row("A", 1.0, 1.0, 1.0), row("A", 2.0, 2.0, 2.0, edition=2021)]))
