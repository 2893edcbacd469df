"""Only the article's room knows the article: no other names its claims, its speakers or its country.

Tables and sources are named in the rooms of the data and of the article only. Names and texts are read from the syntax
tree, documentation included.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from analysis.claims.register import load_register
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.paths import ROOT

SOURCE = ROOT / "src" / "analysis"
MODULES = {path.relative_to(SOURCE).as_posix(): path for path in sorted(SOURCE.rglob("*.py"))}
REGISTER = load_register()
SPEAKERS = {claim.speaker for claim in REGISTER.by_id.values()}
COUNTRY = re.compile(r"KAZ\b|kazakh", re.IGNORECASE)
TABLES_AND_SOURCES = {*CATALOGUE, *load_cards()}
#: Tables and sources whose names are plain words too: they are meant only where something is read by that name.
WORDS = {name for name in TABLES_AND_SOURCES if re.fullmatch("[a-z]+", name)}
READS = {"load", "table", "sha256"}


def outside(*rooms: str) -> list[str]:
    return [name for name in MODULES if name.split("/")[0] not in rooms]


def nodes(name: str) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8")))


def texts(name: str) -> set[str]:
    """Return every text, name, attribute, parameter and module of a module."""
    found = {
        getattr(node, field, None) for node in nodes(name) for field in ("value", "id", "attr", "arg", "name", "module")
    }
    return {text for text in found if isinstance(text, str)}


def read_by_name(name: str) -> set[str]:
    """Return the texts that a module gives to what reads tables."""
    calls = [node for node in nodes(name) if isinstance(node, ast.Call)]
    reads = [call for call in calls if getattr(call.func, "id", getattr(call.func, "attr", "")) in READS]
    return {argument.value for call in reads for argument in call.args if isinstance(argument, ast.Constant)}


def naming(text: str, names: set[str]) -> bool:
    return any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) for name in names if name in text)


@pytest.mark.parametrize("name", outside("article"))
def test_no_claim_no_speaker_and_no_country_of_the_article_outside_its_room(name):
    found = texts(name)
    assert [text for text in found if naming(text, {*REGISTER.by_id, *SPEAKERS})] == []
    # A table can be of one country, and a source may let no more than some countries be passed on.
    if not name.startswith("data/"):
        assert [text for text in found if COUNTRY.search(text)] == []


@pytest.mark.parametrize("name", outside("article", "data"))
def test_tables_and_sources_are_named_in_the_rooms_of_data_and_article_only(name):
    assert [text for text in texts(name) if naming(text, TABLES_AND_SOURCES - WORDS)] == []
    assert read_by_name(name) & WORDS == set()
