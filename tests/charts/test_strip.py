"""Strips and maps: ticks, editions and claims stand where they belong."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.charts.strip import TYPES, claim_map, ratios, vintages
from analysis.claims.register import load_register
from analysis.methods.result import Estimate
from tests.charts.looking import bars, labels, points, texts


def test_ratios_say_the_rank_of_one_unit(ax):
    values = pd.Series({"AAA": 0.5, "BBB": 3.0, "CCC": 4.0, "DDD": 3.0 + 1e-12})
    ratios({"events": values, "others": values.drop("BBB")}, ax, unit="BBB", name="Bland")
    assert texts(ax) == ["Bland: 3rd highest of 4"]
    assert (3.0, 1.0) in points(ax)
    low, high = values.quantile([0.05, 0.95])
    assert ((low, 0.78), (high, 0.78)) in bars(ax)


EDITIONS = pd.DataFrame({"score": [6.99, 6.68], "rank": [75, 108], "n": [162, 165]}, index=[2020, 2021])
SETS = pd.DataFrame({"lower": [60, 95], "upper": [90, 120]}, index=EDITIONS.index)
FORMULAS = pd.DataFrame({"published": [75, 108], "halves": [75, 100], "categories": [80, 108]}, index=EDITIONS.index)


@pytest.mark.parametrize("printed", [75, None])
def test_vintages_show_rank_set_score_and_the_other_formula_where_it_differs(ax, printed):
    found = Estimate("", more={"data_year": 2018, "by_formula": FORMULAS}, rows=EDITIONS)
    vintages(found, ax, printed=printed, sets=SETS)
    assert points(ax) == [(0, 75), (1, 108), (1, 100), (0, 80)]
    assert bars(ax) == [((0, 60), (0, 90)), ((1, 95), (1, 120))]
    assert texts(ax) == ["75th\n6.99", "108th\n6.68", *(["printed: 75th"] if printed else [])]
    assert [list(line.get_ydata()) for line in ax.lines] == ([[75, 75]] if printed else [])
    assert labels(ax.xaxis) == ["2020\nn = 162", "2021\nn = 165"]
    bottom, top = ax.get_ylim()
    assert (bottom > 165, top) == (True, 1)


def test_every_claim_is_a_mark_and_every_rival_pair_an_arc(ax):
    register = load_register()
    claim_map(register, ax)
    assert labels(ax.yaxis) == list(dict.fromkeys(claim.speaker for claim in register.claims))
    assert len(points(ax)) == len(set(points(ax))) == len(register.claims)
    assert len(ax.texts) == sum(len(claim.contradicts) for claim in register.claims) / 2
    assert len({marker for marker, _ in TYPES.values()}) == len(TYPES)
    assert {claim.type for claim in register.claims} <= set(TYPES)
