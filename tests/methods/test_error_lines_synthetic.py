"""The line that a user reads for every fault in the design of a synthetic control that is refused, word for word.

The authority is the section "Raises" of each function and the form of a line in `analysis.errors`: where, what, remedy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.methods.synthetic import Predictor, Study

NAN, INF = float("nan"), float("inf")
PANEL = pd.DataFrame(
    [(u, t, float(t), 1.0, 0.5) for u in "abc" for t in range(7)], columns=["unit", "time", "y", "x", "se"]
)
MATRIX = np.arange(12.0).reshape(6, 2)
STUDY = Study.from_matrix(MATRIX, n_pre=5)
LONG = Study.from_matrix(np.arange(16.0).reshape(8, 2), n_pre=7)


def build(panel: pd.DataFrame = PANEL, **options: object) -> Study:
    """Build the study of a, treated from 5 on."""
    return Study.from_panel(panel, **{"treated": "a", "first_treated": 5, "outcome": "y", **options})


def having(column: str, value: object, units: str = "a", times: Sequence[int] = (3,)) -> pd.DataFrame:
    """Return the panel with another value in some cells of a column."""
    changed = PANEL.astype({column: object})
    changed.loc[PANEL["unit"].isin(list(units)) & PANEL["time"].isin(times), column] = value
    return changed if isinstance(value, str) or column == "unit" else changed.astype({column: float})


def twice(*times: int) -> pd.DataFrame:
    """Return the panel with second rows of unit b."""
    return pd.concat([PANEL, PANEL[(PANEL["unit"] == "b") & PANEL["time"].isin(times)]])


def predicted(column: str, *times: int) -> dict[str, tuple[Predictor, ...]]:
    """Return the option of one predictor."""
    return {"predictors": (Predictor(column, times),)}


LINES = [
    *(
        (
            f"column: {name}",
            partial(build, **{option: name}),
            f"panel: the panel has no column '{name}'; name one of its columns",
        )
        for option, name in (("outcome", "gdp"), ("unit", "country"), ("time", "year"))
    ),
    ("column: sd", lambda: build(sd="error"), "sd: the panel has no column 'error'; name one of its columns"),
    *(
        (f"{column} missing", partial(build, panel), "columns unit, time: labels or times are missing; drop these rows")
        for column, panel in (("label", having("unit", None)), ("time", having("time", NAN)))
    ),
    *(
        (
            f"outcome {value}",
            partial(build, having("y", value)),
            "column y: values are not finite numbers; use a numeric column",
        )
        for value in ("high", INF)
    ),
    (
        "two rows too many",
        lambda: build(twice(4, 2)),
        "panel: b has more than one row in 2 (2 rows too many); keep one row per unit and time",
    ),
    *(
        (
            f"time {value}",
            partial(build, having("time", value)),
            "column time: times are not whole numbers; give whole numbers, such as the year",
        )
        for value in (2.5, "late")
    ),
    (
        "time a date",
        lambda: build(PANEL.assign(time=pd.to_datetime("2000-01-01"))),
        "column time: times are not whole numbers; give whole numbers, such as the year",
    ),
    (
        "no time before",
        lambda: build(first_treated=0),
        "pre window: 0 to -1 is empty; give a pre window that begins before it ends",
    ),
    (
        "pre window",
        lambda: build(pre=(4, 3)),
        "pre window: 4 to 3 is empty; give a pre window that begins before it ends",
    ),
    (
        "no time after",
        lambda: build(first_treated=8),
        "post window: 8 to 6 is empty; give a post window that begins before it ends",
    ),
    (
        "post window",
        lambda: build(post=(6, 5)),
        "post window: 6 to 5 is empty; give a post window that begins before it ends",
    ),
    (
        "pre window late",
        lambda: build(pre=(0, 5)),
        "study: windows (0, 5) and (5, 6) do not lie around 5; "
        "end the pre window before 5 and begin the post window then or later",
    ),
    (
        "post window early",
        lambda: build(post=(4, 6)),
        "study: windows (0, 4) and (4, 6) do not lie around 5; "
        "end the pre window before 5 and begin the post window then or later",
    ),
    ("treated", lambda: build(treated="z"), "treated: unit 'z' is not in the panel; check its label"),
    ("donors: treated", lambda: build(donors=["a", "b"]), "donors: a is among its own donors; leave a out of donors"),
    (
        "donors: unknown",
        lambda: build(donors=["z", "b", "y"]),
        "donors: y, z not in the panel; check the labels or leave these donors out",
    ),
    (
        "donors: many unknown",
        lambda: build(donors=list("uvwxyz")),
        "donors: u, v, w, x, y not in the panel; check the labels or leave these donors out",
    ),
    (
        "gap before",
        lambda: build(having("y", NAN)),
        "pre window 0-4: a has no value in 3; begin the pre window after 3 or end it before 3, or fill the gap",
    ),
    (
        "gaps before",
        lambda: build(having("y", NAN, times=(1, 2, 4))),
        "pre window 0-4: a has no value in 1, 2, 4; begin the pre window after 4 or end it before 1, or fill the gap",
    ),
    (
        "many gaps before",
        lambda: build(having("y", NAN, times=(0, 1, 2, 3, 4))),
        "pre window 0-4: a has no value in 0, 1, 2 and 2 more; "
        "begin the pre window after 4 or end it before 0, or fill the gap",
    ),
    (
        "gap after",
        lambda: build(having("y", NAN, times=(6,))),
        "post window 5-6: a has no value in 6; begin the post window after 6 or end it before 6, or fill the gap",
    ),
    (
        "predictor: column",
        lambda: build(**predicted("beer", 0, 1)),
        "predictor beer 0-1: the panel has no such column; name a column of the panel",
    ),
    (
        "predictor: times",
        lambda: build(**predicted("x", -3)),
        "predictor x -3: the panel has no such times; name times of the panel",
    ),
    (
        "predictor: no time",
        lambda: build(**predicted("x")),
        "predictor x: the panel has no such times; name times of the panel",
    ),
    (
        "predictor: text",
        lambda: build(having("x", "low"), **predicted("x", 3)),
        "predictor x 3: values are not numbers; use a numeric column",
    ),
    (
        "predictor: late",
        lambda: build(**predicted("x", 4, 6)),
        "predictor x 4-6: 6 is after the treatment; use times up to 5",
    ),
    (
        "treated without predictor",
        lambda: build(having("x", NAN), **predicted("x", 3)),
        "treated: a has no value of x 3; leave it out or fill it in",
    ),
    (
        "treated without sd",
        lambda: build(having("se", NAN), sd="se"),
        "treated: a has no standard deviation in 3; leave it out or fill it in",
    ),
    *(
        (
            f"sd {value}",
            partial(build, having("se", value), sd="se"),
            "sd: standard deviations are negative or infinite; use numbers from 0 up",
        )
        for value in (-0.1, INF)
    ),
    (
        "no donor asked for",
        lambda: build(donors=[]),
        "study of a: no donor is left; shorten the windows or add donors",
    ),
    (
        "no donor left",
        lambda: build(having("y", NAN, units="bc")),
        "study of a: no donor is left (b: no value in 3; c: no value in 3); shorten the windows or add donors",
    ),
    (
        "no donor left of four",
        lambda: replace(STUDY, donors=(), dropped=(("p", "gap"), ("q", "gap"), ("r", "gap"), ("s", "gap"))),
        "study of unit 000: no donor is left (p: gap; q: gap; r: gap); shorten the windows or add donors",
    ),
    (
        "own donor",
        lambda: replace(STUDY, donors=("unit 000",)),
        "study of unit 000: the treated unit is among its donors; leave it out of the donors",
    ),
    (
        "four times before",
        lambda: build(pre=(1, 4)),
        "study of a: 4 times before the treatment, at least 5 are needed; begin the pre window earlier or treat later",
    ),
    (
        "no time after the last",
        lambda: Study.from_matrix(MATRIX, n_pre=6),
        "study of unit 000: no time after the treatment; extend the post window",
    ),
    *(
        (
            f"values: {name}",
            partial(replace, STUDY, values=values),
            "study of unit 000: outcomes must be finite, with one row per time and one column per unit; "
            "use Study.from_panel",
        )
        for name, values in (
            ("rows", MATRIX[:5]),
            ("columns", MATRIX[:, :1]),
            ("missing", np.full((6, 2), NAN)),
            ("infinite", np.full((6, 2), INF)),
        )
    ),
    *(
        (
            f"backdated to {time}",
            partial(LONG.backdated, time),
            f"placebo time: {time} is not before the treatment; choose one of 0 to 6",
        )
        for time in (7, -1)
    ),
    (
        "backdated too far",
        lambda: LONG.backdated(4),
        "study of unit 000: 4 times before the treatment, at least 5 are needed; "
        "begin the pre window earlier or treat later",
    ),
]

ALLOWED = [
    ("a column of numbers as text", lambda: build(PANEL.astype({"y": str, "time": str}))),
    ("a gap of a donor", lambda: build(having("y", NAN, units="b"))),
    ("a gap outside the windows", lambda: build(having("y", NAN, times=(6,)), post=(5, 5))),
    ("five times before and one after", lambda: build(pre=(0, 4), post=(5, 5))),
    ("a post window that begins later", lambda: build(post=(6, 6))),
    ("one donor", lambda: build(donors=["b"])),
    ("a predictor of the first treated time", lambda: build(**predicted("x", 5))),
    ("an sd of 0", lambda: build(having("se", 0.0), sd="se")),
    ("backdated to the sixth time", lambda: LONG.backdated(5)),
    ("backdated to the last time before", lambda: LONG.backdated(6)),
]


@pytest.mark.parametrize(("call", "line"), [pytest.param(*case, id=name) for name, *case in LINES])
def test_a_fault_is_said_in_these_words(call, line):
    with pytest.raises(InputError) as error:
        call()
    assert error.value.line() == line


@pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in ALLOWED])
def test_what_lies_just_inside_a_bound_is_not_refused(call):
    call()
