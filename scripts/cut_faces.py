"""Cut the faces of figures out of DejaVu Sans, once: Latin, Greek, Cyrillic with Kazakh letters, and symbols.

    python scripts/cut_faces.py

Matplotlib cuts the whole face again for every PDF, which takes most of the time of saving one. A cut face has another
name, as the licence of DejaVu's outlines asks of changed copies, and the same shapes and widths.
"""

import shutil
from pathlib import Path

import matplotlib as mpl
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from analysis.charts.style import FACE
from analysis.paths import DATA

FACES = DATA / "faces"

#: Latin, Greek, Cyrillic with Kazakh letters, punctuation, signs, arrows, mathematics, shapes: first and last codes.
BLOCKS = (
    "20-7E A0-17F 391-3C9 400-45F 492-4BB 4D8-4E9 2010-2044 2070-209C 20AC-20AC 20B8-20B8 2116-2122 2190-2195 "
    "21D2-21D2 2200-2265 25A0-25CF 2713-2718"
)
#: Places of the family's name in a face: family, unique id, full name, PostScript name, preferred family.
NAMES = (1, 3, 4, 6, 16)


def cut(source: Path, target: Path) -> None:
    """Write one face with the letters of the blocks, under the name of our faces."""
    # Without instructions for coarse screens, which take a third of a PDF: figures are drawn for print.
    options = Options(
        layout_features=["liga"], legacy_kern=True, glyph_names=True, name_IDs=["*"], notdef_outline=True, hinting=False
    )
    # Pairs stand in the old table of kerning, too: the new one is what takes longest to cut for each PDF.
    options.drop_tables += ["FFTM", "MATH", "GPOS", "GDEF"]
    with TTFont(source, recalcTimestamp=False) as font:
        cutter = Subsetter(options)
        ends = [[int(end, 16) for end in block.split("-")] for block in BLOCKS.split()]
        cutter.populate(unicodes=[code for first, last in ends for code in range(first, last + 1)])
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
