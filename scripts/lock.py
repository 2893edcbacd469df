"""Write both locks from pyproject.toml (versions and hashes, no address), and the licences of what they install."""

import csv
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMON = (
    "--universal --extra=report --extra=lab --python-version=3.11 --generate-hashes --no-header --no-annotate"
    " --no-emit-index-url --no-emit-find-links --quiet"
)


def lock(target: str, *options: str) -> None:
    """Resolve one set of requirements."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *options, *COMMON.split(), "-o", target]
    subprocess.run(command, cwd=ROOT, check=True)


def licence(package: str) -> str:
    """Return the licence that an installed package states: an expression, classifiers, or the first line of a text."""
    try:
        found = metadata(package)
    except PackageNotFoundError:
        return "not installed on this system"
    named = [one.rpartition(" :: ")[2] for one in found.get_all("Classifier", []) if one.startswith("License ::")]
    said = found["License-Expression"] or "; ".join(named) or (found["License"] or "not stated").strip().splitlines()[0]
    return said[:80]


def list_licences(lock: str, target: str) -> None:
    """Write the packages of a lock with their licences."""
    pinned = re.findall(r"^([\w.-]+)(?:\[.*\])?==([^\s;\\]+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
    with (ROOT / target).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([("package", "version", "licence"), *((*one, licence(one[0])) for one in sorted(set(pinned)))])


if __name__ == "__main__":
    lock("requirements.lock", "--group=build")
    lock("requirements-dev.lock", "--group=dev", "--constraint=requirements.lock")
    list_licences("requirements.lock", "licences.csv")
