"""Forms draw what the tables say: forests, curves, strips, over time; what is told apart is so without colour."""

import math

import numpy as np
import pandas as pd
import pytest

from analysis.charts import Look, clear
from analysis.charts.curve import SIDE, choice_rows, choices, curves, specifications, weights
from analysis.charts.eventtime import event_time
from analysis.charts.forest import comparison_texts, comparisons_table, dodged, forest, grouped
from analysis.charts.paths import counterfactuals, editions, gaps
from analysis.charts.series import bars as yearly_bars
from analysis.charts.series import parts, sources
from analysis.charts.strip import TYPES, claim_map, ratios, vintages
from analysis.charts.style import FOCUS, INK, PRINTED
from analysis.charts.timeline import events, lanes, raster, year_pieces
from analysis.claims.register import load_register
from analysis.methods.composition import kitagawa
from analysis.methods.counts import compare_counts, pooled_dispersion
from analysis.methods.multiverse import SpecificationCurve
from analysis.methods.result import Estimate
from analysis.methods.synthetic.inference import compare_study
from analysis.methods.synthetic.study import Study
from tests.charts.looking import bars, faces, labels, points, texts

FRAME = pd.DataFrame({"estimate": [0.2, -0.1], "lower": [0.1, -0.3], "upper": [0.4, 0.2]}, index=["one", "two"])


def test_rows_run_from_top_to_bottom_with_their_intervals(ax):
    assert forest(FRAME, ax, texts=["a", "b"], beside="right") is ax
    assert points(ax) == [(0.2, 1), (-0.1, 0)]
    assert bars(ax) == [((0.1, 1), (0.4, 1)), ((-0.3, 0), (0.2, 0))]
    assert dict(zip(ax.get_yticks(), labels(ax.yaxis), strict=True)) == {1: "one", 0: "two"}
    assert texts(ax) == ["a", "b"]
    assert [text.xy for text in ax.texts] == [(0.4, 1), (0.2, 0)]


def test_reference_bars_second_marks_and_ticks(ax):
    frame = FRAME.assign(low=-1.0, high=[0.5, 1.0], before=0.0, far=[0.7, np.nan])
    forest(frame, ax, under=("low", "high"), first="before", tick="far", null=0, smallest=0.3, band=(-0.05, 0.05))
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches if bar.get_height() < 1] == [(-1, 1.5), (-1, 2)]
    assert {(0.0, 1.0), (0.0, 0.0), (0.7, 1.0)} <= set(points(ax))
    assert [(line.get_xdata()[0], line.get_linestyle()) for line in ax.lines] == [(0, "-"), (0.3, ":")]


def test_a_missing_estimate_keeps_its_row_and_no_estimate_draws_nothing(ax):
    forest(FRAME.assign(estimate=[np.nan, 1.0]), ax, ends=None, places=[-1, -2.7], texts=["a", "b"], beside="right")
    assert (points(ax), bars(ax)) == ([(1.0, -2.7)], [])
    assert ax.texts[1].xy == (1.0, -2.7)
    assert len(ax.get_yticks()) == 2
    forest(FRAME[:0], ax, ratio=True, null=1)
    assert len(points(ax)) == 1


def test_a_ratio_of_0_stands_at_the_edge_of_the_log_axis(ax):
    frame = pd.DataFrame({"estimate": [0.0, 2.0], "lower": [0.0, 1.0], "upper": [3.0, 40.0]}, index=["a", "b"])
    forest(frame, ax, ratio=True, floor=0.15, reach=(1, 1.1), texts=["0 of 9", "4 of 9"])
    assert ax.get_xscale() == "log"
    assert ax.get_xlim() == pytest.approx((0.15, 44))
    assert points(ax) == [(0.15, 1), (2.0, 0)]
    assert [text.xy[0] for text in ax.texts] == [pytest.approx(44)] * 2
    assert labels(ax.xaxis) == ["0.2", "0.5", "1", "2", "5", "10", "20"]


def test_series_are_dodged_in_the_same_rows_and_named(ax):
    frame = pd.concat([FRAME.assign(kind=kind, row=FRAME.index) for kind in ("x", "y")])[:3]
    looks = {"x": Look(name="first"), "y": Look(INK, "s", hollow=True)}
    handles = dodged(frame, ax, rows="row", series="kind", looks=looks, step=0.4, band=(0, 0.1))
    assert [(x, round(y, 9)) for x, y in points(ax)] == [(0.2, 1.2), (-0.1, 0.2), (0.2, 0.8)]
    assert [handle.get_label() for handle in handles] == ["first", "y"]
    assert [handle.get_markerfacecolor() for handle in handles] == [FOCUS, "white"]


def test_groups_have_headings_texts_a_second_interval_and_arrows_beyond_the_axis(ax):
    frame = pd.DataFrame({"group": ["2019", "2019", "Otherwise"], "label": ["Attacks", "Detentions", "57 days"]})
    frame = frame.assign(ratio=[0.71, 0.54, 0.64], lower=[0.31, 0.32, 0.38], upper=[10, 0.9, 1.07], counts="46 → 25")
    frame = frame.assign(band_lower=[np.nan, 0.3, np.nan], band_upper=[np.nan, 1, np.nan], hollow=[False, True, False])
    grouped(frame, ax, columns={"counts": 10}, band=(0.8, 1.25), limits=(0.2, 4))
    assert sorted(texts(ax)) == ["2019", *["46 → 25"] * 3, "Otherwise", "counts"]
    assert labels(ax.yaxis) == list(frame["label"])
    assert points(ax) == [(0.71, -1), (0.54, -2), (0.64, -4), (4, -1)]
    assert faces(ax)[:3] == [FOCUS.lower(), "#ffffff", FOCUS.lower()]
    assert ((0.3, -2), (1.0, -2)) in bars(ax)
    assert ax.get_xlim() == (0.2, 4)


def test_an_interval_is_clear_if_it_leaves_the_value_out_and_an_unknown_one_is_not():
    ends = pd.DataFrame({"lower": [0.1, -1.0, -2.0, np.nan, 0.0], "upper": [1.0, 1.0, -1.0, np.nan, 1.0]})
    assert (clear(ends), clear(ends, 1)) == (2, 1)


def test_a_forest_has_every_comparison_as_it_was_found():
    clumps = pooled_dispersion(pd.DataFrame({"attacks": [17, 12, 8, 32], "incidents": [9, 10, 8, None]}))
    found = [compare_counts(400, 25, exposures=(2.0, 1.0)), compare_counts(46, 25, dispersion=clumps)]
    rows = comparisons_table(found)
    names = [
        "first", "second", "ratio", "lower", "upper", "band_lower", "band_upper", "dispersion", "p_two_sided",
        "p_central",
    ]  # fmt: skip
    assert rows.columns.tolist() == names
    for (_, row), one in zip(rows.iterrows(), found, strict=True):
        values = [getattr(one, {"ratio": "estimate"}.get(name, name)) for name in names]
        np.testing.assert_array_equal(row.to_numpy(float), values)
    texts = comparison_texts(rows.assign(dispersion=[math.nan, 1.04], p_central=[0.001, 0.0009]))
    assert texts["counts"].tolist() == ["400 → 25", "46 → 25"]
    assert texts["ratio (95% interval)"][0] == "{:.2f} ({:.2f} to {:.2f})".format(*rows.loc[0, names[2:5]])
    assert (texts["p"].tolist(), texts["exact p"].tolist()) == (["<0.001", "0.221"], ["0.001", "<0.001"])
    assert texts["var/mean"].tolist() == ["–", "1.0"]


LINE = pd.DataFrame({"ratio": [1.0, 2.0, 3.0], "lower": [0.5, 1.0, 2.0], "upper": [2.0, 3.0, 5.0]}, index=[1, 10, 20])


def test_a_value_is_a_line_in_the_band_of_its_interval(ax):
    curves({"": LINE}, ax, value="ratio")
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [(1, 1), (10, 2), (20, 3)])
    corners = {tuple(corner) for corner in ax.collections[0].get_paths()[0].vertices.tolist()}
    assert {(1, 0.5), (1, 2), (20, 2), (20, 5)} <= corners


def test_lines_differ_in_style_and_carry_their_names(ax):
    curves({"high": LINE, "low": LINE / 2}, ax, value="ratio", named="end", every=2)
    assert len({line.get_linestyle() for line in ax.lines}) == 2
    assert {text.get_text(): text.get_va() for text in ax.texts} == {"high": "bottom", "low": "top"}
    assert points(ax)[:2] == [(1, 1), (20, 3)]
    curves({"a": LINE[["ratio"]], "b": LINE[["ratio"]] * 2}, ax, value="ratio", named="legend")
    assert [text.get_text() for text in ax.get_legend().get_texts()][-2:] == ["a", "b"]


def test_weights_are_a_curve_with_the_other_constructions_at_the_side(ax):
    variants = pd.Series({"geometric mean": 76, "without movement": 95, "without legal_system": 60})
    ranks = pd.DataFrame({"rank": [73, 76, 90]}, index=[0, 0.5, 1])
    weights(Estimate("", "AAA", more={"published_rank": 75, "variants": variants}, rows=ranks), ax)
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [(0, 73), (0.5, 76), (1, 90)])
    assert points(ax) == [(0.5, 75), (SIDE, 76), (SIDE, 95), (SIDE, 60)]
    assert texts(ax) == ["published: 75th", "no legal system", "no movement"]
    bottom, top = ax.get_ylim()
    assert bottom > 95 > 60 > top
    assert "Rank of AAA" in ax.get_ylabel()


def curve() -> SpecificationCurve:
    options = tuple({"outcome": name, "months": 3} for name in ("b", "a", "c"))
    estimates = np.log([[2.0, 1.0, 1.1], [0.5, 1.0, 0.9], [3.0, 1.2, 0.8]])
    return SpecificationCurve(options, estimates, np.array([[2.5, 0, 0], [-0.5, 0, 0], [1.0, 0, 0]]))


def test_specifications_are_in_order_of_size_and_filled_if_significant(axes):
    ax = axes[0]
    specifications(curve(), ax, ratio=True, registered={"outcome": "c"})
    np.testing.assert_allclose([y for _, y in points(ax)], [0.5, 2.0, 3.0])
    assert [face == "#ffffff" for face in faces(ax)] == [True, False, True]
    assert "registered" in texts(ax)
    assert any("2 curves of permuted labels" in text for text in texts(ax))
    # Choices with one option are left out.
    assert choice_rows(curve()) == {"outcome": ["b", "a", "c"]}
    choices(curve(), axes[1])
    assert labels(axes[1].yaxis) == ["outcome: b", "a", "c"]
    assert sorted(bar[0][0] for bar in bars(axes[1])) == [1, 2, 3]


def test_ratios_beyond_the_axis_stand_at_its_edge(ax):
    few = curve()
    far = SpecificationCurve(few.specifications, few.estimates + np.array([[0.0], [-9.0], [9.0]]), few.z)
    specifications(far, ax, ratio=True)
    np.testing.assert_allclose([y for _, y in points(ax)], [0.1, 2.0, 10.0])


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


SPANS = {"reference": (-12, -7), "before_1": (-3, -1), "after_1": (1, 3)}
RATIOS = pd.DataFrame({"rate_ratio": [1.3, 1.1], "lower": [0.9, 0.6], "upper": [1.9, 2.0]}, index=list(SPANS)[1:])
CHANCE = pd.DataFrame({"low": [0.7, 0.5], "high": [1.4, 2.2]}, index=RATIOS.index)


def test_ratios_stand_over_their_windows_and_the_range_of_chance(ax):
    words = {"words": ("grey: 99 networks", "dotted: 1.25"), "event": ("0", "unrest begins")}
    event_time(RATIOS, CHANCE, ax, spans=SPANS, smallest=1.25, reference="reference", **words)
    assert {"1.30", "1.10", "grey: 99 networks", "dotted: 1.25", "unrest begins", "reference"} == set(texts(ax))
    assert ((-3.45, 1.3), (-0.55, 1.3)) in bars(ax)
    assert ((2.0, 0.6), (2.0, 2.0)) in bars(ax)
    assert ax.get_ylim()[0] < 0.5 < 2.2 < ax.get_ylim()[1]
    assert ax.get_xlim()[0] < -12


def test_every_placebo_is_a_path_and_the_counterfactual_is_the_path_less_the_gap(axes):
    values = np.random.default_rng(0).normal(size=(9, 6))
    found = compare_study(Study.from_matrix(values, n_pre=8))
    gaps(found, axes[0], margin=0.1, unit="points")
    paths = [line for line in axes[0].lines if len(line.get_xdata()) == 9]
    assert len(paths) == found.n
    np.testing.assert_allclose(paths[-1].get_ydata(), found.gaps[0])
    counterfactuals({"sdid": found}, axes[1], looks={"sdid": Look(name="synthetic DiD (95%)")}, unit="points")
    made, seen = (line.get_ydata() for line in axes[1].lines)
    np.testing.assert_allclose(seen - made, found.gaps[0])
    assert axes[1].get_legend().get_texts()[0].get_text() == "synthetic DiD"


def _rows(panel: str, edition: str, years: range, value: float) -> pd.DataFrame:
    frame = pd.DataFrame({"data_year": list(years), "value": value + 0.01 * np.arange(len(years))})
    return frame.assign(panel=panel, unit="points", edition=edition, lower=np.nan, upper=np.nan)


def test_every_edition_is_a_line_of_its_own_and_none_crosses_a_change_of_method(axes):
    frame = [_rows("One", "old", range(2012, 2019), 0.3), _rows("One", "new", range(2012, 2023), 0.5)]
    frame += [_rows("Cut", "2013-2021", range(2012, 2021), 40.5), _rows("Cut", "2022-", range(2021, 2025), 30.5)]
    editions(pd.concat(frame), axes, mark=2020.6, word="article", broken="Cut", reverse="Cut")
    lines = [line for line in axes[0].lines if len(line.get_xdata()) > 2]
    assert [len(line.get_xdata()) for line in lines] == [7, 11]
    assert len({(line.get_linestyle(), line.get_color()) for line in lines}) == 2
    assert sorted(text.strip() for text in texts(axes[0])) == ["article", "new", "old"]
    assert [(min(line.get_xdata()), max(line.get_xdata())) for line in axes[1].lines] == [(2012, 2020), (2021, 2024)]
    assert any("method changed" in text for text in texts(axes[1]))
    assert axes[1].yaxis_inverted()


def test_lanes_stand_in_order_with_periods_shaded(ax):
    dates = pd.to_datetime(["2020-08-01", "2021-01-10"]), pd.to_datetime(["2020-09-30", None])
    frame = pd.DataFrame({"lane": ["case", "vote"], "label": ["checks", "day"], "open": [False, True]})
    shaded = {"90 days before": tuple(pd.to_datetime(["2020-05-03", "2020-08-01"]))}
    looks = {"vote": "black", "case": PRINTED, "none": "red"}
    lanes(
        frame.assign(start=dates[0], end=dates[1]), ax, colours=looks, span=("2020-04-20", "2021-05-12"), shaded=shaded
    )
    assert labels(ax.yaxis) == ["vote", "case"]
    assert set(texts(ax)) == {"checks", "day", "90 days before"}
    (bar,) = bars(ax)
    assert bar[0][1] == bar[1][1] < -1
    assert bar[1][0] - bar[0][0] == 60


def test_events_stand_in_their_rows_and_periods_are_bars(ax):
    frame = pd.DataFrame({"step": ["fine", "notice", "fine"], "first": [5, -70, 15], "last": [5, -41, 15]})
    looks = {"notice": Look(), "fine": Look(PRINTED, "^", hollow=True)}
    events(frame, ax, row="step", order=["notice", "fine"], looks=looks, spread=0.2, texts=["one", "two"])
    assert points(ax) == [(-70, 0), (5, -0.8), (15, -1.2)]
    assert ((-70, 0), (-41, 0)) in bars(ax)
    assert faces(ax)[1:] == ["#ffffff"] * 2
    assert texts(ax) == ["one", "two"]
    events(frame[:0], ax, row="step", order=[], looks={})


def test_a_raster_draws_every_event_of_its_years(ax):
    happened = pd.DataFrame({"start": ["1991-05-01", "2019-06-09", "2019-07-06"], "hit": [1, 1, 0]})
    votes = pd.DataFrame({"date": ["2019-06-09"], "early": [1]})
    shocks = pd.DataFrame({"date": ["1990-01-01", "2020-08-09"], "label": ["AAA", "BBB"]}, index=[5, 9])
    names = ("event", "hit", "vote", "early vote", "shock")
    raster(happened, votes, shocks, ax, days=90, years=(1992, 2021), names=names)
    marks = [part for part in ax.collections if not part.get_label().startswith("_")]
    counted = {part.get_label(): len(part.get_offsets()) for part in marks}
    assert counted == {"event": 1, "hit": 1, "early vote": 1, "shock": 1}
    assert texts(ax) == ["BBB"]
    # Windows are cut at the turn of the year.
    assert year_pieces(pd.Timestamp("2021-01-10"), 90) == [(2020, 286, 366), (2021, 1, 100)]


def test_a_change_of_unit_is_dotted_a_derived_figure_hollow_and_a_gap_left_open(ax):
    rows = [
        ("A", "attacks", "journalists", 2019, 2019, 17.0, 10.0, 27.0, False),
        ("A", "attacks", "attacks", 2020, 2020, 12.0, 6.0, 21.0, False),
        ("A", "attacks", "attacks", 2021, 2021, 8.0, 3.0, 16.0, True),
        ("A", "attacks", "attacks", 2023, 2023, 9.0, 4.0, 17.0, False),
        ("B", "attacks", "incidents", 2022, 2023, 28.0, 21.0, 36.0, False),
    ]
    columns = ["source", "what", "unit", "first_year", "last_year", "value", "lower", "upper", "derived"]
    names = [
        ("A", "attacks", 2018.7, 19.0, "right"),
        ("B", "attacks", 2023.7, 30.0, "left"),
        ("C", "none", 1, 1, "left"),
    ]
    sources(pd.DataFrame(rows, columns=columns), ax, labels=names)
    # 2019 to 2020 is dotted, 2020 to 2021 drawn through; no step leaps over the missing year 2022.
    assert [line.get_linestyle() for line in ax.lines] == [":", "-"]
    assert faces(ax).count("#ffffff") == 1
    assert [round(y) for _, y in points(ax)] == [17, 12, 8, 9]
    assert ((2021.45, 28.0), (2023.25, 28.0)) in [tuple((round(x, 6), y) for x, y in bar) for bar in bars(ax)]
    assert texts(ax) == ["attacks (A)", "attacks (B)"]


def test_bars_keep_their_counts_and_parts_of_a_change_their_signs(axes):
    counts = pd.DataFrame({"all": [2, 5], "part": [0, 3]}, index=[2018, 2019])
    periods = {"base": (2018.0, 2019.0), "later": (2019.0, 2020.0)}
    yearly_bars(counts, axes[0], names={"all": "events", "part": "with arrests"}, periods=periods)
    assert [bar.get_height() for bar in axes[0].patches[:4]] == [2, 5, 0, 3]
    assert texts(axes[0]) == ["base", "later"]
    part = kitagawa([4.0], [0.5], [1.0], [1.0], factors=("events per year", "arrests per event"))
    parts({"base": part}, axes[1], intervals={"base": np.array([[-3.0, -1.0], [0.5, 2.0]])})
    first, second = (bar.get_width() for bar in axes[1].patches[:2])
    assert first < 0 < second
    assert first + second == pytest.approx(part.after - part.before)
    assert texts(axes[1]) == ["events per year \N{MINUS SIGN}2.2", "arrests per event +1.2"]
    assert axes[1].patches[1].get_hatch()
