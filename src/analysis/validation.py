"""Reading files that people edit, with errors that name the file, the field and the remedy."""

from __future__ import annotations

import contextlib
import functools
import re
import reprlib
from collections import Counter
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from analysis.errors import InputError

T = TypeVar("T")
_MOST_BRACKETS, _WIDEST_INDENT, _LONGEST_ID = 5_000, 400, 48
# Aliases of aliases are small in memory and have no end written out in full; a number of too many digits has no text.
_brief = reprlib.Repr()
_brief.maxlevel, _brief.repr_int = 2, _brief.repr_instance  # type: ignore[method-assign]


def read_yaml(path: Path) -> Any:
    """Parse YAML, each text once: do not change what is shared. Refused: missing, not UTF-8 or YAML, a key twice."""
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not path.parent.is_dir():
            remedy = "make one with analysis new FOLDER, or go into one, or name one by ANALYSIS_ROOT"
            raise InputError("no project here or above", where=str(path.parent.parent), remedy=remedy) from None
        raise InputError("file not found", where=path.name, remedy="restore it from git, or name another") from None
    except OSError as error:
        raise InputError(f"not readable: {error.strerror}", where=path.name, remedy="look at its permissions") from None
    except Exception as error:  # PyYAML lets Python's own through for a value that is not of its tag, as !!bool maybe
        said = str(error).replace('in "<unicode string>", ', "at ")[:160]
        raise InputError(f"not readable as YAML: {said}", where=path.name) from None


def validate(adapter: TypeAdapter[T], value: Any, *, where: str, remedy: str = "correct that field") -> T:
    """Validate a parsed value with pydantic; of the first fault one line names the field and what was found."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(_named(first["loc"], value)) or "the whole file"
        said = "no known kind is named" if first["type"].startswith(("union_tag", "model_attributes")) else first["msg"]
        held = _brief.repr(first.get("ctx", {}).get("tag", first["input"]))
        found = "" if first["type"] in ("missing", "value_error") else f", found {held}"
        raise InputError(f"{field}: {said}{found}", where=where, remedy=remedy) from None


def _named(place: tuple[int | str, ...], value: Any) -> Iterator[str]:
    """Say where a fault lies: what has an id is named by it, since nobody counts the items of a long list."""
    for part in place:
        with contextlib.suppress(LookupError, TypeError):  # the kind of a union stands in a place, but not in the file
            value = value[part]
        name = value.get("id") if isinstance(part, int) and isinstance(value, dict) else None
        yield name if isinstance(name, str) and name.isprintable() and len(name) <= _LONGEST_ID else str(part)


@functools.cache
def _parsed(text: str) -> Any:
    # The parser in C would follow a deep text until the process dies: each level takes one of these.
    indents = re.findall(r"^[ \t?:-]*", text, flags=re.MULTILINE)
    if text.count("[") + text.count("{") > _MOST_BRACKETS or max(map(len, indents)) > _WIDEST_INDENT:
        raise ValueError("nested too deeply")
    return yaml.load(text, Loader=_UniqueKeys)  # noqa: S506


# The parser in C where PyYAML was built with it: the register alone takes ten times as long in Python.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeys(_Loader):
    """A safe loader for which a repeated key is an error instead of a silent overwrite; ``<<`` takes in a mapping."""

    def flatten_mapping(self, node: Any) -> None:
        # Taking in another mapping repeats the keys that go before it, so a node is checked as it was written.
        if not hasattr(node, "checked"):
            node.checked = True
            keys = [self.construct_object(key, deep=True) for key, _ in node.value if not key.tag.endswith(":merge")]
            # A key that cannot be hashed is refused by the class above.
            counts = Counter(key for key in keys if isinstance(key, Hashable))
            if repeated := sorted(str(key) for key, count in counts.items() if count > 1):
                raise yaml.constructor.ConstructorError(None, None, f"repeated key {repeated[0]}", node.start_mark)
        super().flatten_mapping(node)
