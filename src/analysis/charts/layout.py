"""Blank figures of print width, the block that draws one, and axes that several forms share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.charts.style import COLUMN, PAGE, figure_style
from analysis.methods.result import in_words

_DECADES = (0.001, 0.01, 0.1, 1, 10, 100, 1000, 10000)
_COARSE = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
_FINE = (0.1, 0.2, 0.33, 0.5, 0.67, 1, 1.5, 2, 3, 5, 10, 20)
# Ranges of a ratio axis from which it carries fewer ticks, and decades only.
_WIDE, _HUGE = 20, 2000


@contextmanager
def drawn(
    done: Callable[[Figure], None],
    *,
    width: Literal["column", "page"] = "column",
    height: float = 3.0,
    ncols: int = 1,
    nrows: int = 1,
    **options: Any,
) -> Iterator[Any]:
    """Give axes in the house style to a block, and the figure to ``done`` when the block ends without an error.

    Parameters
    ----------
    done : callable
        Takes the finished figure: it saves or shows, and closes it. It is not called if the block fails.
    width : "column" or "page"
        Width of the figure in print.
    height : float
        In inches.
    ncols, nrows : int
        Panels; with more than one, an array of axes is given.
    **options
        Of :func:`matplotlib.pyplot.subplots`, such as ``width_ratios``.

    Yields
    ------
    Axes or ndarray of Axes
    """
    inches = {"column": COLUMN, "page": PAGE}[width]
    with figure_style():
        fig, axes = plt.subplots(nrows, ncols, figsize=(inches, height), layout="constrained", **options)
        try:
            yield axes
        except BaseException:
            plt.close(fig)
            raise
        done(fig)


def log_axis(
    ax: Axes, which: Literal["x", "y"], limits: tuple[float, float] | None = None, ticks: Iterable[float] | None = None
) -> None:
    """Make an axis logarithmic, with plain numbers as ticks: those given, or as many as its range has room for."""
    getattr(ax, f"set_{which}scale")("log")
    if limits is not None:
        getattr(ax, f"set_{which}lim")(*limits)
    low, high = sorted(getattr(ax, f"get_{which}lim")())
    if ticks is None:
        every = _DECADES if high / low > _HUGE else _COARSE if high / low > _WIDE else _FINE
        ticks = [tick for tick in every if low <= tick <= high]
    shown = [tick for tick in ticks if limits is None or low <= tick <= high]
    getattr(ax, f"set_{which}ticks")(shown, [f"{tick:g}" for tick in shown])
    ax.minorticks_off()


def name_rows(ax: Axes, y: Sequence[float] | np.ndarray, names: Iterable[object], *, room: float = 0.6) -> None:
    """Name rows at the left, in words, and leave room, in rows, above and below; the axis keeps its direction."""
    ax.set_yticks(y, [in_words(str(name)) for name in names])
    low, high = min(y, default=0) - room, max(y, default=0) + room
    ax.set_ylim((high, low) if ax.yaxis_inverted() else (low, high))
