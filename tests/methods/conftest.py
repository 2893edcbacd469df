"""What the tests of methods take away."""

import pytest

from analysis.data.load import country_names
from analysis.methods.result import LABELS


@pytest.fixture(autouse=True)
def codes_of_countries_have_no_names(monkeypatch):
    """A notebook that ran in the same process has given names to codes, which methods then say."""
    for code in country_names():
        monkeypatch.delitem(LABELS, code, raising=False)
