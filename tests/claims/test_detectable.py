"""Detectable effects against the registered smallest effects."""

from __future__ import annotations

import pytest
from analysis.claims.detectable import PlannedTest, detectable_effects

from tests.claims.make import claim, register


def test_a_multiple_is_on_the_log_scale_for_ratios_and_plain_for_differences():
    claims = register(
        claim("directional", id="fall", smallest_effect={"value": 0.8, "unit": "rate ratio"}),
        claim("directional", id="change", smallest_effect={"value": 0.05, "unit": "points"}),
    )
    sizes = {"log": ("fall", 0.8**1.9), "plain": ("change", 0.2), "strong": ("change", 0.05)}
    found = detectable_effects(claims, [PlannedTest(name, one, "b", size) for name, (one, size) in sizes.items()])
    assert found.table()["multiple"].tolist() == pytest.approx([1.9, 4, 1])
    assert list(found.underpowered.index) == ["plain"]
    assert list(found.strong.index) == ["strong"]
    assert found.sentence().startswith("Of 3 designs, 1 can detect the smallest effect of interest, and 1 only")
