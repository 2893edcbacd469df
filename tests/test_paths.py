"""Where runs put what is never committed: beside the code, where the user says, or where the user may write."""

import os
from pathlib import Path

from analysis import paths


def test_build_lies_in_the_checkout(monkeypatch):
    monkeypatch.delenv("ANALYSIS_BUILD", raising=False)
    assert paths._build() == paths.ROOT / "build"


def test_build_lies_where_the_user_says(monkeypatch, tmp_path):
    monkeypatch.setenv("ANALYSIS_BUILD", str(tmp_path))
    assert paths._build() == tmp_path


def test_build_of_a_read_only_checkout_lies_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda path, mode: not Path(path).is_relative_to(paths.ROOT))
    own = paths._build()
    assert own.is_relative_to(tmp_path)
    monkeypatch.setattr(paths, "ROOT", tmp_path / "another checkout")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert paths._build() != own  # two checkouts never share
