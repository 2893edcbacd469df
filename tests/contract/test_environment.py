"""The environments say the same: pyproject, conda file and locks."""

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from analysis import __version__
from analysis.paths import ROOT
from analysis.runs.staleness import PACKAGES

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")


def bounds(texts):
    found = [Requirement(text) for text in texts if isinstance(text, str)]
    return {canonicalize_name(item.name): item.specifier for item in found}


def group(name):
    entries = PYPROJECT["dependency-groups"][name]
    included = [entry["include-group"] for entry in entries if isinstance(entry, dict)]
    return bounds(entries) | {key: value for other in included for key, value in group(other).items()}


EXTRAS = PYPROJECT["project"]["optional-dependencies"]
RUN = bounds(PYPROJECT["project"]["dependencies"] + EXTRAS["report"] + EXTRAS["lab"])


def conda():
    value = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    nested = [text for entry in value["dependencies"] if isinstance(entry, dict) for text in entry["pip"]]
    return value, bounds(value["dependencies"]) | bounds(text for text in nested if not text.startswith("--"))


def test_every_dependency_is_bounded_on_both_sides_and_so_in_the_conda_file_which_installs_the_package_itself():
    for name, specifier in RUN.items():
        operators = {part.operator for part in specifier}
        assert operators == {">=", "<"}, name
    value, found = conda()
    python = SpecifierSet(PYPROJECT["project"]["requires-python"])
    assert found == RUN | {"python": python, "pip": SpecifierSet()}
    assert value["channels"] == ["conda-forge"]
    (nested,) = (entry["pip"] for entry in value["dependencies"] if isinstance(entry, dict))
    assert nested[-1].endswith("--editable .")


def pins(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE)
    pinned: dict[str, set[str]] = {}
    for package, version in found:
        pinned.setdefault(canonicalize_name(package), set()).add(version)
    return pinned


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|git\+|--index-url|--extra-index-url|--find-links| @ ", text)


@pytest.mark.parametrize(("lock", "required"), [(LOCKS[0], RUN | group("build")), (LOCKS[1], RUN | group("dev"))])
def test_locked_versions_are_within_the_bounds(lock, required):
    pinned = pins(lock)
    assert set(required) <= set(pinned)
    for name, specifier in required.items():
        assert all(Version(version) in specifier for version in pinned[name]), name


def test_the_locks_agree_and_hold_what_a_run_records_and_citation_and_package_have_one_version():
    run, dev = (pins(lock) for lock in LOCKS)
    assert {name: dev.get(name) for name in run} == run
    assert set(PACKAGES) <= set(RUN)  # whose versions a run records
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(citation["version"]) == __version__ == PYPROJECT["project"]["version"]
