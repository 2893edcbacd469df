"""Broken and hostile content: a right result or an error of one line; nothing is executed, changed or left behind."""

import contextlib
import csv
import itertools
import json
import os
import pickle
import re
import resource
import signal
import sys
import tempfile
import warnings
from functools import partial
from pathlib import Path
from unittest import mock

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from analysis import paths
from analysis.claims.evidence import read_evidence
from analysis.claims.lock import LOCK, check_lock
from analysis.claims.register import load_register
from analysis.cli.app import pairs
from analysis.data import retrieve
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.data.load import add_records, check, read_csv
from analysis.data.readers import background, freedom_house, hfi, vdem
from analysis.errors import AnalysisError, InputError, RunError
from analysis.report import dossier
from analysis.runs.manifest import altered, read_manifest
from analysis.session.declared import Declared, declared, names, parse, resolve
from analysis.session.parameters import check as check_parameters
from analysis.validation import read_yaml, validate
from tests.claims.make import ARTICLE, THRESHOLDS, claim, claim_fields, evidence, judge_all, measure, refused
from tests.fuzz.downloads import DRIP, RIGHT, SLOW, answers, content_of, server, small_card
from tests.fuzz.samples import samples
from tests.fuzz.strategies import HOSTILE, changed, damaged, damaged_inside, texts, values
from tests.project import tree

#: Milliseconds that a case may take: the slowest right ones take a tenth of it on an idle core.
LIMIT = 10_000
#: A damaged length must not take the machine's memory: the long run gets no more than this many bytes of addresses.
MEMORY = 6 * 1024**3
#: How many times the cases of a short run.
MORE = pytest.mark.parametrize("more", [1, pytest.param(20, marks=pytest.mark.long)])
#: Events of the interpreter that mean that content became code or another program.
FORBIDDEN = ("pickle.find_class", "os.system", "subprocess.Popen", "os.exec", "os.posix_spawn")
_heard: list[str] = []
_listening = [False]


def _listen(event, arguments):
    if _listening[0] and event in FORBIDDEN:
        _heard.append(event)


sys.addaudithook(_listen)


@pytest.fixture(autouse=True)
def heard(monkeypatch, tmp_path, request):
    """Collect forbidden events, in an empty working folder in which nothing may appear; a hang ends the process."""
    more, before = 20 if request.node.get_closest_marker("long") else 1, resource.getrlimit(resource.RLIMIT_AS)
    monkeypatch.chdir(tmp_path)
    _heard.clear()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY if more > 1 else before[0], before[1]))
    signal.alarm(300 * more)
    _listening[0] = True
    yield _heard
    _listening[0] = False
    signal.alarm(0)
    resource.setrlimit(resource.RLIMIT_AS, before)
    assert _heard == []
    assert not (tmp_path / "pwned").exists()


def tried(cases, attempt):
    """Let an attempt draw so many cases in a folder of its own, every time the same."""

    def one(data):
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            attempt(data.draw, Path(folder))

    options = {"derandomize": True, "deadline": LIMIT, "suppress_health_check": list(HealthCheck)}
    settings(max_examples=cases, **options)(given(st.data())(one))()


def met(folder, read):
    """Return what is read from a folder, or None if it is refused in a line; nothing there may change."""
    before, found, line = tree(folder), None, "one line"
    try:
        found = read()
    except AnalysisError as error:
        line = error.line()
    assert tree(folder) == before
    assert len(line.splitlines()) == 1
    return found


def as_yaml(value):
    return yaml.dump(value, allow_unicode=True, sort_keys=False).encode("utf-8", "surrogatepass")


def as_json(value):
    return json.dumps(value, default=str).encode()


def some_cards():
    return dict(list(read_yaml(paths.DATA / "sources.yml").items())[:3])


def some_register():
    kinds = ("record", "figure", "directional", "mechanism", "untestable")
    claims = [claim_fields(kind, id=f"claim-{number}") for number, kind in enumerate(kinds)]
    return {"article": ARTICLE, "thresholds": THRESHOLDS.model_dump(mode="json"), "claims": claims}


FOUND = {
    "record": {"reports": [{"source": "S", "value": "12", "agrees": True}]},
    "figure": {"found": [{"quantity": "rank", "vintage": "v1", "value": 75}]},
    "directional": {"estimate": 0.1, "interval": (0.05, 0.2), "p_value": 0.01, "smallest_effect": 0.05,
                    "measures": [measure("A", 0.99), measure("B", 0.99)]},
    "mechanism": {"components": [{"name": "R", "passed": True, "detail": "d"}]},
}  # fmt: skip
MADE = {"notebook": "01_freedom_index", "code": "0" * 64, "sha256": "0" * 64, "parameters": {"SEED": 1}, "tables": {}}
#: A folder of outputs as small as can be.
PUBLISHED = {
    "manifest.json": {"environment": {}, "outputs": {"01_a.svg": MADE, "b.csv": MADE},
                      "summaries": {"results.json": {"made": {"library": "0"}, "sha256": "0" * 64}}},
    "captions/01_a.json": {"notebook": "01_freedom_index", "caption": "C", "credit": "S", "claims": ["hfi-rank"]},
    "results.json": {"01_freedom_index": {"rank": 75.0}},
}  # fmt: skip


REGISTER, DECLARED = load_register(), {name: declared(name) for name in names()}


def some_evidence(kind):
    check = {"name": "placebo", "passed": True, "detail": "d"}
    return evidence(falsifications=[check], **FOUND[kind]).model_dump(mode="json")


def judged(kind, folder):
    (one,) = judge_all([claim(kind)], read_evidence(folder / "evidence")).verdicts
    return one


def listed(folder):
    found = read_manifest(folder)
    assert all(isinstance(entry["notebook"], str) for entry in found["outputs"].values())
    return altered(folder, found["outputs"]) + altered(folder, found["summaries"])


def published(folder):
    own = {"check_lock": lambda _: "0", "load_register": lambda: REGISTER}
    with mock.patch.multiple("analysis.claims.verdicts", **own), mock.patch.object(dossier, "altered", return_value=[]):
        found = dossier.read_published(folder)
    said = [text for figure in found.figures for text in (figure.caption, figure.credit, *figure.claims)]
    assert all(isinstance(text, str) for text in said)
    assert all(isinstance(numbers, dict) for numbers in found.numbers.values())
    return found


#: What people and runs write: the file, what it may hold, how that is written, and what reads it.
WRITTEN = [
    ("sources.yml", some_cards(), as_yaml, lambda folder: load_cards(folder / "sources.yml")),
    ("claims.yml", some_register(), as_yaml, lambda folder: load_register(folder / "claims.yml")),
    ("claims.lock", read_yaml(LOCK), as_yaml, lambda folder: check_lock(REGISTER, folder / "claims.lock")),
    *((f"evidence/{kind}.json", some_evidence(kind), as_json, partial(judged, kind)) for kind in FOUND),
    *((name, PUBLISHED[name], as_json, published) for name in ("captions/01_a.json", "results.json")),
    ("manifest.json", PUBLISHED["manifest.json"], as_json, listed),
]


@MORE
@pytest.mark.parametrize(("file", "value", "dump", "read"), WRITTEN, ids=[name for name, *_ in WRITTEN])
def test_what_people_and_runs_write_is_read_or_refused(tmp_path, file, value, dump, read, more):
    def attempt(draw, folder):
        for name in PUBLISHED["manifest.json"]["outputs"]:
            (folder / name).touch()
        for name in (*PUBLISHED, file):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(dump(value) if name == file else as_json(PUBLISHED[name]))
        if draw:
            (folder / file).write_bytes(draw(changed(value).map(dump) | damaged(dump(value))))
        return met(folder, lambda: read(folder))

    assert attempt(None, tmp_path) is not None
    tried(10 * more, attempt)


@MORE
def test_parameters_are_taken_or_refused(more):
    def attempt(draw, folder):
        name = draw(st.sampled_from(names()))
        own = {key: item.default for key, item in DECLARED[name].items()}
        other = draw(st.dictionaries(st.sampled_from(sorted(own)) | texts, values, min_size=1, max_size=2))
        asked = draw(st.sampled_from([name] * 9 + ["99_none", "../01"]))
        met(folder, lambda: check_parameters(asked, own | other))

    tried(30 * more, attempt)


def check_table(entry, folder, read):
    frame = met(folder, lambda: check(read(), entry.schema, where=entry.name))
    assert frame is None or len(frame.columns)


@MORE
def test_a_table_is_taken_or_refused(more):
    committed = [entry for entry in CATALOGUE.values() if not entry.made_of and entry.path.is_file()]

    def attempt(draw, folder):
        entry, path = draw(st.sampled_from(committed)), folder / "t.csv"
        with entry.path.open("rb") as file:
            path.write_bytes(draw(damaged(b"".join(itertools.islice(file, 12)))))
        check_table(entry, folder, lambda: read_csv(path))

    tried(12 * more, attempt)


@MORE
@pytest.mark.parametrize("table", [e.name for e in CATALOGUE.values() if e.sources and {*e.sources} <= {*samples()}])
def test_a_source_file_is_taken_or_refused_and_nothing_in_it_is_executed(table, more):
    entry = CATALOGUE[table]

    def attempt(draw, folder):
        files = {name: folder / load_cards()[name].file for name in entry.sources}
        one = draw(st.sampled_from(sorted(files)))
        for name, path in files.items():
            content = samples()[name]
            path.write_bytes(draw(damaged(content) | damaged_inside(content)) if name == one else content)
        check_table(entry, folder, lambda: entry.build(files))

    tried(3 * more, attempt)


@pytest.fixture(scope="module")
def address():
    with server() as address:
        yield address


@pytest.mark.parametrize("kind", answers(7))
def test_a_download_brings_the_file_of_the_card_or_leaves_nothing(monkeypatch, tmp_path, address, kind):
    monkeypatch.setenv(retrieve.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.delenv(retrieve.MIRROR_VARIABLE, raising=False)
    if kind in SLOW:
        monkeypatch.setattr(retrieve, "_TIMEOUT_SECONDS", 3 * DRIP)
        monkeypatch.setattr(retrieve, "_LEAST_SECONDS", 6 * DRIP)
    card = small_card(f"{address}/{kind.replace(' ', '_')}/7", content_of(7))
    with (
        contextlib.nullcontext()
        if kind in RIGHT
        else pytest.raises(RunError, match=r"^one\.csv: download failed: [^\n]*$")
    ):
        assert retrieve.retrieve(card).read_bytes() == content_of(7)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [card.file] * (kind in RIGHT)


@pytest.mark.parametrize(
    "put",
    [
        lambda path: path.write_bytes(content_of(7)[::-1]), Path.touch, Path.mkdir, lambda path: path.symlink_to(path),
        os.mkfifo, lambda path: path.parent.rmdir(), lambda path: (path.parent.rmdir(), path.parent.touch()),
    ],
)  # fmt: skip
def test_what_is_not_the_file_in_a_mirror_is_refused(monkeypatch, tmp_path, put):
    mirror, card = tmp_path / "mirror", small_card(content=content_of(7))
    mirror.mkdir()
    put(mirror / card.file)
    monkeypatch.setenv(retrieve.CACHE_VARIABLE, str(tmp_path / "cache"))
    for named in (str(mirror), "x" * 5000):
        monkeypatch.setenv(retrieve.MIRROR_VARIABLE, named)
        assert met(tmp_path, lambda: retrieve.retrieve(card)) is None


_LEVELS = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12))
#: YAML that is small and costs much, or that refers to itself.
BOMBS = {
    "aliases of aliases": f"a0: &a0 [x]\n{_LEVELS}\n",
    "aliases in a card": "one:\n  file: &a0 [x]\n" + _LEVELS.replace("a1:", "  notes:", 1).replace("\na", "\n  a"),
    "a list of itself": "claims: &x [*x]\n",
    "a key of itself": "? &x [*x]\n: 1\n",
    "merged with itself": "a: &x\n  <<: *x\n",
    "deep lists": "[" * 50_000,
    "deep blocks": "- " * 30_000,
    "many keys": "\n".join(f"k{n}: 1" for n in range(10_000)),
    "long number": "article: " + "9" * 100_000,
    "long colons": "article: " + ":".join(["59"] * 20_000),
    "list as key": "? [a, b]\n: 1\n",
    "python object": "a: !!python/object/apply:os.system ['touch pwned']\n",
    "date": "2018-01-01: 1\n", "empty": "", "nothing": "null\n", "text": "just words\n", "binary": "a: !!binary '*'\n",
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_yaml_that_costs_much_or_calls_is_refused_at_once(tmp_path, name):
    path = tmp_path / "claims.yml"
    path.write_text(BOMBS[name], encoding="utf-8")
    with pytest.raises(InputError, match=r"^claims\.yml: ") as error:
        load_register(path)
    assert len(error.value.line()) < 500


def test_plain_yaml_is_read_a_key_may_come_again_elsewhere_and_nothing_is_faulty_as_a_whole(tmp_path):
    (path := tmp_path / "a.yml").write_text("a: [1, 2.5, x]\nb: {c: null, d: yes}\ne: {c: 2}\n")
    assert read_yaml(path) == {"a": [1, 2.5, "x"], "b": {"c": None, "d": True}, "e": {"c": 2}}
    assert refused(validate, TypeAdapter(dict[str, int]), None, where="a.yml").startswith("a.yml: the whole file: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "repeated key a"),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", "repeated key b"),
        ("- {a: 1, a: 2}\n", "repeated key a"),
        ("1: a\n1: b\n", "repeated key 1"),
        *((text, "not readable as YAML") for text in ("a: [\n", "a: 'x\n", b"\xff\xfe\x00", "a: 2021-13-45\n")),
    ],
)
def test_what_cannot_be_read_is_one_line_with_the_files_name(tmp_path, text, said):
    (path := tmp_path / "a.yml").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert re.match(rf"a\.yml: (?!.*unicode).*{said}", refused(read_yaml, path))


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
    assert heard == []
    pickle.loads(pickle.dumps(Path))
    assert heard == ["pickle.find_class"]  # what is listened for is heard
    heard.clear()


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_parameters_text_stays_one_or_is_refused(heard, text):
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


@pytest.mark.parametrize("name", ["../x.csv", "/tmp/outside.csv", "a/../../outside.csv", "..", "", "./", "x" * 5000])
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
    printable = [text for text in HOSTILE if len(text) < 300 and not any("\ud800" <= c <= "\udfff" for c in text)]
    words = [text.replace("\r\n", " ").replace("\0", "") for text in printable]
    path, records = tmp_path / "t.csv", [{"id": number, "text": text} for number, text in enumerate(words)]
    for part in (records, records[:3]):
        add_records(path, part, key=["id", "text"])
    with path.open(encoding="utf-8", newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)] == words[3:] + words[:3]
    assert [item.name for item in tmp_path.iterdir()] == ["t.csv"]
