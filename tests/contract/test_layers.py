"""Layers, one way only: a newcomer who knows the layers knows which room a line of code belongs in."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from analysis.paths import ROOT

SOURCE = ROOT / "src" / "analysis"
MODULES = sorted(SOURCE.rglob("*.py"))


@pytest.fixture(scope="module")
def contracts():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]


def test_every_room_of_the_library_has_its_layer(contracts):
    layers = next(contract for contract in contracts if contract["type"] == "layers")
    named = {name.strip() for line in layers["layers"] for name in line.split("|")}
    rooms = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert named == rooms - {"__init__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_modules_say_what_they_are(path: Path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", [p for p in MODULES if "methods" in p.parts], ids=lambda path: path.stem)
def test_methods_neither_read_nor_write_nor_print_nor_draw(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(tree) if isinstance(node, ast.Call)
    }  # fmt: skip
    assert not called & {"print", "open", "read_csv", "to_csv", "read_text", "write_text", "savefig", "seed"}
    imported = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    } | {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not imported & {"matplotlib", "seaborn", "pathlib", "os", "requests", "pooch", "yaml", "json"}
