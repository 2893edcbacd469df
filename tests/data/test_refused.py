"""Each fault of a source file, in every reader, is one line of the command with file, place, value and what to do."""

import hashlib
import shutil
from functools import partial

import numpy as np
import pandas as pd
import pytest

from analysis.data import catalogue
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.data.retrieve import CACHE_VARIABLE, MIRROR_VARIABLE
from tests.fuzz.samples import samples, tidy_samples
from tests.project import Project, tree
from tests.shared import cases

SAMPLES = tidy_samples()
#: The table that is built from a card.
TABLES = {card: entry.name for entry in reversed(CATALOGUE.values()) for card in entry.sources}
FILES = {name: card.file for name, card in load_cards().items()}
#: Where no number is needed by itself, as another source of the same row may have it.
ANY_MAY_LACK = ("pts_2024", "gdp")


@pytest.fixture
def build(tmp_path, monkeypatch):
    mirror, tables = tmp_path / "mirror", tmp_path / "tables"
    for folder in (mirror, tables):
        folder.mkdir()
    shutil.copy(CATALOGUE["countries"].path, tables)
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
            found = paths[name].read_bytes()
            about = {"bytes": len(found), "sha256": hashlib.sha256(found).hexdigest(), "countries": None, "gaps": {}}
            if year := next((column for column in ("data_year", "year") if column in frame), None):
                about["data_years"] = int(frame[year].min()), int(frame[year].max())
            if "edition" in frame:
                about["edition"] = str(frame["edition"].max())
            cards[name] = cards[name].model_copy(update=about | fields)
        monkeypatch.setattr("analysis.data.cards.load_cards", lambda: cards)
        before, kept = tree(mirror), tree(tables)
        said = Project(tmp_path).command("data", "build", entry.name)
        assert tree(mirror) == before
        assert said.code == 0 or kept == tree(tables)
        return said

    return call


def refused(said, card, *words):
    assert (said.code, said.out) == (2, ""), said
    line = " ".join(said.err.split())
    assert said.err.count("\n") == 1, said.err
    assert FILES[card] in line
    assert "; " in line
    assert [word for word in words if str(word) not in line] == [], line


def _right(card, sample):
    return sample.frame, None


def _another_edition(card, sample):
    if card == "rsf":  # its edition is named not by a year of its rows, but by the name of its frame
        return None
    dates = {name: sample.frame[name].str.replace("2020", "2021") for name in sample.frame.filter(like="_date")}
    later = sample.frame.assign(**(dates or {sample.year: sample.frame[sample.year] + 1}))
    return later, [str(later[sample.year].iloc[0])[:4]]


def _renamed_column(card, sample):
    new = f"new_{sample.number}"
    return sample.frame.rename(columns={sample.number: new}), [f"no {sample.number[:3]}", "nearest", new]


def _unknown_country(card, sample):
    number = pd.api.types.is_numeric_dtype(sample.frame[sample.country])
    frame = sample.frame.copy()
    frame.loc[1, sample.country] = 999 if number else "Kazakhia"
    said = 999 if number else "'Kazakhia'"
    return frame, [f"{place(card, 1)}: {sample.country} is {said}, not a country's", "country_spellings"]


def _two_rows_of_one_country(card, sample):
    frame = pd.concat([sample.frame, sample.frame.iloc[[0]]], ignore_index=True)
    return frame, [f"s {place(card, 0)} and {place(card, 3)} are of one key"]


def _semicolons(card, sample):
    return (sample.frame, ["separated by ';', not by commas"]) if FILES[card].endswith(".csv") else None


def _no_rows(card, sample):
    return sample.frame.iloc[:0], ["no rows of data in it"]


def _two_columns_of_one_name(card, sample):
    if not FILES[card].endswith(".csv"):
        return None
    frame = sample.frame.assign(also=sample.frame[sample.number]).rename(columns={"also": sample.number})
    return frame, [f"two columns {sample.number} in it"]


def _missing(mark, card, sample):
    if (mark and not FILES[card].endswith((".csv", ".xlsx"))) or (mark != "n/a" and card in ANY_MAY_LACK):
        return None
    frame = sample.frame.astype({sample.number: object}) if mark else sample.frame.copy()
    frame.loc[1, sample.number] = mark or np.nan
    return frame, [f"{place(card, 1)}: {sample.number} is {repr(mark) if mark else 'blank'}, not a"]


def place(card, row):
    """Return the number of a row in the file: files of R and Stata have no header."""
    return row + (1 if FILES[card].endswith((".rda", ".rds", ".dta")) else 2)


FAULTS = {"right": _right, "another edition": _another_edition, "a renamed column": _renamed_column,
          "an unknown country": _unknown_country, "two rows of one country": _two_rows_of_one_country,
          "semicolons": _semicolons, "no rows": _no_rows, "two columns of one name": _two_columns_of_one_name,
          "blank": partial(_missing, ""),
          "dash": partial(_missing, "-"), "n/a": partial(_missing, "n/a")}  # fmt: skip
CASES = [(fault, card) for fault, make in FAULTS.items() for card, sample in SAMPLES.items() if make(card, sample)]


@pytest.mark.parametrize(("fault", "card"), CASES)
def test_a_file_is_taken_if_right_and_else_refused_by_place_and_value(build, fault, card):
    frame, words = FAULTS[fault](card, SAMPLES[card])
    content = SAMPLES[card].write(frame)
    said = build(card, content.replace(b",", b";") if fault == "semicolons" else content)
    if words is None:
        assert said.code == 0, said
    else:
        refused(said, card, *words)


@pytest.mark.parametrize(("card", "cells", "said"), cases("wrong cells"))
def test_a_wrong_cell(build, card, cells, said):
    frame = SAMPLES[card].frame
    if "ISO_code" in cells:
        frame = frame.assign(ISO_code=["KAZ", "DEU", "CAN"])
    frame = frame.astype(dict.fromkeys(cells, object))
    frame.loc[0, list(cells)] = list(cells.values())
    frame = frame.infer_objects()
    refused(build(card, SAMPLES[card].write(frame)), card, f"row {place(card, 0)}", said)


def test_a_file_of_another_source_and_more_ranks_than_countries(build):
    content = SAMPLES["rsf"].write(SAMPLES["rsf"].frame.assign(Rank=[4.0, 2.0, 1.0]))
    refused(build("rsf", content), "rsf", "rank is 4, not the place of Kazakhstan in 2019 by its score 54.11")
    refused(build("rsf", samples()["wgi_2024"]), "rsf", "no rsfYEAR in it; nearest of ")


def test_rows_of_a_country_in_another_year_and_a_wrong_number_of_countries(build):
    write, alike = SAMPLES["hfi_2020"].write, {"hf_score": 8.0, "hf_rank": 1, "ef_score": 8.0, "ef_rank": 1}
    frame = SAMPLES["hfi_2020"].frame.assign(**alike)
    scores = frame.columns.difference(["year", "countries"])
    years = pd.concat([frame.assign(year=year) for year in (2016, 2017, 2018)], ignore_index=True)
    card = {"data_years": (2016, 2018)}
    plain = build("hfi_2020", write(years), **card)
    assert (plain.code, plain.out) == (0, "hfi_2020: 9 rows, 10 lines added, 0 removed\n")
    years.loc[1, scores] = np.nan
    assert "8 rows" in build("hfi_2020", write(years), **card).out
    words = "Kazakhstan has earlier values, but none in data_year 2017; correct the file, or the gaps"
    blank = years.copy()
    blank.loc[3, scores] = np.nan
    for lost in (blank, years.drop(3)):
        refused(build("hfi_2020", write(lost), **card), "hfi_2020", words)
        assert "7 rows" in build("hfi_2020", write(lost), gaps={"KAZ": (2017,)}, **card).out
    for code, said in {"KAZ": "Kazakhstan", "ZZZ": "ZZZ", "all": "every country"}.items():
        words = f"{said} has no gap, though its card says so, in data_year 2017; correct the file, or"
        refused(build("hfi_2020", write(years), gaps={code: (2017,)}, **card), "hfi_2020", words)
    without = write(years[years["year"] != 2017])
    words = "every country has earlier values, but none in data_year 2017"
    refused(build("hfi_2020", without, **card), "hfi_2020", words)
    assert "5 rows" in build("hfi_2020", without, gaps={"all": (2017,)}, **card).out
    gone = years[years["countries"] != "Germany"]
    words = ("2 countries with values in the file, 3 by its card hfi_2020; no longer: Germany",)
    refused(build("hfi_2020", write(gone), countries=3, **card), "hfi_2020", *words)


def test_a_blank_code_whose_name_has_one_elsewhere(build):
    frame = SAMPLES["pts_2024"].frame
    years = pd.concat([frame, frame.assign(Year=2017)], ignore_index=True)
    years.loc[3, "WordBank_Code_A"] = np.nan
    refused(
        build("pts_2024", SAMPLES["pts_2024"].write(years)), "pts_2024", "row 5: WordBank_Code_A is blank, not a code"
    )


def test_spaces_and_blank_lines_are_understood_and_counted_as_rows(build):
    content = samples()["hfi_2020"]
    header, first, *others = content.splitlines()
    spaced = b"\n".join([header.replace(b",", b" , "), first, b"", *others, b"", b""])
    assert build("hfi_2020", spaced).out == "hfi_2020: 3 rows, 4 lines added, 0 removed\n"
    wrong = spaced.replace(b"Canada,8.9", b"Canada,high")
    refused(build("hfi_2020", wrong), "hfi_2020", "row 5: hf_score is 'high'")
