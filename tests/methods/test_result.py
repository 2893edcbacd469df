"""Results: what they show, and what they remember of the call that made them."""

import copy
import datetime
import importlib
import inspect
import json
import pickle
import pkgutil
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import analysis.methods
from analysis.errors import InputError
from analysis.methods import result as results
from analysis.methods.composition import exact_2x2
from analysis.methods.count_tests import rate_ratio_interval
from analysis.methods.counts import compare_counts
from analysis.methods.poisson import conditional_poisson
from analysis.methods.ranks import rank_sets
from analysis.methods.result import Call, Estimate, Result, chance, counted, decimals, described, interval, markdown
from analysis.methods.synthetic.inference import compare_study, leave_one_out
from analysis.methods.synthetic.study import Study

few = settings(derandomize=True, deadline=None, max_examples=80)
MODULES = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(analysis.methods.__path__, "analysis.methods.")
]
RESULTS = {
    value.__name__: value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, Result) and value is not Result
}


@dataclass(frozen=True, slots=True)
class Called:
    share: float
    by: dict


@dataclass(frozen=True)
class Told(Result):
    estimate: float
    values: np.ndarray | None = None

    def sentence(self) -> str:
        return f"It is {self.estimate:g}."


@results.method
def tell(estimate, /, *rest, by=None, **more) -> Told:
    return Told(float(estimate))


def told(values) -> Call:
    return tell(1.0, by=values).call


plain = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats() | st.text(max_size=5)
nested = st.recursive(
    plain, lambda x: st.lists(x, max_size=4) | st.tuples(x, x) | st.dictionaries(st.text(max_size=3), x, max_size=3)
)


@few
@given(nested)
def test_any_argument_is_described_for_json_once_and_for_all(value):
    text = json.dumps(described(value), allow_nan=False)
    assert described(json.loads(text)) == json.loads(text) == described(value)
    assert told(value) == told(copy.deepcopy(value))


@few
@given(st.lists(st.floats(-9, 9) | st.integers(-9, 9), max_size=20))
def test_numbers_are_listed_up_to_twelve_whatever_holds_them(values):
    floats = [float(v) for v in values]
    every = [floats, tuple(floats), np.array(floats), pd.Index(floats, dtype=float)]
    assert {json.dumps(described(v)) for v in every} == {json.dumps("array" if len(values) > 12 else floats)}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.float64(0.5), 0.5), (np.int8(3), 3), (np.bool_(True), True), (np.nan, "nan"), (-np.inf, "-inf"),
        (np.array(2), 2), (np.eye(2), [[1.0, 0.0], [0.0, 1.0]]), (np.eye(4), "array"), ([[1] * 7, [2] * 7], "array"),
        (range(3), [0, 1, 2]), ({"b", "a"}, ["a", "b"]), (["x"] * 20, ["x"] * 20), ({1: (2, None)}, {"1": [2, None]}),
        (pd.Series([1.0], name="gdp"), "gdp"), (pd.Series([1.0]), "series"),
        (pd.DataFrame({"a": [1], 2: [2]}), {"columns": ["a", "2"]}), (pd.DataFrame(np.zeros((1, 13))), "frame"),
        (datetime.date(2020, 2, 11), "2020-02-11"), (pd.Timestamp("2020-02-11"), "2020-02-11T00:00:00"),
        (rate_ratio_interval, "rate_ratio_interval"), (partial(rate_ratio_interval, 1), "rate_ratio_interval"),
        (Told, "Told"), (Told(1.0), "Told"), (tell(1.0), "tell"), (object(), "object"),
        (Called(0.5, {"a": 1}), {"class": "Called", "share": 0.5, "by": {"a": 1}}),
        (np.random.default_rng(1), "Generator"),
    ],
)  # fmt: skip
def test_an_argument_is_described_as_this(value, said):
    assert described(value) == said
    assert type(described(value)) is type(said)


def test_a_call_knows_every_argument_the_calls_before_it_and_the_order_labels_and_values_of_columns():
    values = np.random.default_rng(0).normal(size=(9, 5))
    placebos = compare_study(Study.from_matrix(values, n_pre=7), "did")
    left = leave_one_out(placebos)
    assert left.call.method == "leave_one_out"
    assert left.call.arguments["study"] == "compare_study"
    assert placebos.call.arguments == {"study": "Study.from_matrix", "estimator": "did"}
    made = left.call.inputs["study"].inputs["study"]
    assert (made.method, made.arguments["n_pre"], made.arguments["values"]) == ("Study.from_matrix", 7, "array")
    assert placebos.gaps.tolist() == compare_study(placebos.study, "did").gaps.tolist()
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}, index=[2019, 2020])
    others = [
        frame[::-1], frame.assign(a=[2.0, 1.0]), frame.assign(b=["y", "x"]), frame.set_axis([2020, 2019]),
        frame.rename(columns={"a": "c"}), frame[["b", "a"]], frame["a"], frame["a"].to_numpy(),
        frame["a"].to_numpy()[::-1],
    ]  # fmt: skip
    assert len({told(one).seen for one in (frame, *others)}) == 1 + len(others)
    assert told(tell(1.0, by=frame)).seen != told(tell(1.0, by=others[1])).seen == told([tell(2.0, by=others[1])]).seen
    last_digit = frame.assign(a=np.nextafter(frame["a"], 9))  # may be another on another processor
    assert told({"one": [last_digit]}).seen == told(frame).seen
    assert len({told(pd.DatetimeIndex(["2020-03-01"]).as_unit(unit)).seen for unit in ("s", "us", "ns")}) == 1


def test_defaults_are_arguments_whatever_way_they_are_given_and_a_generator_is_a_list():
    calls = {
        json.dumps(c.arguments) for c in (compare_counts(4, 2).call, compare_counts(4, second=2, unit="cases").call)
    }
    assert len(calls) == 1
    assert json.loads(calls.pop())["exposures"] == [1.0, 1.0]
    scores = pd.Series({"a": 2.0, "b": 1.0}, name="score")
    found = rank_sets(scores, 0.5, seed=1, only=(name for name in "a"))
    assert list(found.table().index) == ["a"]
    assert found.call.arguments["only"] == ["a"]


def test_the_call_is_no_part_of_the_value():
    made, by_hand = tell(2.0, by="x"), Told(2.0)
    assert made == by_hand
    assert hash(made) == hash(by_hand)
    assert (by_hand.call, replace(made, estimate=3.0).call) == (None, None)
    assert replace(made, estimate=3.0).estimate == 3.0


@pytest.mark.parametrize("again", [lambda r: pickle.loads(pickle.dumps(r)), copy.copy, copy.deepcopy])
def test_copies_and_other_processes_keep_the_call(again):
    for made in (compare_counts(46, 25), tell(1.0, by=[1, 2]), Told(0.5)):
        other = again(made)
        assert (other.evidence(), other.call, str(other)) == (made.evidence(), made.call, str(made))
        assert other.table().equals(made.table())


@pytest.mark.parametrize("kind", RESULTS.values(), ids=RESULTS)
def test_every_result_is_a_frozen_dataclass_that_is_short_in_print(kind):
    assert is_dataclass(kind)
    assert kind.__dataclass_params__.frozen
    bare = kind.__new__(kind)
    assert repr(bare) == f"<{kind.__name__}>"
    assert kind.sentence is not Result.sentence


def test_every_public_function_that_returns_a_result_remembers_its_call():
    for module in MODULES:
        for name, value in vars(module).items():
            own = inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
            if own and module.__name__ != "analysis.methods.result" and value.__annotations__.get("return") in RESULTS:
                assert hasattr(value, "__wrapped__"), f"{module.__name__}.{name}"


def test_print_is_the_sentence_and_a_notebook_shows_the_table_too_with_its_index_and_bars_escaped():
    result = exact_2x2([[3, 1], [1, 3]])
    assert str(result) == result.sentence()
    assert repr(result) == "<Estimate by exact_2x2>"
    shown = result._repr_markdown_()
    assert shown.startswith(f"{result.sentence()}\n\n| ")
    assert f"| {result.estimate:.4g} |" in shown
    frame = pd.DataFrame({"a|b": [-1.23456, 2.0, 0.00067, 2e-9, 0]}, index=pd.Index([*"xyzvw"], name="unit"))
    assert [line[6:-2] for line in markdown(frame).splitlines()[2:]] == ["−1.235", "2.000", "0.001", "2e-09", "0"]
    assert markdown(frame.reset_index(drop=True)).splitlines()[0] == "| a\\|b |"


def test_tables_refusals_and_numbers_are_said_in_words_without_false_zeros_ones_or_certainty():
    table = pd.DataFrame(
        {"rate_of": [-1, 2], "by_whom": ["a_b", None], "share": [0.5, np.nan], "is": [True, False]},
        index=pd.Index(["x_y", "z"], name="of_all"),
    )
    words = results.table_in_words(table.rename_axis(columns="each_one"))
    assert words.reset_index().to_dict("list") == {
        "of all": ["x y", "z"], "rate of": ["−1", 2], "by whom": ["a b", ""], "share": [0.5, ""], "is": ["yes", "no"],
    }  # fmt: skip
    assert words.columns.name == "each one"
    said = [("is not of a_b", where) for where in ("", "an_argument", "NGO", "a, b")]
    said += [("has none", "a, b"), ("no row", "c, d_e")]
    assert [results.refusal(InputError(what, where=where)) for what, where in said] == [
        "is not of a b", "is not of a b", "NGO is not of a b", "a, b is not of a b", "a, b has none", "c, d e: no row",
    ]  # fmt: skip
    assert [decimals(ratio) for ratio in (1.2345, 0.0005, 0.00049)] == ["1.234", "0.001", "0.00049"]
    assert [decimals(ratio, 2) for ratio in (0.004, 0.005, 1.0001)] == ["0.004", "0.01", "1.00"]
    assert [decimals(ratio, apart=True) for ratio in (1.00012, 1.0, 0.9)] == ["1.0001", "1.000", "0.900"]
    assert interval(0.5, 2, 2) == "95% interval 0.50 to 2.00"
    assert [counted(n, "year") for n in (1, 2000.0, 1.5)] == ["1 year", "2,000 years", "1.5 years"]
    assert [chance(p) for p in (0.0005, 0.001, 0.0424, 0.9995)] == ["below .001", ".001", ".042", "above .999"]
    assert [chance(p, least=0.005) for p in (0.004, 0.25, 0.996)] == ["below .005", ".25", "above .995"]


@pytest.mark.parametrize(("rows", "columns", "small"), [(15, 8, True), (16, 8, False), (15, 9, False)])
def test_a_notebook_shows_a_table_of_at_most_fifteen_rows_and_eight_columns(rows, columns, small):
    result = Estimate("Said.", rows=pd.DataFrame(np.zeros((rows, columns))))
    assert ("|" in result._repr_markdown_()) is ("text/markdown" in results.shown(result.rows)) is small


def test_the_base_shows_scalars_and_leaves_out_what_is_not_known():
    result = Told(float("nan"), np.zeros(3))
    assert list(result.table()) == []
    assert Told(0.5, np.zeros(3)).table().to_dict("list") == {"estimate": [0.5]}
    assert result.evidence() == {"summary": "It is nan."}
    known = Estimate("Said.", estimate=np.float64(0.5), n=np.int64(3), lower=0.1, upper=0.9).evidence()
    assert known == {"estimate": 0.5, "n": 3, "interval": (0.1, 0.9), "summary": "Said."}
    assert [type(known[name]) for name in ("estimate", "n")] == [float, int]
    assert "interval" not in Estimate("", estimate=0.5, lower=0.1).evidence()


def test_a_ratio_of_one_term_carries_the_call_of_the_fit_and_the_term():
    y, groups = [3.0, 1, 7, 2, 2, 4, 5, 5], np.repeat([0, 1, 2, 3], 2)
    x = pd.DataFrame({"raid": np.tile([1.0, 0.0], 4), "heat": [0.1, 0.4, 0.2, 0.3, 0.9, 0.1, 0.5, 0.0]})
    model = conditional_poisson(y, x, groups=groups)
    found, row = model.ratio("heat"), model.table().loc["heat"]
    assert (found.estimate, found.lower, found.upper) == (row["rate_ratio"], row["lower"], row["upper"])
    assert found.call.arguments == model.call.arguments | {"term": "heat"}
    assert found.sentence() == model.sentence("heat")
    assert model.evidence() == model.ratio("raid").evidence()
    quantiles = stats.t.ppf([0.975, 0.8], model.freedom[0]).sum()
    assert model.evidence()["minimum_detectable_effect"] == pytest.approx(np.exp(quantiles * model.errors[0]))
    below = [found.confidence_below(value) for value in (0.0, found.lower, found.estimate, found.upper)]
    assert below == pytest.approx([0, 0.025, 0.5, 0.975])
    assert {f.name for f in fields(found)} >= {"estimate", "lower", "upper", "p_value", "n"}
