"""Every criterion of every claim is locked, and the published evidence was made by the registered calls."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from analysis.claims.adapter import require_call
from analysis.claims.evidence import read_evidence
from analysis.claims.lock import WORDING, rule_hash
from analysis.claims.register import REGISTER, Claim, load_register
from analysis.claims.rules import Called
from analysis.paths import FIGURES
from analysis.validation import read_yaml

CLAIMS = {claim["id"]: claim for claim in read_yaml(REGISTER)["claims"]}
EVIDENCE = [item for item in read_evidence(FIGURES / "evidence") if item.call is not None]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the path of every single value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path
    else:
        for key, item in items:
            yield from leaves(item, (*path, key))


def altered(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, list):
        return [*value, "more"]
    if isinstance(value, dict):
        return {**value, "more": 1}
    return "another" if value is None else f"{value} more"


def with_change(tree: Any, path: tuple[Any, ...]) -> Any:
    """Return a copy of nested values with the one at a path altered."""
    changed = copy.deepcopy(tree)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = altered(place[path[-1]])
    return changed


@pytest.mark.parametrize("name", CLAIMS)
def test_changing_any_criterion_without_a_lock_stops_the_verdicts(name):
    fields = CLAIMS[name]
    locked = rule_hash(Claim.model_validate(fields))
    criteria = [path for path in leaves(fields) if path[0] not in WORDING]
    assert len(criteria) >= 5
    for path in criteria:
        try:
            changed = Claim.model_validate(with_change(fields, path))
        except ValidationError:
            continue  # refused as no register at all
        assert rule_hash(changed) != locked, path


def as_call(made: Called) -> Any:
    inputs = {name: as_call(inner) for name, inner in made.inputs.items()}
    return SimpleNamespace(method=made.method, arguments=made.arguments, inputs=inputs)


@pytest.mark.parametrize("item", EVIDENCE, ids=lambda item: item.file_name)
def test_published_evidence_was_made_by_the_registered_call(item):
    claim = load_register()[item.claim]
    registered, measures = claim.model, claim.measures_of(item.vintage)
    assert (item.n is None) == (claim.n is None)  # cases that a model counts are registered with it
    parameters = item.parameters | {"measure": measures[0].name if measures else ""}
    require_call(registered, as_call(item.call), parameters, where=item.claim)
