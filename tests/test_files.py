"""Files are written whole or not at all, and lie where the user may write."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path

import pytest

from analysis import paths
from analysis.files import write_json, write_whole


@pytest.mark.parametrize("content", ["text", "Zürich Ж\n", b"\x00\xff", "", "a\nb\n"])
def test_what_is_written_is_what_is_read_by_those_who_may_read_the_folder(tmp_path, content):
    path = tmp_path / "a" / "b.txt"
    for given in ("a much longer text", content):
        assert write_whole(path, given) == path
    assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode())
    assert path.stat().st_mode & 0o777 == 0o644
    assert [file.name for file in path.parent.iterdir()] == ["b.txt"]
    path.parent.chmod(0o775)
    assert write_whole(path, "for the group").stat().st_mode & 0o777 == 0o664


def test_a_disk_that_is_full_midway_leaves_the_old_file_and_nothing_else(tmp_path):
    path, limits = write_whole(tmp_path / "a.txt", "old"), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_whole(path, "x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_text(encoding="utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_json_is_sorted_readable_and_ends_with_a_line(tmp_path):
    text = write_json(tmp_path / "a.json", {"b": 1, "a": ["ж", None]}).read_text(encoding="utf-8")
    assert json.loads(text) == {"a": ["ж", None], "b": 1}
    assert text.index('"a"') < text.index("ж") < text.index('"b"')
    assert text.endswith("}\n")


def test_what_is_never_committed_lies_in_the_checkout_where_the_user_says_or_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("ANALYSIS_BUILD", str(tmp_path))
    assert paths._build() == tmp_path
    monkeypatch.delenv("ANALYSIS_BUILD")
    assert paths._build() == paths.ROOT / "build"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).is_relative_to(tmp_path))
    own = paths._build()
    assert own.is_relative_to(tmp_path)
    monkeypatch.setattr(paths, "ROOT", Path("/another checkout"))
    assert paths._build() != own  # two checkouts never share
