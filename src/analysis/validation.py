"""Reading files that people edit, with errors that name the file, the field and the remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from analysis.errors import InputError

T = TypeVar("T")


def read_yaml(path: Path) -> Any:
    """Parse a YAML file with the safe loader, refusing duplicated keys.

    Raises
    ------
    InputError
        The file is missing, not UTF-8, not YAML, or repeats a key.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)
    except FileNotFoundError:
        raise InputError("file not found", where=path.name, remedy="restore it with git checkout") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise InputError(f"not readable as YAML: {_first_line(error)}", where=path.name) from None


def validate(adapter: TypeAdapter[T], value: Any, *, where: str) -> T:
    """Validate a parsed value with pydantic; the first fault becomes one line.

    Raises
    ------
    InputError
        The value does not fit; the line names the field, what is wrong and what was found.
    """
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        first, more = error.errors()[0], error.error_count() - 1
        field = ".".join(str(part) for part in first["loc"]) or "the whole file"
        found = "" if first["type"] in ("missing", "value_error") else f", found {_short(first['input'])}"
        tail = f" (and {more} more)" if more else ""
        raise InputError(f"{field}: {first['msg']}{found}{tail}", where=where, remedy="correct that field") from None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:160]


# The parser in C where PyYAML was built with it: the register alone takes ten times as long in Python.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeys(_Loader):
    """A safe loader for which a repeated key is an error instead of a silent overwrite."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        repeated = sorted({str(key) for key in keys if keys.count(key) > 1})
        if repeated:
            raise yaml.constructor.ConstructorError(None, None, f"repeated key {repeated[0]}", node.start_mark)
        return super().construct_mapping(node, deep=deep)
