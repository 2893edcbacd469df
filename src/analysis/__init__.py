"""Claims under test: statistics that stand on your own data, and claims whose rules were locked before their verdicts.

Each name takes plain numbers, a Series or a DataFrame; each result shows its table, says a sentence, knows its call.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# By module: what each name is for. Modules are imported when asked for: the command answers before statistics load.
_PUBLIC = {
    "methods.counts": {
        "compare_counts": "two counts, clumped or not: rate ratio, interval, tests, what they could have shown",
        "pooled_dispersion": "how clumped counts are, by several series",
    },
    "methods.count_tests": {
        "rate_ratio_interval": "exact interval of the ratio of two rates",
        "mid_p_ratio": "mid-p interval of the ratio of two rates, for few events",
    },
    "methods.composition": {
        "exact_2x2": "a two by two table: odds ratio with exact interval",
        "kitagawa": "what part of a change is composition, what part rate",
    },
    "methods.event_studies": {
        "event_study": "rate ratios in windows around dated events, by conditional Poisson",
        "placebo_calendars": "an event study with all dates moved",
        "stacked_event_study": "what follows for units exposed to events elsewhere, beside units that are not",
    },
    "methods.poisson": {
        "conditional_poisson": "Poisson regression within groups, with clustered errors",
        "compare_ratios": "one rate ratio against another",
    },
    "methods.calendars": {"shifted_calendar": "events near dates, against all shifts of the calendar"},
    "methods.synthetic.inference": {
        "synthetic_control": "one treated unit against weighted donors, and each donor in turn; also SDID",
        "leave_one_out": "the estimate without each donor",
        "measurement_uncertainty": "the estimate if the outcome is measured with error",
    },
    "methods.ranks": {
        "rank_sets": "rank confidence sets: of each unit, of all at once, and which may be the best",
        "smallest_sd_covering": "how large an error of the scores would change what a rank says",
    },
    "methods.index_scores": {
        "recompute": "ranks from published scores, and scores from their components",
        "vintages": "one unit and year in every edition",
        "lowest": "whether an item is the lowest, given how scores are revised",
    },
    "methods.measured_changes": {"revised_change": "a published change, and how far such changes are revised"},
    "methods.multiverse": {
        "declare": "the choices of a multiverse, and what is left out",
        "run": "an estimate under every combination of choices",
        "joint_test": "whether the whole curve is more than chance",
    },
    "methods.variants": {"variants": "one estimate under named variants"},
    "methods.permutation": {"permutation_test": "a statistic against permuted labels"},
    "data.load": {"load": "a table of the project, checked"},
    "claims.register": {"load_register": "the claims with their locked rules"},
    "session.session": {"Session": "what a notebook stands on: parameters, tables, figures, evidence"},
}
_HOMES = {name: module for module, names in _PUBLIC.items() for name in names}
__all__ = sorted(_HOMES)
__doc__ += "\n" + "\n".join(f"{name}: {told}" for names in _PUBLIC.values() for name, told in names.items())


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
