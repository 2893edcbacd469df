"""Values of parameters: checked against what the notebook's own cell allows, before a kernel starts and again inside.

The comment of a parameter may end in brackets that say what is allowed: ``[100..5000]`` bounds a number,
``[detentions | attacks]`` lists words or numbers, ``[country]``, ``[month]`` and ``[seed]`` name a form. Of a list,
each member is checked. ``[iso3 in hfi_{EDITION}, regimes]`` asks that each of these tables has the value in that
column; where a table has countries, in the rows of the notebook's ``COUNTRY``. ``[column in vdem_{VINTAGE}]`` asks for
a column, ``[word or countries]`` for a word or ISO3 codes with commas between.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from analysis.errors import InputError
from analysis.session.declared import Declared, declared

_BRACKETS = re.compile(r"\[([^\[\]]+)\]$")
_FORMS = {
    "country": (re.compile(r"[A-Z]{3}"), "three capital letters, an ISO 3166 code"),
    "word or countries": (re.compile(r"[a-z]+|[A-Z]{3}(, *[A-Z]{3})*"), "a word, or ISO3 codes with commas between"),
    "month": (re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])"), "a month, YYYY-MM"),
}
_SEEDS = f"0..{2**32 - 1}"
_COUNTRY = "COUNTRY"


def check(notebook: str, values: Mapping[str, Any]) -> None:
    """Check the parameters of a notebook.

    Raises
    ------
    InputError
        An unknown name, a missing one, a wrong type, or a value that is not allowed; the line says what is.
    """
    known = declared(notebook)
    for name in sorted(set(values) ^ set(known)):
        what = "unknown" if name in values else "missing"
        raise InputError(f"{what} parameter {name}", where=notebook, remedy=f"it has {', '.join(known)}")
    for name, item in known.items():
        value = values[name]
        whole_for_decimal = item.kind == "float" and type(value) is int
        if type(value) is not type(item.default) and not whole_for_decimal:
            _refuse(notebook, item, value, f"of type {item.kind}")
        for member in value if item.kind == "list" else [value]:
            if item.kind == "list" and type(member) is not type(item.default[0]):
                _refuse(notebook, item, member, f"of type {type(item.default[0]).__name__}")
            _check_value(notebook, item, member)
    for name, item in known.items():
        column, inside, tables = allowed(item).partition(" in ")
        for table in tables.format(**values).split(",") if inside else []:
            _check_covered(notebook, name, values[name], column, table.strip(), values.get(_COUNTRY))


def allowed(parameter: Declared) -> str:
    """Return what the brackets of a parameter's comment say; empty if there are none."""
    found = _BRACKETS.search(parameter.help)
    return found.group(1).strip() if found else ""


def _check_value(notebook: str, item: Declared, value: Any) -> None:
    rule = allowed(item)
    rule = "country" if rule.startswith("iso3 in ") else _SEEDS if rule == "seed" else rule
    if rule in _FORMS:
        form, words = _FORMS[rule]
        if not form.fullmatch(str(value)):
            _refuse(notebook, item, value, words)
    elif ".." in rule:
        low, high = (float(end) for end in rule.split(".."))
        if not low <= value <= high:
            _refuse(notebook, item, value, f"between {low:.10g} and {high:.10g}")
    elif rule and " in " not in rule:
        options = [word.strip() for word in rule.split("|")]
        if str(value) not in options:
            _refuse(notebook, item, value, f"one of {', '.join(options)}")


def _check_covered(notebook: str, name: str, value: Any, column: str, table: str, country: str | None) -> None:
    from analysis.data.load import country_names, load  # only where a table has to be asked

    frame = load(table)
    if column == "column":
        if value not in frame:
            raise InputError(f"{name}={value}: the table {table} has {', '.join(frame.columns)}", where=notebook)
        return
    whole = country is None or "iso3" not in frame or column == "iso3"
    known = frame if whole else frame[frame["iso3"] == country]
    if value in set(known[column]):
        return
    if column == "iso3":
        names = country_names()
        if value not in names:
            raise InputError(f"{name}={value}: no country has this code", where=notebook)
        raise InputError(f"{name}={value}: {names[value]} is not in the table {table}", where=notebook)
    options = sorted(known[column].dropna().unique().tolist())
    numbers = bool(options) and not isinstance(options[0], str)
    words = f"{options[0]} to {options[-1]}" if numbers else ", ".join(map(str, options)) or "nothing"
    of_country = "" if whole else f" for {country}"
    raise InputError(f"{name}={value}: the table {table} has {words}{of_country}", where=notebook)


def _refuse(notebook: str, item: Declared, value: Any, words: str) -> None:
    raise InputError(f"{item.name}={value!r} should be {words}", where=notebook) from None
