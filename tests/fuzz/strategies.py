"""Changes that a file, a value or a text can suffer, as strategies of hypothesis."""

import bz2
import copy
import gzip
import io
import lzma
import re
import zipfile
from typing import Any

from hypothesis import strategies as st

#: Texts that have broken readers: markup, tags, formulas, paths, code, control and bidirectional characters, numbers.
HOSTILE = (
    "", " ", "'", '"', "\\", "\n", "a\r\nb", "\t", "\0", "\x1b[31mred", "\u2028", "\u202etxt.exe", "\ufeff",
    "e\u0301" * 40, "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;", "</style>", "{{ 7*7 }}",
    "{% raw %}", "${HOME}", "$(touch pwned)", "`touch pwned`", "; rm -rf .", "%s%n%x", "{0}",
    "!!python/object/apply:os.system ['touch pwned']", "!!python/name:os.system", "!!int ''", "!!bool maybe",
    "!!timestamp soon", "!!binary '*'", "<<: [*x]", "*x", "&x [*x]", "=cmd|'/c calc'!A1", "+1+1", "@SUM(A1)", "-2+3",
    "../../../etc/passwd", "/etc/passwd", "..", ".", "~", "a/b", "C:\\x", "file:///etc/passwd", "javascript:alert(1)",
    "NaN", "nan", "inf", "-inf", "1e999", "-0", "0x10", "1_000", "١٢", "٣.٥", "9" * 400, "9" * 5000, "1e-400", "true",
    "True", "yes", "null", "None", "KAZ", "kaz", "QQQ", "2018", "-1", "2018.5", "2018-13-45", "[]", "{}", "[1, 2]",
    "[" * 3000, "{" * 3000, '{"a": 1}', "\udcff", "\ud800", "__import__('os')", "x" * 20000,
)  # fmt: skip
_VALUES = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**64), 10**400, 0.5, -0.5, 1e308, float("nan"), float("inf"),
    -float("inf"), [], {}, [[]], [None], {"": None}, {"a": {"b": []}}, (1, 2),
)  # fmt: skip
_OTHER_FILES = (b"<!DOCTYPE html><html><body>Not found</body></html>", b"\x1f\x8b\x08", b"PK\x03\x04", b"RDX3\n")

texts = st.sampled_from(HOSTILE) | st.text(max_size=12)
values = texts | st.sampled_from(_VALUES).map(copy.deepcopy)
_pieces = st.binary(max_size=8) | texts.map(lambda text: text.encode("utf-8", "surrogatepass"))


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Cut, double, overwrite or replace parts of a file, often from separator to separator: a cell, a row, a value."""
    for _ in range(draw(st.integers(1, 3))):
        ends = [0, *(hit.end() for hit in re.finditer(rb"[,:\n] ?", data))]
        place = st.integers(0, len(data)) | st.sampled_from(ends)
        start, end = sorted((draw(place), draw(place)))
        piece = draw(_pieces)
        forms = (data[:start] + piece + data[end:], data[:start] + piece + data[start:], data[:end] + data[start:])
        data = draw(st.sampled_from((*forms, *forms, data[:start], *_OTHER_FILES)))
    return data


@st.composite
def damaged_inside(draw: st.DrawFn, data: bytes) -> bytes:
    """Damage what a compressed file holds, so that the damage is not found by the checksum of the archive."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        name, buffer = draw(st.sampled_from(sorted(members))), io.BytesIO()
        members[name] = draw(damaged(members[name]))
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return buffer.getvalue()
    for module in (gzip, bz2, lzma):
        try:
            return module.compress(draw(damaged(module.decompress(data))))
        except (OSError, EOFError, lzma.LZMAError):
            continue
    return draw(damaged(data))


@st.composite
def changed(draw: st.DrawFn, value: Any) -> Any:
    """Take away, replace, double or rename one to three entries of nested mappings and lists."""
    value = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from([*_places(value)] or [([None], 0)]))
        old, new = holder.pop(key), draw(values)
        for item in draw(st.sampled_from(([], [new], [new], [old, old]))):
            if isinstance(holder, list):
                holder.insert(key, item)
            else:
                holder[key if item is new else draw(texts)] = item
    return value


def _places(value: Any) -> Any:
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    for key in keys:
        yield value, key
        yield from _places(value[key])
