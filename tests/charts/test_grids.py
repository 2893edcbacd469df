"""Grids, strips and maps: cells, decisions, statements, ticks, editions and claims stand where they belong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.charts.matrix import cells, decisions, statements
from analysis.charts.strip import TYPES, claim_map, ratios, vintages
from analysis.charts.style import PRINTED, VERDICT_COLOURS
from analysis.claims.register import load_register
from analysis.methods.result import Estimate
from tests.charts.looking import bars, labels, points, texts


def test_cells_carry_text_ground_and_frame(ax):
    table = pd.DataFrame([["5", ""], ["3", "8"]], index=["a", "b"], columns=[2017, 2018])
    grounds = pd.DataFrame([["white", "white"], ["0.5", "0.9"]])
    cells(table, ax, colours=grounds, framed={(1, 1): (PRINTED, 1.8)})
    assert {text.get_text(): text.get_position() for text in ax.texts} == {"5": (0, 0), "3": (0, 1), "8": (1, 1)}
    assert [text.get_text() for text in ax.texts if text.get_fontweight() == "bold"] == ["8"]
    assert [patch.get_facecolor()[0] for patch in ax.patches] == [1, 0.5, 0.9]
    assert ax.patches[-1].get_linewidth() == 1.8
    assert (labels(ax.xaxis), labels(ax.yaxis)) == (["2017", "2018"], ["a", "b"])
    assert ax.yaxis_inverted()


def test_a_map_of_decisions_shows_the_counts_and_the_ways_out(axes):
    grid = np.arange(56)
    decided = np.sign(np.subtract.outer(grid, grid))
    decisions(decided, axes[0], counts=grid, point=(46, 25), steps=(5, 4))
    assert {"−5", "+4", "46, 25", "fall", "rise", "no difference\nshown"} == set(texts(axes[0]))
    assert points(axes[0]) == [(46, 25)]
    np.testing.assert_array_equal(axes[0].collections[0].get_array().reshape(56, 56), decided)
    decisions(decided, axes[1], counts=grid * 10, point=(460, 250), steps=(0, 0))
    assert set(texts(axes[1])) == {"460, 250", "fall", "rise"}


def test_statements_stand_side_by_side_with_their_verdicts(ax):
    verdict = next(iter(VERDICT_COLOURS))
    sides = {f"{side}_{what}": f"{side} {what}" for side in ("first", "second") for what in ("speaker", "claim")}
    frame = pd.DataFrame([sides | {"estimand": "a rate", "first_verdict": verdict, "second_verdict": f"{verdict}: so"}])
    statements(frame, ax)
    assert {*sides.values(), "a rate", verdict, f"{verdict}: so"} <= set(texts(ax))


def test_ratios_say_the_rank_of_one_unit(ax):
    values = pd.Series({"AAA": 0.5, "BBB": 3.0, "CCC": 4.0, "DDD": 3.0 + 1e-12})
    ratios({"events": values, "others": values.drop("BBB")}, ax, unit="BBB", name="Bland")
    assert texts(ax) == ["Bland: 3 of 4"]
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
