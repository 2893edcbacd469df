"""Plans: a request is checked before anything starts."""

from __future__ import annotations

import functools
import json
import re
import resource
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from analysis.errors import InputError
from analysis.files import file_hash
from analysis.paths import BUILD, DATA, FIGURES, TABLES
from analysis.runs.manifest import MANIFEST
from analysis.runs.staleness import Now, digest, recall, remember
from analysis.session.declared import declared, names, parse, resolve
from analysis.session.parameters import check, refuse_unknown

# With what these import: register, catalogue, schemas.
_DECIDES = "from analysis.claims import lock\nfrom analysis.session import parameters"

# Below these limits kernels hang or break off without a word.
_LEAST = {"ulimit -v unlimited": (resource.RLIMIT_AS, 10**9), "ulimit -n 1024": (resource.RLIMIT_NOFILE, 128)}


class Plan(NamedTuple):
    """What a run will do: all parameters by notebook, those that differ from the defaults, and where to publish.

    ``jobs`` notebooks are executed at once, what is fresh only by ``force``; ``timeout`` is that of a `Task`.
    """

    notebooks: dict[str, dict[str, Any]]
    changed: dict[str, dict[str, Any]]
    out: Path
    jobs: int = 1
    force: bool = False
    timeout: int = 0


def plan(wanted: list[str], settings: Mapping[str, str], *, out: Path | None = None, **how: Any) -> Plan:
    """Verify a request before anything starts: notebooks by name or number, none = all, and parameters as texts.

    Outputs go to ``figures/``, or to ``build/runs/...`` if a parameter was changed; how is the rest of a :class:`Plan`.
    """
    chosen = [resolve(name) for name in wanted] or names()
    known = {name: declared(name) for name in chosen}
    refuse_unknown(settings, sorted({key for own in known.values() for key in own}), where=" ".join(chosen))
    given = {
        name: {key: parse(text, known[name][key], where=name) for key, text in settings.items() if key in known[name]}
        for name in chosen
    }
    full = {name: {key: item.default for key, item in known[name].items()} | given[name] for name in chosen}
    changed = {name: {k: v for k, v in given[name].items() if v != known[name][k].default} for name in chosen}
    preflight({json.dumps([name, full[name]]): functools.partial(check, name, full[name]) for name in chosen})
    out = replaceable(out or (BUILD / "runs" / slug(changed) if any(changed.values()) else FIGURES))
    remember()
    return Plan(full, changed, out, **how)


def preflight(checks: Mapping[str, Callable[[], object]]) -> None:
    """Make checks, by name, unless they have passed while library, register, cards and tables were the same."""
    for allow, (limit, least) in _LEAST.items():
        if 0 <= resource.getrlimit(limit)[0] < least:
            raise InputError("a run needs more than the limits of the system allow", remedy=f"allow more: {allow}")
    files = [*sorted(DATA.glob("*.*")), *sorted(TABLES.glob("*.csv"))]
    content = json.dumps([Now().library(_DECIDES), names(), {path.name: file_hash(path) for path in files}]).encode()
    for what, passes in {**checks, "inputs": verify_inputs}.items():
        recall(what, content, passes)


def verify_inputs() -> str:
    """Verify register, lock and every table, so that no run starts on a broken file; return the rules' hash."""
    from analysis.claims.lock import check_lock, read_lock
    from analysis.claims.register import load_register
    from analysis.data import catalogue, load

    register = load_register()
    for name in dict.fromkeys((*catalogue.CATALOGUE, *(own for claim in register.claims for own in claim.data))):
        try:
            load.load(name)
        except InputError as error:
            of = next((f"claims.yml, {claim.id}, " for claim in register.claims if name in claim.data), "")
            raise InputError(error.what, where=f"{of}{error.where}".rstrip(", "), remedy=error.remedy) from None
    lost = read_lock().parameters.keys() - {*names()}
    for claim in (claim for claim in register.claims if claim.notebook in lost):
        raise InputError(f"no notebook {claim.notebook}", where=f"claims.yml, {claim.id}", remedy="restore it from git")
    return check_lock(register)


def slug(changed: Mapping[str, Mapping[str, Any]]) -> str:
    """Name a run by its changed parameters, safe as a folder name; a checksum tells apart what the name cannot."""
    pairs = sorted({(key, json.dumps(value).strip('"')) for own in changed.values() for key, value in own.items()})
    text = "_".join(f"{key}={value}" for key, value in pairs)
    safe = re.sub(r"[^\w.=-]", "", text, flags=re.ASCII)[:100]
    plain = safe == text and not any("=" in value for _, value in pairs)
    return (text or "default") if plain else f"{safe}-{digest(pairs)[:8]}"


def replaceable(out: Path, mark: str = MANIFEST) -> Path:
    """Refuse to replace a folder that no run made: one without the file that a run leaves."""
    there = next((path for path in (out, *out.absolute().parents) if path.exists()), out)
    if there.exists() and not there.is_dir():
        raise InputError("not a folder", where=str(there), remedy="name a new or empty folder")
    if out.exists() and any(out.iterdir()) and not (out / mark).is_file():
        raise InputError("the folder holds files that no run made", where=str(out), remedy="name a new or empty folder")
    return out
