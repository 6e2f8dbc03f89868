"""The six fields as a form, in an owner's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboards.visit import Visit
from twin.report.style import pick
from twin.report.words import USES

SAID = (
    "name",
    "use",
    "floor_area",
    "storeys",
    "year_built",
    "roof_for_pv",
    "electricity",
    "electricity_unit",
)
"""Controls of the form, `six-<name>` each, in the order of their values."""
_DEFAULTS: Mapping[str, Any] = {"use": "office", "floor_area": 20000, "storeys": 10, "year_built": 2008}


def form(visit: Visit, fields: Mapping[str, Any]) -> Component:
    """The form.

    Parameters
    ----------
    visit : Visit
    fields : mapping
        What to begin with, by the fields of `SixFields`.
    """
    say = visit.say
    known = {**_DEFAULTS, **{key: value for key, value in fields.items() if value is not None}}
    unit = "CNY" if known.get("electricity_cny") is not None else "kWh"
    uses = [{"value": key, "label": _use(visit, key)} for key in USES]

    def number(name: str, low: float, high: float, **more: Any) -> dmc.NumberInput:
        return dmc.NumberInput(
            id=f"six-{name}",
            label=say(f"owner.{name}"),
            description=say(f"owner.{name}_why"),
            value=known.get(name, ""),
            min=low,
            max=high,
            allowNegative=False,
            clampBehavior="none",
            thousandSeparator="" if name == "year_built" else ",",
            **more,
        )

    electricity = dmc.Group(
        [
            dmc.NumberInput(
                id="six-electricity",
                label=say("owner.electricity"),
                description=say("owner.electricity_why"),
                placeholder=say("owner.optional"),
                value=known.get("electricity_kwh") or known.get("electricity_cny") or "",
                allowNegative=False,
                thousandSeparator=",",
                hideControls=True,
                style={"flex": 1},
            ),
            dmc.Select(
                id="six-electricity_unit",
                data=[{"value": "kWh", "label": "kWh"}, {"value": "CNY", "label": say("owner.cny")}],
                value=unit,
                allowDeselect=False,
                w=92,
                **{"aria-label": say("owner.electricity_unit")},
            ),
        ],
        gap="xs",
        align="flex-end",
        wrap="nowrap",
    )
    return dmc.Paper(
        [
            dmc.Title(say("owner.form_title"), order=2, size="h4"),
            html.P(say("owner.form_about"), className="about"),
            dmc.SimpleGrid(
                [
                    dmc.Select(
                        id="six-use", label=say("owner.use"), description=say("owner.use_why"), data=uses,
                        value=known["use"], allowDeselect=False,
                    ),
                    number("floor_area", 100, 1e6, suffix=" m²", step=1000),
                    number("storeys", 1, 130, allowDecimal=False),
                    number("year_built", 1900, 2030, allowDecimal=False),
                    number("roof_for_pv", 0, 1e6, suffix=" m²", step=100, placeholder=say("owner.optional")),
                    electricity,
                ],
                cols={"base": 1, "sm": 2, "lg": 3},
                spacing="lg",
                verticalSpacing="md",
            ),
            dmc.TextInput(
                id="six-name", label=say("owner.name"), placeholder=say("owner.optional"),
                value=known.get("name", ""), mt="md", className="owner-name",
            ),
            html.Div(id="six-trouble", className="section"),
            dmc.Group(
                [
                    dmc.Button(say("owner.go"), id="six-go", size="md"),
                    dmc.Text(say("owner.go_takes"), size="sm", c="dimmed"),
                ],
                mt="md",
            ),
        ],
        withBorder=True, p="lg", className="section",
    )  # fmt: skip


def said_in(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of `SixFields` from the values of the controls; what was left empty is None."""
    found = {key: None if value in ("", None) else value for key, value in values.items()}
    unit, electricity = found.pop("electricity_unit"), found.pop("electricity")
    for key in ("storeys", "year_built"):
        value = found[key]
        if isinstance(value, float) and value.is_integer():
            found[key] = int(value)
    return {**found, "electricity_cny" if unit == "CNY" else "electricity_kwh": electricity}


def _use(visit: Visit, key: str) -> str:
    zh, en = USES[key]
    return pick(visit.language, zh, en.capitalize())
