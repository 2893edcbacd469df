"""Synthetic controls: one treated unit, many donors, and every way to ask whether the difference means anything."""
