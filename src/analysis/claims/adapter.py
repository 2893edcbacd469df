"""The one way from a result to evidence: the registered call is required, and the register fills in what decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.claims.checks import build_checks, require_call
from analysis.claims.evidence import Measure
from analysis.claims.measures import build_measures, measures_sentence
from analysis.claims.register import Claim


def evidence_fields(
    claim: Claim,
    result: Any = None,
    *,
    checks: Mapping[str, Any] | None = None,
    components: Mapping[str, Any] | None = None,
    multiverse: Any = None,
    measures: Mapping[str, Any] | None = None,
    failed: Mapping[str, Sequence[str]] | None = None,
    parameters: Mapping[str, Any],
    **fields: Any,
) -> dict[str, Any]:
    """Return the fields of evidence on one claim that do not depend on where it is written.

    Parameters
    ----------
    claim : Claim
        The registered claim.
    result, multiverse : Result
        What the registered methods returned; its ``evidence()`` gives estimate, interval, p and the like.
    checks, components : mapping of str to Result or Observed
        What each registered check found, by its name.
    measures, failed : mapping of str to Result, mapping of str to sequence of str
        By measure of the edition: its result; which of its registered checks failed.
    parameters : mapping
        The notebook's parameters.
    **fields
        Other fields, which go before those of the result; what the register sets goes before both.

    Raises
    ------
    InputError
        The result or a check was made by another call than the registered one.
    """
    edition = fields.get("vintage", claim.vintage)
    first = next(iter(claim.measures_of(edition)), None)
    names = {**parameters, "measure": first.name if first else ""}
    for registered, made in ((claim.model, result), (claim.multiverse, multiverse)):
        if registered is not None and (made is not None or fields.get("primary", True)):
            require_call(registered, getattr(made, "call", None), names, where=claim.id)
    built = {
        name: build_checks(registered, outcomes, parameters=parameters, claim=claim.id)
        for name, registered, outcomes in (
            ("falsifications", claim.checks, checks),
            ("components", claim.components, components),
        )
        if outcomes is not None
    }
    if result is not None:
        fields["call"] = _written(result.call)
        holds = [bound.holds(getattr(result, name)) for name, bound in claim.identified.items()]
        fields |= {"identified": all(holds)} if holds else {}
    found = [made.evidence() for made in (result, multiverse) if made is not None]
    merged = {name: value for part in found for name, value in part.items()}
    if measures is not None:
        how: dict[str, Any] = {"edition": edition, "parameters": parameters, "failed": failed}
        merged |= _measured(claim, merged, build_measures(claim, measures, **how), edition)
    return {"vintage": claim.vintage} | merged | built | fields | _from_register(claim)


def _written(call: Any) -> dict[str, Any]:
    inputs = {name: _written(inner) for name, inner in call.inputs.items()}
    return {"method": call.method, "arguments": call.arguments, "inputs": inputs}


def _measured(claim: Claim, found: Mapping[str, Any], measures: tuple[Measure, ...], edition: str) -> dict[str, Any]:
    """Return the measures; where they are differences, the claim's own estimate is the first, turned as they are."""
    first, registered = measures[0], claim.measures_of(edition)[0]
    fields = {"measures": measures, "summary": f"{found.get('summary', '')} {measures_sentence(measures)}".lstrip()}
    if registered.scale == "ratio":
        return fields
    ends = (first.lower, first.upper)
    return fields | {"estimate": first.estimate, "interval": ends, "unit": registered.unit}


def _from_register(claim: Claim) -> dict[str, Any]:
    effect = claim.smallest_effect.value if claim.smallest_effect else None
    fields = {"test": claim.test, "estimand": claim.estimand, "smallest_effect": effect}
    return fields | ({"design": claim.design} if claim.design else {})
