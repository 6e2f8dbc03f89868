"""Comfort: how many occupied hours at which operative temperature (操作温度), and how PMV falls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from twin.judges.factors import data
from twin.report.reading import run_labels, step_hours
from twin.report.style import (
    RUN_COLOURS,
    Language,
    finish,
    nested_width,
    panel_legends,
    panel_titles_left,
    pick,
    shade,
)
from twin.store import Run

FloatArray = NDArray[np.float64]
BIN_K = 0.5
_COLD, _NEUTRAL, _WARM = "#5B8DB8", "#D6DEE6", "#D98C6A"


@dataclass(frozen=True)
class OccupiedHours:
    """Occupied hours by operative temperature.

    Parameters
    ----------
    edges : ndarray, shape (m + 1,)
        Bounds of the bins, °C.
    hours : ndarray, shape (m,)
        Hours in each, mean over zones weighted by people, as the comfort judge weighs them.
    """

    edges: FloatArray
    hours: FloatArray


def operative_hours(run: Run, building: str | None = None, *, bin_k: float = BIN_K) -> OccupiedHours | None:
    """Histogram of operative temperature in occupied hours.

    Parameters
    ----------
    run : Run
    building : str, optional
        Without it all buildings.
    bin_k : float
        Width of a bin, K; bounds are its multiples.

    Returns
    -------
    OccupiedHours or None
        None where nobody is ever in.

    Notes
    -----
    Occupied, operative and the weights are defined as in `twin.judges.comfort`; a test holds both together.
    """
    share = float(data("comfort.yaml")["occupied_from_share"]["value"])
    values: list[FloatArray] = []
    each: list[FloatArray] = []
    whole = 0.0
    for name in [building] if building is not None else list(run.series):
        zones = run.zones.get(name)
        if zones is None:
            continue
        entries = (run.manifest.get("buildings") or {}).get(name, {}).get("zones") or {}
        hours = step_hours(zones)
        for zone in zones.columns.unique(0):
            people = zones[zone, "people"].to_numpy(float)
            occupied = people > share * people.max()
            if not occupied.any():
                continue
            multiplier = float(entries.get(zone, {}).get("multiplier", 1))
            weight = multiplier * float(people[occupied].mean())
            air, radiant = (
                zones[zone, v].to_numpy(float)[occupied] for v in ("temp_air_c", "temp_radiant_c")
            )
            values.append(0.5 * (air + radiant))
            each.append(np.full(int(occupied.sum()), weight * hours))
            whole += weight
    if not values:
        return None
    operative = np.concatenate(values)
    first, last = np.floor(operative.min() / bin_k), np.floor(operative.max() / bin_k) + 1
    edges = np.arange(first, last + 1) * bin_k
    counted, _ = np.histogram(operative, bins=edges, weights=np.concatenate(each) / whole)
    return OccupiedHours(edges, counted)


def comfort_hours(runs: Sequence[Run], language: Language, *, building: str | None = None) -> go.Figure:
    """Operative temperature of occupied hours, and the hours by PMV as the judge counted them.

    Parameters
    ----------
    runs : sequence of Run
        Judged.
    language : {"zh", "en"}
    building : str, optional
        PMV is drawn for Runs of one building, or for this one.
    """
    labels = run_labels(runs, language)
    judged = [_judged(run, building) for run in runs]
    with_pmv = any(figures is not None for figures in judged)
    titles = [pick(language, "操作温度 (h / 0.5 K)", "Operative temperature (h per 0.5 K)")]
    if with_pmv:
        titles.append(pick(language, "预计平均热感觉 PMV (h)", "Predicted mean vote PMV (h)"))
    plot_px, bar_px = 250, 34 * len(runs) + 10
    figure = make_subplots(
        rows=len(titles),
        cols=1,
        subplot_titles=titles,
        row_heights=[plot_px, bar_px] if with_pmv else None,
        vertical_spacing=74 / (plot_px + bar_px + 74) if with_pmv else 0.0,
    )
    for k, run in enumerate(runs):
        found = operative_hours(run, building)
        if found is None:
            continue
        figure.add_scatter(
            x=np.round(found.edges, 3),
            y=np.append(found.hours, 0.0),
            mode="lines",
            name=labels[k],
            line={"color": RUN_COLOURS[k % len(RUN_COLOURS)], "width": nested_width(k), "shape": "hv"},
            hovertemplate="%{y:.0f} h",
            row=1,
            col=1,
        )
    band = next((figures["set_point_band_c"] for figures in judged if figures is not None), None)
    if band is not None:
        shade(figure, band[0], band[1], "#D1FAE5", row=1)
    figure.update_xaxes(title_text="°C", range=_middle(runs, building), row=1, col=1)
    if with_pmv:
        _pmv_bars(figure, labels, judged, language)
    figure.update_layout(barmode="stack")
    figure = finish(
        figure,
        title=pick(language, "使用时段的舒适", "Comfort of occupied hours"),
        note=_note(language),
        language=language,
        height=plot_px + (bar_px + 74 if with_pmv else 0),
        legend_rows=0,
        headroom=26,
    )
    panel_legends(figure, len(titles))
    panel_titles_left(figure, size=12)
    return figure


def _middle(runs: Sequence[Run], building: str | None) -> list[float] | None:
    """Range of temperature that leaves out no more than the outermost two hours of any Run."""
    ends = []
    for run in runs:
        found = operative_hours(run, building)
        if found is None:
            continue
        below, above = np.cumsum(found.hours), np.cumsum(found.hours[::-1])
        ends.append((found.edges[:-1][below > 2.0], found.edges[1:][::-1][above > 2.0]))
    known = [(float(low[0]), float(high[0])) for low, high in ends if len(low) and len(high)]
    return [min(low for low, _ in known) - 0.5, max(high for _, high in known) + 0.5] if known else None


def _judged(run: Run, building: str | None) -> dict[str, Any] | None:
    name = building if building is not None else (next(iter(run.series)) if len(run.series) == 1 else None)
    figures = ((run.summary.get("buildings") or {}).get(name) or {}).get("comfort") if name else None
    return dict(figures) if figures else None


def _pmv_bars(
    figure: go.Figure, labels: list[str], judged: Sequence[dict[str, Any] | None], language: Language
) -> None:
    def hours(key: str) -> list[float | None]:
        return [None if f is None else float(f[key]) for f in judged]

    occupied, cold, warm = (
        hours("occupied_hours"),
        hours("hours_pmv_below_-0.5"),
        hours("hours_pmv_above_0.5"),
    )
    inside = [
        None if o is None or c is None or w is None else o - c - w
        for o, c, w in zip(occupied, cold, warm, strict=True)
    ]
    for values, word, colour in (
        (cold, pick(language, "偏冷 PMV < −0.5", "cool, PMV < −0.5"), _COLD),
        (inside, pick(language, "适中 |PMV| ≤ 0.5", "neutral, |PMV| ≤ 0.5"), _NEUTRAL),
        (warm, pick(language, "偏暖 PMV > 0.5", "warm, PMV > 0.5"), _WARM),
    ):
        figure.add_bar(
            y=labels,
            x=values,
            orientation="h",
            name=word,
            marker={"color": colour, "line": {"width": 0}},
            text=[f"{v:,.0f} h" if v is not None and v > 120 else "" for v in values],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            hovertemplate="%{x:,.0f} h",
            row=2,
            col=1,
        )
    figure.update_yaxes(autorange="reversed", showgrid=False, row=2, col=1)
    figure.update_xaxes(title_text="h", row=2, col=1)


def _note(language: Language) -> str:
    facts = data("comfort.yaml")
    summer, winter = facts["clothing"]["summer"]["value"], facts["clothing"]["winter"]["value"]
    speed = facts["air_speed"]["value"]
    return pick(
        language,
        "按人数加权的各房间均值；绿色为设定区间。PMV 按 ISO 7730（pythermalcomfort），"
        f"服装 {summer:g}–{winter:g} clo、风速 {speed:g} m/s 为假定值。",
        "Mean over zones weighted by people; green marks the set-points. PMV of ISO 7730 (pythermalcomfort) "
        f"with assumed clothing of {summer:g} to {winter:g} clo and air speed {speed:g} m/s.",
    )
