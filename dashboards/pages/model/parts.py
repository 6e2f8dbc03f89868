"""What each tab of the model shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from buildings.description.stacks import CompleteConstruction
from buildings.systems.bus_design import BusCheck
from dashboards.components.figures import figure
from dashboards.components.grid import grid
from dashboards.pages.model import spoken
from dashboards.pages.model.opened import Opened, described
from dashboards.visit import Visit
from twin.report.shape.faces import Face
from twin.report.shape.layers import layers_figure
from twin.report.shape.solid import KINDS, ColourBy, solid_figure
from twin.report.shape.timetable import timetable_figure
from twin.report.style import pick

UNVERIFIED = ("gk-verify", "assumed", "missing")


def _round(value: float, digits: int) -> float | None:
    return None if not math.isfinite(value) else round(value, digits)


def _columns(visit: Visit, *keys: tuple[str, str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Columns: field, key of its words, and what else AG Grid is told."""
    return [
        {"field": field, "headerName": visit.say(f"model.{words}"), **more} for field, words, more in keys
    ]


_NUMBER = {"type": "rightAligned", "filter": "agNumberColumnFilter", "width": 108}
_PINNED = {"pinned": "left", "width": 190}


def solid(visit: Visit, seen: Opened, colour: str, chosen: str = "") -> go.Figure:
    """The building in three dimensions."""
    title = (
        seen.building.name
        if len(seen.names) > 1
        else pick(visit.language, seen.project.name_zh or seen.project.name, seen.project.name)
    )
    by = cast(ColourBy, colour)
    return solid_figure(seen.solid, visit.language, colour=by, chosen=chosen, title=title)


def shape(visit: Visit, seen: Opened, colour: str) -> Component:
    """Figure and table of faces."""
    rows = [*_face_rows(visit, seen.solid.faces), *_face_rows(visit, seen.solid.hidden, inside=True)]
    columns = _columns(
        visit,
        ("face", "face", _PINNED),
        ("kind", "kind", {"width": 100}),
        ("zone", "zone", {"width": 130}),
        ("area", "area", _NUMBER),
        ("azimuth", "azimuth", _NUMBER),
        ("u", "u", _NUMBER),
        ("construction", "construction", {"width": 150}),
        ("boundary", "boundary", {"width": 120}),
        ("tilt", "tilt", _NUMBER),
    )
    table = grid(visit, "faces", columns, rows, height=520, select=True, label=visit.say("model.faces"))
    return dmc.Grid(
        [
            dmc.GridCol(
                figure(solid(visit, seen, colour), visit.language, "graph-solid"), span={"base": 12, "lg": 7}
            ),
            dmc.GridCol(
                [dmc.Text(visit.say("model.faces"), size="sm", c="dimmed", mt="sm", mb=4), table],
                span={"base": 12, "lg": 5},
            ),
        ],
        mt="xs",
    )


def _face_rows(visit: Visit, faces: Sequence[Face], *, inside: bool = False) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for face in faces:
        zh, en, _ = KINDS[face.kind]
        rows.setdefault(
            face.name,
            {
                "id": face.name,
                "face": face.name,
                "kind": pick(visit.language, zh, en),
                "zone": face.zone,
                "area": round(face.area, 2),
                "tilt": round(face.tilt, 1),
                "azimuth": _round(face.azimuth, 0),
                "u": _round(face.u_value, 3),
                "construction": face.construction,
                "boundary": face.boundary + (f"（{visit.say('model.inside')}）" if inside else ""),
            },
        )
    return list(rows.values())


def zones(visit: Visit, seen: Opened, _: str) -> Component:
    """One row a zone."""
    rows = [
        {
            "zone": zone.name,
            "use": zone.use,
            "multiplier": zone.multiplier,
            "floor_area": round(zone.floor_area, 2),
            "volume": round(zone.volume, 1),
            "people": round(zone.gains.people_density, 4),
            "lighting": round(zone.gains.lighting_power, 2),
            "equipment": round(zone.gains.equipment_power, 2),
            "fresh_air": round(zone.gains.fresh_air_per_person, 2),
            "infiltration": round(zone.infiltration, 3),
            "heating": zone.heating_setpoint,
            "cooling": zone.cooling_setpoint,
            "conditioned": "✓" if zone.conditioned else "–",
        }
        for zone in seen.whole.zones
    ]
    numbers = ("floor_area", "volume", "people", "lighting", "equipment", "fresh_air", "infiltration")
    columns = _columns(
        visit,
        ("zone", "zone", _PINNED),
        ("use", "use", {"width": 150}),
        ("multiplier", "multiplier", {**_NUMBER, "width": 92}),
        *((key, key, _NUMBER) for key in numbers),
        ("heating", "heating", {"width": 210}),
        ("cooling", "cooling", {"width": 210}),
        ("conditioned", "conditioned", {"width": 110}),
    )
    return html.Div(
        [
            dmc.Text(visit.say("model.zones_hint"), size="sm", c="dimmed", my="sm"),
            grid(
                visit,
                "zones",
                columns,
                rows,
                height=min(560, 110 + 42 * len(rows)),
                label=visit.say("model.tab_zones"),
            ),
        ]
    )


def layers(visit: Visit, seen: Opened, _: str) -> Component:
    """Constructions to scale, and as a table."""
    rows = [_construction(key, built) for key, built in seen.whole.constructions.items()]
    columns = _columns(
        visit,
        ("construction", "construction", _PINNED),
        ("u", "u", _NUMBER),
        ("resistance", "resistance", _NUMBER),
        ("inertia", "inertia", _NUMBER),
        ("thickness", "thickness", _NUMBER),
        ("layers", "layers", {"flex": 1, "minWidth": 320, "tooltipField": "layers"}),
    )
    return html.Div(
        [
            figure(layers_figure(seen.whole.constructions, visit.language), visit.language, "graph-layers"),
            grid(
                visit,
                "constructions",
                columns,
                rows,
                height=110 + 42 * min(len(rows), 9),
                label=visit.say("model.layers_table"),
            ),
        ]
    )


def _construction(key: str, built: CompleteConstruction) -> dict[str, Any]:
    told = [
        f"R {layer.resistance:.2f}" if layer.massless else f"{layer.name} {1e3 * layer.thickness:.0f} mm"
        for layer in built.layers
    ]
    return {
        "construction": key,
        "u": round(built.u_value, 3),
        "resistance": round(built.resistance, 3),
        "inertia": round(built.thermal_inertia, 2),
        "thickness": round(1e3 * sum(layer.thickness for layer in built.layers), 0),
        "layers": " | ".join(told),
    }


def schedules(visit: Visit, seen: Opened, _: str) -> Component:
    """A schedule over the year."""
    keys = [key for key in seen.whole.schedules if not key.startswith("(always")]
    return html.Div(
        [
            dmc.Select(
                id="model-schedule", data=keys, value=keys[0] if keys else None, allowDeselect=False,
                searchable=True, label=visit.say("model.schedule"), w=360, mt="sm",
            ),
            html.Div(id="model-timetable"),
        ]
    )  # fmt: skip


def timetable(visit: Visit, seen: Opened, key: str) -> Component:
    """The chosen one."""
    made = timetable_figure(seen.whole, key, seen.project.year, visit.language)
    return figure(made, visit.language, "graph-timetable")


def values(visit: Visit, seen: Opened, _: str) -> Component:
    """Every derived value with its source."""
    told = described(visit, seen)
    rows = [
        {
            "path": entry.path,
            "value": f"{entry.value:.5g}" if isinstance(entry.value, float) else entry.value,
            "unit": entry.unit,
            "confidence": spoken.confidence(entry.confidence, visit.language),
            "doubtful": entry.confidence in UNVERIFIED,
            "source": spoken.source(entry.source, visit.language),
        }
        for entry in told.entries
    ]
    doubtful = sum(bool(row["doubtful"]) for row in rows)
    columns = _columns(
        visit,
        ("path", "value_of", {"width": 330, "tooltipField": "path"}),
        ("value", "value", {"type": "rightAligned", "width": 150}),
        ("unit", "unit", {"width": 110}),
        ("confidence", "confidence", {"width": 150, "cellClassRules": {"doubtful": "params.data.doubtful"}}),
        ("source", "source", {"flex": 1, "minWidth": 280, "tooltipField": "source"}),
    )
    return html.Div(
        [
            dmc.Text(
                visit.say("model.values_hint", count=len(rows), doubtful=doubtful),
                size="sm",
                c="dimmed",
                my="sm",
            ),
            grid(visit, "values", columns, rows, height=560, label=visit.say("model.tab_values")),
        ]
    )


def plant(visit: Visit, seen: Opened, _: str) -> Component:
    """Who feeds whom, and the checks of the bus."""
    told = described(visit, seen)
    checks = told.bus_checks.get(seen.building.name, ())
    return html.Div(
        [
            dmc.Text(visit.say("model.plant_hint"), size="sm", c="dimmed", my="sm"),
            html.Pre(spoken.diagram(told.diagrams[seen.building.name], visit.language), className="diagram"),
            *([_checks(visit, checks)] if checks else []),
        ]
    )


def _checks(visit: Visit, checks: Sequence[BusCheck]) -> Component:
    head = ("check", "value", "limit", "unit", "result", "basis")
    body = []
    for one in checks:
        value = f"{one.value:.4g}" if isinstance(one.value, float) else one.value
        limit = "" if one.limit is None else f"{'≥' if one.at_least else '≤'} {one.limit:.4g}"
        verdict = "" if one.passed is None else visit.say("model.kept" if one.passed else "model.not_kept")
        sure = spoken.confidence(one.confidence, visit.language)
        basis = f"{spoken.source(one.basis, visit.language)} ({sure})"
        cells = (value, limit, one.unit, verdict, basis)
        name = pick(visit.language, one.name_zh, one.name_en)
        body.append(html.Tr([html.Th(name, scope="row"), *(html.Td(cell) for cell in cells)]))
    return html.Div(
        [
            dmc.Title(visit.say("model.checks"), order=2, size="h4", mt="md"),
            html.Div(
                html.Table(
                    [
                        html.Thead(
                            html.Tr([html.Th(visit.say(f"model.{key}"), scope="col") for key in head])
                        ),
                        html.Tbody(body),
                    ],
                    className="plant checks",
                ),
                className="scroll",
            ),
        ]
    )


PARTS: dict[str, Callable[[Visit, Opened, str], Component]] = {
    "shape": shape,
    "zones": zones,
    "layers": layers,
    "schedules": schedules,
    "values": values,
    "plant": plant,
}
"""By tab."""
