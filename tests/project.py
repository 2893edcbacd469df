"""A copy of the project in a folder of its own, so that tests can break it and look what is said and what is left."""

import contextlib
import hashlib
import io
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

import nbformat
import yaml

from analysis import paths

CHECKOUT = paths.ROOT
#: The tables of the copy: few, so that tests do not slow down with every table that is added.
TABLES = ("countries", "country_spellings", "hfi_2020", "hfi_2024", "population")
#: The notebooks of the copy.
NOTEBOOKS = ("00_register_and_power", "01_freedom_index")
CHECKED = "build/state/checked.json"
#: What was found out about files in one project holds in the next, which has the same: it takes seconds.
_checked: list[str] = []


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Project:
    root: Path

    def path(self, name: str) -> Path:
        return self.root / name

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def command(self, *arguments: str) -> Result:
        """Call the command in this process, as ``python -m analysis`` would."""
        from analysis.cli import main

        out, err, argv = io.StringIO(), io.StringIO(), sys.argv
        sys.argv = ["analysis", *arguments]
        code = 0
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        finally:
            sys.argv = argv
        return Result(code, out.getvalue(), err.getvalue())

    def tree(self) -> dict[str, str]:
        return tree(self.root)


def tree(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def copy_project(root: Path) -> Path:
    (root / "data/tables").mkdir(parents=True)
    for name in ("data/claims.yml", "data/claims.lock", "data/sources.yml", "data/codebook.md", "requirements.lock"):
        shutil.copyfile(CHECKOUT / name, root / name)
    for name in ("calibration", "verdict_history"):
        shutil.copyfile(CHECKOUT / f"data/{name}.csv", root / f"data/{name}.csv")
    lock = root / "data/claims.lock"
    locked = yaml.safe_load(lock.read_text(encoding="utf-8"))
    for part, there in (("tables", (*TABLES, "calibration")), ("parameters", NOTEBOOKS)):
        locked[part] = {name: own for name, own in locked[part].items() if name in there}
    lock.write_text(yaml.safe_dump(locked, sort_keys=False), encoding="utf-8")
    for name in TABLES:
        shutil.copyfile(CHECKOUT / f"data/tables/{name}.csv", root / f"data/tables/{name}.csv")
    (root / "notebooks").mkdir()
    for name in NOTEBOOKS:
        shutil.copyfile(CHECKOUT / f"notebooks/{name}.ipynb", root / f"notebooks/{name}.ipynb")
    if _checked:
        (root / CHECKED).parent.mkdir(parents=True)
        (root / CHECKED).write_text(_checked[-1], encoding="utf-8")
    return root


def keep_checked(root: Path) -> None:
    """Keep for the next project what was found out in this one."""
    if (root / CHECKED).is_file():
        _checked[:] = [(root / CHECKED).read_text(encoding="utf-8")]


def point_library_at(root: Path, monkeypatch: Any) -> None:
    """Let every path constant and default of the loaded library name the same place under another root."""
    monkeypatch.setenv("ANALYSIS_ROOT", str(root))

    def moved(value: Any) -> Any:
        inside = isinstance(value, Path) and value.is_relative_to(CHECKOUT)
        return root / value.relative_to(CHECKOUT) if inside else value

    loaded = [module for name, module in sorted(sys.modules.items()) if name.split(".")[0] == "analysis"]
    for module in loaded:
        for name, value in list(vars(module).items()):
            if moved(value) is not value:
                monkeypatch.setattr(module, name, moved(value))
            elif isinstance(value, FunctionType) and value.__module__ == module.__name__:
                _move_defaults(value, moved, monkeypatch)


def _move_defaults(function: FunctionType, moved: Any, monkeypatch: Any) -> None:
    if any(moved(value) is not value for value in function.__defaults__ or ()):
        monkeypatch.setattr(function, "__defaults__", tuple(map(moved, function.__defaults__)))
    keywords = function.__kwdefaults__ or {}
    if any(moved(value) is not value for value in keywords.values()):
        monkeypatch.setattr(function, "__kwdefaults__", {name: moved(value) for name, value in keywords.items()})


def notebook(*cells: tuple[str, str] | tuple[str, str, str]) -> str:
    """Return a notebook as JSON from (kind, source) or (kind, source, tag)."""
    made = nbformat.v4.new_notebook()
    made.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    for number, (kind, source, *tags) in enumerate(cells):
        new = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        cell = new(source, metadata={"tags": tags} if tags else {})
        cell["id"] = f"cell-{number}"
        made.cells.append(cell)
    return nbformat.writes(made)


def one_line(result: Result) -> str:
    """Return the one line on stderr of a refused request, and insist that there is nothing else."""
    lines = result.err.splitlines()
    assert len(lines) == 1, result
    assert result.out == "", result
    assert lines[0].startswith("error: "), result
    return lines[0].removeprefix("error: ")


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
