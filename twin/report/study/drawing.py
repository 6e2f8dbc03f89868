"""What all printed figures share: the font with Chinese, colours, and how a figure becomes SVG or PNG."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from twin.report.study.numbers import number
from twin.report.style import GRID, INK, PALE, RUN_COLOURS

FONT_FILE = "NotoSansSC-subset.otf"
FONT_FAMILY = "Noto Sans SC Subset"
FALLBACKS = ("DejaVu Sans", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", "WenQuanYi Micro Hei")
"""Fonts for what the subset lacks: subscripts from the one that Matplotlib brings, rare characters from the
system."""

WIDTH_IN = 6.7
"""Width of all figures, the width of a page's text [in]."""

PNG_DPI = 200

STATE_COLOURS = RUN_COLOURS
"""Colours of the states: the building as it is first, quiet, then the chosen packages."""


def font_folder() -> Path:
    """Folder of the font that comes with the package."""
    return Path(str(resources.files("twin.report") / "assets"))


def font_folders() -> list[Path]:
    """Where our font and the one that Matplotlib brings are."""
    return [font_folder(), Path(mpl.get_data_path()) / "fonts" / "ttf"]


@cache
def _families() -> tuple[str, ...]:
    font_manager.fontManager.addfont(str(font_folder() / FONT_FILE))
    there = set(font_manager.fontManager.get_font_names())
    return tuple(f for f in (FONT_FAMILY, *FALLBACKS) if f in there)


def _settings() -> Any:
    return {
        "font.family": list(_families()),
        "font.size": 8.5,
        # Names come from users: a dollar sign in one is no formula.
        "text.parse_math": False,
        "axes.unicode_minus": True,
        "axes.edgecolor": "#9CA3AF",
        "axes.labelcolor": PALE,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.titlesize": 9.0,
        "axes.titlelocation": "left",
        "axes.titlecolor": INK,
        "grid.color": GRID,
        "grid.linewidth": 0.7,
        "xtick.color": INK,
        "ytick.color": INK,
        "text.color": INK,
        "legend.frameon": False,
        "legend.fontsize": 8.0,
        "svg.fonttype": "path",
        "svg.hashsalt": "study",
    }


@contextmanager
def styled() -> Iterator[None]:
    """Draw inside: Matplotlib's settings are ours and go back to what they were."""
    with mpl.rc_context(_settings()), warnings.catch_warnings():
        # A rare character of a name that no font here has is drawn as an empty box; tables hold the name.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def canvas(height_in: float, columns: int = 1, **options: Any) -> tuple[Figure, list[Axes]]:
    """An empty figure with a row of axes; to be called inside `styled`."""
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, columns, squeeze=False, **options)
    return figure, list(axes[0])


def legend_above(figure: Figure, axes: Axes, columns: int) -> None:
    """A legend above all axes of a figure, from the handles of one."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside upper left", ncols=columns, handlelength=1.4)


_DRAWN: WeakKeyDictionary[Figure, bytes] = WeakKeyDictionary()


def svg(figure: Figure) -> bytes:
    """A figure as SVG; letters are outlines, so that no font is needed to see them. Drawn once."""
    if figure in _DRAWN:
        return _DRAWN[figure]
    out = io.BytesIO()
    with styled():
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    _DRAWN[figure] = out.getvalue()
    return _DRAWN[figure]


def png(figure: Figure) -> bytes:
    """A figure as PNG for print."""
    out = io.BytesIO()
    with styled():
        figure.savefig(out, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return out.getvalue()


def plain_numbers(axis: Axis) -> None:
    """Ticks with thousands separators and a real minus, as the tables have them."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(round(value, 9))))


def two_lines(name: str, longest: int) -> str:
    """A name on two lines at most, each as long as given."""
    if short(name, longest) == name:
        return name
    at = 0
    for k in range(1, len(name)):
        if short(name[:k], longest) != name[:k]:
            break
        # Chinese may break anywhere, Latin words between them.
        if name[k] == " " or ord(name[k]) > 0x2E7F or ord(name[k - 1]) > 0x2E7F:
            at = k
    at = at or longest
    return name[:at].rstrip() + "\n" + short(name[at:].lstrip(), longest)


def short(name: str, longest: int = 26) -> str:
    """A name as long as a legend or an axis can bear; Chinese characters count double."""
    width = 0
    for k, c in enumerate(name):
        width += 2 if ord(c) > 0x2E7F else 1
        if width > longest:
            return name[: max(k - 1, 1)] + "…"
    return name
