"""Ranks by edition, and one year in several releases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.methods.index_scores import edition_ranks, rerating


def ranks(*places, edition=2020, year=2018):
    rows = [(2020, 2016 + number, "a", place) for number, place in enumerate(places)]
    rows += [(2021, 2018, "a", 5), (2021, 2019, "a", 4), (2020, 2018, "b", 9)]
    frame = pd.DataFrame(rows, columns=["edition", "year", "item", "place"]).set_index(["edition", "year", "item"])
    return edition_ranks(frame, item="a", rank="place", edition=edition, year=year)


@pytest.mark.parametrize(
    ("places", "best", "words"),
    [((3, 2, 1), True, "is the best of its 3"), ((1, 3, 1), True, "level with"), ((3, 1, 2), False, "not the best")],
)
def test_a_rank_is_the_best_of_its_edition_if_no_other_year_beats_it(places, best, words):
    found = ranks(*places)
    assert found.is_best is best
    assert words in found.sentence()
    assert "rank 5 in 2021, beaten by 1 of 1 other years" in found.sentence()
    years = ", ".join(str(2016 + number) for number, place in enumerate(places) if place == 1)
    row = {"best": 1, "best_years": years, "years": 3, "cited": places[2], "better": sum(p < places[2] for p in places)}
    assert found.best.loc[2020].to_dict() == row
    assert found.ranked.loc[2020].tolist() == pytest.approx([1, 1, 2, np.nan], nan_ok=True)


def test_a_year_that_an_edition_lacks_is_not_compared():
    found = ranks(1, 2, 3, edition=2021, year=2019)
    assert found.best.loc[2020, ["best_years", "better"]].tolist() == ["2016", None]
    assert "other editions: not described" in found.sentence()
    with pytest.raises(InputError, match="edition 2020 has no rank of a in 2018"):
        ranks(1, 2)


def test_releases_are_compared_in_their_last_common_year_and_never_joined():
    rows = [("x", "v1", year, year / 1000) for year in (2017, 2018, 2019)]
    rows += [("x", "v2", year, year / 1000 + 0.5) for year in (2018, 2019, 2020)]
    rows += [("y", "v1", 2020, 1.0), ("y", "v2", 2020, 2.0)]
    lines = pd.DataFrame(rows, columns=["index", "release", "data_year", "value"]).assign(lower=np.nan, upper=np.nan)
    found = rerating(lines, year=2020, margin=0.05)
    assert found.table()[["index", "release", "data_year"]].to_numpy().tolist() == [
        ["x", "v1", 2019], ["x", "v2", 2019], ["y", "v1", 2020], ["y", "v2", 2020],
    ]  # fmt: skip
    assert found.table()["change"].tolist() == pytest.approx([0.001, 0.001, np.nan, np.nan], nan_ok=True)
    assert "differ most in y (1) and least in x (0.5)" in found.sentence()
