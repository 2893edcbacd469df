"""Values of parameters: checked against what the notebook's own cell allows, before a kernel starts and again inside.

The comment of a parameter may end in brackets that say what is allowed: ``[100..5000]`` or ``[FIRST + 1..2025]`` bound
a number, ``[detentions | attacks]`` lists words or numbers, of which the last may be ``countries`` for ISO3 codes with
commas between, ``[country]``, ``[month]`` and ``[seed]`` name a form. Of a list, each member is checked.
``[data_year in one, another]`` asks that each of these tables has the value in that column, ``[iso3 in index_{EDITION}
or another]`` that one of them has, ``[column in vdem_{VINTAGE}]`` for a column. What a table lacks for a country is
said by sections.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

from analysis.errors import InputError, nearest
from analysis.session.declared import Declared, declared, names, resolve

#: How what is allowed begins where it is a country.
COUNTRY = ("country", "iso3 in ")
_BRACKETS = re.compile(r"\[([^\[\]]+)\]$")
# One of a list, of commas or of JSON.
_WORD = re.compile(r'[^\[\],;"]+')
_MONTH = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])")
_COUNTRIES = " | countries"


def check(notebook: str, values: Mapping[str, Any]) -> None:
    """Refuse parameters of a notebook: an unknown or a missing name, another type, a value that is not allowed."""
    known = declared(notebook)
    for name in sorted(set(values) ^ set(known)):
        what = "unknown" if name in values else "missing"
        raise InputError(f"{what} parameter {name}", where=notebook, remedy=f"it has {', '.join(known)}")
    for name, item in known.items():
        value, whole = values[name], item.kind == "float" and type(values[name]) is int
        _require(whole or type(value) is type(item.default), notebook, item, value, f"of type {item.kind}")
        _require(value != [], notebook, item, value, "a list with an entry or more")
    for name, item in known.items():  # a range may speak of another parameter
        for member in values[name] if item.kind == "list" else [values[name]]:
            kind = type(item.default[0] if item.kind == "list" else member)
            _require(type(member) is kind, notebook, item, member, f"of type {kind.__name__}")
            _check_value(notebook, item, member, values)
    for name, item in known.items():
        column, inside, tables = allowed(item).partition(" in ")
        for table in tables.format(**values).split(",") if inside else []:
            _check_covered(notebook, name, values[name], column, table.strip().split(" or "))


def with_codes(settings: Mapping[str, str], notebooks: list[str]) -> dict[str, str]:
    """Write countries among the texts of parameters as ISO3 codes, where a name or another code means one."""
    known = [item for name in [resolve(name) for name in notebooks] or names() for item in declared(name).values()]
    of_countries = {own.name for own in known if allowed(own).startswith(COUNTRY) or _COUNTRIES in allowed(own)}
    return {name: _WORD.sub(_code, text) if name in of_countries else text for name, text in settings.items()}


def _code(word: re.Match[str]) -> str:
    from analysis.data.readers.countries import likely  # only where a country has to be known

    return next(iter(likely(word[0], cutoff=1)), word[0])


def refuse_unknown(settings: Mapping[str, str], known: Collection[str], *, where: str) -> None:
    """Refuse a parameter that no notebook has."""
    if unknown := sorted(set(settings) - set(known)):
        raise InputError(f"unknown parameter {unknown[0]}", where=where, remedy=f"choose from {', '.join(known)}")


def allowed(parameter: Declared) -> str:
    """Return what the brackets of a parameter's comment say; empty if there are none."""
    found = _BRACKETS.search(parameter.help)
    return found.group(1).strip() if found else ""


def _check_value(notebook: str, item: Declared, value: Any, values: Mapping[str, Any]) -> None:
    rule = f"0..{2**32 - 1}" if allowed(item) == "seed" else allowed(item)
    if rule.startswith(COUNTRY):
        _check_country(notebook, item, value)
    elif rule == "month":
        _require(_MONTH.fullmatch(str(value)), notebook, item, value, "a month, YYYY-MM")
    elif ".." in rule:
        low, high = (sum(float(values.get(term, term)) for term in end.split(" + ")) for end in rule.split(".."))
        words = f"between {low:.10g} and {high:.10g}" + f" ({rule})" * (" + " in rule)
        _require(low <= value <= high, notebook, item, value, words)
    elif rule and " in " not in rule:
        options = [word.strip() for word in rule.removesuffix(_COUNTRIES).split("|")]
        known = str(value) in options or rule.endswith(_COUNTRIES)
        _require(known, notebook, item, value, f"one of {', '.join(options)}")
        before = {values.get("COUNTRY"): "the country itself"}
        for code in map(str.strip, value.split(",")) if str(value) not in options else []:
            _check_country(notebook, item, code, options)
            if code in before:
                raise InputError(f"{item.name}: {code} is {before[code]}", where=notebook, remedy="leave it out")
            before[code] = "named twice"


def _check_country(notebook: str, item: Declared, value: str, words: Sequence[str] = ()) -> None:
    from analysis.data.load import country_names  # only where a country has to be known
    from analysis.data.readers.countries import likely

    if value not in country_names():
        near = " or ".join(f"{code} ({country_names()[code]})" for code in likely(value))
        known = f"did you mean {near}?" if near else "data/tables/countries.csv has the codes"
        wrong = f"neither {', '.join(words)} nor an" if words else "no"
        what, remedy = f"is {wrong} ISO3 code of a country", nearest(value, [*words], otherwise=known)
        raise InputError(f"{item.name}={value!r} {what}", where=notebook, remedy=remedy)


def _check_covered(notebook: str, name: str, value: Any, column: str, tables: list[str]) -> None:
    from analysis.data.load import country_names, load  # only where a table has to be asked

    frames, where = [load(table) for table in tables], f"the table {' or '.join(tables)}"
    known = [*frames[0]] if column == "column" else sorted({*chain(*(own[column].dropna().unique() for own in frames))})
    if value not in known:
        all_known = ", ".join(known) if isinstance(known[0], str) else f"{known[0]} to {known[-1]}"
        words = f"{country_names()[value]} is not in {where}" if column == "iso3" else f"{where} has {all_known}"
        raise InputError(f"{name}={value}: {words}", where=notebook)


def _require(held: object, notebook: str, item: Declared, value: Any, words: str) -> None:
    if not held:
        raise InputError(f"{item.name}={value!r} should be {words}", where=notebook)
