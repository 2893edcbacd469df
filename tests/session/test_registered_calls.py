"""A notebook cannot part from the register: of each registered call in its source, every argument is altered."""

from __future__ import annotations

import ast
import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.claims import adapter
from analysis.claims.register import load_register
from analysis.claims.rules import Called
from analysis.errors import InputError
from analysis.methods.result import Result, described
from analysis.session import session as sessions
from analysis.session.declared import names, read
from tests.executed import load_once

QUICK = ("01_freedom_index", "02_press_counts")
TESTED = [name for name in names() if "01" <= name[:2] <= "07"]


class SameCallError(Exception):
    """Another content under the same name: a call names its frames and arrays, and their tables are locked."""


def methods(value: Any) -> set[str]:
    """Return the public methods that are called in a part of the register."""
    if isinstance(value, Called):
        return {value.method.split(".")[-1]}.union(*map(methods, value.inputs.values()))
    if isinstance(value, tuple | list):
        return set().union(*map(methods, value))
    parts = ("claims", "model", "multiverse", "checks", "components", "measures", "identified", "calls")
    return set().union(*(methods(getattr(value, name)) for name in parts if getattr(value, name, None)))


METHODS = methods(load_register())


def altered(value: Any) -> Any:
    """Return another content of the same kind; refuse it if a call does not tell the two apart."""
    if isinstance(value, Result):
        return dataclasses.replace(value)  # The same numbers, made by hand.
    changed: Any = f"{value} more" if isinstance(value, str) else value
    if isinstance(value, bool | np.bool_):
        changed = not value
    elif isinstance(value, int | float | np.number):
        changed = value + 1
    elif isinstance(value, pd.Series):
        changed = value.rename("another")
    elif isinstance(value, pd.DataFrame):
        changed = value.rename(columns={value.columns[-1]: "another"})
    elif isinstance(value, list | tuple):
        changed = value[:-1]
    elif isinstance(value, dict):
        changed = dict([*value.items()][:-1])
    if described(changed) == described(value):
        raise SameCallError
    return changed


class Calls(ast.NodeTransformer):
    """Mark the calls of registered methods in a cell, or alter one argument of one of them."""

    def __init__(self, cell: int, site: int | None = None, slot: int | None = None) -> None:
        self.cell, self.site, self.slot = cell, site, slot
        self.slots: list[int] = []

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        first = getattr(node.args[0], "id", "") if name == "each" and node.args else name
        if first not in METHODS:
            return node
        # What is repeated by ``each`` is altered where all repetitions have it.
        given: list[Any] = [*(node.args if name != "each" else []), *node.keywords]
        self.slots.append(len(given))
        here = len(self.slots) - 1
        if self.site is None:
            return self._wrapped("noted", ast.Constant((self.cell, here)), node)
        if here == self.site:
            item = given[self.slot]
            if isinstance(item, ast.keyword | ast.Starred):
                item.value = self._wrapped("altered", item.value)
            else:
                node.args[node.args.index(item)] = self._wrapped("altered", item)
        return node

    @staticmethod
    def _wrapped(name: str, *arguments: ast.expr) -> ast.Call:
        return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def run(source: str, known: dict[str, Any], change: Calls) -> None:
    exec(compile(ast.fix_missing_locations(change.visit(ast.parse(source))), "cell", "exec"), known)


def feeds(made: Any, asked: Any) -> bool:
    """Return whether a call, or the part of its result that was chosen, is one that was held against the register."""
    same = made is asked or made.inputs is asked.inputs
    return same or any(feeds(made, call) for call in asked.inputs.values())


def outcomes(notebook: str, folder: Any, *, every: int) -> dict[str, list[str]]:
    """Run a notebook, then each change from its cell to the last evidence; sort the changes by what became of them."""
    asked: list[Any] = []
    calls: dict[tuple[int, int], list[Any]] = {}

    def noted(site: tuple[int, int], made: Any) -> Any:
        found = made[0].values() if isinstance(made, tuple) else [made] if isinstance(made, Result) else []
        calls.setdefault(site, []).extend(result.call for result in found)
        return made

    def required(registered: Any, call: Any, parameters: Any, *, where: str) -> None:
        asked.extend([call] if call else [])
        require_call(registered, call, parameters, where=where)

    cells = [(place, cell.source) for place, cell in enumerate(read(notebook)) if cell.kind == "code"]
    last = max(place for place, source in cells if "session.evidence(" in source or "session.judge_records(" in source)
    known: dict[str, Any] = {"noted": noted, "altered": altered}
    found: dict[str, list[str]] = {"refused": [], "stopped": [], "same": [], "accepted": []}
    require_call = adapter.require_call
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANALYSIS_OUT", str(folder))
        patch.setenv("ANALYSIS_FIGURES", "no")
        patch.setattr(sessions, "display", lambda shown: None)
        patch.setattr(sessions, "load", load_once)
        with pytest.MonkeyPatch.context() as watched:
            watched.setattr(adapter, "require_call", required)
            marked = {place: Calls(place) for place, _ in cells}
            for place, source in cells:
                run(source, known, marked[place])
        held = {site for site, made in calls.items() if any(feeds(call, other) for call in made for other in asked)}
        changes = [
            Calls(place, site, slot) for place, site in sorted(held) for slot in range(marked[place].slots[site])
        ]
        for change in changes[::every]:
            own = dict(known)
            label = f"cell {change.cell}, call {change.site}, argument {change.slot}"
            try:
                for place, source in cells:
                    if place == change.cell:
                        run(source, own, change)
                    elif change.cell < place <= last and "session.figure(" not in source:
                        exec(source, own)
                found["accepted"].append(label)
            except SameCallError:
                found["same"].append(label)
            except InputError as error:
                found["refused" if "registered" in error.line() else "stopped"].append(label)
            except (KeyError, TypeError, ValueError):
                found["stopped"].append(label)  # No evidence comes of it either: the method has no such column.
    return found


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # altered arguments may leave nothing to take a mean of
@pytest.mark.parametrize("notebook", [pytest.param(name, marks=pytest.mark.long) for name in TESTED] + [*QUICK])
def test_a_call_with_an_argument_altered_in_the_source_gives_no_evidence(notebook, tmp_path, request):
    whole = bool(request.node.get_closest_marker("long"))
    found = outcomes(notebook, tmp_path, every=1 if whole else 2)
    assert found["accepted"] == []
    assert len(found["refused"]) >= (4 if whole else 2), found
