"""Cases for what people and runs write: cards, register, lock, parameters, evidence, manifest, captions, results."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import yaml
from numpy.random import Generator

from analysis.claims.evidence import read_evidence
from analysis.claims.lock import LOCK, check_lock
from analysis.claims.register import Register, load_register
from analysis.claims.verdicts import verdicts
from analysis.data.cards import load_cards
from analysis.paths import DATA
from analysis.report import dossier
from analysis.runs.manifest import altered, read_manifest
from analysis.session.declared import Declared, declared, names
from analysis.session.parameters import check
from tests.claims.make import ARTICLE, THRESHOLDS, claim, claim_fields, evidence, measure, register
from tests.fuzz.mutate import VALUES, mutate_bytes, mutate_value, pick, text
from tests.fuzz.outcomes import Prepared, Target
from tests.fuzz.readers import UNTOUCHED

_LEVELS = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12))
#: YAML that is small and costs much, or that refers to itself.
BOMBS = {
    "aliases of aliases": f"a0: &a0 [x]\n{_LEVELS}\n",
    "aliases in a known field": f"a0: &a0 [x]\n{_LEVELS}\narticle: *a11\nthresholds: *a11\nclaims: *a11\n",
    "aliases in a card": "one:\n  file: &a0 [x]\n" + _LEVELS.replace("a1:", "  notes:", 1).replace("\na", "\n  a"),
    "a list of itself": "claims: &x [*x]\n",
    "a key of itself": "? &x [*x]\n: 1\n",
    "merged with itself": "a: &x\n  <<: *x\n",
    "deep lists": "[" * 50_000,
    "deep mappings": "{a: " * 20_000,
    "deep blocks": "- " * 30_000,
    "many keys": "\n".join(f"k{n}: 1" for n in range(10_000)),
    "long number": "year: " + "9" * 100_000,
    "long colons": "year: " + ":".join(["59"] * 20_000),
    "list as key": "? [a, b]\n: 1\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "python object": "a: !!python/object/apply:os.system ['touch pwned']\n",
    "python name": "a: !!python/name:os.system ''\n",
    "date": "2018-01-01: 1\n", "empty": "", "nothing": "null\n", "text": "just words\n", "binary": "a: !!binary '*'\n",
}  # fmt: skip
_CLAIMS = ("record", "figure", "directional", "mechanism", "untestable")


def record_targets() -> list[Target]:
    """Return the targets of all files and requests that people and runs write."""
    return [
        Target("source cards", partial(_yaml, "sources.yml", _cards, load_cards), 25),
        Target("register", partial(_yaml, "claims.yml", _register, load_register), 30),
        Target("lock", partial(_yaml, "claims.lock", _lock, lambda path: check_lock(_committed(), path)), 20),
        Target("parameters", _parameters, 30),
        Target("evidence", _evidence, 40),
        Target("manifest", _manifest, 25),
        Target("captions and results", _published, 25),
    ]


@functools.cache
def _committed() -> Register:
    return load_register()


@functools.cache
def _parsed(name: str) -> Any:
    return yaml.load((DATA / name).read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _cards() -> Any:
    cards = _parsed("sources.yml")
    return {name: cards[name] for name in list(cards)[:3]}


def _lock() -> Any:
    return yaml.safe_load(LOCK.read_text(encoding="utf-8"))


def _register() -> Any:
    claims = [claim_fields(kind, id=f"claim-{number}") for number, kind in enumerate(_CLAIMS)]
    return {"article": ARTICLE, "thresholds": THRESHOLDS.model_dump(mode="json"), "claims": claims}


_dump = partial(yaml.dump, allow_unicode=True, sort_keys=False)


def _yaml(name: str, make: Callable[[], Any], read: Callable[[Path], Any], rng: Generator, folder: Path) -> Prepared:
    path, kind = folder / name, rng.integers(4)
    if not rng.integers(UNTOUCHED):
        path.write_text(_dump(make()), encoding="utf-8")
        return Prepared(lambda: read(path), sound=True, note="untouched")
    if not rng.integers(UNTOUCHED):
        bomb = pick(rng, list(BOMBS))
        path.write_text(BOMBS[bomb], encoding="utf-8")
        return Prepared(lambda: read(path), note=bomb)
    if kind < 2:
        path.write_text(_dump(mutate_value(rng, make())), encoding="utf-8", errors="surrogatepass")
        return Prepared(lambda: read(path), note="value")
    data = _dump(make()).encode()
    if kind == 2:
        return Prepared(lambda: read(path), note=f"bytes {path.write_bytes(mutate_bytes(rng, data))}")
    lines = data.decode().splitlines()
    at = int(rng.integers(len(lines)))
    lines[at] = lines[at].split(":")[0] + ": " + text(rng)
    path.write_text("\n".join(lines), encoding="utf-8", errors="surrogatepass")
    return Prepared(lambda: read(path), note=f"line {lines[at][:60]!r}")


def _json(path: Path, value: Any, rng: Generator) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = json.dumps(mutate_value(rng, value), default=str).encode()
    path.write_bytes(mutate_bytes(rng, data) if rng.integers(4) == 0 else data)


def _evidence(rng: Generator, folder: Path) -> Prepared:
    kind = pick(rng, _CLAIMS)
    fields: dict[str, Any] = {
        "record": {"reports": [{"source": "S", "value": "12", "agrees": True}]},
        "figure": {"found": [{"quantity": "rank", "vintage": "v1", "value": 75}]},
        "directional": {"estimate": 0.1, "interval": (0.05, 0.2), "p_value": 0.01, "smallest_effect": 0.05,
                        "measures": [measure("A", 0.99), measure("B", 0.99)]},
        "mechanism": {"components": [{"name": "R", "passed": True, "detail": "d"}]},
    }.get(kind, {})  # fmt: skip
    item = evidence(falsifications=[{"name": "placebo", "passed": True, "detail": "d"}], **fields)
    _json(folder / "one.json", item.model_dump(mode="json"), rng)
    known = register(claim(kind))

    def call() -> Any:
        return verdicts(known, read_evidence(folder), rules_hash="0")

    return Prepared(call, lambda found: len(found.verdicts) == 1, note=kind)


_MADE = {"notebook": "01_freedom_index", "code": "0" * 64, "sha256": "0" * 64, "parameters": {"SEED": 1}, "tables": {}}


def _manifest(rng: Generator, folder: Path) -> Prepared:
    outputs = {"a.csv": _MADE, "evidence/b.json": _MADE}
    summaries = {"results.json": {"made": {"library": "0"}, "sha256": "0" * 64}}
    manifest = {"environment": {}, "outputs": outputs, "summaries": summaries}
    _json(folder / "manifest.json", manifest, rng)

    def call() -> Any:
        found = read_manifest(folder)
        assert all(isinstance(entry["notebook"], str) for entry in found["outputs"].values())
        return found, altered(folder, found["outputs"]), altered(folder, found["summaries"])

    def right(found: Any) -> bool:
        paths = [folder / name for name in found[0]["outputs"]]
        return all(folder.resolve() in path.resolve().parents for path in paths)

    return Prepared(call, right)


def _published(rng: Generator, folder: Path) -> Prepared:
    values = {
        "manifest.json": {"environment": {}, "outputs": {"01_a.svg": _MADE}, "summaries": {}},
        "captions/01_a.json": {"notebook": "01_freedom_index", "caption": "C", "credit": "S", "claims": ["hfi-rank"]},
        "results.json": {"01_freedom_index": {"rank": 75.0}},
    }
    changed = pick(rng, list(values))
    (folder / "01_a.svg").touch()
    for name, value in values.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(value))
    _json(folder / changed, values[changed], rng)

    def call() -> Any:
        unlocked = mock.patch("analysis.claims.verdicts.check_lock", return_value="0")
        with unlocked, mock.patch.object(dossier, "load_register", _committed):
            return dossier.read_published(folder)

    return Prepared(call, _typed, note=changed)


def _typed(found: Any) -> bool:
    texts = [
        text for figure in found.figures for text in (figure.caption, figure.credit, figure.notebook, *figure.claims)
    ]
    numbers = all(isinstance(values, dict) for values in found.numbers.values())
    return numbers and all(isinstance(text, str) for text in texts)


@functools.cache
def _defaults(notebook: str) -> dict[str, Declared]:
    return declared(notebook)


def _parameters(rng: Generator, folder: Path) -> Prepared:
    notebook = pick(rng, names())
    values = {name: item.default for name, item in _defaults(notebook).items()}
    for _ in range(int(rng.integers(1, 3))):
        name = pick(rng, list(values)) if rng.integers(12) else text(rng)
        values[name] = pick(rng, VALUES) if rng.integers(2) else text(rng)
    wanted = notebook if rng.integers(12) else text(rng)
    return Prepared(lambda: check(wanted, values), lambda found: found is None, note=repr(values)[:200])
