"""Rooms of the library: a newcomer who knows them knows which room a line of code belongs in.

Layers go one way only; methods compute and do nothing else; and only the article's room knows the article: no other
names its claims, its speakers or its country, and only the rooms of data and article name tables and sources. Names and
texts are read from the syntax tree, documentation included.
"""

from __future__ import annotations

import ast
import functools
import re

import pytest

from analysis.claims.register import load_register
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.paths import ROOT

SOURCE = ROOT / "src" / "analysis"
MODULES = {path.relative_to(SOURCE).as_posix(): path for path in sorted(SOURCE.rglob("*.py"))}
CLAIMS = load_register().claims
CLAIMS_AND_SPEAKERS = {text for claim in CLAIMS for text in (claim.id, claim.speaker)}
COUNTRY = re.compile(r"KAZ\b|kazakh", re.IGNORECASE)
TABLES_AND_SOURCES = {*CATALOGUE, *load_cards()}
#: Tables and sources whose names are plain words too: they are meant only where something is read by that name.
WORDS = {name for name in TABLES_AND_SOURCES if re.fullmatch("[a-z]+", name)}
READS = {"load", "table", "sha256"}
#: What no method calls.
ACTS = {"print", "open", "read_csv", "to_csv", "read_text", "write_text", "savefig", "seed"}


@functools.cache
def nodes(name: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))))


def calls(name: str) -> list[tuple[str, ast.Call]]:
    """Return every call of a module with the last name of what is called."""
    found = [node for node in nodes(name) if isinstance(node, ast.Call)]
    return [(getattr(call.func, "id", getattr(call.func, "attr", "")), call) for call in found]


def texts(name: str) -> set[str]:
    """Return every text, name, attribute, parameter and module of a module."""
    found = {
        getattr(node, field, None) for node in nodes(name) for field in ("value", "id", "attr", "arg", "name", "module")
    }
    return {text for text in found if isinstance(text, str)}


def naming(name: str, words: set[str]) -> list[str]:
    """Return the texts of a module that hold one of some names as a whole word."""
    said = [(text, word) for text in texts(name) for word in words if word in text]
    return [text for text, word in said if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)]


@pytest.mark.parametrize("name", MODULES)
def test_modules_say_what_they_are_and_only_the_articles_room_knows_the_article(name):
    assert ast.get_docstring(nodes(name)[0])
    room = name.split("/")[0]
    if room == "article":
        return
    assert naming(name, CLAIMS_AND_SPEAKERS) == []
    # A table can be of one country, and a source may let no more than some countries be passed on.
    if room == "data":
        return
    assert [text for text in texts(name) if COUNTRY.search(text)] == []
    assert naming(name, TABLES_AND_SOURCES - WORDS) == []
    arguments = [argument for called, call in calls(name) if called in READS for argument in call.args]
    assert {argument.value for argument in arguments if isinstance(argument, ast.Constant)} & WORDS == set()


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("methods/")])
def test_methods_neither_read_nor_write_nor_print_nor_draw(name):
    assert {called for called, _ in calls(name)} & ACTS == set()
