"""What the package carries along, and the projects, notebooks and examples of rules that are made of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from shlex import quote
from typing import Annotated, get_args

import typer

from analysis.errors import InputError, RunError, nearest
from analysis.files import write_whole
from analysis.paths import NOTEBOOKS
from analysis.session.declared import names

_STARTER, _NOTEBOOK = "examples/starter", "01_claims"
#: Names of tables that a new project has in any case, beside those of the starter.
_LISTED = "tables.txt"
_LOCK = ("claims", "lock", "--reason", "First registration, before any verdict was known.")

_Folder = Annotated[Path, typer.Argument(help="A new or empty folder.")]
_Tables = Annotated[list[str], typer.Option(help="An edition of an index that it gets too, by its table; repeatable.")]
_Title = Annotated[str, typer.Argument(help="Its question, in words.")]


def carried(name: str) -> Path:
    """Return a file or folder that the package carries: in its own folder if it was installed, else in the checkout."""
    inside = Path(__file__).parents[1] / "carried" / name
    return inside if inside.exists() else Path(__file__).parents[3] / name


def new_project(folder: _Folder, table: _Tables = ()) -> None:  # type: ignore[assignment]
    """Make a project for an article of your own, which runs at once, with a claim of each kind."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("not a new or empty folder", where=str(folder), remedy="name one")
    text = carried("data/sources.yml").read_text(encoding="utf-8")
    cards = dict(re.findall(r"^(\w+):\n((?:[ #].*\n)+)", text, re.MULTILINE))
    known = sorted(path.stem for path in carried("data/tables").glob("*.csv") if path.stem in cards)
    for name in table:
        if name not in known:
            remedy = nearest(name, known, otherwise=f"choose from {', '.join(known)}")
            raise InputError(f"the package carries no table {name} with a card of that name", remedy=remedy)
    shutil.copytree(carried(_STARTER), folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(_LISTED))
    own = [path.stem for path in (folder / "data").rglob("*.csv")]
    wanted = list(dict.fromkeys((*carried(f"{_STARTER}/{_LISTED}").read_text(encoding="utf-8").split(), *table)))
    for name in wanted:
        shutil.copyfile(carried(f"data/tables/{name}.csv"), folder / f"data/tables/{name}.csv")
    write_whole(folder / "data/sources.yml", "".join(f"{name}:\n{cards[name]}" for name in wanted if name in cards))
    book, *sections = carried("data/codebook.md").read_text(encoding="utf-8").split("\n## ")
    for section in sections:
        heading, _, rest = section.partition("\n")
        found = [one for one in heading.split(", ") if any(fnmatchcase(name, one) for name in (*own, *wanted))]
        book += f"\n## {', '.join(found)}\n{rest}" if found else ""
    write_whole(folder / "data/codebook.md", book)
    command, there = [sys.executable, "-m", "analysis", *_LOCK], {"ANALYSIS_ROOT": str(folder.absolute())}
    done = subprocess.run(command, env=os.environ | there, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RunError(f"the rules could not be locked: {done.stderr.strip()}", where=str(folder))
    print(f"written: {folder}; go on with: cd {quote(str(folder))} && analysis run")


def new_notebook(title: _Title) -> None:
    """Write a notebook that judges the claims which name it, as far as their rules need no code; with figures."""
    slug = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
    if not slug:
        raise InputError(f"no name in {title!r}", remedy="give a title in words")
    name = f"{max([0, *(int(own[:2]) for own in names())]) + 1:02}_{slug}"
    from analysis.claims.register import load_register  # new_project has no register to read

    text = carried(f"{_STARTER}/notebooks/{_NOTEBOOK}.ipynb").read_text(encoding="utf-8")
    text = text.replace(_NOTEBOOK, name).replace('\\"EST\\"', f'\\"{load_register().article.country}\\"')
    text = text.replace("# What do the claims come to?", f"# {json.dumps(title, ensure_ascii=False)[1:-1]}")
    write_whole(NOTEBOOKS / f"{name}.ipynb", text)
    print(f"written: notebooks/{name}.ipynb; name {name} as notebook of its claims, lock them, and run it")


def kinds() -> str:
    """Say what each kind of rule is for, with the claims of the starter that have it."""
    from analysis.claims.rules import AnyRule

    blocks, said = carried(f"{_STARTER}/data/claims.yml").read_text(encoding="utf-8").split("\n\n"), []
    for rule in get_args(get_args(AnyRule)[0]):
        (kind,) = get_args(rule.model_fields["kind"].annotation)
        examples = [block.strip("\n") for block in blocks if re.search(rf"\bkind: {kind}\b", block)]
        purpose = (rule.__doc__ or "").strip().partition("\n")[0]
        said.append("\n\n".join([f"# {kind}: {purpose}", *examples]))
    return "\n\n".join(said)
