"""What differs in the making of two runs, as their manifests have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

#: What an entry of a manifest notes by one hash each.
_FILES = {
    "library": "code: modules that the notebook imports",
    "register": "rule: the register, in its rules or its words",
    "cards": "data: source cards",
}


def causes(before: Mapping[str, Any], after: Mapping[str, Any], notebook: str) -> tuple[str, ...]:
    """Name everything that differs in how two runs made a notebook's outputs.

    Parameters
    ----------
    before, after : mapping
        The two manifests.
    notebook : str
        The notebook.

    Returns
    -------
    tuple of str
        Each begins with ``data``, ``code``, ``parameters`` or ``environment``; empty if nothing recorded differs.
    """
    old, new = (_entry(manifest, notebook) for manifest in (before, after))
    if old is None or new is None:
        return (f"code: notebook {notebook} is {'new' if new else 'gone'}",)
    return (
        *_changes("data: table", old["tables"], new["tables"], values=False),
        *_changes("data: evidence", old.get("evidence", {}), new.get("evidence", {}), values=False),
        *_changes("parameters:", old["parameters"], new["parameters"], values=True),
        *([f"code: notebook {notebook}"] if old["code"] != new["code"] else []),
        *(words for name, words in _FILES.items() if old.get(name) != new.get(name)),
        *_environment(before.get("environment", {}), after.get("environment", {})),
    )


def _entry(manifest: Mapping[str, Any], notebook: str) -> Mapping[str, Any] | None:
    entries = [item for item in manifest["outputs"].values() if item["notebook"] == notebook]
    # A manifest that notes no modules by notebook has one hash for the whole library.
    whole = {"library": manifest.get("environment", {}).get("library")}
    return whole | entries[0] if entries else None


def _environment(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    versions = [{"python": item.get("python")} | dict(item.get("packages", {})) for item in (old, new)]
    yield from _changes("environment:", *versions, values=True)
    if old.get("lock") != new.get("lock"):
        yield "environment: lock of versions"


def _changes(label: str, old: Mapping[str, Any], new: Mapping[str, Any], *, values: bool) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            tail = f" {old.get(name)} -> {new.get(name)}" if values else _state(name, old, new)
            yield f"{label} {name}{tail}"


def _state(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    return "" if name in old and name in new else " no longer used" if name in old else " newly used"
