"""What the tests of methods take away."""

import pandas as pd
import pytest

from analysis.data.load import country_names
from analysis.methods.result import LABELS
from analysis.methods.synthetic.study import Study
from tests.shared import shared_file


@pytest.fixture(autouse=True)
def codes_of_countries_have_no_names(monkeypatch):
    """A notebook that ran in the same process has given names to codes, which methods then say."""
    for code in country_names():
        monkeypatch.delitem(LABELS, code, raising=False)


@pytest.fixture(scope="module")
def california() -> Study:
    frame = pd.read_csv(shared_file("validation/california_prop99.csv"), sep=";")
    frame = frame.rename(columns={"State": "unit", "Year": "time", "PacksPerCapita": "outcome"})
    return Study.from_panel(frame, treated="California", first_treated=1989)
