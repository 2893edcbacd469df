"""What docstrings promise of public methods: all their arguments, the signature's defaults, and when they refuse."""

from __future__ import annotations

import inspect
import itertools
import re
from typing import Any

import pytest

import analysis
from analysis.methods.synthetic.estimators import fit

PUBLIC = [name for home, names in analysis._PUBLIC.items() if home.startswith("methods.") for name in names]
FULL = {"leave_one_out": fit}  # whose arguments another docstring explains


def sections(function: Any) -> dict[str, list[str]]:
    """Return the lines of a numpydoc docstring by section."""
    parts = re.split(r"^(\w+)\n-+\n", inspect.getdoc(function) or "", flags=re.MULTILINE)
    return {title: body.splitlines() for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def documented(function: Any) -> dict[str, tuple[str, str]]:
    """Return by argument its kind and its default in the section of parameters, as far as they stand there."""
    found = {}
    for line in (line for line in sections(function)["Parameters"] if line[:1].strip()):
        names, _, told = line.partition(" : ")
        kind, _, values = told.partition("default ")
        first = re.match(r'\{(".*?")', kind)  # of several words the first is the default
        defaults = first[1] if first and "optional" not in kind else values
        for name, value in itertools.zip_longest(names.split(", "), defaults.split(" and "), fillvalue=""):
            found[name.strip("*")] = kind, value
    return found


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_method_says_when_it_refuses(name):
    told = sections(getattr(analysis, name))["Raises"]
    assert told[0] in ("InputError", "RunError")
    assert told[1].startswith("    ")


@pytest.mark.parametrize("name", PUBLIC)
def test_arguments_and_their_defaults_are_as_documented(name):
    method = getattr(analysis, name)
    told, signature = documented(FULL.get(name, method)), inspect.signature(method).parameters
    assert told.keys() == signature.keys()
    for argument, parameter in signature.items():
        (kind, value), default = told[argument], parameter.default
        if value and default is not inspect.Parameter.empty:
            assert eval(value, inspect.unwrap(method).__globals__) == default, argument
        elif kind and default is not inspect.Parameter.empty:
            assert not default, argument
            assert "optional" in kind, argument
