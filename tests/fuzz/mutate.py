"""Changes that a file, a value or a text can suffer, each drawn from a generator."""

from __future__ import annotations

import bz2
import copy
import gzip
import io
import lzma
import zipfile
from typing import Any

from numpy.random import Generator

#: Texts that have broken readers: markup, tags, formulas, paths, code, control and bidirectional characters, numbers.
HOSTILE = (
    "", " ", "'", '"', "\\", "\n", "a\r\nb", "\t", "\0", "\x1b[31mred", "\u2028", "\u202etxt.exe", "\ufeff",
    "e\u0301" * 40, "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;", "</style>", "{{ 7*7 }}",
    "{% raw %}", "${HOME}", "$(touch pwned)", "`touch pwned`", "; rm -rf .", "%s%n%x", "{0}",
    "!!python/object/apply:os.system ['touch pwned']", "!!python/name:os.system", "!!int ''", "!!bool maybe",
    "!!timestamp soon", "!!binary '*'", "<<: [*x]", "*x", "&x [*x]", "=cmd|'/c calc'!A1", "+1+1", "@SUM(A1)", "-2+3",
    "../../../etc/passwd", "/etc/passwd", "..", ".", "~", "a/b", "C:\\x", "file:///etc/passwd", "javascript:alert(1)",
    "NaN", "nan", "inf", "-inf", "1e999", "-0", "0x10", "1_000", "١٢", "٣.٥", "9" * 400, "9" * 5000, "1e-400", "true",
    "True", "yes", "null", "~", "None", "KAZ", "kaz", "QQQ", "2018", "-1", "2018.5", "2018-13-45", "[]", "{}", "[1, 2]",
    "[" * 3000, "{" * 3000, '{"a": 1}', "\udcff", "\ud800", "__import__('os')", "x" * 20000,
)  # fmt: skip
VALUES = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**64), 10**400, 0.5, -0.5, 1e308, float("nan"), float("inf"),
    -float("inf"), [], {}, [[]], [None], {"": None}, {"a": {"b": []}}, (1, 2),
)  # fmt: skip
#: How many changes a file suffers.
_TIMES = (1, 1, 1, 2, 3)
_BYTES = (*(char.encode() for char in ("\0", *',"\n\r;\t-9e=', "NA", "\ufeff")), b"\xff", b"\x80")
_OTHER_FILES = (b"", b"<!DOCTYPE html><html><body>Not found</body></html>", b"\x1f\x8b\x08", b"PK\x03\x04", b"RDX3\n")


def pick(rng: Generator, options: Any) -> Any:
    """Draw one of several."""
    return options[int(rng.integers(len(options)))]


def text(rng: Generator) -> str:
    """Draw a hostile text, or two joined, or random characters."""
    kind = rng.integers(6)
    if kind == 0:
        return pick(rng, HOSTILE) + pick(rng, HOSTILE)
    if kind == 1:
        return "".join(chr(int(code)) for code in rng.integers(1, 0xD7FF, int(rng.integers(1, 12))))
    return str(pick(rng, HOSTILE))


def mutate_bytes(rng: Generator, data: bytes) -> bytes:
    """Change a file: bytes flipped, cut, doubled, swapped, overwritten; or another file in its place."""
    for _ in range(pick(rng, _TIMES)):
        data = _one_change(rng, data)
    return data


def mutate_inside(rng: Generator, data: bytes) -> bytes:
    """Change what a compressed file holds, so that the change is not found by the checksum of the archive."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        changed, buffer = pick(rng, list(members)), io.BytesIO()
        members[changed] = mutate_bytes(rng, members[changed])
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(f"../../{name}" if rng.integers(20) == 0 else name, content)
        return buffer.getvalue()
    for module in (gzip, bz2, lzma):
        try:
            return module.compress(mutate_bytes(rng, module.decompress(data)))
        except (OSError, EOFError, lzma.LZMAError):
            continue
    return mutate_bytes(rng, data)


def _one_change(rng: Generator, data: bytes) -> bytes:
    at, end = sorted(int(place) for place in rng.integers(0, len(data) + 1, 2))
    changes = (
        lambda: data[:at],
        lambda: data[:at] + data[end:],
        lambda: data[:end] + data[at:],
        lambda: data[:at] + rng.bytes(int(rng.integers(1, 9))) + data[at:],
        lambda: data[:at] + pick(rng, _BYTES) * int(rng.integers(1, 5)) + data[at + 1 :],
        lambda: data[:at] + text(rng).encode("utf-8", "surrogatepass") + data[at:],
        lambda: pick(rng, _OTHER_FILES),
        *2 * (lambda: _flipped(rng, data),),
    )
    return pick(rng, changes)()


def _flipped(rng: Generator, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 9)) if changed else 0):
        changed[int(rng.integers(len(changed)))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def mutate_cells(rng: Generator, data: bytes) -> bytes:
    """Change a CSV file as a person would: a cell, a row or a column replaced, dropped, doubled or moved."""
    rows = [line.split(",") for line in data.decode("utf-8").splitlines()]
    for _ in range(pick(rng, _TIMES)):
        row = pick(rng, rows)
        at = int(rng.integers(len(row)))
        kind = rng.integers(7)
        if kind < 3:
            row[at] = text(rng) if kind else str(pick(rng, VALUES))
        elif kind == 3:
            del row[at:]
            row.append("")
        elif kind == 4:
            rows.append(list(row))
        elif kind == 5:
            for each in rows:
                del each[at : at + 1]
                each.extend([] if each else [""])
        else:
            row.insert(at, row[at])
    return "\n".join(",".join(row) for row in rows).encode("utf-8", "surrogatepass") + b"\n"


def mutate_value(rng: Generator, value: Any) -> Any:
    """Change one to three places of a nested value of mappings and lists."""
    value = copy.deepcopy(value)
    for _ in range(pick(rng, _TIMES)):
        places = list(_places(value))
        if not places:
            return pick(rng, VALUES)
        holder, key = pick(rng, places)
        kind = rng.integers(6)
        if kind == 0:
            del holder[key]
        elif kind == 1 and isinstance(holder, dict):
            holder[text(rng)] = holder.pop(key)
        elif kind == 2 and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            holder[key] = text(rng) if kind < 5 else copy.deepcopy(pick(rng, VALUES))
    return value


def _places(value: Any) -> Any:
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    for key in keys:
        yield value, key
        yield from _places(value[key])
