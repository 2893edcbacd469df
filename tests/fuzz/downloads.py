"""Cases for downloads: a server of this process that answers as bad servers do."""

from __future__ import annotations

import contextlib
import gzip
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.random import Generator

from analysis.data import retrieve
from analysis.data.cards import Card
from tests.fuzz.mutate import mutate_bytes, pick
from tests.fuzz.outcomes import Prepared, Target
from tests.fuzz.readers import small_card

#: Seconds without an answer, and in all, after which the downloads of slow answers are given up.
SILENCE, WHOLE = 0.3, 0.6
#: The same for answers that come at once: no right one is given up on a machine that is busy.
PATIENT = 20.0
#: Answers that take until one of the two limits: drawn less often.
SLOW = ("silent", "drip", "endless", "header drip", "stalled")
QUICK = (
    "right", "redirected", "changed", "truncated", "longer", "html", "404", "500", "redirect loop",
    "redirect to a file", "redirect nowhere", "reset", "closed", "no http", "gzip", "gzip bomb", "not gzip",
    "wrong length", "bad length", "chunked", "broken chunks", "empty", "204", "long header",
)  # fmt: skip
_RIGHT = ("right", "redirected", "gzip", "chunked", "bad length")
_PAGE = b"<!DOCTYPE html><html><body><h1>Sign in to the network</h1></body></html>"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        kind, number = self.path.strip("/").split("/")[0].replace("_", " "), int(self.path.strip("/").split("/")[1])
        with contextlib.suppress(OSError):
            self._answer(kind, content_of(number), np.random.default_rng(number))
        self.close_connection = True

    def _answer(self, kind: str, content: bytes, rng: Generator) -> None:
        bodies = {
            "right": content, "changed": mutate_bytes(rng, content) + b"!", "truncated": content[:-1], "empty": b"",
            "longer": content + b"\0", "html": _PAGE,
        }  # fmt: skip
        if kind in bodies:
            self._send(bodies[kind])
        elif kind in ("404", "500", "204"):
            self._send(_PAGE if kind != "204" else b"", int(kind))
        elif kind.startswith("redirect"):
            number = self.path.strip("/").split("/")[1]
            to = {"redirected": f"/right/{number}", "redirect loop": self.path, "redirect to a file": "file:///etc/passwd",
                  "redirect nowhere": "http://127.0.0.1:9/"}[kind]  # fmt: skip
            self._send(b"", 302, Location=to)
        elif kind in ("gzip", "gzip bomb", "not gzip"):
            plain = b"\0" * 20_000_000 if kind == "gzip bomb" else content
            self._send(b"plain text" if kind == "not gzip" else gzip.compress(plain), **{"Content-Encoding": "gzip"})
        elif kind in ("wrong length", "bad length"):
            self._send(content, **{"Content-Length": str(len(content) + 9) if kind == "wrong length" else "many"})
        elif kind in ("chunked", "broken chunks"):
            self._send(b"", **{"Transfer-Encoding": "chunked", "Content-Length": ""})
            size = b"%x" % len(content) if kind == "chunked" else b"zz"
            self.wfile.write(size + b"\r\n" + content + b"\r\n0\r\n\r\n")
        else:
            self._misbehave(kind, content)

    def _misbehave(self, kind: str, content: bytes) -> None:
        if kind == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif kind == "no http":
            self.wfile.write(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        elif kind == "long header":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n")
        elif kind in ("silent", "stalled"):
            if kind == "stalled":
                self._send(content[:1], **{"Content-Length": str(len(content))})
            time.sleep(3 * WHOLE)
        elif kind != "closed":
            self._go_on(kind)

    def _go_on(self, kind: str) -> None:
        if kind == "header drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        else:
            self._send(b"", **{"Content-Length": "100000000000"})
        piece, pause = (b"\0" * 65536, 0.0) if kind == "endless" else (b"x", SILENCE / 4)
        for _ in range(2000 if kind == "endless" else int(4 * WHOLE / pause)):
            self.wfile.write(piece)
            time.sleep(pause)

    def _send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body)), "Connection": "close"} | headers).items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Serve on this machine alone and give the address."""
    http = _Server(("127.0.0.1", 0), _Handler)
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{http.server_address[1]}"
    finally:
        http.shutdown()
        http.server_close()


def content_of(number: int) -> bytes:
    """Return the file that a card of this number promises."""
    return np.random.default_rng(number).bytes(40 + number % 3000)


def download_target(address: str, kinds: tuple[str, ...]) -> Target:
    """Return the target of some kinds of answers from a server at an address."""
    return Target("download", partial(_download, address, kinds))


def _download(address: str, kinds: tuple[str, ...], rng: Generator, folder: Path) -> Prepared:
    kind, number = pick(rng, kinds), int(rng.integers(10**6))
    content = content_of(number)
    card, cache = small_card(f"{address}/{kind.replace(' ', '_')}/{number}", content), folder / "cache"

    def right(found: bytes) -> bool:
        return kind in _RIGHT and found == content and [path.name for path in cache.iterdir()] == [card.file]

    def written(after: dict[str, str]) -> bool:
        return not after

    return Prepared(_timed(card, cache, slow=kind in SLOW), right, written, kind in _RIGHT, kind)


def _timed(card: Card, cache: Path, *, slow: bool) -> Callable[[], Any]:
    limits = {"_TIMEOUT_SECONDS": SILENCE if slow else PATIENT, "_LEAST_SECONDS": WHOLE if slow else PATIENT}
    environment = {retrieve.CACHE_VARIABLE: str(cache), retrieve.MIRROR_VARIABLE: ""}

    def call() -> bytes:
        with mock.patch.multiple(retrieve, **limits), mock.patch.dict(os.environ, environment):
            return retrieve.retrieve(card).read_bytes()

    return call
