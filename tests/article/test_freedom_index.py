"""Notebook 01, executed cell by cell in this process: its figures fit, its numbers are the published ones.

Published: edition 2020, data year 2018: score 6.99, rank 75 of 162, association 3.7, lowest of the twelve categories,
not lowest of the sub-scores.
"""

from __future__ import annotations

import pytest

from tests.executed import check_figure, execute, executed
from tests.project import read_json

NAME = "01_freedom_index"
DRAWS = 100

kazakhstan = executed(NAME, DRAWS=DRAWS)


def test_the_published_figures_are_found(kazakhstan):
    numbers = read_json(kazakhstan.folder / f"numbers/{NAME}.json")
    assert (numbers["score"], numbers["rank"], numbers["n"], numbers["association"]) == (6.99, 75, 162, 3.7)


def test_association_is_the_lowest_category_and_not_the_lowest_subscore(kazakhstan):
    assert kazakhstan.names["lowest_category"].n_below == 0
    assert kazakhstan.names["lowest_category"].n == 109
    assert kazakhstan.names["lowest_freedom"].n == 105
    assert kazakhstan.names["lowest_subscore"].n_below > 0
    # Computed independently with the population's standard deviation: z of association is -1.44.
    z, known = kazakhstan.names["standardised"].loc["KAZ"], kazakhstan.names["world"]["association"].count()
    assert z["association"] * (known / (known - 1)) ** 0.5 == pytest.approx(-1.44, abs=0.005)
    assert z.idxmin() == "association"


def test_figures_fit_and_can_be_read(kazakhstan):
    for name in kazakhstan.figures:
        check_figure(kazakhstan, name)
    printed = [text.get_text() for text in kazakhstan.figures["01_vintage_fan"].axes[0].texts]
    assert "printed: 75th" in printed


def test_another_edition_has_its_own_numbers_and_not_what_only_the_articles_carries(tmp_path):
    run = execute(NAME, tmp_path, COUNTRY="KGZ", EDITION=2021, DATA_YEAR=2019, DRAWS=DRAWS)
    assert run.names["carried"] is False
    assert not [mark for mark in run.marks() if mark.startswith("printed: ")]
    for name in run.figures:
        check_figure(run, name)
