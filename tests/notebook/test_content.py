"""What decides whether an output is stale covers everything that a notebook can read."""

from __future__ import annotations

from analysis.notebook.content import Now
from analysis.tables.catalogue import CATALOGUE
from analysis.tables.load import sha256


def test_the_content_of_every_table_is_watched():
    watched = Now().tables
    assert {name: sha256(name) for name in CATALOGUE} == {name: watched.get(name) for name in CATALOGUE}
