"""The public names: each exists and is told in one line; examples run."""

from __future__ import annotations

import doctest
import importlib
import re

import pytest

import analysis
from analysis.paths import ROOT

#: Modules that show examples.
EXAMPLES = sorted(p for p in (ROOT / "src/analysis").rglob("*.py") if ">>>" in p.read_text(encoding="utf-8"))


def test_every_name_exists_and_is_told_in_one_line():
    told = dict(re.findall(r"^(\w+): (\S.*)$", analysis.__doc__, re.MULTILINE))
    assert set(told) == set(analysis.__all__) <= set(dir(analysis))
    assert 25 <= len(told) <= 35
    for name in analysis.__all__:
        assert callable(getattr(analysis, name))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_in_docstrings_run(path):
    name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
    assert doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE).failed == 0
