"""Files are written whole or not at all."""

from __future__ import annotations

import json
import os

import pytest

from analysis.files import write_json, write_whole


@pytest.mark.parametrize("content", ["text", "Zürich Ж\n", b"\x00\xff", "", "a\nb\n"])
def test_what_is_written_is_what_is_read(tmp_path, content):
    path = write_whole(tmp_path / "a" / "b.txt", content)
    assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode())
    assert [file.name for file in path.parent.iterdir()] == ["b.txt"]


def test_an_old_file_is_replaced(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("a much longer text", encoding="utf-8")
    write_whole(path, "new")
    assert path.read_text(encoding="utf-8") == "new"


def test_the_file_can_be_read_by_others(tmp_path):
    assert write_whole(tmp_path / "a.txt", "a").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("step", ["fdopen", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step):
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")

    def fail(*args, **kwargs):
        raise OSError("no space left")

    if step == "fdopen":
        monkeypatch.setattr(os, "fdopen", fail)
    else:
        monkeypatch.setattr(type(path), "replace", fail)
    with pytest.raises(OSError, match="no space left"):
        write_whole(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_json_is_sorted_readable_and_ends_with_a_line(tmp_path):
    path = write_json(tmp_path / "a.json", {"b": 1, "a": ["ж", None]})
    text = path.read_text(encoding="utf-8")
    assert json.loads(text) == {"a": ["ж", None], "b": 1}
    assert text.index('"a"') < text.index('"b"')
    assert "ж" in text
    assert text.endswith("}\n")
    assert write_json(tmp_path / "b.json", {"a": ["ж", None], "b": 1}).read_bytes() == path.read_bytes()
