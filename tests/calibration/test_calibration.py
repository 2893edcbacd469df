"""Simulated worlds: their ingredients, their verdicts, their seeds, and tests with known error rates in them."""

import sys

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from analysis.article.power import Calibration
from analysis.claims.calibration import broken_promises
from analysis.claims.evidence import Check
from analysis.claims.judge import SIDES
from analysis.claims.register import load_register
from analysis.data.load import load
from analysis.methods import measured_changes
from benchmarks.calibration import __main__, cells, counts, findings, reforms, run, worlds
from benchmarks.calibration.elections import OWN, event_days, pooled
from benchmarks.calibration.run import DESIGNS
from benchmarks.calibration.worlds import Cell

# Means of so many draws, and shares of so many worlds, lie within four of their standard errors of the exact value.
DRAWS, MANY, ERRORS = 20_000, 200, 4
FEWEST_WORLDS = 2_000
PLAIN = ["no effect", "smallest effect", "twice the smallest effect"]


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def assert_mean(drawn, exact):
    assert abs(drawn.mean() - exact) < ERRORS * drawn.std() / np.sqrt(len(drawn))


@pytest.mark.parametrize("dispersion", [1.0, 2.0, 5.0])
def test_clumped_counts_have_the_mean_and_the_dispersion_of_a_compound_poisson(rng, dispersion):
    drawn = worlds.clumped_counts(rng, np.full(DRAWS, 46), dispersion)
    assert_mean(drawn, 46)
    assert_mean((drawn - drawn.mean()) ** 2 / drawn.mean(), dispersion)


def test_waves_have_mean_one_the_variance_given_and_stay_the_same_for_their_length(rng):
    drawn = np.array([worlds.waves(rng, 24, length=12, variance=0.5) for _ in range(DRAWS // 4)])
    assert_mean(drawn[:, 0], 1)
    assert_mean((drawn[:, 0] - 1) ** 2, 0.5)
    assert ((np.diff(drawn, axis=1) != 0).sum(axis=1) <= 2).all()
    assert (worlds.waves(rng, 5, length=2, variance=0.0) == 1).all()


def test_months_drawn_anew_are_blocks_of_the_old_ones(rng):
    old = np.arange(24)[:, None] * [1, 100]
    new = worlds.resampled_months(rng, old, block=6)
    assert new.shape == old.shape
    steps = np.diff(new[:, 0]) % 24
    assert (np.delete(steps, [5, 11, 17]) == 1).all()
    assert (new[:, 1] == 100 * new[:, 0]).all()


def test_moved_dates_keep_their_number_and_their_distances_around_the_calendar(rng):
    panel = pd.DataFrame({"iso3": ["AAA"] * 60 + ["BBB"] * 30, "serial": [*range(100, 160), *range(120, 150)]})
    rows = [("AAA", 110, "a"), ("AAA", 140, "b"), ("BBB", 121, "c"), ("AAA", 999, "outside")]
    calendar = pd.DataFrame(rows, columns=["iso3", "serial", "kind"])
    new = worlds.moved(rng, calendar, panel)
    assert list(new["kind"]) == ["a", "b", "c"]
    assert (new["serial"][1] - new["serial"][0]) % 60 == 30
    assert len(new.merge(panel, on=["iso3", "serial"])) == 3


RISE = "more-journalist-detentions"
CLEAR = {"beyond": 0.999, "short": 0.01, "short_of_half": 0.001, "short_of_twice": 0.2}
FOUND = {"estimate": 2.0, "interval": (1.5, 3.0), "confidence": CLEAR, "unit": "rate ratio", "n": 100}
FAILED = Check(name="other Adil Soz series", passed=False, detail="")
PASSED = Check(name="other Adil Soz series", passed=True, detail="")
SHAKEN = FAILED.model_copy(update={"asks": "finding"})
EQUAL = FOUND | {"estimate": 1.0, "confidence": CLEAR | {"beyond": 0.5, "short": 0.99}}


@pytest.mark.parametrize("p", [0.0001, 0.03, 0.5])
def test_the_corrected_p_is_holms_if_no_other_claim_shows_anything(p):
    family = [p] + [1.0] * (findings.family_size() - 1)
    assert findings.corrected(p) == pytest.approx(multipletests(family, method="holm")[1].min())


def test_a_verdict_is_that_of_the_locked_rule_with_the_checks_of_a_world():
    assert findings.verdict(RISE, FOUND, [PASSED]) == "supported"
    assert findings.verdict(RISE, FOUND, [PASSED, FAILED]) == "leans supported"
    assert findings.verdict(RISE, EQUAL, [FAILED]) == "contradicted"
    assert findings.verdict(RISE, EQUAL, [SHAKEN], of_finding=True) == "leans contradicted"


QUICK = ["focus on organisations", "journalists attacked, no fall"]


@pytest.fixture(scope="module")
def table():
    return run.calibrate(QUICK, worlds=4)


def test_the_seed_decides_and_neither_processes_nor_the_company_of_other_designs(table):
    assert run.calibrate(QUICK, worlds=4, jobs=2).equals(table)
    assert not run.calibrate(QUICK, worlds=4, seed=1).equals(table)
    alone = run.calibrate(QUICK[:1], worlds=4)
    assert alone.equals(table[table["design"] == QUICK[0]].reset_index(drop=True))


def _states(worlds):
    found: dict[tuple[str, str], list[tuple[int, ...]]] = {}
    for design, world, seeds in run.tasks(DESIGNS, worlds=worlds):
        found.setdefault((design, world), []).extend(tuple(seed.generate_state(4)) for seed in seeds)
    return found


def test_every_world_has_a_seed_of_its_own_and_more_worlds_begin_with_the_same_ones():
    few, many = _states(5), _states(10)
    every = [state for states in many.values() for state in states]
    assert len(set(every)) == len(every)
    assert {name: {world for of, world in many if of == name} for name in DESIGNS} == {
        name: set(design.worlds) for name, design in DESIGNS.items()
    }
    assert all(states == many[task][: len(states)] for task, states in few.items())


def test_the_table_counts_worlds_and_shares(table):
    assert (table["worlds"] == 4).all()
    assert np.allclose(table[[name.replace(" ", "_") for name in SIDES] + ["mixed", "cannot_tell"]].sum(axis=1), 1)
    assert table["rejected"].between(0, 1).all()


@pytest.mark.parametrize(
    ("design", "code", "said"),
    [
        (QUICK[0], 0, "exact test of two shares, mid-p | no effect: size"),
        ("activity", 2, "no design activity; choose"),
    ],
)
def test_the_command_says_what_it_found_and_keeps_nothing_of_single_designs(monkeypatch, capsys, design, code, said):
    monkeypatch.setattr(sys, "argv", ["calibration", design, "--worlds", "1"])
    assert __main__.main() == code
    told = "".join(capsys.readouterr())
    assert said in told
    assert "kept" not in told


@pytest.fixture(scope="module")
def committed():
    return load("calibration")


def share(design, world, n=MANY):
    rng = np.random.default_rng(11)
    trial = DESIGNS[design].trial
    return float(np.mean([trial(world, rng)[0].rejected for _ in range(n)]))


def error(exact, n):
    return ERRORS * np.sqrt(exact * (1 - exact) / n)


def test_a_table_of_the_monitor_is_tested_as_the_cells_are(rng):
    """No effect, cases independent: the designs simulate tables, the cells numbers; both err as rarely."""
    cell = Cell("two counts, as detentions", "alike", 46, 1.0, 1)
    kept = cells.promises(counts.confidence(cell, rng, DRAWS))
    rarely = 1 - kept["coverage"]
    assert abs(share("journalists detained, rise", "no effect") - rarely) < error(rarely, MANY)


def test_unequal_dispersions_have_the_mean_of_the_cell(rng, monkeypatch):
    seen = []
    monkeypatch.setattr(counts, "clumped_counts", lambda *given: seen.append(given[2]) or worlds.clumped_counts(*given))
    for kind in counts.KINDS[1:3]:
        counts.confidence(Cell("two counts, as attacks", kind, 46, 1.0, 5), rng, 4000)
    at_random, others_half = seen[:3], seen[3:]
    assert all(drawn.mean() == pytest.approx(5, rel=0.05) and drawn.min() >= 1 for drawn in at_random)
    assert [drawn.mean() for drawn in others_half] == [5, 3, 3]


# Of a large change no claim can be decided, for a registered check asks that another release tells a small one. For a
# claim of no change one producer alone can only lean.
CERTAIN = {
    "press-freedom-no-better": ("leans supported", "leans contradicted"),
    "improvements-minor": ("leans supported", "leans contradicted"),
    "not-worse": ("leans supported", "leans contradicted"),
    "no-democratisation": ("leans supported", "leans contradicted"),
    "no-strengthening-of-repression": ("leans supported", "leans contradicted"),
}


@pytest.mark.parametrize(("world", "place"), [("no effect", 0), ("twice the smallest effect", 1)])
def test_where_nothing_errs_the_verdict_is_the_certain_one(monkeypatch, rng, world, place):
    erring = reforms._record_errors
    monkeypatch.setattr(reforms, "_record_errors", lambda *asked: (0 * erring(*asked)[0], *erring(*asked)[1:]))
    monkeypatch.setattr(reforms, "_LEAST_ERROR", 1e-6)
    monkeypatch.setattr(reforms, "_PER_CHANGE", 0.0)
    found = reforms.plain_change(f"{world}, independent errors", rng)
    assert {one.claim: one.verdict for one in found} == {name: both[place] for name, both in CERTAIN.items()}


def test_a_falling_world_is_false_where_worse_is_denied_and_true_where_better_is(rng):
    found = {one.claim: one for one in reforms.plain_change("shared shock, independent errors", rng)}
    assert {name: one.wrong for name, one in found.items()} == {
        "press-freedom-no-better": "contradicted",
        "improvements-minor": "contradicted",
        "not-worse": "supported",
        "no-democratisation": "contradicted",
        "no-strengthening-of-repression": "supported",
    }
    assert all(one.truth < 0 for one in found.values())


@pytest.mark.parametrize("world", ["no effect", "clumped, smallest effect", "clumped, twice the smallest effect"])
def test_days_of_events_have_the_ratio_that_is_in_them(rng, world):
    window, ratio = (np.arange(1000) % 250 < 40).astype(float), 1.25 ** OWN[world].multiple
    days = np.array([event_days(rng, world, window, 25, ratio) for _ in range(DRAWS // 10)])
    assert_mean(days @ window - ratio * window.mean() * days.sum(axis=1), 0.0)


@pytest.mark.parametrize("n", [100, pytest.param(2_000, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    ("design", "world"),
    [
        ("own elections", "no effect"),
        ("own elections", "clumped"),
        ("own elections", "clumped, twice the smallest effect"),
        pytest.param("election and campaign months", "few large countries", marks=pytest.mark.long),
    ],
)
def test_size_and_coverage_are_kept(design, world, n):
    rng = np.random.default_rng(11)
    found = [DESIGNS[design].trial(world, rng)[0] for _ in range(n)]
    assert np.mean([one.covered for one in found]) >= 0.95 - error(0.05, n)
    assert not found[0].null or np.mean([one.rejected for one in found]) <= 0.05 + error(0.05, n)


def test_country_months_give_back_the_effect_that_is_in_them():
    rng = np.random.default_rng(3)
    found = [pooled("twice the smallest effect", rng) for _ in range(6)]
    ratios = np.log([[finding.estimate for finding in pair] for pair in found])
    assert (np.abs(ratios.mean(axis=0) - np.log(1.5625)) < 0.15).all()


@pytest.mark.parametrize(
    ("column", "names"),
    [
        ("v2x_freexp_altinf", ["vdem_v12", "vdem_v14", "vdem_v16"]),
        ("v2x_polyarchy", ["vdem_v12", "vdem_v15", "vdem_v16"]),
    ],
)
def test_ends_from_two_real_releases_cover_the_revisions_of_a_third(column, names):
    edges = load_register()["press-freedom-no-better"].measures[0].model.arguments["edges"]
    wide = [load(name).pivot(index="iso3", columns="data_year", values=column) for name in names]
    inside: dict[int, list[bool]] = {}
    for first, last in ((2019, 2020), (2018, 2020), (2019, 2021)):
        changes = pd.concat([own[last] - own[first] for own in wide], axis=1).dropna().to_numpy()
        seen, asked = (measured_changes.score(changes[:, chosen], edges) for chosen in ([0, 1], [1, 2]))
        for group in range(len(edges) + 1):
            lower, upper = measured_changes.ends(*measured_changes.alike(seen, group))
            found = asked.revision[asked.group == group]
            inside.setdefault(group, []).extend(((lower <= found) & (found <= upper)).tolist())
    assert all(len(own) >= 39 and np.mean(own) >= 0.95 for own in inside.values())


def test_every_design_and_test_has_every_kind_of_world_and_of_each_the_fewest_worlds_or_more(committed):
    own = committed[committed["design"].isin(DESIGNS)]
    assert set(own["design"]) == set(DESIGNS)
    for (design, _), group in own.groupby(["design", "test"]):
        assert set(group["world"]) == set(DESIGNS[design].worlds)
    cells = committed.drop(own.index)
    assert len(cells)
    assert set(cells["test"]) <= set(own["test"])
    assert (cells["worlds"] >= 10_000).all()
    assert (committed["worlds"] >= FEWEST_WORLDS).all()


@pytest.mark.parametrize("design", ["election and campaign months", "own elections"])
def test_tests_of_elections_keep_size_and_coverage_in_every_world(committed, design):
    rows = committed[committed["design"] == design]
    assert len(rows) >= 10
    assert Calibration(rows, load_register().thresholds).broken().empty


def test_every_claim_that_a_test_decides_has_worlds_of_its_own_in_which_its_rule_is_applied(committed):
    kinds = ("directional", "non-inferiority")
    asked = {claim.id for claim in load_register().claims if claim.rule.kind in kinds}
    assert asked == set(committed.loc[committed["judged"] >= FEWEST_WORLDS, "claim"])
    assert (committed["judged"].mask(committed["judged"] == 0, FEWEST_WORLDS) >= FEWEST_WORLDS).all()


def test_rivals_on_one_model_are_silenced_by_the_same_worlds():
    claims = load_register()
    rise, no_rise = (
        broken_promises(claims[name], claims)[1] for name in ("more-detentions", "no-expansion-of-repression")
    )
    assert set(rise) == set(no_rise)


def decides(claims, claim):
    return not any(broken_promises(claims[claim], claims).values())


def test_tests_that_decide_keep_their_size_where_cases_are_independent(committed):
    claims = load_register()
    deciding = [name for name in committed["claim"].unique() if decides(claims, name)]
    rows = committed[committed["claim"].isin(deciding) & (committed["rejection"] == "size")]
    rows = rows[rows["world"].str.split(",").str[0].isin(PLAIN)]
    assert len(rows) >= 4
    assert (rows["rejected"] <= rows["nominal"] + 3 * rows["rejected_se"]).all()


def test_no_other_side_is_silenced_than_those_that_are_known(committed):
    claims = load_register()
    sides = {name: broken_promises(claims[name], claims) for name in committed["claim"].unique()}
    silenced = {name: sorted(sign for sign, worlds in of.items() if worlds) for name, of in sides.items()}
    assert {name: signs for name, signs in silenced.items() if signs} == {
        "attacks-no-fewer": [-1, 1],
        "detentions-no-fewer": [-1, 1],
        "more-detentions": [-1, 1],
        "more-journalist-detentions": [-1, 1],
        "no-expansion-of-repression": [-1, 1],
        "society-more-active": [-1, 1],
        "title-engagement-increased": [-1, 1],
    }


@pytest.mark.parametrize(("leaning", "most"), [(False, 0.05), (True, 0.20)])
def test_false_verdicts_and_leans_are_as_rare_as_promised(committed, leaning, most):
    claims = load_register()
    rows = committed[(committed["judged"] > 0) & committed["wrong"].notna()]
    sign = rows["wrong"].map({"supported": 1, "contradicted": -1})
    told = [not broken_promises(claims[name], claims)[to] for name, to in zip(rows["claim"], sign, strict=True)]
    rows = rows[told]
    assert len(rows) > 100
    shares = rows["wrong_share"]
    if leaning:
        shares = shares + pd.Series([row[f"leans_{row['wrong']}"] for _, row in rows.iterrows()], rows.index)
    assert (shares[rows["world"] == "no effect"] <= most).all()
    error = np.sqrt(most * (1 - most) / rows["judged"])
    assert (shares <= most + 3 * error).all(), rows.assign(share=shares)[shares > most + 3 * error]
