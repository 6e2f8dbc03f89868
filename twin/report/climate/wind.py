"""The wind rose: where the wind comes from, how strong, how often."""

from __future__ import annotations

from typing import Literal

import numpy as np
import plotly.graph_objects as go

from twin.report.climate.quantities import about
from twin.report.style import Language, finish, pick
from weather.climate_year import ClimateYear

Season = Literal["year", "winter", "spring", "summer", "autumn"]
SEASONS: dict[Season, tuple[tuple[int, ...], str, str]] = {
    "year": (tuple(range(1, 13)), "全年", "the year"),
    "winter": ((12, 1, 2), "冬季（12–2 月）", "December to February"),
    "spring": ((3, 4, 5), "春季（3–5 月）", "March to May"),
    "summer": ((6, 7, 8), "夏季（6–8 月）", "June to August"),
    "autumn": ((9, 10, 11), "秋季（9–11 月）", "September to November"),
}
"""Months, Chinese, English."""
_SECTORS = 16
_CALM = 0.3
_BANDS = (_CALM, 1.6, 3.4, 5.5, 8.0, 10.8)
"""Lower ends of Beaufort's forces 1 to 6 [m/s]; below the first is calm."""
_COLOURS = ("#DCE9F3", "#A9C9DC", "#6FA3C7", "#3E7CB1", "#1D5B99", "#12305A")
_POINTS_ZH = ("北", "北东北", "东北", "东东北", "东", "东东南", "东南", "南东南",
              "南", "南西南", "西南", "西西南", "西", "西西北", "西北", "北西北")  # fmt: skip
_POINTS_EN = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE",
              "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")  # fmt: skip


def rose_shares(climate: ClimateYear, season: Season = "year") -> tuple[np.ndarray, float]:
    """Share of hours by force and direction, and of calm.

    Returns
    -------
    shares : ndarray (6, 16)
        By band of speed and sector, in percent of the season's hours; sector 0 is north.
    calm : float
        Percent.
    """
    data = climate.data
    chosen = np.isin(np.asarray(data.index.month), SEASONS[season][0])  # type: ignore[attr-defined]
    speed = data["wind_speed"].to_numpy(float)[chosen]
    direction = data["wind_direction"].to_numpy(float)[chosen]
    sector = np.round(direction / (360.0 / _SECTORS)).astype(int) % _SECTORS
    band = np.digitize(speed, _BANDS) - 1
    shares = np.zeros((len(_BANDS), _SECTORS))
    blowing = band >= 0
    np.add.at(shares, (band[blowing], sector[blowing]), 100.0 / len(speed))
    return shares, 100.0 * float(np.mean(~blowing))


def wind_rose(climate: ClimateYear, language: Language, season: Season = "year") -> go.Figure:
    """Wind rose of a season."""
    shares, calm = rose_shares(climate, season)
    points = pick(language, ",".join(_POINTS_ZH), ",".join(_POINTS_EN)).split(",")
    figure = go.Figure()
    for k, low in enumerate(_BANDS):
        name = f"{low:g}–{_BANDS[k + 1]:g}" if k + 1 < len(_BANDS) else f"≥ {low:g}"
        figure.add_barpolar(
            r=shares[k],
            theta=[360.0 / _SECTORS * s for s in range(_SECTORS)],
            name=f"{name} m/s",
            marker={"color": _COLOURS[k], "line": {"color": "#ffffff", "width": 0.6}},
            customdata=points,
            hovertemplate=f"%{{customdata}} · {name} m/s<br><b>%{{r:.1f}} %</b><extra></extra>",
        )
    when = SEASONS[season]
    finish(
        figure,
        title=pick(language, f"风玫瑰：{when[1]}（% 小时）", f"Wind rose, {when[2]} (% of hours)"),
        note=about(climate, language)
        + pick(
            language,
            f"风的来向；静风（低于 {_CALM:g} m/s）占 {calm:.1f} %。",
            f" Where the wind comes from; calm (below {_CALM:g} m/s) in {calm:.1f} %.",
        ),
        language=language,
        height=380,
        legend_rows=2,
        left=40,
        right=40,
    )
    figure.update_layout(
        hovermode="closest",
        polar={
            "bgcolor": "rgba(0,0,0,0)",
            "angularaxis": {
                "rotation": 90, "direction": "clockwise", "tickvals": [45.0 * k for k in range(8)],
                "ticktext": points[::2], "gridcolor": "#E5E7EB", "linecolor": "#9CA3AF",
            },
            "radialaxis": {
                "ticksuffix": " %", "angle": 79, "nticks": 5, "tickangle": 0, "gridcolor": "#E5E7EB",
                "tickfont": {"size": 10},
            },
        },
    )  # fmt: skip
    return figure
