"""The look of all figures, as a value used in ``with``: print widths, fonts, and colours that survive greyscale.

Colours are Okabe & Ito's colour-blind-safe palette (2008, "Color Universal Design"). Every series also differs in
marker, line or a direct label, so that no figure depends on colour.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import seaborn as sns
from matplotlib.font_manager import fontManager

MM = 1 / 25.4
#: Widths of one column and of a page, in inches (89 and 183 mm, as journals set them).
COLUMN, PAGE = 89 * MM, 183 * MM

INK, MUTED, FAINT = "#1a1a1a", "#6b6b6b", "#c9c9c9"
#: What the figure is about, what is printed or claimed, and the accents.
FOCUS, PRINTED, ACCENT, SECOND = "#0072B2", "#D55E00", "#009E73", "#CC79A7"


class Look(NamedTuple):
    """How one series or group is told apart: colour, marker, filling, line, and its printed name."""

    colour: str = FOCUS
    marker: str = "o"
    hollow: bool = False
    line: str = "-"
    name: str = ""


#: Looks of series in their order: none depends on colour alone.
LOOKS = (Look(), Look(PRINTED, "s", line="--"), Look(ACCENT, "^", line="-."), Look(SECOND, "D", line=":"))

#: DejaVu Sans cut to what figures use (scripts/cut_faces.py), so that a PDF takes a third of the time; then the whole.
FACE, _HERE = "Claims Sans", Path(__file__).parent
_INSTALLED, _CHECKOUT = _HERE / "faces", _HERE.parents[2] / "data/faces"
for _face in sorted((_INSTALLED if _INSTALLED.exists() else _CHECKOUT).glob("*.ttf")):
    fontManager.addfont(_face)

_RULES: Any = {
    "figure.dpi": 110,
    "savefig.dpi": 300,
    "font.family": [FACE, "DejaVu Sans"],
    "font.size": 7,
    "figure.titlesize": 8,
    "figure.titleweight": "bold",
    "axes.titlesize": 7,
    "axes.titlelocation": "left",
    "axes.titley": 1.0,  # else all tick labels are measured again to see whether some stand above the panel
    "axes.labelsize": 7,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.color": FAINT,
    "grid.linewidth": 0.4,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "legend.frameon": False,
    "legend.fontsize": 6.5,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "text.hinting": "none",  # letters keep their shapes and widths at the resolution of print
    "svg.hashsalt": "analysis",
    "path.simplify": False,
}


@contextmanager
def figure_style() -> Iterator[None]:
    """Draw in the house style inside this context, whatever the user's settings; nothing outside it changes."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(sns.axes_style("ticks") | _RULES)
        yield
