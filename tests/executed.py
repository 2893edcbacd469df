"""Notebooks executed cell by cell in the test's own process, and the geometry of the figures that they draw."""

import ast
import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import IPython.display
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from analysis.charts import save as saving
from analysis.charts.style import COLUMN, PAGE, figure_style
from analysis.claims.evidence import Evidence, read_evidence
from analysis.data.load import load
from analysis.methods.result import shown as shown_as
from analysis.session import session as sessions
from analysis.session.declared import declared, read
from tests.prose import faults

# Half a pixel of the screen resolution that text is measured at.
PIXEL = 0.5
# Letters smaller than this many points are not read in print.
SMALLEST_FONT = 6

# Tables do not change meanwhile; reading them for every piece of evidence takes most of the time.
load_once = functools.cache(load)


@dataclass
class Executed:
    """What a notebook left: its names, its folder, its figures, still open, what it showed, and its own Markdown."""

    names: dict[str, Any]
    folder: Path
    figures: dict[str, Figure]
    said: list[str]
    written: list[str]

    def evidence(self) -> dict[tuple[str, str], Evidence]:
        return {(item.claim, item.vintage): item for item in read_evidence(self.folder / "evidence")}

    def told(self) -> list[str]:
        captions = [json.loads(path.read_text("utf-8")) for path in sorted(self.folder.glob("captions/*.json"))]
        texts = [*self.written, *self.said, *(caption[part] for caption in captions for part in ("caption", "credit"))]
        for ax in (ax for fig in self.figures.values() for ax in fig.axes):
            texts += [ax.get_title(loc=place) for place in ("left", "center", "right")]
            legend = ax.get_legend().get_texts() if ax.get_legend() else []
            texts += [ax.get_xlabel(), ax.get_ylabel(), *(text.get_text() for text in legend)]
        return texts

    def marks(self) -> list[str]:
        """Return the texts that stand at marks and ticks of figures, but for powers of ten."""
        axes = [ax for fig in self.figures.values() for ax in fig.axes]
        texts = [text for ax in axes for text in (*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels())]
        return [text.get_text() for text in texts if "$" not in text.get_text()]

    def title(self, name: str) -> str:
        return self.figures[name].get_suptitle().replace("\n", " ")


def execute(name: str, folder: Path, **changes: Any) -> Executed:
    """Run the code cells of a notebook with changed parameters; figures are drawn but not rendered, to save time."""
    figures: dict[str, Figure] = {}

    def keep(fig: Figure, kind: str, name: str, *more: str) -> bytes:
        figures[name] = fig
        return b"\x89PNG\r\n\x1a\n" + bytes(16)

    def show(*shown: Any) -> None:
        for item in shown:
            if isinstance(item, pd.DataFrame):
                assert len(item), f"{name} shows a table without rows"
                said.append(_as_rows(shown_as(item)["text/html"]))
            elif hasattr(item, "_repr_markdown_"):
                said.append(item._repr_markdown_())

    said: list[str] = []
    values = {key: item.default for key, item in declared(name).items()} | changes
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANALYSIS_OUT", str(folder))
        patch.setattr(saving, "FORMATS", ("png",))
        patch.setattr(saving, "_bytes", keep)
        patch.setattr(saving.plt, "close", lambda fig: None)
        patch.setattr(sessions, "display", show)
        patch.setattr(IPython.display, "display", show)
        patch.setattr(sessions, "load", load_once)
        names: dict[str, Any] = {}
        for cell in read(name):
            # Statement by statement, as IPython does.
            for node in ast.parse(cell.source).body if cell.kind == "code" else ():
                if isinstance(node, ast.Expr):
                    show(eval(compile(ast.Expression(node.value), name, "eval"), names))
                else:
                    exec(compile(ast.Module([node], []), name, "exec"), names)
            names |= values if "parameters" in cell.tags else {}
    run = Executed(names, folder, figures, said, [cell.source for cell in read(name) if cell.kind == "markdown"])
    # What p is of, the axis says; and the numbers along it have as many places as their steps ask.
    of_marks = {"p without its hypothesis", "nothing to three places"}
    found = faults(run.told()) | {fault for fault in faults(run.marks()) if fault[0] not in of_marks}
    assert not found, f"{name}: {sorted(found)}"
    return run


def _as_rows(html: str) -> str:
    rows = re.findall(r"<tr.*?>(.*?)</tr>", html, re.DOTALL)
    return "\n".join(f"| {' | '.join(re.findall(r'<t[hd].*?>(.*?)</t[hd]>', row, re.DOTALL))} |" for row in rows)


def check_figures(run: Executed) -> None:
    """Insist on print widths, sentences as titles, and texts that can be read, fit, and do not cover each other."""
    for name, fig in run.figures.items():
        boxes, frame = _measured(fig), fig.bbox.padded(PIXEL)
        assert min(abs(fig.get_figwidth() - width) for width in (COLUMN, PAGE)) < 1e-9
        assert min(text.get_fontsize() for text, _ in boxes) >= SMALLEST_FONT
        assert [text.get_text() for text, box in boxes if Bbox.union([frame, box]).bounds != frame.bounds] == []
        assert re.fullmatch(r"[A-Z0-9].*[^.]", run.title(name))
        assert [text.get_gid() for text in fig.texts if text.get_gid()].count("credit") == 1
        assert _overlaps([(text.get_text(), box) for text, box in boxes]) == []
        for ax in fig.axes:
            assert ax.has_data(), f"{name}: nothing is drawn in {ax.get_title(loc='left')!r}"
            assert ax.get_xlabel() or ax.get_shared_x_axes().get_siblings(ax) != [ax]
            assert ax.get_title(loc="left") or len(fig.axes) == 1 or not ax.get_subplotspec().is_first_row()
    plt.close("all")


def _overlaps(labels: list[tuple[str, Bbox]]) -> list[tuple[str, str]]:
    pairs = [(a, b) for i, a in enumerate(labels) for b in labels[i + 1 :]]
    both = [(a, b, Bbox.intersection(one, other)) for (a, one), (b, other) in pairs]
    return [(a, b) for a, b, box in both if box is not None and min(box.width, box.height) > PIXEL]


def _measured(fig: Figure) -> list[tuple[Text, Bbox]]:
    canvas, drawn, draw = FigureCanvasAgg(fig), [], Text.draw

    def noted(text: Text, renderer: Any) -> None:
        drawn.append(text)
        draw(text, renderer)

    with figure_style(), mock.patch.object(Text, "draw", noted):
        canvas.draw()
        shown = [text for text in dict.fromkeys(drawn) if text.get_visible() and text.get_text().strip()]
        return [(text, text.get_window_extent(canvas.get_renderer())) for text in shown]
