"""A notebook cannot part from the register: every registered call is held against the one that was made."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from analysis.claims import adapter
from analysis.claims.register import load_register
from analysis.claims.rules import Called
from analysis.errors import InputError
from analysis.session import session as sessions
from analysis.session.declared import names, read
from tests.claims.make import claims_of
from tests.executed import load_once

QUICK = ("01_freedom_index", "02_press_counts")
TESTED = [pytest.param(name, marks=[pytest.mark.long] * (name not in QUICK)) for name in names() if "01" <= name < "08"]


def calls(value: Any) -> list[Called]:
    """Return the calls in a part of the register, with those that make their inputs."""
    if isinstance(value, Called):
        return [value, *calls(tuple(value.inputs.values()))]
    if isinstance(value, tuple | list):
        return [call for item in value for call in calls(item)]
    parts = ("model", "multiverse", "checks", "components", "measures", "identified", "calls")
    return [call for name in parts for call in calls(getattr(value, name, None) or ())]


@pytest.mark.parametrize("notebook", TESTED)
def test_no_evidence_comes_of_another_call_and_no_registered_call_is_left_out(notebook, tmp_path, monkeypatch):
    held: list[Called] = []
    require_call = adapter.require_call

    def required(registered: Any, call: Any, parameters: Any, *, where: str) -> None:
        for name in call.arguments if call and registered else ():
            other = dataclasses.replace(call, arguments=call.arguments | {name: [call.arguments[name]]})
            with pytest.raises(InputError, match="registered"):
                require_call(registered, other, parameters, where=where)
        require_call(registered, call, parameters, where=where)
        held.append(registered)

    monkeypatch.setattr(adapter, "require_call", required)
    monkeypatch.setattr(sessions, "display", lambda shown: None)
    monkeypatch.setattr(sessions, "load", load_once)
    monkeypatch.setenv("ANALYSIS_OUT", str(tmp_path))
    monkeypatch.setenv("ANALYSIS_FIGURES", "no")
    known: dict[str, Any] = {}
    for cell in read(notebook):
        if cell.kind == "code":
            exec(compile(cell.source, notebook, "exec"), known)
    asked = calls(claims_of(load_register(), notebook))
    assert len(asked) > 3
    assert [call for call in asked if call not in held] == []
