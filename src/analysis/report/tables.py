"""Verdicts and sources as tables for people: in the terminal, in the README."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.table import Table

from analysis.claims.judge import NOT_YET, OPINION
from analysis.claims.verdicts import Verdicts
from analysis.data.cards import Card
from analysis.errors import InputError
from analysis.files import write_whole
from analysis.report.wording import p_text

_BEGIN, _END = "<!-- {name}: begin (written by the run) -->", "<!-- {name}: end -->"
#: Columns in a terminal: the first ones stand in any, all of them in one so wide.
_HEADINGS = ("claim", "verdict", "certainty", "p", "p adj.", "speaker", "newest edition")
_NARROW, _WIDE = 3, 150


def verdict_table(judged: Verdicts, *, width: int) -> Table:
    """Return the table of verdicts for a terminal; a narrow one has claim, verdict and certainty only."""
    table = Table(box=None, pad_edge=False)
    for heading in _HEADINGS if width >= _WIDE else _HEADINGS[:_NARROW]:
        table.add_column(heading, overflow="fold")
    for item in judged:
        level = item.certainty.level if item.certainty else ""
        p_values = p_text(item.p), p_text(item.p_adjusted)
        cells = (item.claim.id, item.conclusion.label, level, *p_values, item.claim.speaker, item.newest)
        table.add_row(*cells[: len(table.columns)])
    return table


def readme_block(judged: Verdicts) -> str:
    """Return the README's table: claims that were judged, with verdict, certainty and reason, then a count of all."""
    rows = []
    for item in judged:
        if item.conclusion.verdict not in (OPINION, NOT_YET):
            newest = f"; by the newest edition, {item.newest}" if item.newest else ""
            said = f"**{item.conclusion.label}**", str(item.certainty or ""), f"{item.conclusion.why}{newest}"
            rows.append(tuple(cell.replace("|", "/") for cell in (item.claim.claim, item.claim.speaker, *said)))
    table = _markdown(("claim (our words)", "speaker", "verdict", "certainty", "because"), rows)
    return f"{table}\n\n{judged.sentence()}"


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
