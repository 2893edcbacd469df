"""The line that a user reads for every fault of dates, windows, breaks and composition that is refused, word for word.

The authority is the section "Raises" of each function and the form of a line in `analysis.errors`: where, what, remedy.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from analysis.errors import InputError
from analysis.methods.break_tests import poisson_change_point, sup_f
from analysis.methods.breaks import date_breaks, trimming
from analysis.methods.calendars import (
    calendar_randomisation,
    days_in_window,
    detectable_ratio,
    minimum_detectable_ratio,
    shifted_labels,
)
from analysis.methods.composition import difference_of_proportions, exact_2x2, kitagawa, log_ratio_of_shares
from analysis.methods.eventtime import effect_codes, event_dummies, event_study, serial_month, stacked_events
from analysis.methods.placebo_calendars import placebo_calendars

NAN = float("nan")
Y, UNIT, MONTH = [1.0, 0.0, 2.0, 1.0], [0, 0, 1, 1], [0, 1, 0, 1]
EVENT = {"event_unit": [0], "event_month": [0]}
WINDOW = {"near": (0, 0)}

dummies = partial(event_dummies, windows=WINDOW)
study = partial(event_study, Y, unit=UNIT, month=MONTH, **EVENT, windows=WINDOW)
stacks = partial(stacked_events, before=0, after=1)
change = partial(poisson_change_point, h=0.34, draws=3, seed=0)
dates = partial(date_breaks, h=15)
shares = partial(minimum_detectable_ratio, 9, 0.5)
SIX = [0.0, 1.0, 2.0, 1.0, 0.0, 4.0]
STEP = np.arange(30) // 15 + np.arange(30) % 2

LINES = [
    ("month: 0", lambda: serial_month([2000], [0]), "month: not all months are 1 to 12; check the dates"),
    ("month: 13", lambda: serial_month([2000, 2000], [12, 13]), "month: not all months are 1 to 12; check the dates"),
    (
        "event: window",
        lambda: event_dummies(UNIT, MONTH, **EVENT, windows={"late": (1, 0)}),
        "late: 1 to 0 is empty; give the earlier end first",
    ),
    (
        "event: rows",
        lambda: dummies([0], MONTH, **EVENT),
        "panel or events: units and months differ in length; align them",
    ),
    (
        "event: events",
        lambda: dummies(UNIT, MONTH, event_unit=[0, 1], event_month=[0]),
        "panel or events: units and months differ in length; align them",
    ),
    (
        "event: unit",
        lambda: dummies(["a", None], [0, 1], event_unit=["a"], event_month=[0]),
        "unit: labels are missing; drop or fill the rows without a label",
    ),
    ("event: estimator", lambda: study(estimator="logit"), "estimator: unknown estimator 'logit'; use poisson or ols"),
    ("event: effects", lambda: study(effects="unit"), "effects: unknown effects 'unit'; see event_study"),
    (
        "event: codes",
        lambda: effect_codes(UNIT, MONTH[:3], "unit, month"),
        "unit: 4 labels for 3 rows; give one label per row",
    ),
    (
        "event: no stack",
        lambda: stacks(UNIT, MONTH, event_unit=[2], event_month=[0]),
        "event_unit: no event has rows in the panel; check the labels of units",
    ),
    (
        "event: a month before the panel",
        lambda: stacks(UNIT, MONTH, event_unit=[0], event_month=[-2]),
        "event_unit: no event has rows in the panel; check the labels of units",
    ),
    (
        "placebo: term",
        lambda: placebo_calendars(
            Y, unit=UNIT, month=MONTH, **EVENT, term="far", windows={"near": (0, 0), "next": (1, 1)}
        ),
        "far: unknown window; choose one of near, next",
    ),
    (
        "window",
        lambda: days_in_window(9, [4], first=2, last=1),
        "window: 2 to 1 is empty; give the earlier end first",
    ),
    (
        "calendar: counts",
        lambda: calendar_randomisation([1.0, NAN], [1, 0]),
        "counts: values are missing or infinite; drop or fill these rows",
    ),
    (
        "calendar: in_window",
        lambda: calendar_randomisation([1.0, 0.0, 2.0], [1, 0]),
        "in_window: 2 rows where the outcome has 3; align the rows",
    ),
    (
        "calendar: unit",
        lambda: calendar_randomisation([1.0, 0.0], [1, 0], unit=["a", None]),
        "unit: labels are missing; drop or fill the rows without a label",
    ),
    (
        "calendar: units apart",
        lambda: calendar_randomisation([1.0, 0.0, 2.0], [1, 0, 0], unit=[0, 1, 0]),
        "unit: rows of a unit are apart; sort by unit and time",
    ),
    (
        "calendar: no event",
        lambda: calendar_randomisation([0.0, 0.0], [1, 0]),
        "counts: no event, or no window in a unit that has events; check the dates",
    ),
    (
        "calendar: no window",
        lambda: calendar_randomisation([1.0, 0.0], [0, 0]),
        "counts: no event, or no window in a unit that has events; check the dates",
    ),
    (
        "calendar: a window elsewhere",
        lambda: calendar_randomisation([1.0, 0.0, 0.0, 0.0], [0, 0, 1, 0], unit=UNIT),
        "counts: no event, or no window in a unit that has events; check the dates",
    ),
    (
        "shifted: label",
        lambda: shifted_labels([1.0, NAN], draws=1, seed=0),
        "label: values are missing or infinite; drop or fill these rows",
    ),
    (
        "shifted: unit",
        lambda: shifted_labels([1.0, 0.0, 0.0], unit=[0, 0], draws=1, seed=0),
        "unit: 2 labels for 3 rows; give one label per row",
    ),
    (
        "shifted: units apart",
        lambda: shifted_labels([1.0, 0.0, 0.0], unit=[0, 1, 0], draws=1, seed=0),
        "unit: rows of a unit are apart; sort by unit and time",
    ),
    *(
        (
            f"detectable: {name}",
            call,
            "minimum_detectable_ratio: total below 1, or a share outside 0 to 1; check",
        )
        for name, call in (
            ("total", lambda: minimum_detectable_ratio(0, 0.5)),
            ("share 0", lambda: minimum_detectable_ratio(9, 0.0)),
            ("share 1", lambda: minimum_detectable_ratio(9, 1.0)),
            ("alpha 0", lambda: shares(alpha=0.0)),
            ("alpha 1", lambda: shares(alpha=1.0)),
            ("power 0", lambda: shares(power=0.0)),
            ("power 1", lambda: shares(power=1.0)),
        )
    ),
    (
        "detectable: error",
        lambda: detectable_ratio(0.0),
        "detectable_ratio: the error is not positive; give a standard error",
    ),
    (
        "detectable: no error",
        lambda: detectable_ratio(NAN),
        "detectable_ratio: the error is not positive; give a standard error",
    ),
    *(
        (f"change: {name}", call, "counts: needs whole counts with some event, and positive exposure; check")
        for name, call in (
            ("negative", lambda: change([-1.0, *SIX[1:]])),
            ("part", lambda: change([0.5, *SIX[1:]])),
            ("no event", lambda: change([0.0] * 6)),
            ("exposure 0", lambda: change(SIX, exposure=[0.0, 1.0, 1.0, 1.0, 1.0, 1.0])),
        )
    ),
    (
        "change: exposure",
        lambda: change(SIX, exposure=[1.0] * 5),
        "exposure: 5 rows where the outcome has 6; align the rows",
    ),
    (
        "break: y",
        lambda: sup_f([1.0, NAN, 2.0], draws=3, seed=0),
        "y: values are missing or infinite; drop or fill these rows",
    ),
    (
        "break: x",
        lambda: sup_f(SIX, SIX[:5], draws=3, seed=0),
        "x: 5 rows where the outcome has 6; align the rows",
    ),
    (
        "break: constant",
        lambda: sup_f(SIX, [2.0] * 6, draws=3, seed=0),
        "x0: has no variation left once effects and other regressors are taken out; drop it or choose coarser effects",
    ),
    ("break: trimming", lambda: sup_f(SIX, h=4, draws=3, seed=0), "h: 4 periods per segment; use 2 to 3 of 6"),
    (
        "break: periods",
        lambda: date_breaks(STEP[:29]),
        "y: 29 periods are too few to date breaks; use break_tests.sup_f",
    ),
    ("break: below none", lambda: dates(STEP, n_breaks=-1), "n_breaks: -1 breaks are impossible; use 0 to 1"),
    ("break: above most", lambda: dates(STEP, n_breaks=2), "n_breaks: 2 breaks are impossible; use 0 to 1"),
    ("trimming: below", lambda: trimming(2, 31, 2), "h: 2 periods per segment; use 3 to 15 of 31"),
    ("trimming: above", lambda: trimming(16, 31, 2), "h: 16 periods per segment; use 3 to 15 of 31"),
    ("trimming: share", lambda: trimming(0.6, 31, 2), "h: 18 periods per segment; use 3 to 15 of 31"),
    (
        "kitagawa: length",
        lambda: kitagawa([1.0, 2.0], [1.0, 2.0], [1.0, 2.0, 3.0], [1.0, 2.0]),
        "factors: 3 rows where the outcome has 2; align the rows",
    ),
    (
        "kitagawa: missing",
        lambda: kitagawa([1.0, 2.0], [1.0, 2.0], [1.0, 2.0], [1.0, NAN]),
        "factors: values are missing or infinite; drop or fill these rows",
    ),
    *(
        (f"table: {name}", partial(exact_2x2, table), "table: not a 2 x 2 table of whole counts; give [[a, b], [c, d]]")
        for name, table in (
            ("shape", [[1, 2, 3], [4, 5, 6]]),
            ("negative", [[1, -2], [3, 4]]),
            ("part", [[1, 2.5], [3, 4]]),
        )
    ),
    ("table: row", lambda: exact_2x2([[0, 0], [3, 4]]), "table: a margin is zero; the shares cannot be compared"),
    ("table: column", lambda: exact_2x2([[0, 2], [0, 4]]), "table: a margin is zero; the shares cannot be compared"),
    *(
        (
            f"proportions: {words}",
            partial(difference_of_proportions, *numbers),
            f"proportions: {words}; give successes within trials",
        )
        for numbers, words in (
            ((3, 2, 1, 2), "3 of 2, 1 of 2"),
            ((-1, 2, 1, 2), "-1 of 2, 1 of 2"),
            ((1, 2, 3, 2), "1 of 2, 3 of 2"),
            ((1, 2, -1, 2), "1 of 2, -1 of 2"),
            ((0, 0, 1, 2), "0 of 0, 1 of 2"),
            ((1, 2, 0, 0), "1 of 2, 0 of 0"),
        )
    ),
    (
        "log ratio",
        lambda: log_ratio_of_shares((1.0, 0.0), (2.0, 3.0)),
        "log_ratio_of_shares: a count is zero; use add=0.5 or exact_2x2",
    ),
]

ALLOWED = [
    ("January and December", lambda: serial_month([2000, 2000], [1, 12])),
    ("a window of one month", lambda: dummies(UNIT, MONTH, **EVENT)),
    ("an event whose window reaches the panel", lambda: stacks(UNIT, MONTH, event_unit=[0], event_month=[-1])),
    ("a window of one day", lambda: days_in_window(9, [4], first=2, last=2)),
    ("one event", lambda: minimum_detectable_ratio(1, 0.5)),
    ("a small error", lambda: detectable_ratio(1e-9)),
    ("a small exposure", lambda: change(SIX, exposure=[0.01, 1.0, 1.0, 1.0, 1.0, 1.0])),
    ("thirty periods", lambda: date_breaks(STEP)),
    ("no break", lambda: dates(STEP, n_breaks=0)),
    ("the most breaks", lambda: dates(STEP, n_breaks=1)),
    ("the shortest segment", lambda: trimming(3, 31, 2)),
    ("the longest segment", lambda: trimming(15, 31, 2)),
    ("a cell of 0", lambda: exact_2x2([[0, 2], [3, 4]])),
    ("none and all of the trials", lambda: difference_of_proportions(0, 1, 1, 1)),
    ("a count of 0 with a half added", lambda: log_ratio_of_shares((1.0, 0.0), (2.0, 3.0), add=0.5)),
]


@pytest.mark.parametrize(("call", "line"), [pytest.param(*case, id=name) for name, *case in LINES])
def test_a_fault_is_said_in_these_words(call, line):
    with pytest.raises(InputError) as error:
        call()
    assert error.value.line() == line


@pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in ALLOWED])
def test_what_lies_just_inside_a_bound_is_not_refused(call):
    call()
