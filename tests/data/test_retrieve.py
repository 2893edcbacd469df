"""Retrieval: cache before mirror before the network, and nothing whose bytes differ from the card."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from analysis.data.cards import Card
from analysis.data.retrieve import CACHE_VARIABLE, MIRROR_VARIABLE, local_file, retrieve, verify
from analysis.errors import InputError, RunError

CONTENT = b"iso3,score\nKAZ,6.99\n"
NOWHERE = "http://127.0.0.1:9/one.csv"


def make_card(url=NOWHERE, content=CONTENT, file="one.csv"):
    return Card(
        file=file, dataset="A", producer="B", edition="2020", data_years=(2018, 2018), citation="C", licence="CC0",
        url=url, bytes=len(content), sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip


@pytest.fixture
def folders(tmp_path, monkeypatch):
    cache, mirror = tmp_path / "cache", tmp_path / "mirror"
    cache.mkdir()
    mirror.mkdir()
    monkeypatch.setenv(CACHE_VARIABLE, str(cache))
    monkeypatch.setenv(MIRROR_VARIABLE, str(mirror))
    return cache, mirror


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing.csv":
            self.send_error(404)
            return
        body = CONTENT.replace(b"6.99", b"7.99") if self.path == "/changed.csv" else CONTENT
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:-5] if self.path == "/truncated.csv" else body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_address[1]}"
    http.shutdown()
    http.server_close()


def test_the_cache_is_looked_at_before_the_mirror(folders):
    cache, mirror = folders
    (mirror / "one.csv").write_bytes(CONTENT)
    assert retrieve(make_card()) == mirror / "one.csv"
    (cache / "one.csv").write_bytes(CONTENT)
    assert retrieve(make_card()) == cache / "one.csv"


def test_nothing_at_hand_is_none(folders):
    assert local_file(make_card()) is None


@pytest.mark.parametrize("place", [0, 1], ids=["cache", "mirror"])
def test_one_changed_byte_is_refused_with_the_files_path(folders, place):
    path = folders[place] / "one.csv"
    path.write_bytes(CONTENT.replace(b"6.99", b"6.98"))
    with pytest.raises(InputError) as error:
        retrieve(make_card())
    assert str(path) in error.value.line()
    assert f"{len(CONTENT)} bytes with sha256" in error.value.line()
    assert "delete the file and pull it again" in error.value.line()


def test_a_wrong_checksum_in_the_card_is_refused(folders, tmp_path):
    path = tmp_path / "one.csv"
    path.write_bytes(CONTENT)
    with pytest.raises(InputError, match="the card says"):
        verify(make_card().model_copy(update={"sha256": "0" * 64}), path)
    assert verify(make_card(), path) == path


def test_a_download_is_checked_and_kept_in_the_cache(folders, server):
    path = retrieve(make_card(f"{server}/one.csv"))
    assert path == folders[0] / "one.csv"
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("missing.csv", "download failed: HTTPError"),
        ("truncated.csv", "download failed: "),
        ("changed.csv", "download failed: what came does not match the card's sha256"),
    ],
)
def test_a_bad_download_is_one_line_and_leaves_nothing(folders, server, page, said):
    with pytest.raises(RunError) as error:
        retrieve(make_card(f"{server}/{page}"))
    assert error.value.line().startswith("one.csv: " + said)
    assert MIRROR_VARIABLE in error.value.line()
    assert list(folders[0].iterdir()) == []


def test_no_network_is_one_line(folders):
    with pytest.raises(RunError, match=r"one\.csv: download failed: ConnectionError; try again, or put the file into"):
        retrieve(make_card())
