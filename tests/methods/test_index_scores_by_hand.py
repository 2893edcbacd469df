"""Index scores in worlds of three countries.

The authority of numbers: means and ranks done by hand. A country with 8 in its legal half, 2 in its specific half and 5
in its economy has ((8 + 2) / 2 + 5) / 2 = 5 by halves and (2 * 8 + 5 * 2 + 5 * 5) / 12 = 4.25 by categories.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.methods.extremum import lowest, revisions, standardised
from analysis.methods.formulas import formula_ranks
from analysis.methods.index_scores import (
    ECONOMIC,
    LEGAL_HALF,
    PERSONAL,
    SPECIFIC_HALF,
    recompute,
    vintages,
    weight_curve,
)

CATEGORIES = [*PERSONAL, *ECONOMIC]


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
