"""The lock on the rules: rules come before results, and a rule that changed since needs a reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
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

#: Fields that say who said what and how we put it; they may be improved without a new lock. All others decide.
WORDING = frozenset({"id", "item", "paragraph", "speaker", "stance", "claim", "contradicts", "objection"})


class Entry(BaseModel):
    """One locking: the hash of all rules, when, why, and whether any verdict was known by then."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hash: str
    date: str
    verdicts_known: bool
    reason: str


class Lock(BaseModel):
    """What is locked, and the history of lockings, oldest first.

    Attributes
    ----------
    hash : str
        Hash of all rules with the thresholds.
    rules : dict of str to str
        Hash of each claim's rule.
    tables : dict of str to str
        SHA-256 of every table that a rule names.
    parameters : dict of str to dict
        Defaults of the notebooks that test claims: evidence made with them is the registered one.
    history : tuple of Entry
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hash: str
    rules: dict[str, str]
    tables: dict[str, str] = {}
    parameters: dict[str, dict[str, Any]] = {}
    history: tuple[Entry, ...]


def rule_hash(claim: Claim) -> str:
    """Return the SHA-256 of the fields of a claim that decide its verdict (first 16 hex digits)."""
    return _hash(claim.model_dump(mode="json", exclude=set(WORDING)))


def rules_hash(register: Register) -> str:
    """Return the SHA-256 of all rules with the shared thresholds (first 16 hex digits)."""
    rules = {claim.id: rule_hash(claim) for claim in register.claims}
    # Whose word is none of a second source, and of which country a claim speaks, decides verdicts too.
    article = register.article.model_dump(mode="json", include={"publisher", "country"})
    return _hash({"article": article, "thresholds": register.thresholds.model_dump(mode="json"), "rules": rules})


def write_lock(
    register: Register,
    *,
    reason: str,
    date: str,
    tables: Mapping[str, str],
    parameters: Mapping[str, Mapping[str, Any]],
    verdicts_known: bool,
    path: Path = LOCK,
) -> Lock:
    """Lock the rules as they stand.

    Parameters
    ----------
    register : Register
        The register whose rules are locked.
    reason : str
        Why the rules were set or changed; kept for ever.
    date : str
        ISO date of the locking.
    tables : mapping of str to str
        SHA-256 of the tables that rules name, by name.
    parameters : mapping
        Defaults of the notebooks that test claims.
    verdicts_known : bool
        Whether any evidence had been published by then.

    Raises
    ------
    InputError
        No reason was given, or the rules have not changed since the last lock.
    """
    if not reason.strip():
        raise InputError("a lock needs a reason", remedy='add --reason "why the rules changed"')
    current = rules_hash(register)
    defaults = {name: dict(own) for name, own in parameters.items()}
    last = read_lock(path) if path.exists() else None
    if last and (last.hash, last.tables, last.parameters) == (current, dict(tables), defaults):
        raise InputError("the rules have not changed since the last lock", where=path.name, remedy="nothing to do")
    entry = Entry(hash=current, date=date, verdicts_known=verdicts_known, reason=reason.strip())
    rules = {claim.id: rule_hash(claim) for claim in register.claims}
    history = (*(last.history if last else ()), entry)
    lock = Lock(hash=current, rules=rules, tables=dict(tables), parameters=defaults, history=history)
    write_whole(path, yaml.safe_dump(lock.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=120))
    return lock


def check_lock(register: Register, path: Path = LOCK) -> str:
    """Return the hash of the rules if they are those that were locked.

    Raises
    ------
    InputError
        There is no lock, or a rule changed since; the line names the claims.
    """
    lock = read_lock(path)
    current = {claim.id: rule_hash(claim) for claim in register.claims}
    moved = sorted(name for name in lock.rules.keys() | current.keys() if lock.rules.get(name) != current.get(name))
    if moved or lock.hash != rules_hash(register):
        names = ", ".join(moved[:5]) + (f" and {len(moved) - 5} more" if len(moved) > 5 else "")
        names = names or "thresholds or article"
        remedy = 'restore them, or lock them anew with: analysis claims lock --reason "why"'
        raise InputError(
            f"rules changed since they were locked: {names}",
            where="claims.yml",
            remedy=remedy,
        )
    return lock.hash


def require_locked(lock: Lock, notebook: str, *, defaults: Mapping[str, Any], tables: Mapping[str, str]) -> None:
    """Refuse evidence that stands on other tables, or on other defaults of its notebook, than those that were locked.

    Parameters
    ----------
    lock : Lock
        What is locked.
    notebook : str
        Notebook that makes the evidence.
    defaults : mapping
        Its parameters as its own cell declares them.
    tables : mapping of str to str
        SHA-256 of the tables that the evidence stands on.

    Raises
    ------
    InputError
        A table or a default is not the locked one; the line names it.
    """
    remedy = 'restore it, or lock it anew with: analysis claims lock --reason "why"'
    for name, digest in tables.items():
        if lock.tables.get(name) != digest:
            raise InputError(f"table {name} is not the one that was locked", where="claims.lock", remedy=remedy)
    locked = lock.parameters.get(notebook, {})
    for name in sorted(locked.keys() | defaults.keys()):
        own, other = (part.get(name, "no such parameter") for part in (defaults, locked))
        if own != other:
            text = f"the default {name}={own!r} is not the locked {other!r}"
            raise InputError(text, where=notebook, remedy=remedy)


def read_lock(path: Path = LOCK) -> Lock:
    """Return the lock.

    Raises
    ------
    InputError
        It is missing or damaged.
    """
    return validate(TypeAdapter(Lock), read_yaml(path), where=path.name)


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
