"""Synthetic controls: one treated unit, many donors, and every way to ask whether the difference means anything.

>>> study = Study.from_matrix([[t + 1.0 + (t > 5), t, t + 3.0] for t in range(8)], n_pre=6)
>>> study.sentence()
'unit 000, treated from 6, is compared with 2 donors in outcome: 6 times (0-5) before and 2 times (6-7) after.'
"""

from analysis.methods.synthetic.estimators import ESTIMATORS, SyntheticFit, fit
from analysis.methods.synthetic.inference import (
    Comparison,
    compare_study,
    leave_one_out,
    measurement_uncertainty,
    non_inferiority,
    synthetic_control,
)
from analysis.methods.synthetic.study import Study

__all__ = [
    "ESTIMATORS",
    "Comparison",
    "Study",
    "SyntheticFit",
    "compare_study",
    "fit",
    "leave_one_out",
    "measurement_uncertainty",
    "non_inferiority",
    "synthetic_control",
]
