"""Verdicts and sources as tables for people: in the terminal, in the README."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from analysis.claims.judge import label
from analysis.claims.register import Register
from analysis.data.cards import Card
from analysis.errors import InputError
from analysis.files import write_whole
from analysis.report.wording import p_text

_BEGIN, _END = "<!-- {name}: begin (written by the run) -->", "<!-- {name}: end -->"


def verdict_table(register: Register, verdicts: Iterable[Mapping[str, Any]]) -> Table:
    """Return the table of verdicts for a terminal."""
    table = Table(box=None, pad_edge=False)
    table.add_column("claim", no_wrap=True)
    table.add_column("speaker", overflow="fold")
    for heading in ("verdict", "grade", "p", "p adj.", "newest edition"):
        table.add_column(heading, no_wrap=True)
    for item in verdicts:
        p_values = (p_text(item[name]) for name in ("p", "p_adjusted"))
        said = label(item["verdict"], item["reason"])
        table.add_row(item["claim"], register[item["claim"]].speaker, said, item["grade"], *p_values, item["newest"])
    return table


def readme_block(register: Register, verdicts: Iterable[Mapping[str, Any]]) -> str:
    """Return the README's table: tested claims with verdict, grade and reason, then a count of all."""
    verdicts = list(verdicts)
    rows = []
    for item in verdicts:
        if item["verdict"] != "not yet tested" and item["grade"]:
            claim, said = register[item["claim"]], label(item["verdict"], item["reason"])
            newest = f"; newest edition, {item['newest']}" if item["newest"] else ""
            because = f"{item['why']}{newest}".replace("|", "/")
            rows.append((claim.claim, claim.speaker, f"**{said}**", item["grade"], because))
    counts = Counter(item["verdict"] for item in verdicts)
    total = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
    table = _markdown(("claim (our words)", "speaker", "verdict", "grade", "because"), rows)
    return f"{table}\n\nAll {len(verdicts)} atomic claims of the register: {total}."


def sources_block(cards: Mapping[str, Card]) -> str:
    """Return the README's table of data sets: producer, editions carried, terms."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for card in cards.values():
        groups.setdefault((card.dataset, card.producer, card.licence), []).append(card.edition)
    rows = [
        (f"{dataset}, {producer}", ", ".join(dict.fromkeys(editions)), licence)
        for (dataset, producer, licence), editions in sorted(groups.items())
    ]
    return _markdown(("data", "editions carried", "terms"), rows)


def write_blocks(path: Path, blocks: Mapping[str, str]) -> bool:
    """Put blocks between the README's markers of the same names; return whether the file changed.

    Raises
    ------
    InputError
        The markers of a block are missing.
    """
    text = new = path.read_text(encoding="utf-8")
    for name, block in blocks.items():
        begin, end = _BEGIN.format(name=name), _END.format(name=name)
        if new.count(begin) != 1 or new.count(end) != 1:
            raise InputError(f"markers of {name} are missing", where=path.name, remedy="git checkout README.md")
        head, _, rest = new.partition(begin)
        new = f"{head}{begin}\n{block}\n{end}{rest.partition(end)[2]}"
    if new != text:
        write_whole(path, new)
    return new != text


def _markdown(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))
