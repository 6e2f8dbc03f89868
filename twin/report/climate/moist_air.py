"""The psychrometric chart: hours by temperature and humidity, with the zone in which people are at ease.

References
----------
.. [1] ISO 7730:2005, Fanger's predicted mean vote, by pythermalcomfort.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from twin.report.climate.quantities import about, values_of
from twin.report.style import GRID, PALE, Language, finish, pick
from weather import psychrometrics
from weather.climate_year import ClimateYear

FloatArray = NDArray[np.float64]
_MET, _AIR_SPEED, _VOTE = 1.1, 0.1, 0.5
_DRIEST, _WETTEST = 4.0, 12.0
_CLOTHES = ((1.0, "冬装 1.0 clo", "winter clothes, 1.0 clo", "#D55E00"),
            (0.5, "夏装 0.5 clo", "summer clothes, 0.5 clo", "#0072B2"))  # fmt: skip
_STEP_C, _STEP_G = 1.0, 0.5


@cache
def comfort_zone(clothes: float, pressure: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Outline of the states of air in which the predicted mean vote [1]_ lies within ±0.5.

    Parameters
    ----------
    clothes : float
        clo.
    pressure : float
        Pa.

    Returns
    -------
    temperature, ratio : tuple of float
        Corners in °C and g/kg; walls as warm as the air, 1.1 met, air at 0.1 m/s, from 4 to 12 g/kg.
    """
    from pythermalcomfort.models import pmv_ppd_iso

    temp = np.arange(14.0, 34.0, 0.1)
    cold: list[tuple[float, float]] = []
    warm: list[tuple[float, float]] = []
    for ratio in np.linspace(_DRIEST, _WETTEST, 9):
        humidity = np.clip(psychrometrics.relative_humidity(temp, ratio / 1e3, pressure), 1.0, 100.0)
        vote = np.asarray(
            pmv_ppd_iso(
                tdb=temp, tr=temp, vr=_AIR_SPEED, rh=humidity, met=_MET, clo=clothes, limit_inputs=False
            ).pmv,
            dtype=float,
        )
        cold.append((float(np.interp(-_VOTE, vote, temp)), float(ratio)))
        warm.append((float(np.interp(_VOTE, vote, temp)), float(ratio)))
    ring = [*cold, *reversed(warm), cold[0]]
    return tuple(t for t, _ in ring), tuple(w for _, w in ring)


def share_at_ease(climate: ClimateYear) -> dict[float, float]:
    """Percent of the year's hours whose air lies in the zone, by clothes [clo]."""
    from matplotlib.path import Path

    points = np.column_stack([values_of(climate, "temp_air"), values_of(climate, "humidity_ratio")])
    pressure = _pressure(climate)
    frames = {clothes: Path(np.column_stack(comfort_zone(clothes, pressure))) for clothes, *_ in _CLOTHES}
    return {clothes: 100.0 * float(np.mean(one.contains_points(points))) for clothes, one in frames.items()}


def _pressure(climate: ClimateYear) -> float:
    return round(float(climate.data["pressure"].mean()), -2)


def psychrometric_chart(climate: ClimateYear, language: Language) -> go.Figure:
    """Hours by dry bulb and humidity ratio, at the year's mean pressure."""
    temp, ratio = values_of(climate, "temp_air"), values_of(climate, "humidity_ratio")
    pressure, ease = _pressure(climate), share_at_ease(climate)
    low, high = min(-5.0, float(temp.min()) - 2.0), max(40.0, float(temp.max()) + 2.0)
    top = max(26.0, float(ratio.max()) + 2.0)
    figure = go.Figure()
    edges_t = np.arange(np.floor(low), np.ceil(high) + _STEP_C, _STEP_C)
    edges_w = np.arange(0.0, top + _STEP_G, _STEP_G)
    count, _, _ = np.histogram2d(ratio, temp, bins=(edges_w, edges_t))
    figure.add_heatmap(
        z=np.where(count > 0, count, np.nan).astype(np.float32),
        x=edges_t[:-1] + 0.5 * _STEP_C,
        y=edges_w[:-1] + 0.5 * _STEP_G,
        colorscale=[(0.0, "#E3EEF6"), (0.25, "#9CC3DE"), (0.6, "#3E7CB1"), (1.0, "#12305A")],
        colorbar={"title": {"text": pick(language, "小时", "hours")}, "thickness": 12, "outlinewidth": 0},
        hovertemplate="%{x:.1f} °C · %{y:.1f} g/kg<br><b>%{z:.0f} h</b><extra></extra>",
    )
    line = np.linspace(low, high, 120)
    for humidity in range(10, 101, 10):
        w = 1e3 * psychrometrics.humidity_ratio_from_relative_humidity(line, humidity, pressure)
        inside = w <= top
        figure.add_scatter(
            x=line[inside], y=w[inside], mode="lines", hoverinfo="skip", showlegend=False,
            line={"color": PALE if humidity == 100 else "#B8C0CC", "width": 1.4 if humidity == 100 else 0.7},
        )  # fmt: skip
        if humidity % 20 == 0:
            end = int(np.flatnonzero(inside)[-1])
            figure.add_annotation(
                x=line[end], y=w[end], text=f"{humidity} %", showarrow=False,
                font={"size": 10, "color": PALE}, xanchor="right", yanchor="bottom",
            )  # fmt: skip
    for clothes, zh, en, colour in _CLOTHES:
        frame = comfort_zone(clothes, pressure)
        figure.add_scatter(
            x=frame[0], y=frame[1], mode="lines", line={"color": colour, "width": 2.4}, hoverinfo="skip",
            name=f"{pick(language, zh, en)}: {ease[clothes]:.1f} %",
        )  # fmt: skip
    finish(
        figure,
        title=pick(language, "焓湿图：各状态的小时数", "Psychrometric chart: hours by state of the air"),
        note=about(climate, language)
        + pick(
            language,
            "框为 ISO 7730 的 PMV ±0.5（1.1 met、0.1 m/s、壁温等于气温、4–12 g/kg），"
            f"图例为室外落在框内的小时占比；大气压 {pressure / 100:.0f} hPa。",
            " Frames: PMV within ±0.5 of ISO 7730 (1.1 met, 0.1 m/s, walls as warm as the air, 4 to "
            f"12 g/kg); the legend says how many hours of outdoor air lie in them. {pressure / 100:.0f} hPa.",
        ),
        language=language,
        height=430,
        legend_rows=1,
    )
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(title=pick(language, "干球温度 °C", "dry bulb, °C"), range=[low, high])
    figure.update_xaxes(showgrid=True, gridcolor=GRID)
    figure.update_yaxes(title=pick(language, "含湿量 g/kg", "humidity ratio, g/kg"), range=[0.0, top])
    return figure
