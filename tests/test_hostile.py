"""Hostile content: nothing is executed, nothing is written outside the output folder, no pickle is ever loaded."""

from __future__ import annotations

import ast
import collections
import contextlib
import csv
import json
import os
import pickle
import sys

import numpy as np
import pytest

from analysis import paths
from analysis.cli.app import pairs
from analysis.data.cards import load_cards
from analysis.data.load import add_records
from analysis.data.readers import background, freedom_house, hfi, vdem
from analysis.errors import AnalysisError, InputError
from analysis.runs.manifest import read_manifest
from analysis.runs.plan import slug
from analysis.session.declared import Declared, parse, resolve
from analysis.validation import read_yaml
from tests.fuzz.mutate import HOSTILE
from tests.fuzz.outcomes import REFUSED, RIGHT, run
from tests.fuzz.readers import reader_targets

#: Modules, calls and arguments that turn content into code.
NEVER = {"pickle", "marshal", "shelve", "dill", "joblib", "tarfile", "eval", "exec", "yaml.unsafe_load",
         "pd.read_pickle", "os.system", "np.load", "shell=True", "allow_pickle=True"}  # fmt: skip
# Files that R, Stata and Excel readers open: the formats that have room for code.
READERS = [target for target in reader_targets() if ".csv" not in target.name and "of csv" not in target.name]
PRINTABLE = [text for text in HOSTILE if len(text) < 300 and not any("\ud800" <= c <= "\udfff" for c in text)]
#: Events of the interpreter that mean that content became code or another program.
FORBIDDEN = ("pickle.find_class", "os.system", "subprocess.Popen", "os.exec", "os.posix_spawn")
_heard: list[str] = []
_listening = [False]


def _listen(event, arguments):
    if _listening[0] and event in FORBIDDEN:
        _heard.append(event)


sys.addaudithook(_listen)


@pytest.fixture
def heard(monkeypatch, tmp_path):
    """Collect forbidden events, in an empty working folder in which nothing may appear."""
    monkeypatch.chdir(tmp_path)
    _heard.clear()
    _listening[0] = True
    yield _heard
    _listening[0] = False
    assert _heard == []
    assert not (tmp_path / "pwned").exists()


def test_the_audit_hears_a_pickle(heard):
    pickle.loads(pickle.dumps(collections.OrderedDict()))
    assert heard == ["pickle.find_class"]
    heard.clear()


def test_no_module_can_load_a_pickle_evaluate_text_or_unpack_an_archive_to_files():
    sources = {path: path.read_text(encoding="utf-8") for path in (paths.ROOT / "src/analysis").rglob("*.py")}
    nodes = [(path, node) for path, text in sources.items() for node in ast.walk(ast.parse(text))]
    said = {(path, alias.name) for path, node in nodes if isinstance(node, ast.Import) for alias in node.names}
    said |= {(path, node.module) for path, node in nodes if isinstance(node, ast.ImportFrom)}
    calls = [(path, node) for path, node in nodes if isinstance(node, ast.Call)]
    said |= {(path, ast.unparse(part)) for path, node in calls for part in (node.func, *node.keywords)}
    assert len(said) > 1000
    assert [(path, name) for path, name in said if name in NEVER] == []
    archives = ("extractall", "unpack_archive", "pooch.Unzip", "pooch.Untar", ".extract(")
    assert [(path, word) for path, text in sources.items() for word in archives if word in text] == []


@pytest.mark.parametrize("target", READERS, ids=lambda target: target.name)
def test_readers_execute_nothing_that_a_file_holds(heard, target):
    for number in range(2):
        assert run(target, np.random.default_rng(number))[0] in (RIGHT, REFUSED)


def test_a_pickle_under_any_name_is_refused_unread(heard, tmp_path):
    class Harm:
        def __reduce__(self):
            return os.system, ("touch pwned",)

    readers = {".rds": vdem.read_v12, ".rda": vdem.read_v15, ".xlsx": freedom_house.read_subscores,
               ".csv": vdem.read_v14, ".dta": lambda path: hfi.read_hfi(path, edition=2022),
               ".gz.csv": lambda path: background.read_population(path, edition=2025)}  # fmt: skip
    for ending, read in readers.items():
        path = tmp_path / f"harm{ending}"
        path.write_bytes(pickle.dumps(Harm()))
        with pytest.raises(InputError, match=path.name):
            read(path)


def test_yaml_tags_are_refused(heard, tmp_path):
    path = tmp_path / "claims.yml"
    for kind in (
        "object/apply:os.system ['touch pwned']",
        "name:os.system ''",
        "object/new:os.system [x]",
        "module:os",
    ):
        path.write_text(f"article: !!python/{kind}\n", encoding="utf-8")
        with pytest.raises(InputError, match=r"claims\.yml: not readable as YAML"):
            read_yaml(path)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_parameters_text_stays_one_or_is_refused_and_names_no_run_out_of_its_folder(heard, text):
    for kind in ("str", "int", "float", "bool", "list"):
        line = ""
        try:
            found = parse(text, Declared("P", kind, None, "help"), where="n")
        except InputError as error:
            line = error.line()
        assert "\n" not in line
        assert line or type(found).__name__ == kind
    for read in (resolve, lambda given: pairs([given], "-p", []), lambda given: pairs([f"P={given}"], "-p", [])):
        with contextlib.suppress(InputError):
            read(text)
    name, runs = slug({"01": {"COUNTRY": text}}), paths.BUILD / "runs"
    assert (runs / name).resolve().parent == runs.resolve()
    assert len(name) < 200
    assert name.isascii()


@pytest.mark.parametrize("name", ["../outside.csv", "/tmp/outside.csv", "a/../../outside.csv", "..", "", "x" * 5000])
def test_a_manifest_cannot_name_a_file_outside_of_its_folder(tmp_path, name):
    for key in ("outputs", "summaries"):
        manifest = {"outputs": {}, "summaries": {}, key: {name: {"notebook": "01", "sha256": "0", "made": {}}}}
        (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        with pytest.raises(InputError, match="not a manifest"):
            read_manifest(tmp_path)


@pytest.mark.parametrize("file", ["../x.csv", "/etc/passwd", "..", ".", ".hidden", "a/b", "a\\b", "a\nb", "x" * 300])
def test_a_card_cannot_name_a_file_outside_of_the_cache(tmp_path, file):
    name, card = next(iter(read_yaml(paths.DATA / "sources.yml").items()))
    path = tmp_path / "sources.yml"
    path.write_text(json.dumps({name: card | {"file": file}}, default=str), encoding="utf-8")
    with pytest.raises(AnalysisError, match=r"sources\.yml: .*file"):
        load_cards(path)


def test_tables_written_read_back_as_they_were(tmp_path):
    words = [text.replace("\r\n", " ").replace("\0", "") for text in PRINTABLE]
    path, records = tmp_path / "t.csv", [{"id": number, "text": text} for number, text in enumerate(words)]
    for part in (records, records[:3]):
        add_records(path, part, key=["id", "text"])
    with path.open(encoding="utf-8", newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)] == words[3:] + words[:3]
    assert [item.name for item in tmp_path.iterdir()] == ["t.csv"]
