"""Kinds of arguments, what methods read of them, by hand, and what docstrings promise of them."""

import inspect
import itertools
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

import analysis
from analysis.errors import InputError
from analysis.methods import _inputs as read
from analysis.methods._arguments import fitting
from analysis.methods.result import Estimate
from analysis.methods.synthetic.estimators import fit

FRAME = pd.DataFrame({"a": [1], 2: [2]})
ROWS, MIXED = pd.Series([1, 2, 3], [*"abc"]), pd.DataFrame({"x": [3, 1, 2]}, [*"cab"])
KINDS: list[tuple[Any, list[Any], list[Any], str]] = [
    (int, [7, -1], [True, 7.5, "7", None, [7]], "where a whole number is wanted"),
    (float, [7, 7.0, np.float32(2.5)], ["7", None], "where a number is wanted"),
    (str, ["x"], [7, None], "where text is wanted"),
    (bool, [True, np.True_], [1, "x"], "where True or False is wanted"),
    (int | None, [None, 3], ["3", 2.5], "where a whole number is wanted"),
    (Literal["a", "b", "c"], ["b"], ["d", 1, None], "is no choice; use a, b or c"),
    (Literal["a", "b"] | None, ["b", None], ["d"], "is no choice; use a or b"),
    (Sequence[Any], [[1, "x"], range(2), pd.Series([1])], ["x", {"a": 1}, 7], "where a list is wanted"),
    (Sequence[int], [[1, 2]], ["12"], "where a list (each a whole number) is wanted"),
    (Sequence[int], [], [[1, "x"], iter([1, "x"])], "[1]: 'x' where a whole number is wanted"),
    (Sequence[str] | pd.Series, [["x"], ROWS], [[1]], "where a list (each text) or a Series is wanted"),
    (tuple[str, str], [("a", "b"), ["a", "b"]], [("a",), "ab"], "where a pair (each text) is wanted"),
    (tuple[str, int] | None, [("a", 1), None], [("a", "b")], "[1]: 'b' where a whole number is wanted"),
    (Mapping[str, int], [{"a": 1}], [{"a": "x"}], "['a']: 'x' where a whole number is wanted"),
    (Hashable, ["x", 1], [[1]], "where a label is wanted"),
    (Callable[[int], int], [len], [7], "where a function is wanted"),
    (pd.DataFrame, [FRAME], [[1]], "a list where a DataFrame is wanted"),
    (Estimate, [Estimate("It is.")], [7], "7 where an Estimate is wanted"),
]


@pytest.mark.parametrize(("kind", "taken", "refused", "said"), KINDS)
def test_a_kind_is_taken_or_refused_in_words(kind, taken, refused, said):
    for value in taken:
        assert fitting(value, kind, where="x", method="m") is value
    for value in refused:
        with pytest.raises(InputError) as refusal:
            fitting(value, kind, where="x", method="m")
        remedy = "" if "choice" in said else "; see m for what it takes"
        assert refusal.value.line().startswith("x")
        assert f"{said}{remedy}" in refusal.value.line()


@pytest.mark.parametrize("where", ["draws", "seed", "workers"])
def test_whole_floats_are_whole_numbers_and_some_are_not_below_zero(where):
    assert [repr(fitting(7.0, kind, where="x", method="m")) for kind in (int, int | None, float)] == ["7", "7", "7.0"]
    assert repr(fitting(np.float64(0), int, where=where, method="m")) == "0"
    assert repr(fitting(np.uint8(200), int, where=where, method="m")) == "200"  # or its sums would overflow
    with pytest.raises(
        InputError, match=f"{where}: -1 where a whole number is wanted, not below 0 or above [0-9,]+; see m"
    ):
        fitting(-1, int, where=where, method="m")


TIDY = pd.DataFrame({"u": [*"bba"], "t": ["2001", "2000", "2000"], "y": [1, 2, 3]}, dtype=object)
EDITION = pd.DataFrame({"s": [1, None], "t": "x"}, pd.MultiIndex.from_tuples([(1, 2, 3), (1, 2, 4)]), dtype=object)


def test_values_are_read_by_label_as_floats_or_whole_numbers_and_tables_stay_as_they_are():
    first, second, third = read.aligned(first=ROWS, second=MIXED, third=[1, 2, 3])
    assert (first is ROWS, second["x"].tolist(), third) == (True, [1, 2, 3], [1, 2, 3])
    twice = ROWS.set_axis([*"aab"])
    assert [own is twice for own in read.aligned(first=[1], second=twice, third=twice)] == [False, True, True]
    assert read.codes(["b", "a", "b"], 3, "u").tolist() == [1, 0, 1]
    found = [read.columns(given, None) for given in (None, FRAME, ROWS.rename("r"), ROWS, [[1, 2]], 5)]
    assert [names for names, _ in found] == [(), ("a", "2"), ("r",), ("x0",), ("x0", "x1"), ("x0",)]
    assert [own.shape for _, own in found] == [(0, 0), (1, 2), (3, 1), (3, 1), (1, 2), (1, 1)]
    assert read.columns(None, 3)[1].shape == (3, 0)
    assert read.whole_column(pd.Series([1.0, -2.0]), "x").tolist() == [1, -2]
    assert (read.whole_counts(1e12).tolist(), read.whole_counts([]).tolist()) == ([10**12], [])
    whole = read.whole_counts([1.0]), read.whole_column([1.0], "x")
    assert [own.dtype for own in (*whole, read.numbers([True], "x"))] == [np.int64, np.int64, np.float64]
    assert np.isnan(read.numbers(pd.array([1, None], dtype="Int64"), "x")).tolist() == [False, True]
    assert read.numeric(TIDY, ["y", "y"], "frame").dtypes.to_dict() == {"y": np.int64}
    taken = read.stacked(EDITION, ["s"], "frame")
    assert (taken.columns.tolist(), taken["s"].dtype, EDITION["s"].dtype) == (["s", "t"], np.float64, object)
    cells = read.by_time_and_unit(TIDY, "u", "t", ["y"])["y"]
    wanted = pd.DataFrame({"a": [3.0, np.nan], "b": [2.0, 1.0]}, pd.Index([2000, 2001], name="time"))
    pd.testing.assert_frame_equal(cells, wanted.rename_axis(columns="unit"), check_column_type=False)


DAYS = pd.DatetimeIndex(["2020-01-01", "2020-01-02", "2020-02-01"])
ORDER, GAPS = "its rows are not in order of time, each once; sort them", "periods have gaps; fill periods without"


@pytest.mark.parametrize("whole", [True, False])
def test_rows_are_in_order_of_time_without_gaps(whole):
    for right in ([1, 2, 3], [10, 20, 30], [1.5, 2.0, 9.0], [*"ba"], DAYS):
        read.check_order(pd.Series(0, right), "y", whole=whole)
    read.check_order([3, 1, 2], "y")
    days = pd.period_range("2020", periods=6, freq="D")
    for wrong in ([1, 1, 2], [2, 1], [2.5, 1.0], DAYS[::-1], *([[1, 2, 4], [10, 20, 40], days[::2]] if whole else [])):
        with pytest.raises(InputError, match=f"^y: ({ORDER}|{GAPS})"):
            read.check_order(pd.Series(0, wrong), "y", whole=whole)


PUBLIC = [name for home, names in analysis._PUBLIC.items() if home.startswith("methods.") for name in names]
# Whose arguments another docstring explains.
FULL = {"leave_one_out": fit, "mid_p_ratio": analysis.rate_ratio_interval}


def sections(function: Any) -> dict[str, list[str]]:
    parts = re.split(r"^(\w+)\n-+\n", inspect.getdoc(function) or "", flags=re.MULTILINE)
    return {title: body.splitlines() for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def documented(function: Any) -> dict[str, tuple[str, str]]:
    """Return by argument its kind and its default in the section of parameters, as far as they stand there."""
    found = {}
    for line in (line for line in sections(function)["Parameters"] if line[:1].strip()):
        names, _, told = line.partition(" : ")
        kind, _, values = told.partition("default ")
        first = re.match(r'\{(".*?")', kind)  # of several words the first is the default
        defaults = first[1] if first and "optional" not in kind else values
        for name, value in itertools.zip_longest(names.split(", "), defaults.split(" and "), fillvalue=""):
            found[name.strip("*")] = kind, value
    return found


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_method_says_when_it_refuses(name):
    told = sections(getattr(analysis, name))["Raises"]
    assert told[0] in ("InputError", "RunError")
    assert told[1].startswith("    ")


@pytest.mark.parametrize("name", PUBLIC)
def test_arguments_and_their_defaults_are_as_documented(name):
    method = getattr(analysis, name)
    told, signature = documented(FULL.get(name, method)), inspect.signature(method).parameters
    assert told.keys() == signature.keys()
    for argument, parameter in signature.items():
        (kind, value), default = told[argument], parameter.default
        if value and default is not inspect.Parameter.empty:
            assert eval(value, inspect.unwrap(method).__globals__) == default, argument
        elif kind and default is not inspect.Parameter.empty:
            assert not default, argument
            assert "optional" in kind, argument
