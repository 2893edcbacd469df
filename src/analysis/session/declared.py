"""What a notebook declares: its ``parameters`` cell, read without a kernel."""

from __future__ import annotations

import ast
import contextlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from analysis.errors import InputError, nearest
from analysis.paths import NOTEBOOKS

TAG = "parameters"
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool, "list": list}
#: What reads the text of a value, where its type does not.
_READS = {"bool": {"True": True, "true": True, "False": False, "false": False}.__getitem__, "list": json.loads}


class Declared(NamedTuple):
    """One declared parameter: name, type name, default value and the comment that explains it."""

    name: str
    kind: str
    default: Any
    help: str


def names() -> list[str]:
    """Return the names of all numbered notebooks, in order."""
    return sorted(path.stem for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


def resolve(wanted: str) -> str:
    """Return the full name of a notebook given by name, file or number; refuse one that does not exist."""
    stem = Path(wanted).stem if wanted.endswith(".ipynb") else wanted
    found = [name for name in names() if stem in (name, name.split("_")[0], str(int(name.split("_")[0])))]
    if not found:
        remedy = nearest(stem, names(), otherwise=f"choose from {', '.join(names())}")
        raise InputError(f"no notebook {wanted}", remedy=remedy)
    return found[0]


class Cell(NamedTuple):
    """One cell: kind (``code`` or ``markdown``), source, tags."""

    kind: str
    source: str
    tags: tuple[str, ...]


def read(name: str) -> list[Cell]:
    """Read the cells of a notebook; refuse what is none."""
    # The format is read as the JSON it is: importing nbformat alone takes longer than all other checks of a request.
    path = NOTEBOOKS / f"{name}.ipynb"
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return [Cell(c["cell_type"], "".join(c["source"]), tuple(c["metadata"].get("tags", ()))) for c in cells]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError("not a notebook", where=path.name, remedy="restore it, or name another") from None


def declared(name: str) -> dict[str, Declared]:
    """Return the parameters of a notebook, by name in their order.

    Refused are none or several cells tagged ``parameters``, and a line that is not ``NAME: type = literal  # help``.
    """
    cells = [cell for cell in read(name) if TAG in cell.tags]
    if len(cells) != 1:
        raise InputError(f"{len(cells)} cells are tagged {TAG}, one is needed", where=name)
    try:
        statements = ast.parse(cells[0].source).body
    except SyntaxError as error:
        raise InputError(f"parameters cell, line {error.lineno}: not Python", where=name) from None
    lines = cells[0].source.splitlines()
    by_name = {item.name: item for item in (_declared(statement, lines, name) for statement in statements)}
    if len(by_name) < len(statements):
        raise InputError("parameters cell: a name is declared twice", where=name, remedy=f"it has {', '.join(by_name)}")
    return by_name


def parse(text: str, parameter: Declared, *, where: str) -> Any:
    """Turn the text of ``-p NAME=TEXT`` into a value of the declared type; refuse what is none: nothing is guessed."""
    kind = _TYPES[parameter.kind]
    with contextlib.suppress(ValueError, KeyError, RecursionError):
        if isinstance(value := _READS.get(parameter.kind, kind)(text), kind):
            return value
    raise InputError(f"{parameter.name}={text!r} is not of type {parameter.kind}", where=where, remedy=parameter.help)


def _declared(statement: ast.stmt, lines: list[str], name: str) -> Declared:
    line = lines[statement.lineno - 1]
    try:
        assert isinstance(statement, ast.AnnAssign)
        assert isinstance(statement.target, ast.Name)
        assert isinstance(statement.annotation, ast.Name)
        assert statement.value is not None
        kind, default = statement.annotation.id, ast.literal_eval(statement.value)
        assert isinstance(default, _TYPES[kind])
    except (AssertionError, ValueError, KeyError):
        what, remedy = f"line {statement.lineno}: {line.strip()!r}", f"write NAME: {'|'.join(_TYPES)} = literal  # help"
        raise InputError(f"parameters cell, {what}", where=name, remedy=remedy) from None
    # Columns count bytes; a # inside the literal is no comment.
    after = lines[(statement.end_lineno or statement.lineno) - 1].encode()[statement.end_col_offset :].decode()
    return Declared(statement.target.id, kind, default, after.partition("#")[2].strip())
