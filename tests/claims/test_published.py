"""What was published, made again from the evidence and numbers alone.

Authority: the committed outputs, which only a run of the notebooks may change.
"""

from __future__ import annotations

import shutil

from analysis.claims.verdicts import write_summaries
from analysis.paths import FIGURES


def test_summaries_made_again_are_the_published_bytes(tmp_path):
    for part in ("evidence", "numbers"):
        shutil.copytree(FIGURES / part, tmp_path / part)
    written = write_summaries(tmp_path)
    assert {path.name: path.read_bytes() for path in written} == {
        name: (FIGURES / name).read_bytes() for name in ("verdicts.json", "results.json")
    }
