"""The lock on the rules: rules come before results, and a rule that changed since needs a reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, TypeAdapter

from analysis.claims.register import Claim, Register
from analysis.data.catalogue import CATALOGUE, WORLDS, table
from analysis.data.load import sha256
from analysis.data.queries import Frozen
from analysis.errors import InputError
from analysis.files import write_whole
from analysis.paths import DATA
from analysis.validation import read_yaml, validate

LOCK = DATA / "claims.lock"

#: What a claim states, and the data that its calls are given: locked apart from the rules.
STATED = frozenset({"claim", "seen", "speaker"})
#: Fields on which no rule stands; those that are not stated may be improved without a new lock.
WORDING = STATED | {"id", "item", "paragraph", "stance", "contradicts", "needs", "objection"}
Parameters = dict[str, Any]
_LOCK_ANEW = 'lock {} anew with: analysis claims lock --reason "why"'


class Entry(Frozen):
    """One locking: the hash of all rules, when, why, and whether any verdict was known by then."""

    hash: str = ""
    date: str
    verdicts_known: bool
    reason: str


class Lock(Frozen):
    """What is locked, and the history of lockings, oldest first.

    Locked are all rules with the thresholds, by their hash and by those of each claim: of its rule, and of what it
    states; named tables and simulated worlds, by SHA-256; the defaults of notebooks, with which evidence is registered.
    """

    hash: str
    rules: dict[str, str]
    stated: dict[str, str] = Field(default_factory=dict)
    tables: dict[str, str] = Field(default_factory=dict)
    parameters: dict[str, Parameters] = Field(default_factory=dict)
    history: tuple[Entry, ...]


def rule_hash(claim: Claim) -> str:
    """Return the SHA-256 of the fields of a claim that decide its verdict (first 16 hex digits)."""
    return _hash(claim.model_dump(mode="json", exclude=set(WORDING)))


def rules_hash(register: Register) -> str:
    """Return the SHA-256 of all rules with the shared thresholds (first 16 hex digits)."""
    # Whose word is none of a second source, and of which country a claim speaks, decides verdicts too.
    article = register.article.model_dump(mode="json", include={"publisher", "country"})
    thresholds = register.thresholds.model_dump(mode="json")
    return _hash({"article": article, "thresholds": thresholds} | _by_claim(register))


def write_lock(
    register: Register, entry: Entry, *, tables: dict[str, str], parameters: dict[str, Parameters], path: Path = LOCK
) -> Lock:
    """Lock the rules as they stand, with tables and defaults; refuse an entry without a reason, or if all is as was."""
    if not entry.reason.strip():
        raise InputError("a lock needs a reason", remedy='add --reason "why the rules changed"')
    last = read_lock(path) if path.exists() else None
    history, tables = last.history if last else (), tables | {WORLDS: sha256(WORLDS)}
    lock = Lock(hash=rules_hash(register), **_by_claim(register), tables=tables, parameters=parameters, history=history)
    if lock == last:
        raise InputError("the rules have not changed since the last lock", where=path.name, remedy="nothing to do")
    entry = entry.model_copy(update={"hash": lock.hash, "reason": entry.reason.strip()})
    lock = lock.model_copy(update={"history": (*history, entry)})
    write_whole(path, yaml.safe_dump(lock.model_dump(), sort_keys=False, allow_unicode=True, width=120))
    return lock


def check_lock(register: Register, path: Path = LOCK) -> str:
    """Return the hash of the rules if these, tables and simulated worlds are as locked; else name what is not."""
    lock = read_lock(path)
    own = {WORLDS, *lock.tables.keys() & CATALOGUE.keys()}
    now = _by_claim(register) | {"tables": lock.tables | {n: sha256(n) if table(n).path.is_file() else "" for n in own}}
    moved = sorted({name for part in now for name, *_ in differing(getattr(lock, part), now[part])})
    if moved or lock.hash != rules_hash(register):
        more = f" and {len(moved) - 5} more" if len(moved) > 5 else ""
        names = ", ".join(moved[:5]) + more or "thresholds or article"
        what, remedy = f"rules, claims or tables changed since they were locked: {names}", _LOCK_ANEW.format("them")
        raise InputError(what, where="claims.yml", remedy=f"restore them, or {remedy}")
    return lock.hash


def require_locked(
    lock: Lock, claim: Claim, notebook: str, *, named: Collection[str], defaults: Parameters, tables: Mapping[str, str]
) -> None:
    """Refuse evidence of another notebook or on other tables than the claim names, or than those that were locked.

    Tables, with their SHA-256, are all that the notebook has loaded, whatever the evidence says it stands on.
    """
    if notebook != claim.notebook or not {*named} <= {*claim.data}:
        what, remedy = "evidence of another notebook, or on other tables", f"use {', '.join(claim.data)}"
        raise InputError(what, where=f"{notebook}, {claim.id}", remedy=f"{remedy} in {claim.notebook}")
    remedy = f"restore it, or {_LOCK_ANEW.format('it')}"
    for name, *_ in differing(tables, {name: lock.tables.get(name) for name in tables}):
        raise InputError(f"table {name} is not the one locked", where=f"claims.lock, {claim.id}", remedy=remedy)
    for name, own, locked in differing(defaults, lock.parameters.get(notebook, {}), "no such parameter"):
        raise InputError(f"the default {name}={own!r} is not the locked {locked!r}", where=notebook, remedy=remedy)


def read_lock(path: Path = LOCK) -> Lock:
    """Return the lock; one that is missing or damaged is an `InputError`."""
    return validate(TypeAdapter(Lock), read_yaml(path), where=path.name)


def differing(one: Mapping[str, Any], other: Mapping[str, Any], absent: Any = None) -> list[tuple[str, Any, Any]]:
    """Return each name under which two mappings do not hold the same, with what they hold."""
    both = [(name, one.get(name, absent), other.get(name, absent)) for name in sorted(one.keys() | other.keys())]
    return [(name, own, held) for name, own, held in both if own != held]


def _by_claim(register: Register) -> dict[str, dict[str, str]]:
    """Return the hash of each claim's rule, and that of what it states."""
    stated = {claim.id: _hash(claim.model_dump(mode="json", include=set(STATED))) for claim in register.claims}
    return {"rules": {claim.id: rule_hash(claim) for claim in register.claims}, "stated": stated}


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
