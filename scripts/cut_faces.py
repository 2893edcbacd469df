"""Cut the faces of figures out of DejaVu Sans, once: Latin, Greek, Cyrillic with Kazakh letters, and symbols.

    python scripts/cut_faces.py

Matplotlib cuts the whole face again for every PDF, which takes most of the time of saving one. A cut face has another
name, as the licence of DejaVu's outlines asks of changed copies, and the same shapes and widths.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import matplotlib as mpl
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from analysis.charts.style import FACE
from analysis.paths import DATA

FACES = DATA / "faces"

#: Latin, Greek, Cyrillic, punctuation with currency and signs, arrows, mathematics, shapes, marks.
BLOCKS = (
    (0x20, 0x7E),
    (0xA0, 0x17F),
    (0x391, 0x3C9),
    (0x400, 0x4FF),
    (0x2010, 0x2044),
    (0x2070, 0x20AC),
    (0x2116, 0x2122),
)
SIGNS = ((0x2190, 0x21FF), (0x2200, 0x226F), (0x25A0, 0x25FF), (0x2713, 0x2718))
#: Places of the family's name in a face: family, unique id, full name, PostScript name, preferred family.
NAMES = (1, 3, 4, 6, 16)


def cut(source: Path, target: Path) -> None:
    """Write one face with the letters of the blocks, under the name of our faces."""
    options = Options(layout_features=["*"], legacy_kern=True, glyph_names=True, name_IDs=["*"], notdef_outline=True)
    options.drop_tables += ["FFTM", "MATH"]
    with TTFont(source, recalcTimestamp=False) as font:
        cutter = Subsetter(options)
        cutter.populate(unicodes=[code for first, last in (*BLOCKS, *SIGNS) for code in range(first, last + 1)])
        cutter.subset(font)
        for record in font["name"].names:
            if record.nameID in NAMES:
                record.string = str(record).replace("DejaVu Sans", FACE).replace("DejaVuSans", FACE.replace(" ", ""))
        font.save(target)


if __name__ == "__main__":
    whole = Path(mpl.get_data_path()) / "fonts" / "ttf"
    FACES.mkdir(exist_ok=True)
    for kind in ("", "-Bold"):
        cut(whole / f"DejaVuSans{kind}.ttf", FACES / f"ClaimsSans{kind}.ttf")
    shutil.copyfile(whole / "LICENSE_DEJAVU", FACES / "LICENSE_DEJAVU")
