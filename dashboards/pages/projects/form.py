"""The form as it is shown: a control for each value, with unit, range, help, and what holds if empty."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from buildings.description.form_fields import FormField
from buildings.systems.records import read_library
from dashboards.pages.projects.fields import Asked
from dashboards.visit import Visit
from dashboards.words import catalogue

_OPEN = ("building", "windows", "insulation", "air", "gains", "hvac")
_SIGNS = {"m2": "m²", "m3": "m³", "W/(m2.K)": "W/(m²·K)", "degC": "°C", "deg": "°", "W/m2": "W/m²",
          "person/m2": "人/m²", "W/(m3/s)": "W/(m³/s)"}  # fmt: skip
_LONG_LIST = 1


def building_choice(visit: Visit, own: list[Any], place: int) -> Component:
    """Which building the form is of, where there are several."""
    names = [str(building["name"]) for building in own]
    return html.Div(
        dmc.Select(
            id={"project-building": "now"},
            data=names,
            value=names[place],
            label=visit.say("projects.building"),
            allowDeselect=False,
            searchable=len(names) > 8,
            maw=320,
            mt="sm",
        ),
        hidden=len(names) <= _LONG_LIST,
    )


def form(
    visit: Visit, folder: Path, content: Mapping[str, Any], groups: Mapping[str, list[Asked]]
) -> list[Component]:
    """Groups of values, and the button that saves them."""
    shown = {group: asked for group, asked in groups.items() if asked}
    there = [g for g, asked in shown.items() if g in _OPEN or any(one.value is not None for one in asked)]
    return [
        dmc.Group(
            [
                _weather(visit, folder, content),
                dmc.Button(visit.say("projects.save"), id={"project-save": "form"}),
            ],
            justify="space-between",
            align="flex-end",
            className="save-bar",
        ),
        dmc.Accordion(
            [
                dmc.AccordionItem(
                    [
                        dmc.AccordionControl(visit.say(f"fields.group_{group}")),
                        dmc.AccordionPanel(
                            dmc.SimpleGrid(
                                [_control(visit, one) for one in asked],
                                cols={"base": 1, "sm": 2, "lg": 3},
                                spacing="lg",
                                verticalSpacing="sm",
                            )
                        ),
                    ],
                    value=group,
                )
                for group, asked in shown.items()
            ],
            multiple=True,
            value=there,
            variant="separated",
            mt="sm",
        ),
    ]


def _weather(visit: Visit, folder: Path, content: Mapping[str, Any]) -> Component:
    now = str(content.get("weather") or "shanghai")
    files = sorted(path.name for path in folder.glob("*.epw") if not path.name.startswith("."))
    return dmc.Select(
        id={"project-field": "weather"},
        data=list(dict.fromkeys([now, "shanghai", *files])),
        value=now,
        label=visit.say("fields.weather"),
        description=visit.say("fields.weather_help"),
        allowDeselect=False,
        w=320,
    )


def _control(visit: Visit, one: Asked) -> Component:
    field = one.field
    label = visit.say(one.words) + _of(visit, one)
    help_ = f"{visit.say(f'{one.words}_help')} {_range(visit, field)}".strip()
    common: dict[str, Any] = {"id": {"project-field": one.key}, "label": label, "description": help_}
    if isinstance(one.written, (dict, list)):
        return dmc.TextInput(
            label=label, description=help_, value=visit.say("fields.elsewhere"), disabled=True
        )
    holds = _holds(visit, one)
    if field.kind == "choice" or field.kind == "switch":
        choices = field.choices or ("true", "false")
        value = None if one.value is None else str(one.value).lower() if field.kind == "switch" else one.value
        return dmc.Select(
            data=[{"value": choice, "label": _choice(visit, choice)} for choice in choices],
            value=value,
            clearable=True,
            placeholder=holds,
            **common,
        )
    if one.key == "hvac.equipment":
        return dmc.Select(
            data=sorted({*read_library("hvac_equipment"), *([str(one.value)] if one.value else [])}),
            value=one.value,
            clearable=True,
            searchable=True,
            placeholder=holds,
            **common,
        )
    if field.kind == "number" and not isinstance(one.value, str):
        return dmc.NumberInput(
            value="" if one.value is None else one.value,
            suffix=_unit(visit, field),
            allowDecimal=not field.whole,
            hideControls=True,
            clampBehavior="none",
            placeholder=holds,
            **common,
        )
    return dmc.TextInput(value=one.value or "", placeholder=holds, **common)


def _of(visit: Visit, one: Asked) -> str:
    if not one.of:
        return ""
    return f" · {visit.say('fields.pv_new') if one.of == '+' else one.of}"


def _unit(visit: Visit, field: FormField) -> str:
    unit = _SIGNS.get(field.unit, field.unit)
    if visit.language == "en":
        unit = unit.replace("人", "person")
    return f" {unit}" if unit and unit != "°" else unit


def _range(visit: Visit, field: FormField) -> str:
    if field.low is None:
        return ""
    unit = _unit(visit, field)
    low = f"{field.low:g}"
    if field.high is None or field.high >= 1e4:
        return visit.say("fields.above" if field.open_low else "fields.from", low=low, unit=unit)
    return visit.say(
        "fields.above_to" if field.open_low else "fields.range", low=low, high=f"{field.high:g}", unit=unit
    )


def _choice(visit: Visit, choice: str) -> str:
    named = f"choice_{choice}"
    return visit.say(f"fields.{named}") if named in catalogue("fields") else choice


def _holds(visit: Visit, one: Asked) -> str:
    """What holds if nothing is written, with its confidence where it is derived."""
    if one.holds is not None:
        value = one.holds.value
        text = (
            f"{value:.4g}{_unit(visit, one.field)}"
            if isinstance(value, float)
            else _choice(visit, str(value))
        )
        return visit.say("fields.holds", value=text)
    default = one.field.default
    if default is None or isinstance(default, (dict, list)):
        return ""
    if isinstance(default, float):
        text = f"{default:g}{_unit(visit, one.field)}"
    else:
        text = _choice(visit, str(default).lower() if isinstance(default, bool) else str(default))
    return visit.say("fields.holds", value=text)
