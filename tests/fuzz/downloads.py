"""A server of this process that answers as bad servers do, and the card of a file that it may give."""

import contextlib
import gzip
import hashlib
import itertools
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from socketserver import StreamRequestHandler, ThreadingTCPServer

import numpy as np

from analysis.data.cards import Card

#: Seconds between the bytes of answers that drip, and in all; whoever waits for less silence gives up before.
DRIP, WHOLE = 0.1, 2.0
#: Answers that take until the download is given up.
SLOW = ("silent", "drip", "endless", "header drip", "stalled")
#: Answers that bring the file.
RIGHT = ("right", "redirected", "gzip", "chunked", "bad length")
_BOMB = gzip.compress(bytes(20_000_000))
_PAGE = b"<!DOCTYPE html><html><body><h1>Sign in to the network</h1></body></html>"


def content_of(number: int) -> bytes:
    return np.random.default_rng(number).bytes(40 + number % 3000)


def small_card(url: str = "http://127.0.0.1:9/one.csv", content: bytes = b"iso3,score\nKAZ,6.99\n") -> Card:
    return Card(
        file="one.csv", dataset="A", producer="B", edition="2020", data_years=(2018, 2018), citation="C", licence="CC0",
        url=url, bytes=len(content), sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip


def _http(body: bytes = b"", status: str = "200 OK", length: object = None, **headers: str) -> bytes:
    lines = {"Content-Length": len(body) if length is None else length, "Connection": "close"} | headers
    head = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in lines.items() if value)]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def _later(piece: bytes, pause: float = DRIP) -> Iterator[bytes]:
    for _ in range(int(WHOLE / DRIP) if pause else 2000):
        time.sleep(pause)
        yield piece


def answers(number: int) -> dict[str, Iterable[bytes]]:
    content = content_of(number)
    moved = {
        "redirected": f"/right/{number}", "redirect loop": f"/redirect_loop/{number}",
        "redirect to a file": "file:///etc/passwd", "redirect nowhere": "http://127.0.0.1:9/",
    }  # fmt: skip
    whole = {
        "right": _http(content), "changed": _http(content[::-1]), "truncated": _http(content[:-1]), "empty": _http(),
        "longer": _http(content + b"\0"), "html": _http(_PAGE), "404": _http(_PAGE, "404 Not Found"),
        "500": _http(_PAGE, "500 Internal Server Error"), "204": _http(b"", "204 No Content"),
        "wrong length": _http(content, length=len(content) + 9), "bad length": _http(content, length="many"),
        "gzip": _http(gzip.compress(content), Content_Encoding="gzip"),
        "gzip bomb": _http(_BOMB, Content_Encoding="gzip"),
        "not gzip": _http(b"plain text", Content_Encoding="gzip"), "closed": b"", "reset": b"",
        "no http": b"\x16\x03\x01 this is no HTTP\r\n\r\n", "long header": _http(X="x" * 100_000),
        **{kind: _http(b"", "302 Found", Location=place) for kind, place in moved.items()},
    }  # fmt: skip
    for kind, size in (("chunked", b"%x" % len(content)), ("broken chunks", b"zz")):
        whole[kind] = _http(length="", Transfer_Encoding="chunked") + size + b"\r\n" + content + b"\r\n0\r\n\r\n"
    promised = _http(length=10**11)
    slow = {
        "silent": _later(b""), "stalled": itertools.chain([promised + content[:1]], _later(b"")),
        "header drip": itertools.chain([b"HTTP/1.1 200 OK\r\nX: "], _later(b"x")),
        "drip": itertools.chain([promised], _later(b"x")),
        "endless": itertools.chain([promised], _later(b"\0" * 65536, 0)),
    }  # fmt: skip
    return {kind: [answer] for kind, answer in whole.items()} | slow


class _Handler(StreamRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(OSError):
            kind, number = self.rfile.readline().split()[1].decode().strip("/").split("/")[:2]
            while self.rfile.readline().strip():
                pass
            if kind == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            for piece in answers(int(number))[kind.replace("_", " ")]:
                self.wfile.write(piece)


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Serve on this machine alone and give the address."""
    with ThreadingTCPServer(("127.0.0.1", 0), _Handler) as tcp:
        tcp.daemon_threads, tcp.block_on_close = True, False
        threading.Thread(target=tcp.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{tcp.server_address[1]}"
        tcp.shutdown()
