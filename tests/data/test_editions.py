"""The editions of an index: each file is that of its own edition, and a new one is one card."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import yaml

from analysis.data.retrieve import MIRROR_VARIABLE
from tests.fuzz.samples import samples
from tests.shared import shared_file

TEXT = samples()["hfi_2020"].decode()
HEADER, *ROWS = TEXT.splitlines()
#: Two years of three countries, as the card below says.
GOOD = "\n".join([HEADER, *ROWS, *(row.replace("2018", "2008", 1) for row in ROWS)]) + "\n"


def test_a_new_edition_is_one_card(project, tmp_path):
    content = GOOD.replace("2018,", "2021,").replace("2008,", "2000,").encode()
    (tmp_path / "new.csv").write_bytes(content)
    path = project.path("data/sources.yml")
    cards = yaml.safe_load(path.read_text(encoding="utf-8"))
    about = {"file": "new.csv", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    about |= {"edition": "2023", "data_years": [2000, 2021], "gaps": {"all": [*range(2001, 2021)]}, "countries": 3}
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
