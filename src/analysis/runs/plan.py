"""Plans: a request is checked before anything starts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import InputError
from analysis.files import restore
from analysis.paths import BUILD, FIGURES
from analysis.runs.checks import Checks, preflight
from analysis.runs.manifest import MANIFEST
from analysis.session.declared import declared, names, parse, resolve


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do.

    Attributes
    ----------
    notebooks, changed : dict
        All parameters by notebook, and those that differ from the defaults.
    out : Path
        Folder that the outputs are published in.
    jobs : int
        Notebooks executed at once.
    forked, force : bool
        Fork warm kernels where that is safe; execute what is fresh too.
    """

    notebooks: dict[str, dict[str, Any]]
    changed: dict[str, dict[str, Any]]
    out: Path
    jobs: int = 1
    forked: bool = True
    force: bool = False


def plan(wanted: list[str], settings: Mapping[str, str], *, out: Path | None = None, **how: Any) -> Plan:
    """Check a request before anything starts.

    Parameters
    ----------
    wanted : list of str
        Notebooks by name or number; empty = all.
    settings : mapping of str to str
        Changed parameters, as texts.
    out : Path, optional
        Folder for outputs; default ``figures/``, or ``build/runs/...`` if a parameter was changed.
    **how
        ``jobs``, ``forked`` and ``force`` of :class:`Plan`.

    Raises
    ------
    InputError
        An unknown notebook or parameter, a value that is not allowed, or a faulty table, register or lock.
    """
    chosen = [resolve(name) for name in wanted] or names()
    known = {name: declared(name) for name in chosen}
    if unknown := sorted(set(settings) - {name for parameters in known.values() for name in parameters}):
        options = ", ".join(sorted({name for parameters in known.values() for name in parameters}))
        raise InputError(f"unknown parameter {unknown[0]}", where=" ".join(chosen), remedy=f"choose from {options}")
    given = {
        name: {key: parse(text, known[name][key], where=name) for key, text in settings.items() if key in known[name]}
        for name in chosen
    }
    full = {name: {key: item.default for key, item in known[name].items()} | given[name] for name in chosen}
    changed = {name: {k: v for k, v in given[name].items() if v != known[name][k].default} for name in chosen}
    checks = Checks()
    for name in chosen:
        checks.parameters(name, full[name])
    checks.once("preflight", preflight)
    request = Plan(full, changed, replaceable(out or _default_out(changed)), **how)
    checks.save()
    return request


def slug(changed: Mapping[str, Mapping[str, Any]]) -> str:
    """Name a run by its changed parameters, safe as a folder name; a checksum tells apart what the name cannot."""
    pairs = sorted(
        {(key, json.dumps(value).strip('"')) for values in changed.values() for key, value in values.items()}
    )
    text = "_".join(f"{key}={value}" for key, value in pairs)
    safe = re.sub(r"[^\w.=-]", "", text, flags=re.ASCII)[:100]
    if safe == text and not any("=" in value for _, value in pairs):
        return text or "default"
    return f"{safe}-{hashlib.sha256(json.dumps(pairs).encode()).hexdigest()[:8]}"


def replaceable(out: Path, mark: str = MANIFEST) -> Path:
    """Refuse to replace a folder that no run made: one without the file that a run leaves."""
    restore(out)
    there = next((path for path in (out, *out.absolute().parents) if path.exists()), out)
    if there.exists() and not there.is_dir():
        raise InputError("not a folder", where=str(there), remedy="name a new or empty folder")
    if out.exists() and any(out.iterdir()) and not (out / mark).is_file():
        raise InputError("the folder holds files that no run made", where=str(out), remedy="name a new or empty folder")
    return out


def _default_out(changed: Mapping[str, Mapping[str, Any]]) -> Path:
    return BUILD / "runs" / slug(changed) if any(changed.values()) else FIGURES
