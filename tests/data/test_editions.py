"""A file is held against its card: what does not fit is one line, and a new edition of a known index is one card."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml

from analysis.data import catalogue
from analysis.data.build import build
from analysis.data.cards import load_cards
from analysis.data.readers.hfi import read_hfi
from analysis.data.retrieve import CACHE_VARIABLE, MIRROR_VARIABLE
from analysis.errors import InputError
from tests.fuzz.samples import samples
from tests.shared import shared_file

TEXT = samples()["hfi_2020"].decode()
HEADER, *ROWS = TEXT.splitlines()
#: Two years of three countries, as the card below says.
GOOD = "\n".join([HEADER, *ROWS, *(row.replace("2018", "2008", 1) for row in ROWS)]) + "\n"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Build the table of an edition from a text and the fields of its card; return the table's text."""
    monkeypatch.setenv(MIRROR_VARIABLE, str(tmp_path))
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(catalogue, "TABLES", tmp_path / "tables")

    def make(text, **fields):
        content, cards = text.encode(), load_cards()
        (tmp_path / "one.csv").write_bytes(content)
        about = {"file": "one.csv", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        cards["hfi_2020"] = cards["hfi_2020"].model_copy(update=about | {"countries": 3} | fields)
        build(cards, ["hfi_2020"])
        return (tmp_path / "tables/hfi_2020.csv").read_text(encoding="utf-8")

    return make


@pytest.mark.parametrize(
    ("text", "card", "said"),
    [
        (GOOD.replace("2018,", "2019,"), {}, ["2019", "edition 2020", "2018"]),
        (GOOD.replace("2008,", "2010,"), {}, ["data_year 2010 to 2018 in the file, 2008 to 2018 by its card hfi_2020"]),
        (GOOD, {"edition": "2019"}, ["edition 2020 to 2020 in the file, 2019 to 2019 by its card"]),
        (GOOD, {"countries": 162}, ["3 countries in the file, 162 by its card hfi_2020"]),
        (GOOD.replace("pf_rol,", "pf_rule_of_law,"), {}, ["no pf_rol in it", "pf_rule_of_law", "readers.hfi"]),
        (GOOD.replace("hf_score", "Human freedom (score)"), {}, ["no hf_score in it", "nearest"]),
        (GOOD.replace("countries,", "Country,"), {}, ["no countries in it", "Country"]),
        (GOOD.replace("2018,Germany", "2018,Ruritania"), {}, ["row 3", "'Ruritania'", "readers.countries"]),
        (GOOD.replace("2018,Germany", "2018,Qazaqstan and Kazakhstan"), {}, ["rows 2 and 3", "2018", "KAZ"]),
        (GOOD + ROWS[1] + "\n", {}, ["rows 3 and 8", "DEU"]),
        (GOOD.replace(",", ";"), {}, ["separated by ';', not by commas"]),
        (GOOD.replace(".", "?").replace(",", ";").replace("?", ","), {}, ["separated by ';', not by commas"]),
        (GOOD.replace("8.9", "high", 1), {}, ["row 4: hf_score", "'high'"]),
        (GOOD.replace("2018,Canada", " ,Canada"), {}, ["row 4", "data_year is missing"]),
        (GOOD.replace("8.9", "89", 1), {}, ["2020 2018 CAN, field hf_score: 89.0 fails in_range(0, 10)"]),
    ],
)
def test_what_does_not_fit_is_one_line_with_file_place_value_and_what_to_do(made, text, card, said):
    with pytest.raises(InputError) as error:
        made(text, **card)
    line = error.value.line()
    assert line.startswith("one.csv: ")
    assert error.value.remedy
    assert [words for words in said if words not in line] == [], line


def test_spaces_about_names_and_blank_cells_are_understood(made):
    plain = made(GOOD)
    assert plain.count("\n") == 7
    assert made(HEADER.replace(",", " , ") + GOOD.removeprefix(HEADER)) == plain
    blank = made(GOOD.replace("Canada,8.9", "Canada, ", 1))
    assert blank.count("\n") == plain.count("\n") - 1


@pytest.mark.parametrize("edition", [2016, 2019, 2020, 2022])
def test_the_file_of_2021_is_no_other_edition(edition):
    path = shared_file("data/hfi_2021_edition.csv")
    with pytest.raises(InputError, match=rf"data years end in 2019, those of edition {edition} in {edition - 2}"):
        read_hfi(path, edition=edition)
    assert len(read_hfi(path, edition=2021)) == 1867


def test_a_new_edition_is_one_card(project, tmp_path):
    content = GOOD.replace("2018,", "2021,").replace("2008,", "2000,").encode()
    (tmp_path / "new.csv").write_bytes(content)
    path = project.path("data/sources.yml")
    cards = yaml.safe_load(path.read_text(encoding="utf-8"))
    about = {"file": "new.csv", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    about |= {"edition": "2023", "data_years": [2000, 2021], "countries": 3}
    path.write_text(yaml.safe_dump(cards | {"hfi_2023": cards["hfi_2022"] | about}), encoding="utf-8")
    asked = "from analysis.session import declared, parameters; n = '01_freedom_index'; known = declared.declared(n); "
    asked += "new = {'EDITION': 2023, 'DATA_YEAR': 2021}; "
    asked += "parameters.check(n, {name: item.default for name, item in known.items()} | new)"
    for call in (["-m", "analysis", "data", "build", "hfi_2023"], ["-c", asked]):
        variables = os.environ | {MIRROR_VARIABLE: str(tmp_path), "ANALYSIS_ROOT": str(project.root)}
        done = subprocess.run([sys.executable, *call], env=variables, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done
    assert len(pd.read_csv(project.path("data/tables/hfi_2023.csv"))) == 6


def test_somalia_in_the_index_is_not_somaliland():
    """Scores that are V-Dem's indicators on another scale follow its Somalia, and not its Somaliland."""
    index = pd.read_stata(shared_file("data/hfi_2022_edition.dta"))
    for file, score, indicator in (
        ("vdem_v10_indicators.csv", "pf_expression_vdem_cultural", "v2clacfree"),
        ("vdem_v10_indicators2.csv", "pf_assembly_parties_barriers", "v2psbars"),
    ):
        rated = pd.read_csv(shared_file(f"data/{file}")).rename(columns={"country_name": "countries"})
        both = index[["countries", "year", score]].merge(rated).dropna(subset=[score, indicator])
        line = np.polynomial.Polynomial.fit(both[indicator], both[score], 1)
        scores = index[index["countries"] == "Somalia"][["year", score]].merge(rated, on="year")
        misses = (scores[score] - line(scores[indicator].to_numpy())).abs().groupby(scores["countries"]).mean()
        assert misses["Somalia"] < 0.5
        assert misses["Somaliland"] > 2
