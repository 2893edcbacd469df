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
#: Columns of scores by those of their ranks, and the share of places that a published rank may lie off its score's.
_RANKED, _APART = {"rank": "score", "hf_rank": "hf_score", "ef_rank": "ef_score"}, 0.05
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
    frame = check(entry.build(paths), entry.schema, where=files, remedy=_OF_SOURCE)
    for name in entry.sources:
        _hold(frame, cards[name], name, entry)
    if {"iso3", "data_year"} <= {*frame}:
        _refuse_gaps(frame, entry, known=gaps, where=files)
        _refuse_ranks(frame, where=files)
    return frame


def _refuse_ranks(frame: pd.DataFrame, *, where: str) -> None:
    """Refuse a rank above the number of ranked countries, or another order of ranks than that of the scores."""
    for name, score in ((name, score) for name, score in _RANKED.items() if name in frame):
        years = (rated := frame.dropna(subset=[name, score])).groupby("data_year")
        many = years["iso3"].transform("size")
        apart = (years[score].rank(ascending=False) - years[name].rank()).abs()
        wrong = (rated[name] > rated.get("ranked", many)) | (apart > 1 + _APART * many)
        for at, row in rated[wrong].head(1).iterrows():
            of = f"{country_names()[row['iso3']]} in {row['data_year']} by its {score} {row[score]}"
            what = f"{f'row {at}: ' * bool(frame.index.name)}{name} is {row[name]}, not the place of {of}"
            raise InputError(what, where=where, remedy=_OF_EDITION)


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
    """Refuse a missing year between others, a country without a time after its first one, and a card's other gaps."""
    times = sorted({*entry.schema.unique} - {"edition", "iso3"})
    years = {*frame["data_year"]}
    there = pd.crosstab([frame[time] for time in times], frame["iso3"]).gt(0)
    lost = there.cummax().gt(there).melt(ignore_index=False, value_name="lost").reset_index().query("lost")
    gone = [(ALL, year) for year in range(min(years), max(years)) if year not in years]
    gone += zip(lost["iso3"], lost["data_year"], strict=True)
    for code, year in [gap for gap in (*gone, *known) if gap not in known or gap not in gone][:1]:
        said = "no gap, though its card says so," if (code, year) in known else "earlier values, but none"
        what = f"{(country_names() | {ALL: 'every country'}).get(code, code)} has {said} in data_year {year}"
        raise InputError(what, where=where, remedy="correct the file, or the gaps of its card")


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
