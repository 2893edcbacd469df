"""Reading drawn axes: places and filling of marks, ends of bars, texts."""

import numpy as np
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex


def points(ax) -> list[tuple[float, float]]:
    found = [np.ma.filled(part.get_offsets(), np.nan) for part in ax.collections if isinstance(part, PathCollection)]
    return [tuple(map(float, place)) for part in found for place in part if not np.isnan(place).any()]


def faces(ax) -> list[str]:
    found = []
    for part in ax.collections:
        if isinstance(part, PathCollection):
            colours = part.get_facecolor()
            found += [to_hex(colours[number % len(colours)]) for number in range(len(part.get_offsets()))]
    return found


def bars(ax) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    lines = [part for part in ax.collections if isinstance(part, LineCollection)]
    return [tuple(map(tuple, segment.tolist())) for part in lines for segment in part.get_segments()]


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def labels(axis) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]
