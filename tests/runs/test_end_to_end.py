"""A small project, run with real kernels, forked and started, in two folders; one fails; one is interrupted."""

import json
import os
import re
import signal
import time

import pytest

from analysis.runs.manifest import read_manifest
from tests.project import read_json, tree
from tests.runs.small import CELLS, INDEX, OTHERS, command, small_project, start, write


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    root = small_project(tmp_path_factory.mktemp("first") / "a folder")
    done = command(root, "run", "--jobs", "2")
    assert (done.returncode, done.stderr) == (0, ""), done
    return root, done


def test_all_that_the_session_saved_is_published_and_explained_sources_untouched_nothing_done_twice(published):
    root, done = published
    # The one that reads evidence comes after the other, whatever its number.
    assert re.fullmatch(rf"ok {INDEX} [\d.]+ s\nok {OTHERS} [\d.]+ s\npublished: figures\n", done.stdout), done
    outputs = {
        "01_draws.pdf", "01_draws.png", "01_draws.svg", "captions/01_draws.json", "tables/01_draws.csv",
        f"numbers/{INDEX}.json", f"numbers/{OTHERS}.json", "evidence/hfi-leaders.json",
    }  # fmt: skip
    assert set(tree(root / "figures")) == outputs | {"manifest.json", "results.json", "verdicts.json"}
    manifest, entries = read_json(root / "figures/manifest.json"), read_manifest(root / "figures")["outputs"]
    assert set(manifest["environment"]) == {"library", "packages", "python"}
    assert str(root) not in json.dumps(manifest)
    assert set(entries) == outputs
    assert all(set(e["tables"]) == {"hfi_2020"} for e in entries.values() if e["notebook"] == INDEX)
    assert read_json(root / "figures/results.json")[OTHERS] == {
        "claims": ["hfi-leaders"],
        "leaders": [["NZL", "CHE", "HKG", "DNK"]],
    }
    assert list(entries[f"numbers/{OTHERS}.json"]["evidence"]) == ["hfi-leaders.json"]
    verdict = next(item for item in read_json(root / "figures/verdicts.json") if item["claim"] == "hfi-leaders")
    assert verdict["verdict"] == "mixed"
    assert '"output_type"' in (root / f"build/executed/default/{INDEX}.ipynb").read_text(encoding="utf-8")
    assert '"output_type"' not in (root / f"notebooks/{INDEX}.ipynb").read_text(encoding="utf-8")
    noted = read_json(root / "build/last_run.json")
    assert all(entry["seconds"] > 0 and entry["peak_mb"] > 50 for entry in noted.values())
    root, _ = published
    before, begin = tree(root / "figures"), time.monotonic()
    done = command(root, "run")
    assert time.monotonic() - begin < 10  # about half a second on an idle machine
    assert done.stdout == f"fresh {INDEX}\nfresh {OTHERS}\nnothing to publish: figures\n"
    assert tree(root / "figures") == before
    assert command(root, "run", "--check").returncode == 0


def without_times(path):
    value = read_json(path)
    for item in [value, *value["cells"]]:
        item["metadata"].pop("papermill", None)
    return json.dumps(value)


@pytest.mark.long
def test_started_kernels_give_the_same_bytes_in_another_folder_too(published, tmp_path, monkeypatch):
    root = small_project(tmp_path / "other")
    (temporary := tmp_path / ("t" * 100)).mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))  # too long for the socket of warm kernels
    done = command(root, "run", "--log", str(tmp_path / "log.jsonl"))
    assert (done.returncode, done.stderr) == (0, ""), done
    first, second = tree(published[0] / "figures"), tree(root / "figures")
    assert first == second
    for name in (INDEX, OTHERS):
        copies = [without_times(folder / f"build/executed/default/{name}.ipynb") for folder in (published[0], root)]
        assert copies[0] == copies[1]
    events = [json.loads(line)["event"] for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert events == ["ok", "ok", "published"]


DIES = ("code", "import os\nos._exit(9)")


def test_a_kernel_that_dies_is_named_with_its_cell_and_the_others_finish(tmp_path):
    root = small_project(tmp_path / "p", *CELLS, ("markdown", "## Does it die?"), DIES, reader=False)
    done = command(root, "run", "--jobs", "2")
    assert done.returncode == 1
    assert re.fullmatch(rf"ok {OTHERS} [\d.]+ s\n", done.stdout)
    first, where, line, reason, _ = done.stderr.splitlines()
    assert (first, line) == (f"failed: {INDEX}", "  line: import os")
    assert where.endswith(": Does it die?")
    assert reason == "  DeadKernelError: the kernel died, it ended itself with exit code 9"
    assert not (root / "figures").exists()

    # What failed is an error of the library now, which is one line without a traceback; the other is taken up.
    fails = "one = 1\n\nraise InputError(\n    '11 is too high', where='t.csv', remedy='restore it'\n)\ntwo = 2"
    write(root, INDEX, *CELLS, ("markdown", "## Q?\n\nText.\n\n### Is it a number?"),
          ("code", f"from analysis.errors import InputError\n{fails}"), ("code", "never = 1"))  # fmt: skip
    done = command(root, "run", "--log", "json")
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert [event["event"] for event in events] == ["kept", "failed"]
    assert events[1]["failure"][1].endswith(": Is it a number?")
    assert events[1]["failure"][2:4] == [
        "  line: raise InputError(", "  InputError: t.csv: 11 is too high; restore it",
    ]  # fmt: skip
    assert events[1]["failure"][4] == f"  executed copy: {root / f'build/executed/default/{INDEX}.ipynb'}"
    assert done.stdout == ""


def test_an_interrupt_ends_with_one_line_and_no_kernel_is_left(tmp_path):
    beat = tmp_path / "beat"
    source = f"import pathlib, time\nwhile True:\n    pathlib.Path({str(beat)!r}).touch()\n    time.sleep(0.1)"
    root = small_project(tmp_path / "p", *CELLS, ("code", source), reader=False)
    process = start(root, "run", "--jobs", "2")
    wait_for(lambda: beat.exists() or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "interrupted; what has finished is kept\n"
    beat.unlink()
    time.sleep(1)
    assert not beat.exists()


def test_an_interrupt_while_the_parent_of_kernels_imports_is_one_line_too(tmp_path, monkeypatch):
    began = tmp_path / "began"
    slow = f"import pathlib, time\npathlib.Path({str(began)!r}).touch()\ntime.sleep(5)"
    (tmp_path / "slow.py").write_text(slow, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    process = start(small_project(tmp_path / "p", *CELLS, ("code", "import slow"), reader=False), "run")
    wait_for(lambda: began.exists() or process.poll() is not None)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes in front
    assert (process.communicate(timeout=60)[1], process.returncode) == ("interrupted; what has finished is kept\n", 130)


def wait_for(ready, seconds=120):
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until
        time.sleep(0.1)
