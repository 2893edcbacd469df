"""The one way from results to evidence: the registered call is required, and the register fills in what decides."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd

from analysis.claims.evidence import Check, Confidence, Evidence, Measure, Multiverse
from analysis.claims.judge import failing, scaled
from analysis.claims.lock import differing, rule_hash
from analysis.claims.register import Claim, Register
from analysis.claims.rules import Called, Directional, NonInferiority, RegisteredCheck, RegisteredMeasure
from analysis.errors import InputError
from analysis.methods.result import in_words

_RELOCK = 'make it as registered, or change the register and lock it with: analysis claims lock --reason "why"'


def evidence_fields(
    claim: Claim,
    result: Any = None,
    *,
    checks: Mapping[str, Any] | None = None,
    components: Mapping[str, Any] | None = None,
    multiverse: Any = None,
    measures: Mapping[str, Any] | None = None,
    counted: Mapping[str, Mapping[str, Any]] | None = None,
    identified: Any = None,
    looked_up: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any],
    register: Register | None = None,
    defaults: Mapping[str, Mapping[str, Any]] | None = None,
    vintage: str = "",
    primary: bool = True,
    **said: Any,
) -> dict[str, Any]:
    """Return the fields of evidence on one claim that do not depend on where it is written.

    Parameters
    ----------
    result, multiverse : Result
        What the registered methods returned. One that another call has made is an `InputError`.
    checks, components, identified : mapping of str to Result or Observed, Result
        What each registered check found, by its name; what is asked instead of the result whether it can decide.
    measures, counted : mapping of str to Result, mapping of str to mapping
        By measure of the edition: its result; what each check of its own finding found. One that is missing failed.
    looked_up, parameters, register, defaults
        What `look_up` gives; the notebook's parameters; the register; by notebook, the locked parameters.
    vintage, primary, **said
        The edition, and whether it is the registered one; ``n`` and ``summary`` in place of the result's.
    """
    edition = vintage or claim.vintage
    if primary and claim.vintage not in ("", edition):
        raise InputError(f"edition {edition}, registered is {claim.vintage}", where=claim.id, remedy=_RELOCK)
    if own := sorted(set(said) - {"n", "summary"}):
        raise InputError(f"{own[0]} is given", where=claim.id, remedy="results and the register say it")
    first = next(iter(claim.measures_of(edition)), None)
    names = {**parameters, "measure": first.name if first else ""}
    for registered, made in ((claim.model, result), (claim.multiverse, multiverse)):
        if made is not None or (registered is not None and primary):
            require_call(registered, getattr(made, "call", None), names, where=claim.id)
    about: dict[str, Any] = {"parameters": parameters, "claim": claim.id}
    fields = {"rule": rule_hash(claim), "primary": primary, "vintage": edition, "unit": "", **(looked_up or {})}
    effect = claim.smallest_effect
    if result is not None:
        fields |= {name: value for name, value in result.evidence().items() if value != ""}
        fields["call"] = Called.model_validate(result.call, from_attributes=True).model_dump()
        if claim.identified:
            asked = identified if claim.identified.calls else result
            fields["identified"] = _built(claim.identified, asked, **about).passed
        if effect and isinstance(claim.rule, Directional):
            rise = claim.rule.direction == "rise"
            fields["confidence"] = confidence_in(result, effect.value, scale=claim.rule.scale, rise=rise, least=True)
    if primary and parameters == (defaults or {}).get(str(claim.notebook)):
        seen = _seen(result, multiverse, identified, measures, checks, components)
        for name, found in (("n", fields.get("n")), ("seen", seen)):
            if (registered := getattr(claim, name)) and found != registered:
                raise InputError(f"{name}={found}, registered is {registered}", where=claim.id, remedy=_RELOCK)
    if multiverse is not None:
        fields["multiverse"] = Multiverse.model_validate(multiverse, from_attributes=True)
    if first is not None and isinstance(claim.rule, NonInferiority) and (primary or measures is not None):
        shaken = shaken_measures(claim, counted or {}, register, defaults or {})
        made_of = build_measures(claim, measures or {}, edition=edition, parameters=parameters, shaken=shaken)
        fields |= _measured(first, made_of, fields.get("summary", ""))
    for name, asked, found in (("falsifications", claim.checks, checks), ("components", claim.components, components)):
        fields |= {} if found is None else {name: build_checks(asked, found, **about)}
    if effect and fields.get("estimate") is not None:
        fields["unit"] = fields["unit"] or effect.unit
    fields |= {"test": claim.test, "estimand": claim.estimand, "smallest_effect": effect.value if effect else None}
    fields |= said | ({"design": claim.design} if claim.design else {})
    return fields | ({"summary": in_words(fields["summary"])} if "summary" in fields else {})


def _seen(*made: Any) -> str:
    """Return a hash of the data that the calls behind results, and behind mappings of results, were given."""
    each = (one for own in made for one in (own.values() if isinstance(own, Mapping) else (own,)) if one is not None)
    calls = Observed("", *each).calls
    return hashlib.blake2b("".join(sorted(call.seen for call in calls if call)).encode(), digest_size=8).hexdigest()


def _measured(registered: RegisteredMeasure, measures: tuple[Measure, ...], said: str) -> dict[str, Any]:
    """Return the measures; where they are differences, the claim's own estimate is the first, turned as they are."""
    concluded = "; ".join(f"{item.name} {item.conclusion}" for item in measures if item.role != "record")
    fields = {"measures": measures, "summary": f"{said} A change of the registered size: {concluded}.".lstrip()}
    if registered.scale == "ratio":
        return fields
    first = measures[0]
    ends = {} if first.lower is None else {"interval": (first.lower, first.upper)}
    return fields | {"estimate": first.estimate, "unit": registered.unit} | ends


class Observed:
    """What a check found: words, results whose calls are registered, numbers that none has; neither if not made."""

    def __init__(self, detail: str, *results: Any, **numbers: Any) -> None:
        self.detail, self.results, self.numbers = detail, results, numbers

    def values(self, name: str) -> list[Any] | None:
        """Return the values of a number as the results have it; as it was given only if none of them does."""
        own = [getattr(result, name, None) for result in self.results]
        found = [value for value in own if value is not None] or [self.numbers.get(name)]
        return None if found[0] is None else [item for value in found for item in np.ravel(value).tolist()]

    @property
    def calls(self) -> list[Any]:
        """The calls that made the results, in their order."""
        each = (getattr(result, "calls", (getattr(result, "call", None),)) for result in self.results)
        return [call for own in each for call in own]


#: As notebooks call it.
observed = Observed


def build_checks(
    registered: Sequence[RegisteredCheck], outcomes: Mapping[str, Any], *, parameters: Mapping[str, Any], claim: str
) -> tuple[Check, ...]:
    """Turn what was found into checks, in the register's order; one without an outcome is left out.

    Outcomes are an `Observed` or a result by the registered name; of a result, ``sentence()`` is the detail and its
    attributes are the numbers. One that has no registered check, lacks a number, or is of another call is refused.
    """
    if unknown := sorted(set(outcomes) - {check.name for check in registered}):
        names = ", ".join(check.name for check in registered) or "none"
        raise InputError(f"no check {unknown[0]!r} is registered", where=claim, remedy=f"it has {names}")
    about: dict[str, Any] = {"parameters": parameters, "claim": claim}
    return tuple(_built(check, outcomes[check.name], **about) for check in registered if check.name in outcomes)


def _built(check: RegisteredCheck, outcome: Any, *, parameters: Mapping[str, Any], claim: str) -> Check:
    if not isinstance(outcome, Observed):
        outcome = Observed(str(outcome), outcome)
    made = outcome.numbers or outcome.results
    numbers = {name: outcome.values(name) for name in (check.passes if made else ())}
    if lacking := [name for name, values in numbers.items() if values is None]:
        what = f"check {check.name!r} has no number {lacking[0]!r}"
        raise InputError(what, where=claim, remedy="the register asks for it")
    if check.calls and any(numbers.values()):
        for registered, call in zip_longest(check.calls, outcome.calls):
            require_call(registered, call, parameters, where=f"{claim}, {check.name}")
    passed = bool(numbers) and all(own and all(map(check.passes[name].decide, own)) for name, own in numbers.items())
    return Check(name=check.name, passed=passed, detail=in_words(outcome.detail), asks=check.asks)


def check_table(found: Iterable[Evidence]) -> pd.DataFrame:
    """Return the checks of several pieces of evidence, one row a claim and check."""
    checks = ((item.claim, check) for item in found for check in (*item.falsifications, *item.components))
    return pd.DataFrame([{"claim": claim} | check.model_dump() for claim, check in checks])


def require_call(registered: Called | None, call: Any, parameters: Mapping[str, Any], *, where: str) -> None:
    """Refuse a result that another call has made than the registered one; the `InputError` names what differs first."""
    if registered is None or call is None or call.method != registered.method:
        made, asked = ("no method" if part is None else part.method for part in (call, registered))
        raise InputError(f"made by {made}, registered is {asked}", where=where, remedy=_RELOCK)
    for name, own, other in differing(call.arguments, _value(registered.arguments, parameters), "no such argument"):
        raise InputError(f"{name}={own!r}, registered is {other!r}", where=where, remedy=_RELOCK)
    for name in sorted(registered.inputs.keys() | call.inputs.keys()):
        require_call(registered.inputs.get(name), call.inputs.get(name), parameters, where=f"{where}, {name}")


def registered_arguments(claim: Claim, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments with which a claim's model or specification curve calls a method, as the register has them.

    The method is the one registered, or makes an input of it, as the choices of a curve; else it is an `InputError`.
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


def build_measures(
    claim: Claim, results: Mapping[str, Any], *, edition: str, parameters: Mapping[str, Any], shaken: Collection[str]
) -> tuple[Measure, ...]:
    """Turn results into the measures that a non-inferiority claim is judged on in an edition, in the register's order.

    Those named by ``shaken`` failed a check of their own finding. Measures and calls have to be those registered.
    """
    assert isinstance(claim.rule, NonInferiority)
    registered = {item.name: item for item in claim.measures_of(edition)}
    if unlike := sorted(registered.keys() ^ results.keys()):
        what = "is missing" if unlike[0] in registered else "is not registered"
        where, remedy = f"{claim.id}, edition {edition}", f"it is judged on {', '.join(registered)}"
        raise InputError(f"measure {unlike[0]!r} {what}", where=where, remedy=remedy)
    for name, item in registered.items():
        require_call(item.model, results[name].call, {**parameters, "measure": name}, where=f"{claim.id}, {name}")
    about = ((own, results[name], name in shaken) for name, own in registered.items())
    return tuple(measure_of(own, found, against=claim.rule.against, shaken=fell) for own, found, fell in about)


def shaken_measures(
    claim: Claim, counted: Mapping[str, Any], register: Register | None, defaults: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Return the measures whose own finding does not pass the checks of the claim that the register names for it."""
    asked = {item.name: register[item.checks_of] for item in claim.measures if item.checks_of and register}
    failed = []
    for name, other in asked.items():
        about: dict[str, Any] = {"parameters": defaults[str(other.notebook)], "claim": other.id}
        failed += [name] if failing(other.checks, build_checks(other.checks, counted.get(name, {}), **about)) else []
    return failed


def measure_of(item: RegisteredMeasure, result: Any, *, against: str = "improvement", shaken: bool = False) -> Measure:
    """Turn one result into a measure: positive is the change that a rule is against.

    The confidence of a primary one is the result's own, and that of its ``independent``, a second result of the same
    change with errors that are independent between years, if it has one.
    """
    found, effect = result.evidence(), item.smallest_effect
    rise = (against == "improvement") == (item.higher == "better")
    sign, ends = 1 if rise else -1, (found.get("estimate"), *found.get("interval", (None, None)))
    estimate, *turned = (None if end is None else 0.0 + sign * scaled(end, item.scale) for end in ends)
    known: dict[str, Any] = dict(zip(("estimate", "lower", "upper"), (estimate, *turned[::sign]), strict=True))
    known |= {"smallest_effect": abs(scaled(effect, item.scale)), "shaken": shaken}
    for name, of in (("confidence", result), ("independent", getattr(result, "independent", None))):
        if item.role == "primary" and of is not None:
            known[name] = confidence_in(of, effect, scale=item.scale, rise=rise)
    return Measure(name=item.name, producer=item.producer, role=item.role, **known)


def confidence_in(result: Any, smallest: float, *, scale: str, rise: bool, least: bool = False) -> Confidence | None:
    """Return how confident a result lets one be of an effect in a direction; None if it has no calibrated error.

    With ``least`` each confidence is the smaller of that by its own errors and by its ``independent``, if it has one.
    """
    sign, size = 1 if rise else -1, abs(scaled(smallest, scale))
    errors = [own for own in (result, getattr(result, "independent", None) if least else None) if own is not None]

    def below(multiple: float) -> list[float]:
        bound = sign * multiple * size
        each = (float(own.confidence_below(math.exp(bound) if scale == "ratio" else bound)) for own in errors)
        return [confidence if rise else 1 - confidence for confidence in each]

    beyond = min(1 - confidence for confidence in below(0))
    if math.isnan(beyond):
        return None
    return Confidence(beyond=beyond, short=min(below(1)), short_of_half=min(below(0.5)), short_of_twice=min(below(2)))
