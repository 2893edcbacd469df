"""Forms over time: event time, paths, time lines and yearly series draw what the tables say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.charts import Look
from analysis.charts.eventtime import event_time
from analysis.charts.paths import counterfactuals, editions, gaps
from analysis.charts.series import bars as yearly_bars
from analysis.charts.series import parts, sources
from analysis.charts.style import PRINTED
from analysis.charts.timeline import events, lanes, raster, year_pieces
from analysis.methods.composition import kitagawa
from analysis.methods.synthetic.inference import compare_study
from analysis.methods.synthetic.study import Study
from tests.charts.looking import bars, faces, labels, points, texts

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
