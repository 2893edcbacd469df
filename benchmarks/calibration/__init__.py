"""Calibration: simulated worlds with a known answer, to see whether tests and decision rules keep their promises."""
