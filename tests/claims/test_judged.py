"""All claims judged from the published evidence: summaries come out again, and every listed change leads elsewhere.

Authority: the committed outputs, which only a run of the notebooks may change.
"""

from __future__ import annotations

import shutil

from analysis.article import verdicts as drawn
from analysis.claims.register import load_register
from analysis.claims.verdicts import judged_in, write_summaries
from analysis.paths import FIGURES


def test_summaries_made_again_are_the_published_bytes(tmp_path):
    for part in ("evidence", "numbers"):
        shutil.copytree(FIGURES / part, tmp_path / part)
    written = write_summaries(tmp_path)
    assert {path.name: path.read_bytes() for path in written} == {
        name: (FIGURES / name).read_bytes() for name in ("verdicts.json", "results.json")
    }


def test_every_listed_change_leads_elsewhere():
    changes = judged_in(FIGURES, load_register()).changes()
    assert (changes["verdict"] != changes["other_verdict"]).all()
    assert set(changes["kind"]) <= set(drawn.CHANGES)
