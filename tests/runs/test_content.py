"""What decides whether an output is stale covers everything that a notebook can read."""

from __future__ import annotations

from analysis.data.catalogue import CATALOGUE
from analysis.data.load import sha256
from analysis.runs.staleness import Now


def test_the_content_of_every_table_is_watched():
    watched = Now().tables
    assert {name: sha256(name) for name in CATALOGUE} == {name: watched.get(name) for name in CATALOGUE}
