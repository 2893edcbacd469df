"""Each fault of a source file, in every reader, is one line of the command with file, place, value and what to do."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest

from analysis.data import catalogue
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.data.retrieve import CACHE_VARIABLE, MIRROR_VARIABLE
from tests.fuzz.samples import samples, tidy_samples
from tests.project import Project, tree

SAMPLES = tidy_samples()
#: The table that is built from a card.
TABLES = {card: entry.name for entry in reversed(CATALOGUE.values()) for card in entry.sources}
#: Editions that a file names not by a year of its rows, but by the name of its frame or sheet.
NAMED_ELSEWHERE = ("rsf", "wjp_2020")
#: Where no number is needed by itself, as another source of the same row may have it.
ANY_MAY_LACK = ("pts_2024", "gdp")


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Call the command on the samples, one of which is another; return what it said, and the table's text."""
    mirror, tables = tmp_path / "mirror", tmp_path / "tables"
    mirror.mkdir()
    monkeypatch.setenv(MIRROR_VARIABLE, str(mirror))
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(catalogue, "TABLES", tables)

    def call(card, content, **fields):
        cards, entry = load_cards(), CATALOGUE[TABLES[card]]
        paths = {}
        for name in entry.sources:
            paths[name] = mirror / cards[name].file
            paths[name].write_bytes(samples()[name])
        # What the card says of the right file, and the bytes of the other.
        frame = entry.build(paths)
        paths[card].write_bytes(content)
        for name in entry.sources:
            bytes_ = paths[name].read_bytes()
            about = {"bytes": len(bytes_), "sha256": hashlib.sha256(bytes_).hexdigest()}
            years = frame.filter(regex="^(data_)?year$")
            if len(years.columns):
                about["data_years"] = int(years.min().iloc[0]), int(years.max().iloc[0])
            if "edition" in frame:
                about["edition"] = str(frame["edition"].max())
            about["countries"] = frame["iso3"].nunique() if "iso3" in frame else None
            cards[name] = cards[name].model_copy(update=about | fields)
        monkeypatch.setattr("analysis.data.cards.load_cards", lambda: cards)
        before = tree(mirror)
        said = Project(tmp_path).command("data", "build", entry.name)
        assert tree(mirror) == before
        assert tables.exists() is (said.code == 0)
        return said

    return call


def refused(said, card, *words):
    """Check that the command refused the file of a card in one line that has these words."""
    assert (said.code, said.out) == (2, ""), said
    line = " ".join(said.err.split())
    assert said.err.count("\n") == 1, said.err
    assert load_cards()[card].file in line
    assert "; " in line
    assert [word for word in words if str(word) not in line] == [], line


def changed(card, *columns, row=0, to):
    """Return the table of a card with other cells in one row, or in all."""
    frame = SAMPLES[card].frame.copy()
    for column in columns:
        if not (isinstance(to, float) and np.isnan(to)):
            frame[column] = frame[column].astype(object)
        frame.loc[row, column] = to
    return frame


def place(card, row=0):
    """Return how the line names a row of the table: files of R and Stata have no header."""
    first = 1 if load_cards()[card].file.endswith((".rda", ".rds", ".dta")) else 2
    return f"{row + first}:"


@pytest.mark.parametrize("card", SAMPLES)
def test_a_right_file_is_built(build, card):
    said = build(card, samples()[card])
    assert said.code == 0, said


@pytest.mark.parametrize("card", [card for card in SAMPLES if card not in NAMED_ELSEWHERE])
def test_a_file_of_another_edition(build, card):
    sample = SAMPLES[card]
    later = sample.frame.assign(**{sample.year: [_later(value) for value in sample.frame[sample.year]]})
    if card == "mass_mobilization":
        later["end_date"] = later["start_date"]
    year = str(later[sample.year].iloc[0])[:4]
    refused(build(card, sample.write(later)), card, year, "edition" if "hfi" in card else "in")


def _later(value):
    return value.replace("2020", "2021") if isinstance(value, str) else value + 1


@pytest.mark.parametrize("card", SAMPLES)
def test_a_renamed_column(build, card):
    sample = SAMPLES[card]
    new = f"new_{sample.number}"
    renamed = sample.frame.rename(columns={sample.number: new})
    refused(build(card, sample.write(renamed)), card, f"no {sample.number[:3]}", "nearest", new)


@pytest.mark.parametrize("card", SAMPLES)
def test_an_unknown_country(build, card):
    sample = SAMPLES[card]
    number = pd.api.types.is_numeric_dtype(sample.frame[sample.country])
    frame = changed(card, sample.country, row=1, to=999 if number else "Kazakhia")
    said = build(card, sample.write(frame.astype({sample.country: "int64"} if number else {})))
    refused(said, card, place(card, 1), sample.country, 999 if number else "'Kazakhia'", "country_names")


@pytest.mark.parametrize("card", SAMPLES)
def test_two_rows_of_one_country(build, card):
    sample = SAMPLES[card]
    twice = pd.concat([sample.frame, sample.frame.iloc[[0]]], ignore_index=True)
    if card == "wjp_2020":  # a sheet cannot have two columns of one name, which pandas would rename
        twice.loc[3, "Country"] = "Republic of Kazakhstan"
    first, second = place(card, 0)[:-1], place(card, 3)[:-1]
    refused(build(card, sample.write(twice)), card, f"s {first} and {second} are of one key")


@pytest.mark.parametrize("card", [card for card in SAMPLES if load_cards()[card].file.endswith(".csv")])
def test_semicolons(build, card):
    content = samples()[card].replace(b",", b";")
    refused(build(card, content), card, "separated by ';', not by commas")


@pytest.mark.parametrize("mark", ["", "-", "n/a"])
@pytest.mark.parametrize("card", SAMPLES)
def test_a_blank_for_a_number(build, card, mark):
    sample = SAMPLES[card]
    if mark and not load_cards()[card].file.endswith((".csv", ".xlsx")):
        pytest.skip("a column of numbers holds no text")
    if mark != "n/a" and card in ANY_MAY_LACK:
        pytest.skip("a source of several, or a first year, may be missing")
    frame = changed(card, sample.number, row=1, to=mark or np.nan)
    refused(build(card, sample.write(frame)), card, place(card, 1), sample.number, repr(mark) if mark else "blank")
