"""Multiverse: enumeration, independence of order and workers, null law of the joint test; variants of an estimate."""

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from threadpoolctl import threadpool_info

from analysis.errors import InputError, RunError
from analysis.methods.multiverse import CRITICAL, SpecificationCurve, declare, joint_test, processes, run
from analysis.methods.result import Estimate
from analysis.methods.variants import variants

KS = 0.01  # row H2: p below which 200 p-values are held not to be uniform
CHOICES = {"window": [3, 1, 6], "outcome": ["arrests", "any"], "effects": ["c-y", "c+ym"], "drop": [True, False]}
RULE = {"where": {"effects": "c+ym", "window": [3, 6]}, "reason": "windows overlap"}


def noise(options) -> tuple[np.ndarray, np.ndarray]:
    seed = [*map(ord, " ".join(f"{name} {options[name]}" for name in sorted(options)))]
    draws = np.random.default_rng(seed).normal(size=5) + options["window"]
    return draws, draws / 2


def fails_on_six(options) -> tuple[float, float]:
    if options["window"] == 6:
        raise RunError("does not converge", where="fit", remedy="rescale")
    return 1.0, 1.0


@pytest.fixture(autouse=True)
def others_work_after_the_first_specification(monkeypatch):
    monkeypatch.setattr("analysis.methods.multiverse.PAYS", 1e-9)


def test_exclusions_are_counted_once_numbers_sort_by_value_and_the_last_choice_varies_fastest():
    both = declare(CHOICES, [RULE, {"where": {"window": 6}, "reason": "too long"}])
    assert both.exclusions[0]["reason"] == RULE["reason"]
    assert both.left_out().to_dict("list") == {
        "left_out": ["effects: c+ym; window: 3 or 6", "window: 6"],
        "specifications": [8, 4],
        "reason": ["windows overlap", "too long"],
    }
    assert declare(CHOICES).left_out().empty
    sizes = "drop (2) × effects (2) × outcome (2) × window (3) = 24"
    assert both.sentence() == f"12 specifications: {sizes}, less 12 excluded."
    assert declare(CHOICES).sentence() == f"24 specifications: {sizes}."
    table = declare({"b": [10, 9, 2], "a": ["y", "x"]}).table()
    assert table["a"].tolist() == ["x"] * 3 + ["y"] * 3
    assert table["b"].tolist() == [2, 9, 10] * 2
    assert table.index.tolist() == [1, 2, 3, 4, 5, 6]


def of_window(*, window) -> tuple[float, float]:
    return window, 2 * window


def narrow(options) -> dict[str, int]:
    return {"window": 10 * options["window"]}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_specification_may_be_turned_into_the_arguments_of_its_estimate(workers):
    found = run(declare(CHOICES), of_window, specify=narrow, workers=workers).table()
    assert (found["estimate"] == 10 * found["window"]).all()
    assert (found["z"] == 20 * found["window"]).all()


@settings(derandomize=True, deadline=None, max_examples=30)
@given(data=st.data())
def test_order_of_declaration_does_not_matter(data):
    names = data.draw(st.permutations(list(CHOICES)))
    shuffled = {name: data.draw(st.permutations(CHOICES[name])) for name in names}
    assert declare(shuffled, [RULE]) == declare(CHOICES, [RULE])
    assert run(declare(shuffled), noise).table().equals(run(declare(CHOICES), noise).table())


def test_a_curve_of_falls_says_how_many_specifications_share_its_sign():
    falls = np.array([[-0.5], [0.0], [0.25], [-1.0]])
    z = np.array([[-CRITICAL], [0.0], [1.0], [-3.0]])
    said = SpecificationCurve(tuple({"a": n} for n in range(4)), falls, z).sentence()
    assert said.startswith(
        "Over 4 specifications the median estimate is -0.25 (from -1 to +0.25); 50% have its sign, 25%"
    )


def test_number_of_workers_does_not_matter_and_each_has_one_thread_for_linear_algebra(monkeypatch):
    multiverse = declare(CHOICES, [RULE])
    alone, together = (run(multiverse, noise, workers=w) for w in (1, 2))
    assert alone.estimates.tobytes() == together.estimates.tobytes()
    assert len(np.unique(alone.estimates)) == alone.estimates.size
    with processes(2) as pool:
        assert set.union(*pool.map(threads, [64, 64])) == {1}
    monkeypatch.setattr("analysis.methods.multiverse.PAYS", math.inf)  # no work is enough for others to start
    monkeypatch.delattr("analysis.methods.multiverse.processes")
    assert run(multiverse, noise, workers=2).estimates.tobytes() == alone.estimates.tobytes()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_specification_that_fails_is_named_and_keeps_the_kind_of_error(workers):
    with pytest.raises(RunError) as error:
        run(declare(CHOICES, [RULE]), fails_on_six, workers=workers)
    named = "specification drop = False; effects = c-y; outcome = any; window = 6"
    assert error.value.line() == f"{named}: fit: does not converge; rescale"


def curve_of(options, *, y, z, groups, labels) -> tuple[np.ndarray, np.ndarray]:
    outcome = {"level": y, "root": np.sqrt(y), "any": (y > 0).astype(float)}[options["outcome"]]
    dummies = (groups[:, None] == np.unique(groups)).astype(float)
    basis = np.linalg.qr(np.column_stack([dummies, z]) if options["control"] else dummies)[0]
    rest, x = outcome - basis @ (basis.T @ outcome), labels - basis @ (basis.T @ labels)
    information = np.square(x).sum(axis=0)
    slopes = rest @ x / information
    variances = np.square(rest[:, None] - x * slopes).sum(axis=0) / (len(y) - basis.shape[1] - 1)
    return slopes, slopes * np.sqrt(information / variances)


def null_p_values() -> np.ndarray:
    multiverse = declare({"outcome": ["level", "root", "any"], "control": [True, False]})
    groups = np.repeat(np.arange(15), 8)
    p = []
    for sequence in np.random.SeedSequence(20).spawn(200):
        rng = np.random.default_rng(sequence)
        y, z = rng.poisson(1.5, 120).astype(float), rng.normal(size=120)
        label = rng.permuted(np.tile([1.0, 1, 0, 0, 0, 0, 0, 0], (15, 1)), axis=1)
        moved = [rng.permuted(label, axis=1).ravel() for _ in range(99)]
        labels = np.column_stack([label.ravel(), *moved])
        curve = run(multiverse, partial(curve_of, y=y, z=z, groups=groups, labels=labels))
        p.append(joint_test(curve, direction="positive").table()["p"])
    return np.array(p)


def test_joint_p_is_uniform_when_labels_are_permuted_and_that_of_the_share_valid_though_coarse():
    found = null_p_values()
    assert stats.kstest(found[:, 0], "uniform").pvalue > KS
    assert stats.kstest(found[:, 2], "uniform").pvalue > KS
    # A share of 6 specifications has ties, so p is stochastically larger than uniform: P(p <= a) <= a.
    for a in (0.05, 0.1, 0.25):
        assert (found[:, 1] <= a).mean() <= a + 3 * np.sqrt(a * (1 - a) / 200)


def threads(size: int) -> set[int]:
    np.ones((size, size)) @ np.ones((size, size))
    return {pool["num_threads"] for pool in threadpool_info()}


MARGIN = 0.05


def result(estimate, lower, upper):
    return Estimate("", estimate=estimate, lower=lower, upper=upper, p_value=0.5, n=9)


ASKED = {
    "first": {"own": result(0.01, -0.02, 0.04), "wider": result(0.01, -0.02, 0.06), "none": result(0.0, -0.1, 0.1)},
    "second": {"own": result(0.2, 0.1, 0.3), "wider": result(0.2, 0.06, 0.4)},
}
MADE = {
    name: Estimate("", estimate=own, lower=low, upper=high, unit="rate ratio")
    for name, low, own, high in (
        ("fall", 0.3, 0.5, 0.7), ("rise", 1.5, 2.0, 3.0), ("none", 0.9, 1.0, 1.1), ("open", 0.6, 0.8, 1.05),
        ("no case", 0.0, 0.0, 0.7),
    )
}  # fmt: skip
RATIOS = variants({"m": MADE}, margins={"m": 1.25})
FOUND = variants(ASKED, margins={"first": MARGIN, "second": 0.1}, apart=["none"])


def test_a_variant_is_the_same_if_it_concludes_alike_in_both_directions():
    assert FOUND.same.tolist() == [True, False, False, True, True]
    other = ASKED | {"third": {"own": result(-0.2, -0.3, -0.1), "moved": result(0.1, 0.05, 0.2)}}
    found = variants(other, margins={"first": MARGIN, "second": 0.1, "third": 0.1}, apart=["none"])
    first, same = "over 2 variants the estimate", "with the conclusion of the first in"
    assert found.sentence().split(". ") == [
        f"First: {first} is +0.01, {same} 1 of them (of 0.05, upwards: ruled out, downwards: ruled out)",
        f"Second: {first} is +0.2, {same} 2 of them (of 0.1, upwards: shown, downwards: ruled out)",
        f"Third: {first} runs from -0.2 to +0.1, {same} 1 of them (of 0.1, upwards: ruled out, downwards: shown).",
    ]
    told = "shown upwards by 3 and ruled out by 2, downwards by 1 and ruled out by 5"
    assert found.tally() == f"Of 7 estimates, a change of the smallest size of interest is {told}."


def test_some_measures_are_handed_on_and_ratios_lie_around_one_where_a_fall_is_a_rise_turned_round():
    found = FOUND.about("second")
    own = FOUND.rows[FOUND.rows["measure"] == "second"]
    assert (found.lower.tolist(), found.upper.tolist()) == (own["lower"].tolist(), own["upper"].tolist())
    assert len(found.calls) == len(own)
    assert found.sentence().startswith("Second: over 2 variants the estimate is +0.2,")
    with pytest.raises(InputError, match="variants: no measure third; there are first"):
        FOUND.about("third")
    assert RATIOS.downwards.tolist() == ["shown", "ruled out", "ruled out", "cannot tell", "shown"]
    assert RATIOS.upwards.tolist() == ["ruled out", "shown", "ruled out", "ruled out", "ruled out"]
    assert variants({"m": MADE}, margins={"m": 0.8}).tally() == RATIOS.tally()
    assert "shown upwards by 1 and ruled out by 4, downwards by 2 and ruled out by 2" in RATIOS.tally()
    unsure = variants({"m": {"open": result(0.1, -0.9, 0.9)}}, margins={"m": MARGIN}).tally()
    assert unsure.endswith("interest is neither shown nor ruled out, upwards or downwards.")
    assert [*RATIOS.table()] == ["measure", "variant", "estimate", "lower", "upper", "p_value", "n", "same"]
    assert "runs from 0 to 2, with the conclusion of the first in 2 of them (of 1.25, " in RATIOS.sentence()
