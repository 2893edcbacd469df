"""Claims under test: statistics that stand on your own data, and claims whose rules were locked before their verdicts.

Each name takes plain numbers, a Series or a DataFrame; each result shows its table, says its sentence, and knows the
call that made it. ``help(analysis.synthetic_control)`` tells one whole.

Counts
    compare_counts        two counts: rate ratio, exact intervals, every usual test, what they could have shown
    compare_episodes      two counts of clumped cases, by episode
    rate_ratio_interval   exact interval of the ratio of two rates
    type_i_error          size of the test of two counts if cases clump
    poisson_change_point  the year in which a series of counts breaks
    exact_2x2             two by two table: odds ratio with exact interval
    kitagawa              what part of a change is composition, what part rate

Events and calendars
    event_study           rate ratios in windows around dated events, conditional Poisson
    conditional_poisson   Poisson regression within groups, clustered errors
    compare_ratios        two rate ratios against each other
    placebo_calendars     the event study with all dates moved
    shifted_calendar      events near dates against all shifts of the calendar

Counterfactuals
    synthetic_control     one treated unit against weighted donors, with placebos (also difference-in-differences)
    space_placebos        every donor treated in turn
    leave_one_out         the estimate without each donor
    non_inferiority       is a change as large as a margin ruled out
    measurement_uncertainty  the estimate if the outcome is measured with error

Ranks and indices
    marginal              rank confidence set of each unit
    simultaneous          rank confidence sets of all units at once
    top_q                 which units can be among the best
    rank_set_by_sd        a unit's rank set by the assumed standard error
    lowest                is one item the lowest, given how scores are revised

Choices
    declare               the choices of a multiverse, and what is left out
    run                   an estimate under every combination
    joint_test            is the whole curve more than chance
    variants              one estimate under named variants
    permutation_test      a statistic against permuted labels

Claims
    load                  a table of the project, checked
    load_register         the claims with their locked rules
    Session               what a notebook stands on: parameters, tables, figures, evidence
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# Imported when asked for: the command answers before statistics are loaded.
_HOMES = {
    "claims.register": ("load_register",),
    "data.load": ("load",),
    "methods.break_tests": ("poisson_change_point",),
    "methods.calendars": ("shifted_calendar",),
    "methods.composition": ("exact_2x2", "kitagawa"),
    "methods.count_tests": ("rate_ratio_interval",),
    "methods.counts": ("compare_counts",),
    "methods.counts_clusters": ("compare_episodes",),
    "methods.counts_power": ("type_i_error",),
    "methods.eventtime": ("event_study",),
    "methods.extremum": ("lowest",),
    "methods.fixed_effects_poisson": ("compare_ratios", "conditional_poisson"),
    "methods.multiverse": ("declare", "joint_test", "run"),
    "methods.permutation": ("permutation_test",),
    "methods.placebo_calendars": ("placebo_calendars",),
    "methods.ranks": ("marginal", "simultaneous", "top_q"),
    "methods.ranks_by_sd": ("rank_set_by_sd",),
    "methods.synthetic": (
        "leave_one_out",
        "measurement_uncertainty",
        "non_inferiority",
        "space_placebos",
        "synthetic_control",
    ),
    "methods.variants": ("variants",),
    "session": ("Session",),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}
__all__ = [*sorted(_MODULES)]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
