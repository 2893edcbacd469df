"""Write requirements.lock and requirements-dev.lock from pyproject.toml: versions and hashes, no address."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMON = (
    "--universal --extra=report --python-version=3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url"
    " --no-emit-find-links --quiet"
)


def lock(target: str, *options: str) -> None:
    """Resolve one set of requirements."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *options, *COMMON.split(), "-o", target]
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    lock("requirements.lock", "--group=build")
    lock("requirements-dev.lock", "--group=dev", "--constraint=requirements.lock")
