"""Reading drawn axes: places and filling of marks, ends of bars, texts."""

from __future__ import annotations

import numpy as np
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex


def points(ax) -> list[tuple[float, float]]:
    """Return the places of all scatters, in drawing order, without the empty ones."""
    found = [np.ma.filled(part.get_offsets(), np.nan) for part in ax.collections if isinstance(part, PathCollection)]
    return [tuple(map(float, place)) for part in found for place in part if not np.isnan(place).any()]


def faces(ax) -> list[str]:
    """Return the colours that marks are filled with, in drawing order."""
    found = []
    for part in ax.collections:
        if isinstance(part, PathCollection):
            colours = part.get_facecolor()
            found += [to_hex(colours[number % len(colours)]) for number in range(len(part.get_offsets()))]
    return found


def bars(ax) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return the ends of all straight bars."""
    lines = [part for part in ax.collections if isinstance(part, LineCollection)]
    return [tuple(map(tuple, segment.tolist())) for part in lines for segment in part.get_segments()]


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def labels(axis) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]
