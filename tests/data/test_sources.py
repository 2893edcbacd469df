"""Sources: retrieval by the card alone, readers on the files themselves, tables byte for byte, a new edition."""

import hashlib
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest
import yaml

from analysis.data import catalogue
from analysis.data.build import build
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.data.readers import rsf, vdem
from analysis.data.readers.countries import current_iso3, iso3_codes
from analysis.data.readers.hfi import leaves
from analysis.data.retrieve import CACHE_VARIABLE, MIRROR_VARIABLE, local_file, news, retrieve, verify
from analysis.errors import InputError
from analysis.paths import TABLES
from tests.fuzz.downloads import content_of, small_card
from tests.fuzz.samples import samples
from tests.shared import shared_file

CONTENT = content_of(7)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    for variable, name in ((CACHE_VARIABLE, "cache"), (MIRROR_VARIABLE, "mirror")):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / name))
    return tmp_path / "cache", tmp_path / "mirror"


def test_the_cache_is_looked_at_before_the_mirror_and_has_room_for_files_of_one_name(folders):
    card, other = small_card(content=CONTENT), small_card(content=content_of(8))
    assert local_file(card) is None
    for folder in (folders[1], folders[0] / card.sha256[:16]):
        folder.mkdir(exist_ok=True)
        (folder / card.file).write_bytes(CONTENT)
        assert retrieve(card) == folder / card.file
    (folders[1] / card.file).unlink()
    assert card.file == other.file
    assert local_file(other) is None


def test_one_changed_byte_in_file_or_card_is_refused_with_the_files_path(folders):
    card, path = small_card(content=CONTENT), folders[1] / "one.csv"
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


BUILT = [name for name, entry in CATALOGUE.items() if entry.build]


@pytest.fixture
def sources(tmp_path, monkeypatch):
    [folder] = {shared_file(f"data/{card.file}").parent for card in load_cards().values()}
    monkeypatch.setenv(MIRROR_VARIABLE, str(folder))
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(catalogue, "TABLES", tmp_path / "tables")
    return tmp_path / "tables"


@pytest.mark.parametrize("name", BUILT)
def test_a_table_is_built_to_the_committed_bytes(name, sources):
    committed = (TABLES / f"{name}.csv").read_bytes()
    [line] = build(load_cards(), [name])
    assert (sources / f"{name}.csv").read_bytes() == committed
    rows = committed.count(b"\n")
    assert line == f"{name}: {rows - 1} rows, {rows} lines added, 0 removed"
    assert name != "regimes" or build(load_cards(), [name]) == ["regimes: 6237 rows, unchanged"]


TURNED = 0.011  # both scores are rounded to two decimals


def test_v_dems_names_and_codes_lead_to_the_same_country_and_two_files_of_release_12_agree_since_1990():
    raw = pd.read_csv(shared_file("data/vdem_v12_indicators.csv"), usecols=["country_name", "country_text_id", "year"])
    pairs = raw[raw["year"] >= 1990].drop(columns="year").drop_duplicates()
    found, expected = iso3_codes(pairs["country_name"], parts=True), current_iso3(pairs["country_text_id"])
    assert pairs[(found != expected) & expected.notna()].empty
    left = pd.read_csv(shared_file("data/vdem_v12_indicators.csv")).rename(columns={"country_text_id": "iso3"})
    right = vdem.read_v12(shared_file("data/vdem_v12_states.rds"))
    both = left.merge(right, left_on=["iso3", "year"], right_on=["iso3", "data_year"])
    assert len(both) > 4800
    differs = both[(both["v2x_polyarchy_x"] - both["v2x_polyarchy_y"]).abs() > 1e-9]
    assert sorted(zip(differs["iso3"], differs["year"], strict=True)) == [("JAM", 2020), ("JAM", 2021), ("TCD", 2021)]


def test_lost_decimal_points_are_put_back_and_scores_of_2014_to_2021_are_100_minus_those_printed_then():
    assert rsf.restored(pd.Series([9216.0, 714.0, 65.0, 2128.0])).tolist() == [92.16, 71.4, 65.0, 21.28]
    printed = pd.read_csv(shared_file("data/rsf_2014_2021.csv"), sep=";", decimal=",", encoding="utf-8-sig")
    only = load_cards()["rsf"].only
    found = rsf.read_rsf(shared_file("data/rsf_yearly.rda"), only=only)
    both = found.merge(printed, left_on=["edition", "iso3"], right_on=["Year", "ISO"])
    assert len(both) == 8 * len(only)
    assert (both["score"] + both["Score"] - 100).abs().max() <= TURNED
    assert (both["rank"] == both["Rank"]).all()


def test_leaves_are_scores_that_no_other_score_refines():
    assert leaves(["pf_ss", "pf_ss_women", "pf_ss_women_fgm", "pf_rol"]) == ["pf_ss_women_fgm", "pf_rol"]


TEXT = samples()["hfi_2020"].decode()
HEADER, *ROWS = TEXT.splitlines()
#: Two years of three countries, as the card below says.
GOOD = "\n".join([HEADER, *ROWS, *(row.replace("2018", "2008", 1) for row in ROWS)]) + "\n"


def test_a_new_edition_is_one_card(project, tmp_path):
    content = GOOD.replace("2018,", "2021,").replace("2008,", "2000,").encode()
    (tmp_path / "new.csv").write_bytes(content)
    path = project.path("data/sources.yml")
    cards = yaml.safe_load(path.read_text(encoding="utf-8"))
    about = {"file": "new.csv", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    about |= {"edition": "2023", "data_years": [2000, 2021], "gaps": {"all": [*range(2001, 2021)]}, "countries": 3}
    path.write_text(yaml.safe_dump(cards | {"hfi_2023": cards["hfi_2022"] | about}), encoding="utf-8")
    asked = "from analysis.session import declared, parameters; n = '01_freedom_index'; known = declared.declared(n); "
    asked += "new = {'EDITION': 2023, 'DATA_YEAR': 2021}; "
    asked += "parameters.check(n, {name: item.default for name, item in known.items()} | new)"
    for call in (["-m", "analysis", "data", "build", "hfi_2023"], ["-c", asked]):
        variables = os.environ | {MIRROR_VARIABLE: str(tmp_path), "ANALYSIS_ROOT": str(project.root)}
        done = subprocess.run([sys.executable, *call], env=variables, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done
    assert len(pd.read_csv(project.path("data/tables/hfi_2023.csv"))) == 6


def test_somalia_in_the_index_is_not_somaliland():
    """Scores that are V-Dem's indicators on another scale follow its Somalia, and not its Somaliland."""
    index = pd.read_stata(shared_file("data/hfi_2022_edition.dta"))
    for file, score, indicator in (
        ("vdem_v10_indicators.csv", "pf_expression_vdem_cultural", "v2clacfree"),
        ("vdem_v10_indicators2.csv", "pf_assembly_parties_barriers", "v2psbars"),
    ):
        rated = pd.read_csv(shared_file(f"data/{file}")).rename(columns={"country_name": "countries"})
        both = index[["countries", "year", score]].merge(rated).dropna(subset=[score, indicator])
        line = np.polynomial.Polynomial.fit(both[indicator], both[score], 1)
        scores = index[index["countries"] == "Somalia"][["year", score]].merge(rated, on="year")
        misses = (scores[score] - line(scores[indicator].to_numpy())).abs().groupby(scores["countries"]).mean()
        assert misses["Somalia"] < 0.5
        assert misses["Somaliland"] > 2
