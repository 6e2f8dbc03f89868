"""Constructions drawn to scale, from outside to inside."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from buildings.description.stacks import CompleteConstruction, CompleteLayer
from twin.report.style import Language, finish, pick, plain

_CLASSES: tuple[tuple[str, str, str, str], ...] = (
    ("insulation", "保温", "insulation", "#F2B134"),
    ("light", "轻质与木材", "light materials, timber", "#C9A27A"),
    ("masonry", "砌体与砂浆", "masonry, mortar", "#B5836B"),
    ("concrete", "混凝土与石材", "concrete, stone", "#8D99AE"),
    ("metal", "金属", "metal", "#4B5563"),
    ("gap", "空气层或热阻", "gap or plain resistance", "#CFE3EF"),
)
"""Classes of layers by conductivity: key, Chinese, English, colour."""
_GAP_MM = 20.0
"""A plain resistance has no thickness; it is drawn so thick."""
_WIDE_MM = 45.0


def layer_class(layer: CompleteLayer) -> str:
    """What kind of layer it is, by its conductivity [W/(m.K)]."""
    if layer.massless:
        return "gap"
    for name, below in (("insulation", 0.07), ("light", 0.3), ("masonry", 1.1), ("concrete", 5.0)):
        if layer.conductivity < below:
            return name
    return "metal"


def layers_figure(constructions: Mapping[str, CompleteConstruction], language: Language) -> go.Figure:
    """Stacked layers of each construction, in millimetres.

    Parameters
    ----------
    constructions : mapping
        By key.
    language : {"zh", "en"}
    """
    names = [f"{plain(key)}  U {built.u_value:.2f}" for key, built in constructions.items()]
    figure = go.Figure()
    shown: set[str] = set()
    for name, built in zip(names, constructions.values(), strict=True):
        begin = 0.0
        for layer in built.layers:
            kind = layer_class(layer)
            _, zh, en, colour = next(one for one in _CLASSES if one[0] == kind)
            thick = _GAP_MM if layer.massless else 1e3 * layer.thickness
            figure.add_bar(
                x=[thick], y=[name], base=[begin], orientation="h", name=pick(language, zh, en),
                legendgroup=kind, showlegend=kind not in shown,
                marker={"color": colour, "line": {"color": "#ffffff", "width": 1}},
                text=f"{thick:.0f}" if thick >= _WIDE_MM and not layer.massless else "",
                textposition="inside", insidetextanchor="middle",
                hovertemplate=_told(layer, language), hoverlabel={"namelength": 0},
            )  # fmt: skip
            shown.add(kind)
            begin += thick
    finish(
        figure,
        title=pick(language, "构造层（由外到内，mm）", "Layers from outside to inside (mm)"),
        note=pick(
            language,
            "U 含 GB 50176 内外表面换热阻，W/(m²·K)；地面不含其下土壤。纯热阻没有厚度，按 20 mm 画出。",
            "U with the films of GB 50176, W/(m²·K); of ground floors without the soil below. A plain "
            "resistance has no thickness and is drawn 20 mm thick.",
        ),
        language=language,
        height=max(120, 34 * len(names)),
        legend_rows=1,
        left=210,
    )
    figure.update_layout(barmode="overlay", hovermode="closest", bargap=0.35)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(title="mm", showgrid=True)
    return figure


def _told(layer: CompleteLayer, language: Language) -> str:
    if layer.massless:
        return f"R {layer.resistance:.3f} m²·K/W<extra></extra>"
    return (
        f"<b>{plain(layer.name)}</b><br>{1e3 * layer.thickness:.0f} mm<br>"
        f"λ {layer.conductivity:g} W/(m·K)<br>ρ {layer.density:g} kg/m³<br>"
        f"R {layer.resistance:.3f} m²·K/W<extra></extra>"
    )
