"""Notebook 01, executed cell by cell in this process: its figures fit, its numbers are the published ones.

Published: edition 2020, data year 2018: score 6.99, rank 75 of 162, association 3.7, lowest of the twelve categories,
not lowest of the sub-scores; ranks 75, 108, 109 and 111 in the editions 2020, 2021, 2022 and 2024.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from analysis.charts import save as saving
from analysis.charts.save import credit_line
from analysis.charts.style import COLUMN, PAGE, figure_style
from analysis.claims.evidence import read_evidence
from analysis.claims.register import load_register
from analysis.claims.verdicts import verdicts
from analysis.notebook import session as sessions
from analysis.runs.declared import declared, read
from analysis.sources.cards import load_cards
from analysis.tables.load import load
from tests.project import read_json

NAME = "01_freedom_index"
FIGURES = ["01_categories", "01_rank_sets", "01_vintage_fan", "01_weight_multiverse"]
# Half a pixel of the screen resolution that text is measured at.
PIXEL = 0.5
# Letters smaller than this many points are not read in print.
SMALLEST_FONT = 5


load_once, cards_once = functools.cache(load), functools.cache(load_cards)


@dataclass
class Executed:
    names: dict[str, Any]
    folder: Path
    figures: dict[str, Figure]

    def evidence(self):
        return {(item.claim, item.vintage): item for item in read_evidence(self.folder / "evidence")}


def execute(folder, **changes):
    """Run the code cells with few draws; figures are kept open and written as PNG only, to save time."""
    figures: dict[str, Figure] = {}

    def keep(fig, kind, name, credit):
        figures[name] = fig
        return b"\x89PNG\r\n\x1a\n" + bytes(16)

    values = {name: item.default for name, item in declared(NAME).items()} | {"DRAWS": 100} | changes
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANALYSIS_OUT", str(folder))
        patch.setattr(saving, "FORMATS", ("png",))
        patch.setattr(saving, "_bytes", keep)
        patch.setattr(saving.plt, "close", lambda fig: None)
        patch.setattr(sessions, "display", lambda image: None)
        # Tables and cards do not change meanwhile; reading them for every piece of evidence takes most of the time.
        patch.setattr(sessions, "load", load_once)
        patch.setattr(sessions, "load_cards", cards_once)
        names: dict[str, Any] = {}
        for cell in read(NAME):
            if cell.kind == "code":
                exec(cell.source, names)
                names |= values if "parameters" in cell.tags else {}
    return Executed(names, folder, figures)


@pytest.fixture(scope="module")
def kazakhstan(tmp_path_factory):
    yield execute(tmp_path_factory.mktemp("kazakhstan"))
    plt.close("all")


@pytest.fixture(scope="module")
def kyrgyzstan(tmp_path_factory):
    yield execute(tmp_path_factory.mktemp("kyrgyzstan"), COUNTRY="KGZ", EDITION=2021, DATA_YEAR=2019)
    plt.close("all")


# --- what was found


def test_the_published_figures_are_found(kazakhstan):
    numbers = read_json(kazakhstan.folder / f"numbers/{NAME}.json")
    assert (numbers["score"], numbers["rank"], numbers["n"], numbers["association"]) == (6.99, 75, 162, 3.7)
    found = {(item.quantity, item.vintage): item.value for item in kazakhstan.evidence()["hfi-rank", "hfi_2020"].found}
    ranks = {int(vintage[-4:]): value for (quantity, vintage), value in found.items() if quantity == "rank"}
    assert ranks == {2020: 75, 2021: 108, 2022: 109, 2024: 111}


def test_association_is_the_lowest_category_and_not_the_lowest_subscore(kazakhstan):
    assert kazakhstan.names["lowest_category"].n_below == 0
    assert kazakhstan.names["lowest_category"].n == 12
    assert kazakhstan.names["lowest_freedom"].n == 7
    assert kazakhstan.names["lowest_subscore"].n_below > 0


def test_verdicts_follow_from_the_published_figures(kazakhstan):
    judged = verdicts(load_register(), read_evidence(kazakhstan.folder / "evidence"), rules_hash="h")
    found = {item.claim: item.verdict for item in judged}
    # Canada is sixth; the edition of 2020 describes 2018.
    assert found["hfi-rank"] == found["hfi-association-score"] == "supported"
    assert found["hfi-leaders"] == "partly supported"
    assert found["hfi-year"] == found["hfi-association-lowest-subscore"] == "contradicted"


def test_every_claim_of_the_notebook_has_evidence_with_every_registered_check(kazakhstan):
    found = kazakhstan.evidence()
    primary = {item.claim: item for item in found.values() if item.primary}
    claims = load_register().of_notebook(NAME)
    assert set(primary) == {claim.id for claim in claims}
    for claim in claims:
        assert set(claim.falsifications) <= {check.name for check in primary[claim.id].falsifications}, claim.id


def test_index_claims_are_judged_on_the_newest_edition_too(kazakhstan):
    newest = {item.claim for item in kazakhstan.evidence().values() if item.vintage == "hfi_2024"}
    assert {"hfi-rank", "hfi-association-lowest-category", "hfi-association-lowest-freedom"} <= newest


# --- the same story for another country, edition and year


def test_another_country_gets_the_same_figures_with_its_own_name(kazakhstan, kyrgyzstan):
    assert sorted(kyrgyzstan.figures) == sorted(kazakhstan.figures)
    titles = [ax.get_title(loc="left") for fig in kyrgyzstan.figures.values() for ax in fig.axes]
    assert sum("Kyrgyz" in title for title in titles) >= 3
    assert not any("Kazakhstan" in title for title in titles)
    assert any("2019" in title for title in titles)


def test_what_the_article_prints_is_not_drawn_for_another_country(kazakhstan, kyrgyzstan):
    def printed(run):
        return [text.get_text() for text in run.figures["01_vintage_fan"].axes[0].texts if "printed" in text.get_text()]

    assert printed(kazakhstan) == ["printed: 75th"]
    assert printed(kyrgyzstan) == []


def test_subscores_are_shown_for_the_edition_that_carries_them_only(kazakhstan, kyrgyzstan):
    assert kyrgyzstan.names["carried"] is False
    assert ("hfi-association-lowest-subscore", "hfi_2020") not in kyrgyzstan.evidence()
    assert kazakhstan.names["carried"] is True


# --- figures


def shown_texts(fig):
    """Return every text that is drawn: tick labels only inside the axis."""
    found = list(fig.texts)
    for ax in fig.axes:
        found += [ax.title, ax._left_title, ax._right_title, ax.xaxis.label, ax.yaxis.label, *ax.texts]
        found += ax.get_legend().get_texts() if ax.get_legend() else []
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            found += [tick.label1 for tick in ticks]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


@pytest.fixture(scope="module")
def boxes(kazakhstan):
    """Draw every figure once; return renderer-true boxes of its texts."""
    with figure_style():
        return {name: measured(fig) for name, fig in kazakhstan.figures.items()}


def measured(fig):
    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    renderer = canvas.get_renderer()
    return [(text, text.get_window_extent(renderer)) for text in shown_texts(fig)]


def test_the_figures_are_those_expected(kazakhstan):
    assert sorted(kazakhstan.figures) == FIGURES


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_leaves_the_figure(kazakhstan, boxes, name):
    frame = kazakhstan.figures[name].bbox.padded(PIXEL)
    outside = [text.get_text() for text, box in boxes[name] if Bbox.union([frame, box]).bounds != frame.bounds]
    assert outside == []
    assert len(boxes[name]) > 8


@pytest.mark.parametrize("name", FIGURES)
def test_the_credit_line_covers_no_other_text(boxes, name):
    credit = [box for text, box in boxes[name] if text.get_gid() == "credit"]
    others = [(text.get_text(), box) for text, box in boxes[name] if text.get_gid() != "credit"]
    assert len(credit) == 1
    assert [label for label, box in others if Bbox.intersection(credit[0], box) is not None] == []


@pytest.mark.parametrize("name", FIGURES)
def test_axis_labels_do_not_cover_each_other(boxes, kazakhstan, name):
    for ax in kazakhstan.figures[name].axes:
        for axis in (ax.xaxis, ax.yaxis):
            labels = {id(tick.label1) for tick in axis.get_major_ticks()}
            own = [box for text, box in boxes[name] if id(text) in labels]
            overlaps = [
                (a, b) for i, a in enumerate(own) for b in own[i + 1 :]
                if (both := Bbox.intersection(a, b)) is not None and min(both.width, both.height) > PIXEL
            ]  # fmt: skip
            assert overlaps == []


@pytest.mark.parametrize("name", FIGURES)
def test_letters_can_be_read_in_print(boxes, name):
    assert min(text.get_fontsize() for text, _ in boxes[name]) >= SMALLEST_FONT


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_as_wide_as_a_column_or_a_page(kazakhstan, name):
    width = kazakhstan.figures[name].get_figwidth()
    assert min(abs(width - COLUMN), abs(width - PAGE)) < 1e-9


@pytest.mark.parametrize("name", FIGURES)
def test_axes_are_labelled_and_titled(kazakhstan, name):
    for ax in kazakhstan.figures[name].axes:
        assert ax.get_xlabel()
        assert ax.get_title(loc="left")
        named = ax.get_ylabel() or any(not label.get_text()[:1].isdigit() for label in ax.get_yticklabels())
        assert named


@pytest.mark.parametrize(
    ("name", "tables"),
    [
        ("01_vintage_fan", ["hfi_2020", "hfi_2021", "hfi_2022", "hfi_2024"]),
        ("01_rank_sets", ["hfi_2020"]),
        ("01_weight_multiverse", ["hfi_2020"]),
    ],
)
def test_the_credit_line_names_the_editions_drawn(kazakhstan, name, tables):
    credit = [text.get_text() for text in kazakhstan.figures[name].texts if text.get_gid() == "credit"]
    assert len(credit) == 1
    assert " ".join(credit[0].split()).startswith(credit_line(tables))


def test_the_vintage_fan_shows_the_four_published_ranks(kazakhstan):
    ax = kazakhstan.figures["01_vintage_fan"].axes[0]
    ranks = [text.get_text().split()[0] for text in ax.texts if "\n" in text.get_text()]
    assert ranks[:4] == ["75th", "108th", "109th", "111th"]
    assert np.all(np.diff(ax.get_ylim()) < 0)
