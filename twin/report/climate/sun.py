"""The sun: its path over the sky with what the year brings there, and what planes of any tilt receive."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from twin.report.climate.quantities import QUANTITIES, about, values_of
from twin.report.style import Language, finish, pick
from weather.climate_year import ClimateYear
from weather.sky import plane_irradiance
from weather.sun import epoch_seconds, sun_over_intervals

FloatArray = NDArray[np.float64]
_DAYS = (
    (3, 21, "春秋分", "equinox", "dash"),
    (6, 21, "夏至", "21 June", "solid"),
    (12, 22, "冬至", "22 December", "dot"),
)
_TILTS = np.arange(0.0, 91.0, 7.5)
_AZIMUTHS = np.arange(0.0, 361.0, 15.0)
ALBEDO = 0.2


def sun_path(climate: ClimateYear, language: Language, key: str = "ghi") -> go.Figure:
    """Hours of sun on the sky's dome, coloured by a quantity.

    Parameters
    ----------
    climate : ClimateYear
    language : {"zh", "en"}
    key : str
        Of `QUANTITIES`.
    """
    quantity, sun = QUANTITIES[key], climate.sun
    up = sun.up
    values = values_of(climate, key)[up]
    index = pd.DatetimeIndex(climate.data.index)[up]
    figure = go.Figure()
    figure.add_scatterpolar(
        r=sun.zenith[up].astype(np.float32),
        theta=sun.azimuth[up].astype(np.float32),
        mode="markers",
        marker={
            "size": 4.5, "opacity": 0.85, "color": values.astype(np.float32), "colorscale": quantity.scale,
            "colorbar": {"title": {"text": quantity.unit}, "thickness": 12, "outlinewidth": 0, "x": 1.08},
        },
        customdata=[f"{t:%m-%d %H}–{(t.hour + 1):02d} h" for t in index],
        hovertemplate=f"%{{customdata}}<br><b>%{{marker.color:.1f}} {quantity.unit}</b><extra></extra>",
        showlegend=False,
    )  # fmt: skip
    for month, day, zh, en, dash in _DAYS:
        zenith, azimuth = _path(climate, month, day)
        figure.add_scatterpolar(
            r=zenith, theta=azimuth, mode="lines", name=pick(language, zh, en), hoverinfo="skip",
            line={"color": "#1F2933", "width": 1.6, "dash": dash},
        )  # fmt: skip
    label, unit = quantity.label(language), quantity.unit
    finish(
        figure,
        title=pick(language, f"太阳轨迹与{label}（{unit}）", f"Sun path and {label.lower()} ({unit})"),
        note=about(climate, language)
        + pick(
            language,
            "每点为一小时，圆心为天顶，边缘为地平线。",
            " A dot is an hour; the middle is the zenith, the rim the horizon.",
        ),
        language=language,
        height=430,
        legend_rows=1,
        left=30,
        right=90,
    )
    words = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
    figure.update_layout(
        hovermode="closest",
        polar={
            "bgcolor": "rgba(0,0,0,0)",
            "angularaxis": {
                "rotation": 90, "direction": "clockwise", "tickvals": [45.0 * k for k in range(8)],
                "ticktext": words if language == "zh" else ("N", "NE", "E", "SE", "S", "SW", "W", "NW"),
                "gridcolor": "#E5E7EB", "linecolor": "#9CA3AF",
            },
            "radialaxis": {
                "range": [0, 90], "tickvals": [30, 60, 90], "ticktext": ["60°", "30°", "0°"], "angle": 90,
                "gridcolor": "#E5E7EB", "tickfont": {"size": 10},
            },
        },
    )  # fmt: skip
    return figure


def _path(climate: ClimateYear, month: int, day: int) -> tuple[FloatArray, FloatArray]:
    """Zenith and azimuth of a day every ten minutes, degrees, while the sun is up."""
    first = pd.Timestamp(climate.year, month, day) - pd.Timedelta(hours=climate.utc_offset_h)
    starts = epoch_seconds(pd.date_range(first, periods=144, freq="10min", tz="UTC"))
    sun = sun_over_intervals(starts, 600.0, climate.latitude, climate.longitude)
    return sun.zenith[sun.up], sun.azimuth[sun.up]


def plane_table(climate: ClimateYear) -> FloatArray:
    """Irradiation of the year on planes, kWh/m2, shape (13 tilts, 25 azimuths)."""
    steps = climate.at_step(60)
    table = np.empty((len(_TILTS), len(_AZIMUTHS)))
    for i, tilt in enumerate(_TILTS):
        for j, azimuth in enumerate(_AZIMUTHS[:-1]):
            if tilt == 0.0 and j > 0:
                table[i, j] = table[i, 0]
                continue
            table[i, j] = plane_irradiance(steps, tilt, azimuth, ALBEDO).total.sum() / 1e3
    table[:, -1] = table[:, 0]
    return table


def planes_figure(climate: ClimateYear, language: Language) -> go.Figure:
    """Irradiation of the year by tilt and azimuth, with the best plane marked."""
    table = plane_table(climate)
    best = np.unravel_index(int(np.argmax(table)), table.shape)
    tilt, azimuth, most = float(_TILTS[best[0]]), float(_AZIMUTHS[best[1]]), float(table[best])
    figure = go.Figure(
        go.Contour(
            z=table.astype(np.float32),
            x=_AZIMUTHS,
            y=_TILTS,
            colorscale=QUANTITIES["ghi"].scale,
            contours={"showlabels": True, "labelfont": {"size": 11, "color": "#7A2E1D"}},
            line={"width": 0.6, "color": "#ffffff"},
            colorbar={"title": {"text": "kWh/m²"}, "thickness": 12, "outlinewidth": 0},
            hovertemplate=pick(language, "方位角", "azimuth")
            + " %{x:.0f}° · "
            + pick(language, "倾角", "tilt")
            + " %{y:.0f}°<br><b>%{z:.0f} kWh/m²</b><extra></extra>",
        )
    )
    figure.add_scatter(
        x=[azimuth], y=[tilt], mode="markers", hoverinfo="skip",
        marker={
            "symbol": "cross", "size": 11, "color": "#0072B2", "line": {"color": "#ffffff", "width": 1.5},
        },
        name=pick(
            language,
            f"最大 {most:,.0f}：倾角 {tilt:g}°、方位角 {azimuth:g}°",
            f"most, {most:,.0f}: tilt {tilt:g}°, azimuth {azimuth:g}°",
        ),
    )  # fmt: skip
    finish(
        figure,
        title=pick(
            language,
            "各朝向倾斜面全年总辐照量（kWh/m²）",
            "Irradiation of the year on tilted planes (kWh/m²)",
        ),
        note=about(climate, language)
        + pick(
            language,
            f"Perez 天空模型，地面反射率 {ALBEDO:g}，无遮挡。",
            f" Perez' sky, albedo {ALBEDO:g}, nothing in the way.",
        ),
        language=language,
        height=300,
        legend_rows=1,
    )
    figure.update_layout(hovermode="closest", showlegend=True)
    words = ("北", "东", "南", "西", "北") if language == "zh" else ("N", "E", "S", "W", "N")
    figure.update_xaxes(
        title=pick(language, "方位角", "azimuth"), tickvals=[0, 90, 180, 270, 360],
        ticktext=[f"{a}° {word}" for a, word in zip((0, 90, 180, 270, 360), words, strict=True)],
    )  # fmt: skip
    figure.update_yaxes(title=pick(language, "倾角 °", "tilt, °"), tickvals=[0, 15, 30, 45, 60, 75, 90])
    return figure
