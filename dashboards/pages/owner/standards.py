"""Which level of the standard a package meets; a level on limits that nobody verified is no badge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboards.visit import Visit
from twin.report.owner.figures import state_of
from twin.report.study.numbers import number
from twin.report.words import unit_in

_LEVELS = ("ultra_low", "nearly_zero", "zero")
_SIGNS = {"<=": "≤", ">=": "≥", "<": "<", ">": ">"}


def standards(visit: Visit, study: Mapping[str, Any], package: str) -> list[Component]:
    """Levels of GB/T 51350 with their indices."""
    state = state_of(study, package)
    rows = []
    for level in _LEVELS:
        verdicts = [one for one in state["verdicts"] if one["key"].startswith(f"nearly_zero.{level}.")]
        if not verdicts:
            continue
        statuses = {one["status"] for one in verdicts}
        met = all(one["met"] is True for one in verdicts)
        word = "level_fail" if not met else "level_assumed" if "assumed" in statuses else "level_pass"
        shown = dmc.Text(
            visit.say(f"owner.{word}"),
            c={"level_pass": "green", "level_fail": "red", "level_assumed": "dimmed"}[word],
            fw=600 if word == "level_pass" else 400,
        )
        rows.append(
            html.Tr(
                [
                    html.Th(visit.say(f"owner.{level}"), scope="row"),
                    html.Td(shown),
                    html.Td([html.Div(_index(visit, one)) for one in verdicts]),
                ]
            )
        )
    head = [visit.say(f"owner.{key}") for key in ("level", "verdict", "indices")]
    return [
        html.Div(
            html.Table(
                [html.Thead(html.Tr([html.Th(cell, scope="col") for cell in head])), html.Tbody(rows)],
                className="owner-table",
            ),
            className="scroll",
        ),
        dmc.Text(visit.say("owner.level_note"), size="sm", c="dimmed"),
    ]


def _index(visit: Visit, verdict: Mapping[str, Any]) -> str:
    """An index, its value, and what it is held against."""
    name = verdict[visit.language].replace("：", ": ").partition(": ")[2] or verdict[visit.language]
    unit = "" if verdict["unit"] == "1" else f" {unit_in(verdict['unit'], visit.language)}"
    if verdict["value"] is None or verdict["limit"] is None:
        return f"{name}: {verdict['note_zh' if visit.language == 'zh' else 'note'] or verdict['note']}"
    mark = "✓" if verdict["met"] else "✗"
    sign = _SIGNS[verdict["relation"]]
    return f"{mark} {name} {number(verdict['value'])} ({sign} {number(verdict['limit'])}{unit})"
