"""Synthetic controls: one treated unit, many donors, and every way to ask whether the difference means anything.

>>> study = Study.from_matrix([[t + 1.0 + (t > 5), t, t + 3.0] for t in range(8)], n_pre=6)
>>> study.sentence()
'unit 000, treated from 6, is compared with 2 donors in outcome: 6 times (0-5) before and 2 times (6-7) after.'
"""

from analysis.methods.synthetic.augmented import RidgeAugmentedControl, RidgePenalty
from analysis.methods.synthetic.comparison import Comparison, compare_study, synthetic_control
from analysis.methods.synthetic.estimators import (
    DemeanedControl,
    DifferenceInDifferences,
    SyntheticControl,
    SyntheticDiD,
)
from analysis.methods.synthetic.fit import ESTIMATORS, SyntheticFit, estimator_named, fit
from analysis.methods.synthetic.measurement import MeasurementUncertainty, measurement_uncertainty
from analysis.methods.synthetic.placebos import Refits, SpacePlacebos, leave_one_out, space_placebos
from analysis.methods.synthetic.power import (
    DetectableEffect,
    NonInferiority,
    StandardError,
    minimum_detectable_effect,
    non_inferiority,
    placebo_se,
)
from analysis.methods.synthetic.problems import Estimator
from analysis.methods.synthetic.study import Study

__all__ = [
    "ESTIMATORS",
    "Comparison",
    "DemeanedControl",
    "DetectableEffect",
    "DifferenceInDifferences",
    "Estimator",
    "MeasurementUncertainty",
    "NonInferiority",
    "Refits",
    "RidgeAugmentedControl",
    "RidgePenalty",
    "SpacePlacebos",
    "StandardError",
    "Study",
    "SyntheticControl",
    "SyntheticDiD",
    "SyntheticFit",
    "compare_study",
    "estimator_named",
    "fit",
    "leave_one_out",
    "measurement_uncertainty",
    "minimum_detectable_effect",
    "non_inferiority",
    "placebo_se",
    "space_placebos",
    "synthetic_control",
]
