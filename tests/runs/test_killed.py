"""A run that is killed leaves what is published whole, and the next one takes up where it stopped."""

from __future__ import annotations

import pytest

from scripts.killed import disturbed
from tests.project import tree
from tests.runs.small import command, small_project

#: Seconds after the first sign of life; a script kills at thirty moments.
MOMENTS = (0.3, 1.2, 2.2)


@pytest.mark.long
def test_killed_at_some_moments(tmp_path):
    undisturbed = small_project(tmp_path / "undisturbed")
    assert command(undisturbed, "run").returncode == 0
    expected = tree(undisturbed / "figures")
    root = small_project(tmp_path / "p")
    for moment in MOMENTS:
        found = disturbed(root, after=moment)
        assert found in ({}, expected)
    assert command(root, "run").returncode == 0
    assert tree(root / "figures") == expected
    assert not list(root.glob(".figures*"))
