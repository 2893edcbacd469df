"""Write data/verdict_history.csv: the verdicts published under each lock, read from the history of this repository.

Run by hand after verdicts were published under a new lock. Of each lock the last publication counts; a claim has a row
where its verdict or its rule is another than in its row before.
"""

import csv
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from analysis.claims.judge import Conclusion

ROOT = Path(__file__).resolve().parents[1]
LOCK, VERDICTS, TABLE = "data/claims.lock", "figures/verdicts.json", "data/verdict_history.csv"
COLUMNS = ("claim", "lock", "date", "verdict", "rule", "changed_by")


def git(*arguments: str) -> str:
    """Return what git prints."""
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def versions(path: str) -> Iterator[tuple[str, Any]]:
    """Yield day and content of a file in each commit that changed it, oldest first."""
    for line in git("log", "--topo-order", "--reverse", "--format=%H %cs", "--", path).splitlines():
        commit, day = line.split()
        yield day, yaml.load(git("show", f"{commit}:{path}"), yaml.CSafeLoader)


def rows() -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table, by claim in the order of the register."""
    rules = {lock["hash"]: lock["rules"] for _, lock in versions(LOCK)}
    published = {said[0]["rules_hash"]: (day, {row["claim"]: row for row in said}) for day, said in versions(VERDICTS)}
    lock = yaml.load((ROOT / LOCK).read_text(encoding="utf-8"), yaml.CSafeLoader)
    locks = dict.fromkeys(entry["hash"] for entry in lock["history"])
    for claim in lock["rules"]:
        last, rule, changed = ("", ""), "", []
        for name in locks:
            own = rules[name].get(claim, "")
            changed += [name] if own != rule else []
            rule = own
            day, said = published.get(name, ("", {}))
            row = said.get(claim)
            if row and (state := (Conclusion(row["verdict"], row.get("reason", ""), "").label, rule)) != last:
                yield claim, name, day, *state, " ".join(changed)
                last, changed = state, []


if __name__ == "__main__":
    with (ROOT / TABLE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows())
