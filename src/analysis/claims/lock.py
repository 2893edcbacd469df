"""The lock on the rules: rules come before results, and a rule that changed since needs a reason."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from analysis.claims.register import Claim, Register
from analysis.errors import InputError
from analysis.files import write_whole
from analysis.paths import DATA
from analysis.validation import read_yaml, validate

LOCK = DATA / "claims.lock"

#: Fields that decide a verdict. Wording, speaker and objections may be improved without a new lock.
RULE_FIELDS = (
    "type",
    "estimand",
    "data",
    "test",
    "smallest_effect",
    "rule",
    "family",
    "falsifications",
    "notebook",
)


class Entry(BaseModel):
    """One locking: the hash of all rules, when, and why they were set or changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hash: str
    date: str
    reason: str


class Lock(BaseModel):
    """The locked hash of every claim's rule, and the history of lockings, oldest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hash: str
    rules: dict[str, str]
    history: tuple[Entry, ...]


def rule_hash(claim: Claim) -> str:
    """Return the SHA-256 of the fields of a claim that decide its verdict (first 16 hex digits)."""
    return _hash(claim.model_dump(mode="json", include=set(RULE_FIELDS)))


def rules_hash(register: Register) -> str:
    """Return the SHA-256 of all rules with the shared thresholds (first 16 hex digits)."""
    rules = {claim.id: rule_hash(claim) for claim in register.claims}
    return _hash({"thresholds": register.thresholds.model_dump(mode="json"), "rules": rules})


def write_lock(register: Register, *, reason: str, date: str, path: Path = LOCK) -> Lock:
    """Lock the rules as they stand.

    Parameters
    ----------
    register : Register
        The register whose rules are locked.
    reason : str
        Why the rules were set or changed; kept for ever.
    date : str
        ISO date of the locking.

    Raises
    ------
    InputError
        No reason was given, or the rules have not changed since the last lock.
    """
    if not reason.strip():
        raise InputError("a lock needs a reason", remedy='add --reason "why the rules changed"')
    history = _read(path).history if path.exists() else ()
    current = rules_hash(register)
    if history and history[-1].hash == current:
        raise InputError("the rules have not changed since the last lock", where=path.name, remedy="nothing to do")
    entry = Entry(hash=current, date=date, reason=reason.strip())
    rules = {claim.id: rule_hash(claim) for claim in register.claims}
    lock = Lock(hash=current, rules=rules, history=(*history, entry))
    write_whole(path, yaml.safe_dump(lock.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=120))
    return lock


def check_lock(register: Register, path: Path = LOCK) -> str:
    """Return the hash of the rules if they are those that were locked.

    Raises
    ------
    InputError
        There is no lock, or a rule changed since; the line names the claims.
    """
    lock = _read(path)
    current = {claim.id: rule_hash(claim) for claim in register.claims}
    moved = sorted(name for name in lock.rules.keys() | current.keys() if lock.rules.get(name) != current.get(name))
    if moved or lock.hash != rules_hash(register):
        names = ", ".join(moved[:5]) + (f" and {len(moved) - 5} more" if len(moved) > 5 else "")
        remedy = 'restore them, or lock them anew with: analysis claims lock --reason "why"'
        raise InputError(
            f"rules changed since they were locked: {names or 'thresholds'}", where="claims.yml", remedy=remedy
        )
    return lock.hash


def _read(path: Path) -> Lock:
    return validate(TypeAdapter(Lock), read_yaml(path), where=path.name)


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
