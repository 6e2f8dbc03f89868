"""The faces drawn: coloured by kind, zone or construction, with the chosen one outlined."""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np
import plotly.graph_objects as go

from twin.report.shape.faces import Face, Solid
from twin.report.style import RUN_COLOURS, Language, finish, pick, plain

ColourBy = Literal["kind", "zone", "construction"]
COLOURED_BY: tuple[ColourBy, ...] = get_args(ColourBy)
KINDS: dict[str, tuple[str, str, str]] = {
    "wall": ("外墙", "wall", "#D8C3A5"),
    "roof": ("屋面", "roof", "#A65E4E"),
    "floor": ("地面", "floor", "#8D99AE"),
    "ceiling": ("顶棚", "ceiling", "#B7B7A4"),
    "partition": ("内墙", "partition", "#B7B7A4"),
    "internal_mass": ("内部蓄热体", "internal mass", "#B7B7A4"),
    "window": ("外窗", "window", "#4A90C2"),
    "overhang": ("挑板", "overhang", "#5F6B7A"),
    "fin": ("竖直遮阳板", "fin", "#5F6B7A"),
}
"""Kind of a face: Chinese, English, colour."""
_OKABE = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#999999")
_PALETTE = (*_OKABE, *RUN_COLOURS)
_MOST_IN_LEGEND = 16
_PLACES = (
    (
        "此建筑以面积、倾角和方位描述、没有坐标：面积与朝向为真，相互位置为示意。",
        "This building is described by areas, tilts and azimuths without places: areas and directions are "
        "true, where zones stand is a sketch.",
    ),
    (
        "原型建筑按平面与层高逐层画出，位置真实。",
        "An archetype is drawn storey by storey from its plan; places are true.",
    ),
)


def solid_figure(
    solid: Solid, language: Language, *, colour: ColourBy = "kind", chosen: str = "", title: str = ""
) -> go.Figure:
    """The building in three dimensions.

    Parameters
    ----------
    solid : Solid
    language : {"zh", "en"}
    colour : {"kind", "zone", "construction"}
    chosen : str
        Name of the face that is outlined.
    title : str
        Of the building.
    """
    groups: dict[str, list[Face]] = {}
    for face in solid.faces:
        key = face.kind if face.kind in ("overhang", "fin") else str(getattr(face, colour))
        groups.setdefault(key, []).append(face)
    figure = go.Figure()
    for number, (key, faces) in enumerate(groups.items()):
        known = KINDS.get(key) if colour == "kind" or key in ("overhang", "fin") else None
        name = pick(language, known[0], known[1]) if known else plain(key)
        shade = known[2] if known else _PALETTE[number % len(_PALETTE)]
        figure.add_trace(_mesh(faces, name, shade, language, in_legend=number < _MOST_IN_LEGEND))
    figure.add_trace(_edges(solid.faces, "#4B5563", 1.5))
    picked = [face for face in solid.faces if face.name == chosen]
    if picked:
        figure.add_trace(_edges(picked, "#D55E00", 7.0))
    figure.add_trace(_north(solid))
    words = pick(language, *_PLACES[solid.exact])
    if solid.storeys_left_out:
        above = solid.storeys_left_out
        words += pick(language, f"上部 {above} 层未画。", f" {above} storeys above are not drawn.")
    finish(
        figure,
        title=pick(language, f"{plain(title)}：几何（m）", f"{plain(title)}: geometry (m)"),
        note=words,
        language=language,
        height=480,
        legend_rows=2,
        left=4,
        right=4,
    )
    bare = {"visible": False, "showspikes": False}
    figure.update_layout(
        scene={
            "aspectmode": "data",
            "xaxis": bare,
            "yaxis": bare,
            "zaxis": bare,
            "bgcolor": "rgba(0,0,0,0)",
            "camera": {"eye": {"x": -1.1, "y": -1.35, "z": 0.7}, "center": {"x": 0, "y": 0, "z": -0.12}},
        },
        uirevision="solid",
        hovermode="closest",
    )
    return figure


def _mesh(faces: list[Face], name: str, colour: str, language: Language, *, in_legend: bool) -> go.Mesh3d:
    points: list[tuple[float, ...]] = []
    triangles: list[tuple[int, int, int]] = []
    texts: list[str] = []
    for face in faces:
        first = len(points)
        count = len(face.corners)
        points += [tuple(corner) for corner in face.corners]
        triangles += [(first, first + k, first + k + 1) for k in range(1, count - 1)]
        texts += [told(face, language)] * count
    x, y, z = np.array(points, dtype=np.float32).T
    i, j, k = np.array(triangles, dtype=np.int32).T
    return go.Mesh3d(
        x=x, y=y, z=z, i=i, j=j, k=k,
        text=texts, hoverinfo="text", name=name, color=colour, flatshading=True, showlegend=in_legend,
        lighting={"ambient": 0.72, "diffuse": 0.5, "specular": 0.05},
    )  # fmt: skip


def told(face: Face, language: Language) -> str:
    """A face in words, for whoever points at it."""
    zh, en, _ = KINDS.get(face.kind, (face.kind, face.kind, ""))
    lines = [
        f"<b>{plain(face.name)}</b>",
        f"{pick(language, zh, en)} · {plain(face.zone)}",
        f"{face.area:,.1f} m²",
    ]
    if face.construction:
        lines.append(plain(face.construction))
    if math.isfinite(face.u_value):
        lines.append(f"U {face.u_value:.2f} W/(m²·K)")
    if math.isfinite(face.azimuth):
        lines.append(pick(language, f"方位角 {face.azimuth:.0f}°", f"azimuth {face.azimuth:.0f}°"))
    return "<br>".join(lines)


def _edges(faces: tuple[Face, ...] | list[Face], colour: str, width: float) -> go.Scatter3d:
    rows: list[tuple[float, float, float]] = []
    for face in faces:
        ring = [*face.corners, face.corners[0]]
        rows += [(float(p[0]), float(p[1]), float(p[2])) for p in ring]
        rows.append((math.nan, math.nan, math.nan))
    x, y, z = np.array(rows, dtype=np.float32).T
    return go.Scatter3d(
        x=x,
        y=y,
        z=z,
        mode="lines",
        line={"color": colour, "width": width},
        hoverinfo="skip",
        showlegend=False,
    )


def _north(solid: Solid) -> go.Scatter3d:
    """An arrow on the ground."""
    points = np.concatenate([face.corners for face in solid.faces])
    low, high = points.min(axis=0), points.max(axis=0)
    reach = 0.16 * float(np.max(high - low))
    x, y, z = float(low[0]) - reach, float(low[1]), float(low[2])
    return go.Scatter3d(
        x=[x, x, x - 0.18 * reach, x, x + 0.18 * reach],
        y=[y, y + reach, y + 0.8 * reach, y + reach, y + 0.8 * reach],
        z=[z] * 5,
        mode="lines+text",
        text=["", "N", "", "", ""],
        textposition="top center",
        textfont={"size": 14, "color": "#6B7280"},
        line={"color": "#6B7280", "width": 4},
        hoverinfo="skip",
        showlegend=False,
    )
