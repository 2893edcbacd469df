"""Building of the tidy tables from source files, and what changed by it."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from analysis.data.cards import ALL, Card
from analysis.data.catalogue import CATALOGUE, Table, table
from analysis.data.load import check, country_names, read_csv
from analysis.data.retrieve import retrieve
from analysis.data.schemas import FIRST_YEAR
from analysis.errors import InputError
from analysis.files import write_whole

_OF_EDITION = "give the file of the card's edition, or correct the card"
_OF_SOURCE = "correct the file and its card, or the reader and the schema of the table"


def build(cards: dict[str, Card], names: Iterable[str] = (), *, progress: bool = False) -> list[str]:
    """Make tables again from their sources, and say what changed; all are built before any is written.

    Without names, all tables that have a builder; ``progress`` shows bars while downloading.

    Raises
    ------
    InputError
        A source does not match its card, in bytes or content, a table breaks its schema, or a named one has no source.
    """
    chosen = [table(name) for name in names] or [entry for entry in CATALOGUE.values() if entry.build]
    if typed := [entry for entry in chosen if not entry.build]:
        what = f"{typed[0].name} is made from no source file"
        raise InputError(what, remedy=f"edit data/tables/{typed[0].path.name}, or leave it out")
    frames = {entry: _built(entry, cards, progress=progress) for entry in chosen}
    return [_write(entry, frame.to_csv(index=False, lineterminator="\n")) for entry, frame in frames.items()]


def _built(entry: Table, cards: dict[str, Card], *, progress: bool) -> pd.DataFrame:
    assert entry.build is not None
    paths = {name: retrieve(cards[name], progress=progress) for name in entry.sources}
    files = ", ".join(path.name for path in paths.values())
    gaps = [(iso3, year) for name in paths for iso3, years in cards[name].gaps.items() for year in years]
    frame = entry.build(paths)
    if gaps:
        frame = frame[~frame.set_index(["iso3", "data_year"]).index.isin(gaps)]
    frame = check(frame, entry.schema, where=files, remedy=_OF_SOURCE)
    for name in entry.sources:
        _hold(frame, cards[name], name, entry)
    if {"iso3", "data_year"} <= {*frame}:
        _refuse_gaps(frame, entry, known=gaps, where=files)
    return frame


def _hold(frame: pd.DataFrame, card: Card, name: str, entry: Table) -> None:
    """Hold what a card says against its file: editions, years that values describe, number of countries."""
    years = max(card.data_years[0], FIRST_YEAR), card.data_years[1]
    for column, (low, high) in {"edition": card.editions, "data_year": years, "year": years}.items():
        if column in frame and (found := (frame[column].min(), frame[column].max())) != (low, high):
            there, said = (" to ".join(dict.fromkeys(map(str, ends))) for ends in (found, (low, high)))
            what = f"{column} {there} in the file, {said} by its card {name}"
            raise InputError(what, where=card.file, remedy=_OF_EDITION)
    if card.countries and "iso3" in frame and (count := frame["iso3"].nunique()) != card.countries:
        what = f"{count} countries with values in the file, {card.countries} by its card {name}"
        raise InputError(what + _moved(frame, entry), where=card.file, remedy=_OF_EDITION)


def _refuse_gaps(frame: pd.DataFrame, entry: Table, *, known: list[tuple[str, int]], where: str) -> None:
    """Refuse a missing year between others, and a country without a time after its first one, but for gaps of cards."""
    times = {*entry.schema.unique} - {"edition", "iso3"}
    years = {*frame["data_year"]}
    if gone := [year for year in range(min(years), max(years)) if year not in years and (ALL, year) not in known]:
        remedy = f"add them to the file, or name the gap of {ALL} in its card"
        raise InputError(f"no country has values for data_year {gone[0]}", where=where, remedy=remedy)
    there = pd.crosstab([frame[time] for time in sorted(times)], frame["iso3"]).gt(0)
    lost = (there.cummax() & ~there).melt(ignore_index=False, value_name="lost").reset_index().query("lost")
    for row in lost[~lost.set_index(["iso3", "data_year"]).index.isin(known)].head(1).to_dict("records"):
        when = ", ".join(f"{time} {row[time]}" for time in sorted(times))
        what = f"{country_names()[row['iso3']]} has no values for {when}, but for an earlier one"
        raise InputError(what, where=where, remedy="add them to the file, or name the gap in its card")


def _moved(frame: pd.DataFrame, entry: Table) -> str:
    """Say which countries the table has had so far and would no longer have, and which would be new."""
    if not entry.path.is_file():
        return ""
    known = set(read_csv(entry.path)["iso3"])
    sides = {"no longer": known - set(frame["iso3"]), "new": set(frame["iso3"]) - known}
    named = {side: ", ".join(country_names()[code] for code in sorted(codes)) for side, codes in sides.items()}
    return "".join(f"; {side}: {names}" for side, names in named.items() if names)


def _write(entry: Table, text: str) -> str:
    old = set(entry.path.read_text(encoding="utf-8").splitlines()) if entry.path.exists() else set()
    new = text.splitlines()
    write_whole(entry.path, text)
    moved = f"{len({*new} - old)} lines added, {len(old - {*new})} removed" if {*new} != old else "unchanged"
    return f"{entry.name}: {len(new) - 1} rows, {moved}"
