"""Rooms of the library: one way only; methods only compute; article, tables and sources are named in their place."""

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
    found = [node for node in nodes(name) if isinstance(node, ast.Call)]
    return [(getattr(call.func, "id", getattr(call.func, "attr", "")), call) for call in found]


def texts(name: str) -> set[str]:
    found = {
        getattr(node, field, None) for node in nodes(name) for field in ("value", "id", "attr", "arg", "name", "module")
    }
    return {text for text in found if isinstance(text, str)}


def naming(name: str, words: set[str]) -> list[str]:
    said = [(text, word) for text in texts(name) for word in words if word in text]
    return [text for text, word in said if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)]


@pytest.mark.parametrize("name", MODULES)
def test_modules_say_what_they_are_and_only_the_articles_room_knows_the_article(name):
    assert ast.get_docstring(nodes(name)[0])
    room = name.split("/")[0]
    if room == "article":
        return
    assert naming(name, CLAIMS_AND_SPEAKERS) == []
    # A table can be of one country, which its name says; what its source may pass on stands in its card.
    assert [text for text in texts(name) if COUNTRY.search(text) and text not in CATALOGUE] == []
    if room == "data":
        return
    assert naming(name, TABLES_AND_SOURCES - WORDS) == []
    arguments = [argument for called, call in calls(name) if called in READS for argument in call.args]
    assert {argument.value for argument in arguments if isinstance(argument, ast.Constant)} & WORDS == set()


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("methods/")])
def test_methods_neither_read_nor_write_nor_print_nor_draw(name):
    assert {called for called, _ in calls(name)} & ACTS == set()
