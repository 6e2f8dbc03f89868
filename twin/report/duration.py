"""Load-duration curve (持续负荷曲线): how many hours the meter sees more than a given power."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from twin.report.reading import net_kw, run_labels, small, step_hours, table_of
from twin.report.style import RUN_COLOURS, Language, finish, nested_width, pick
from twin.store import Run


def load_duration(values: NDArray[np.float64], hours: float) -> tuple[NDArray[np.float64], ...]:
    """Thinned load-duration curve: true values, denser towards the peak.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Power, kW.
    hours : float
        Length of a step, h.

    Returns
    -------
    above, power : ndarray, shape (m,), m <= 500
        Hours during which the power is at least `power`; the highest and the lowest value are kept.
    """
    ordered = np.sort(values)[::-1]
    n = len(ordered)
    steps = np.concatenate([np.geomspace(1, n, 200), np.linspace(1, n, 300)])
    keep = np.unique(np.rint(steps).astype(int)) - 1
    return (keep + 1) * hours, ordered[keep]


def duration_curve(runs: Sequence[Run], language: Language, *, building: str | None = None) -> go.Figure:
    """Load-duration curves of net grid power, one line a Run.

    Parameters
    ----------
    runs : sequence of Run
    language : {"zh", "en"}
    building : str, optional
    """
    figure = go.Figure()
    for k, (run, label) in enumerate(zip(runs, run_labels(runs, language), strict=True)):
        table = table_of(run, building)
        above, power = load_duration(net_kw(table), step_hours(table))
        figure.add_scatter(
            x=small(above),
            y=small(power),
            mode="lines",
            name=f"{label} ({power[0]:,.0f} kW)",
            line={"color": RUN_COLOURS[k % len(RUN_COLOURS)], "width": nested_width(k)},
            hovertemplate="%{y:,.0f} kW",
        )
    figure.add_hline(y=0, line={"color": "#9CA3AF", "width": 1})
    figure.update_xaxes(
        title_text=pick(language, "不低于该功率的小时数 (h)", "hours at or above (h)"), rangemode="tozero"
    )
    figure.update_yaxes(title_text="kW")
    return finish(
        figure,
        title=pick(language, "电网净功率持续曲线（kW）", "Load-duration curve of net grid power (kW)"),
        note=pick(
            language,
            "各步平均净功率从大到小排列；负值为上网。图例中括号内为最高一步的平均功率。",
            "Mean net power of each step, sorted; negative is export. The legend gives the highest step.",
        ),
        language=language,
        height=300,
        legend_rows=1 + (len(runs) - 1) // 4,
    )
