"""What the pages of the twin share: one of a list is opened, and says what stood for the building."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboards.components.messages import empty
from dashboards.twins import Kind
from dashboards.visit import Visit
from twin.report.study.numbers import number
from twin.report.style import pick

PAPER: dict[str, Any] = {"withBorder": True, "p": "lg", "className": "section"}


def choice(visit: Visit, kind: Kind, name: str) -> dict[str, Any]:
    """Options and value of a list of what was made; `name` is the control's id and stands in the address."""
    found = visit.workspace.twins.listed(kind)
    options = [
        {"value": one.name, "label": f"{pick(visit.language, one.title_zh, one.title)} · {one.name}"}
        for one in found
    ]
    names = [one.name for one in found]
    asked = visit.first(name)
    return {"data": options, "value": asked if asked in names else next(iter(names), None)}


def nothing(visit: Visit, words: str, command: str) -> Component:
    """Where there is none: which command makes one."""
    return empty(words, html.Pre(command))


def truth(visit: Visit, kind: Kind, name: str) -> list[Component]:
    """Of a bundled one, that it is invented and by which engine; of others nothing."""
    told = visit.workspace.twins.truth(kind, name)
    if told is None:
        return []
    label = pick(visit.language, "示例", "Example")
    return [
        dmc.Alert(told[visit.language], title=label, color="gray", variant="light", p="xs", mb="sm", mt="sm")
    ]


def paper(title: str, *inside: Component | Sequence[Component], **more: Any) -> dmc.Paper:
    """A section with its heading."""
    parts: list[Component] = []
    for one in inside:
        parts += [one] if isinstance(one, Component) else one
    return dmc.Paper([dmc.Title(title, order=2, size="h4", mb="sm"), *parts], **PAPER | more)


def span(low: float, high: float, digits: int = 2) -> str:
    """A range that does not break in a table."""
    return f"{number(low, digits)}\u00a0–\u00a0{number(high, digits)}"


def pairs(parts: Sequence[Component]) -> dmc.SimpleGrid:
    """Figures two by two where there is room."""
    return dmc.SimpleGrid(list(parts), cols={"base": 1, "xl": 2}, spacing="md", className="pairs")
