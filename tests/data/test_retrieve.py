"""Retrieval: cache before mirror before the network, and nothing whose bytes differ from the card."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from analysis.data.retrieve import CACHE_VARIABLE, MIRROR_VARIABLE, local_file, news, retrieve, verify
from analysis.errors import InputError
from tests.fuzz.downloads import content_of, small_card

CONTENT = content_of(7)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    for variable, name in ((CACHE_VARIABLE, "cache"), (MIRROR_VARIABLE, "mirror")):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / name))
    return tmp_path / "cache", tmp_path / "mirror"


def test_the_cache_is_looked_at_before_the_mirror(folders):
    card = small_card(content=CONTENT)
    assert local_file(card) is None
    for folder in reversed(folders):
        (folder / card.file).write_bytes(CONTENT)
        assert retrieve(card) == folder / card.file


def test_one_changed_byte_in_file_or_card_is_refused_with_the_files_path(folders):
    card, path = small_card(content=CONTENT), folders[0] / "one.csv"
    path.write_bytes(CONTENT)
    assert verify(card, path) == path
    with pytest.raises(InputError, match="the card says"):
        verify(card.model_copy(update={"sha256": "0" * 64}), path)
    path.write_bytes(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))
    with pytest.raises(InputError) as error:
        retrieve(card)
    line = error.value.line()
    assert all(said in line for said in (str(path), f"{len(CONTENT)} bytes with sha256", "delete the file and pull"))


def test_news_of_a_source_are_another_size_a_newer_file_or_no_answer_and_nothing_is_downloaded(folders):
    class Answers(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(404 if "gone" in self.path else 200)
            self.send_header("Content-Length", str(len(CONTENT) + ("longer" in self.path)))
            self.send_header("ETag", "newer" if "/HEAD/newer" in self.path else "same")
            self.end_headers()

        def log_message(self, *anything):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        at = f"http://127.0.0.1:{server.server_port}"
        said = {
            name: news(small_card(f"{at}/{'0' * 40}/{name}", CONTENT)) for name in ("as", "longer", "newer", "gone")
        }
        server.shutdown()
    size = len(CONTENT)
    assert said["as"] == []
    assert said["longer"] == [f"{size + 1} bytes at its address, {size} on the card"]
    assert said["newer"] == [f"a newer file of {size} bytes at {at}/HEAD/newer"]
    assert said["gone"] == [f"HTTPError at {at}/{'0' * 40}/gone"]
    assert list(folders[0].iterdir()) == []
