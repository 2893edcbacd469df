"""Checks of a claim made from numbers: the register says which numbers, and what they have to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd

from analysis.claims.evidence import Check, Evidence
from analysis.claims.register import Claim
from analysis.claims.rules import Called, RegisteredCheck
from analysis.errors import InputError

_RELOCK = 'make it as registered, or change the register and lock it with: analysis claims lock --reason "why"'


@dataclass(frozen=True, slots=True)
class Observed:
    """What a check found: in words, in the numbers that the register's bounds are about, the calls that made them.

    Without numbers the check could not be made.
    """

    detail: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    calls: tuple[Any, ...] = ()


def observed(detail: str, *results: Any, **numbers: Any) -> Observed:
    """Return what a check found: in words, the results whose calls the register knows, and its numbers.

    Examples
    --------
    >>> observed("rate ratio 1.30", lower=1.1).numbers
    {'lower': 1.1}
    """
    return Observed(detail, numbers, tuple(result.call for result in results))


def build_checks(
    registered: Iterable[RegisteredCheck], outcomes: Mapping[str, Any], *, parameters: Mapping[str, Any], claim: str
) -> tuple[Check, ...]:
    """Turn what was found into checks, in the register's order; one without an outcome is left out.

    Parameters
    ----------
    registered : iterable of RegisteredCheck
        The claim's checks or components.
    outcomes : mapping of str to Observed or Result
        By the registered name. Of a result, ``sentence()`` is the detail and its attributes are the numbers.
    parameters, claim : mapping, str
        The notebook's parameters, for arguments that name one; claim id, for the error's line.

    Raises
    ------
    InputError
        An outcome has no registered check, lacks the number that the register asks for, or was made by another call.
    """
    registered = list(registered)
    if unknown := sorted(set(outcomes) - {check.name for check in registered}):
        names = ", ".join(check.name for check in registered) or "none"
        raise InputError(f"no check {unknown[0]!r} is registered", where=claim, remedy=f"it has {names}")
    return tuple(
        _built(check, outcomes[check.name], parameters, claim) for check in registered if check.name in outcomes
    )


def failed_checks(claim: Any, outcomes: Mapping[str, Any], *, parameters: Mapping[str, Any]) -> list[str]:
    """Return the names of the registered checks of a claim that outcomes do not pass; arguments as `build_checks`."""
    built = build_checks(claim.checks, outcomes, parameters=parameters, claim=claim.id)
    return [check.name for check in built if not check.passed]


def _built(check: RegisteredCheck, outcome: Any, parameters: Mapping[str, Any], claim: str) -> Check:
    if not isinstance(outcome, Observed):
        found = {name: getattr(outcome, name, None) for name in check.passes}
        calls = outcome.calls if hasattr(outcome, "calls") else (getattr(outcome, "call", None),)
        outcome = Observed(outcome.sentence(), found, calls)
    numbers: dict[str, list[Any]] = {}
    for name in check.passes if outcome.numbers else ():
        if outcome.numbers.get(name) is None:
            what = f"check {check.name!r} has no number {name!r}"
            raise InputError(what, where=claim, remedy="the register asks for it")
        numbers[name] = np.atleast_1d(np.asarray(outcome.numbers[name])).ravel().tolist()
    if check.calls and any(numbers.values()):
        for registered, call in zip_longest(check.calls, outcome.calls):
            require_call(registered, call, parameters, where=f"{claim}, {check.name}")
    passed = bool(numbers) and all(own and all(map(check.passes[name].holds, own)) for name, own in numbers.items())
    return Check(name=check.name, passed=passed, detail=outcome.detail, asks=check.asks)


def check_table(found: Iterable[Evidence]) -> pd.DataFrame:
    """Return the checks of several pieces of evidence, one row a claim and check."""
    return pd.DataFrame(
        [
            {"claim": item.claim} | check.model_dump()
            for item in found
            for check in (*item.falsifications, *item.components)
        ]
    )


def require_call(registered: Called | None, call: Any, parameters: Mapping[str, Any], *, where: str) -> None:
    """Refuse a result that another call has made than the registered one.

    Parameters
    ----------
    registered, call : Called or None
        Method, arguments and inputs as registered, and as they were made.
    parameters, where : mapping, str
        The notebook's parameters, for arguments that name one; claim, for the error's line.

    Raises
    ------
    InputError
        Method or arguments, or those of a call that made an input, differ; the line names the first.
    """
    if registered is None or call is None or call.method != registered.method:
        made, asked = ("no method" if part is None else part.method for part in (call, registered))
        raise InputError(f"made by {made}, registered is {asked}", where=where, remedy=_RELOCK)
    wanted = _value(registered.arguments, parameters)
    for name in sorted(wanted.keys() | call.arguments.keys()):
        own, other = (part.get(name, "no such argument") for part in (call.arguments, wanted))
        if own != other:
            raise InputError(f"{name}={own!r}, registered is {other!r}", where=where, remedy=_RELOCK)
    for name in sorted(registered.inputs.keys() | call.inputs.keys()):
        if name not in registered.inputs:
            raise InputError(f"the call that made {name} is not registered", where=where, remedy=_RELOCK)
        require_call(registered.inputs[name], call.inputs.get(name), parameters, where=f"{where}, {name}")


def registered_arguments(claim: Claim, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments with which a claim's model or specification curve calls a method, as the register has them.

    The method is the one registered, or one that makes an input of it, such as the choices of a curve.

    Raises
    ------
    InputError
        The claim registers no call of that method.
    """
    open_calls = [call for call in (claim.model, claim.multiverse) if call is not None]
    for call in open_calls:
        if call.method == method:
            return {**_value(call.arguments, parameters)}
        open_calls.extend(call.inputs.values())
    raise InputError(f"no call of {method} is registered", where=claim.id, remedy="name it under model or multiverse")


def _value(value: Any, parameters: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith("-$"):
        return -parameters[value[2:]]
    if isinstance(value, str) and value.startswith("$"):
        return parameters.get(value[1:], value)
    if isinstance(value, list):
        return [_value(item, parameters) for item in value]
    if isinstance(value, dict) and len(value) == 1 and (name := str(*value)).startswith("$"):
        return _value(value[name][parameters[name[1:]]], parameters)
    if isinstance(value, dict):
        return {key: _value(item, parameters) for key, item in value.items()}
    return value
