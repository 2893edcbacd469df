"""Saving: three files of the right size, the same bytes every time, with credit and metadata; and the style."""

import re
import shutil
import struct
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from analysis.charts import drawn as block
from analysis.charts import figure_style
from analysis.charts.labels import ordinal
from analysis.charts.save import FORMATS, credit_line, origin, save
from analysis.charts.style import COLUMN, LOOKS, MUTED, PAGE
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.data.load import load, sha256
from analysis.errors import InputError
from tests.shared import CONTRAST, contrast

#: Dots per inch of the PNG, and points per inch of PDF and SVG.
DPI, POINTS = 300, 72
NOTE = "Bars: 95% sets, 100 draws."
TITLE = "One of 9 tests could see the smallest effect that matters, in a title of two lines"
INPUTS = {"title": TITLE, "tables": ["hfi_2020"], "note": NOTE, "notebook": "01_freedom_index", "run": {"A": 1}}


def drawn(width=COLUMN):
    with figure_style():
        fig, ax = plt.subplots(figsize=(width, 2.0), layout="constrained")
        ax.plot([1, 2, 3], [3, 1, 2], label="Ж ≥ 1")
        ax.scatter([1, 2], [1, 2])
        ax.set_xlabel("Year")
        ax.legend()
    return fig


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """One figure with its files: saving is what takes time here."""
    fig = drawn()
    return fig, save(fig, "one", tmp_path_factory.mktemp("saved"), **INPUTS)


def contents(paths):
    return [path.read_bytes() for path in paths]


def test_files_have_the_width_of_a_column_or_a_page(saved, tmp_path):
    for (pdf, png, svg), width in ((saved[1], COLUMN), (save(drawn(PAGE), "one", tmp_path), PAGE)):
        size = [width, 2.0]
        box = re.search(rb"/MediaBox \[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", pdf.read_bytes()).groups()
        assert [float(side) / POINTS for side in box] == pytest.approx(size, abs=1 / DPI)
        assert [side / DPI for side in struct.unpack(">II", png.read_bytes()[16:24])] == pytest.approx(
            size, abs=1 / DPI
        )
        box = re.search(r'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"', svg.read_text(encoding="utf-8")).groups()
        assert [float(side) / POINTS for side in box] == pytest.approx(size, abs=1 / DPI)


def test_files_carry_title_and_credit_and_no_clock(saved):
    pdf, png, svg = contents(saved[1])
    credit = credit_line(["hfi_2020"], note=NOTE)
    assert f"<dc:title>{TITLE}</dc:title>" in svg.decode()
    assert credit in svg.decode()
    assert credit.encode() in png
    # In a PDF's text, parentheses are escaped.
    assert credit.replace("(", r"\(").replace(")", r"\)").encode() in pdf
    for content in (pdf, png, svg):
        assert b"CreationDate" not in content
        assert b"<dc:date>" not in content
        assert not re.search(rb"matplotlib\s?(version)? ?v?\d", content, re.IGNORECASE)


def test_every_file_says_what_made_it_the_same_way_for_the_same_inputs(saved, tmp_path):
    for file in saved[1]:
        first, run, table = origin(Path(shutil.copyfile(file, tmp_path / f"by mail{file.suffix}")))
        assert (first, table) == ("notebook 01_freedom_index", f"table hfi_2020 {sha256('hfi_2020')[:16]}, as it is")
        other = tmp_path / "altered"
        other.write_bytes(file.read_bytes().replace(sha256("hfi_2020")[:16].encode(), b"0" * 16))
        assert origin(other) == [first, run, f"table hfi_2020 {'0' * 16}, which has changed since"]
        assert run != origin(save(drawn(), "one", tmp_path, notebook="01_freedom_index", run={"A": 2})[0])[1]
    other.write_bytes(b"%PDF")
    with pytest.raises(InputError, match="its metadata name no notebook"):
        origin(other)


def test_the_figure_is_closed_and_leaves_three_files_whose_bytes_nothing_else_changes(saved, tmp_path):
    fig, paths = saved
    assert [path.name for path in paths] == [f"one.{kind}" for kind in FORMATS]
    assert sorted(paths[0].parent.iterdir()) == paths
    assert not plt.fignum_exists(fig.number)
    other = drawn(PAGE)
    with mpl.rc_context({"font.size": 20, "savefig.dpi": 50, "svg.hashsalt": "other", "savefig.bbox": "tight"}):
        again = save(drawn(), "one", tmp_path, **INPUTS)
    plt.close(other)
    assert contents(again) == contents(saved[1])


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_table_has_a_credit_that_names_its_producers_or_who_states_its_rows_and_their_years(name):
    line, cards = credit_line([name]), load_cards()
    for source in CATALOGUE[name].sources:
        assert cards[source].producer in line
        assert cards[source].edition in line
    rows = load(name)
    if not CATALOGUE[name].sources and "source_org" in rows:
        assert rows["source_org"].str.split(r" via |,", regex=True).str[0].mode()[0] in line
        assert re.search(r", (19|20)\d\d to (19|20)\d\d", line)
    assert line.startswith("Source: ")
    assert "\n" not in line


def test_editions_of_one_data_set_are_named_together_in_any_order_and_an_unknown_table_is_one_line():
    line = credit_line(["hfi_2024", "hfi_2020", "hfi_2020"], note=NOTE)
    assert line == f"Source: Human Freedom Index 2020, 2024 ({load_cards()['hfi_2020'].producer}). {NOTE}"
    assert credit_line(list(CATALOGUE)) == credit_line(list(CATALOGUE)[::-1])
    assert credit_line([]) == "Source: register of claims."
    with pytest.raises(InputError, match="no table nothing"):
        credit_line(["nothing"])


def test_muted_text_has_contrast_series_differ_not_only_in_colour_and_ranks_are_ordinals():
    assert contrast(MUTED, "white") >= CONTRAST
    for part in ("colour", "marker", "line"):
        assert len({getattr(look, part) for look in LOOKS}) == len(LOOKS)
    ordinals = ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "75th", "101st", "111th", "112th", "162nd"]
    assert [ordinal(int(rank[:-2])) for rank in ordinals] == ordinals


def test_a_block_draws_in_the_style_and_hands_its_figure_over_unless_it_fails():
    done, before = [], dict(mpl.rcParams)
    with block(done.append, width="page", height=2.0, ncols=2, width_ratios=(2, 1)) as axes:
        assert mpl.rcParams["font.size"] == 7
        axes[0].plot([1, 2])
        assert done == []
    assert done == [axes[0].figure]
    assert done[0].get_size_inches().tolist() == pytest.approx([PAGE, 2.0])
    with block(done.append, nrows=2, ncols=3) as axes:
        assert axes.shape == (2, 3)
    assert [round(width * 25.4) for width in (COLUMN, PAGE)] == [89, 183]
    with block(lambda fig: None) as ax:  # of one panel, the axes itself
        assert ax.figure.get_figwidth() == pytest.approx(COLUMN)
    plt.close("all")
    with pytest.raises(RuntimeError, match="no data"), block(done.append):
        raise RuntimeError("no data")
    assert len(done) == 2
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before
