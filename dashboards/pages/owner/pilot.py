"""The pilot checklist of a package: types, fields, what is missing and would help, stages (试点清单)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboards.visit import Visit
from twin.report.study.numbers import money, number, percent
from twin.report.style import Language, pick


def _nearest(found: Mapping[str, Any]) -> Mapping[str, Any]:
    kind: Mapping[str, Any] = next(one for one in found["types"] if one["key"] == found["nearest"])
    return kind


def pilot_words(found: Mapping[str, Any], language: Language) -> str:
    """In a few words what a package lacks for the nearest type."""
    kind = _nearest(found)
    if kind["key"] in found["fits"]:
        return pick(language, "条件满足", "conditions met")
    missed = [
        one for one in kind["verdicts"] if one["met"] is not True and not one["key"].endswith(".fields")
    ]
    parts = []
    if missed:
        names = [one[language].replace("：", ": ").partition(": ")[2] for one in missed]
        parts.append(pick(language, f"{'、'.join(names)}未达到", f"{', '.join(names)} missed"))
    if kind["missing_fields"]:
        n = kind["missing_fields"]
        parts.append(pick(language, f"尚差 {n} 个领域", f"{n} field{'s' if n > 1 else ''} short"))
    return pick(language, "，", ", ").join(parts) or pick(language, "待判定", "not judged")


def lacking(visit: Visit, found: Mapping[str, Any], name: str) -> str:
    """What is missing for a package, and the cheapest that would help."""
    language, kind = visit.language, _nearest(found)
    papers = sum(one["status"] == "missing" for one in found["requirements"])
    parts = [pick(language, f"{name}：{pilot_words(found, 'zh')}", f"{name}: {pilot_words(found, 'en')}")]
    if kind["missing_fields"] and found["suggestions"]:
        first = found["suggestions"][0]
        parts.append(visit.say("owner.answer_help", help=first["offer"][language]))
    parts += [one[language] for one in kind["helps"][:1]]
    parts.append(visit.say("owner.answer_papers", count=papers))
    return pick(language, "；", "; ").join(parts) + pick(language, "。", ".")


def pilot(visit: Visit, study: Mapping[str, Any], package: str) -> list[Component]:
    """The checklist."""
    language, say = visit.language, visit.say
    found = study["preview"]["pilots"][package]
    kind = _nearest(found)
    reduction = found["reduction"]
    rate = percent(None if reduction is None else reduction["rate"], 0)
    tonnes = number(None if reduction is None else reduction["tonnes"], 0)
    goal = [say("owner.goal", goal=found["goal"][language], rate=rate, tonnes=tonnes)]
    for stage in found["stages"]:
        goal.append(
            say(
                "owner.stage",
                number=stage["number"],
                years=stage["years"],
                target=percent(stage["target"], 0),
            )
        )
    return [
        _types(visit, found),
        *([html.P(one[language], className="owner-help") for one in kind["helps"]]),
        dmc.Title(say("owner.fields", type=kind[language]), order=3, size="h5", mt="md"),
        _fields(visit, found),
        *_suggested(visit, found, kind),
        dmc.Title(say("owner.requirements"), order=3, size="h5", mt="md"),
        html.Ul(
            [
                html.Li([_mark(one["status"] in ("stated", "drafted")), one[language], _note(visit, one)])
                for one in found["requirements"]
            ],
            className="owner-check",
        ),
        dmc.Title(say("owner.stages"), order=3, size="h5", mt="md"),
        html.Ul([html.Li(line) for line in goal], className="owner-list"),
        html.Ol(
            [
                html.Li(
                    pick(
                        language,
                        f"{one['zh']}：{one['who_zh']}，{one['note_zh']}",
                        f"{one['en']}: {one['who_en']}, {one['note_en']}",
                    )
                )
                for one in found["process"]
            ],
            className="owner-list",
        ),
        dmc.Text(say("owner.before_applying"), fw=600, mt="sm"),
        html.Ul([html.Li(one[language]) for one in found["batch"]["check"]], className="owner-list"),
    ]


def _note(visit: Visit, one: Mapping[str, Any]) -> Component:
    word = {"stated": "paper_stated", "drafted": "paper_drafted"}.get(one["status"], "paper_missing")
    return html.Span(f" · {visit.say(f'owner.{word}')}", className="hint")


def _mark(good: bool) -> Component:
    return html.Span("✓ " if good else "○ ", className="owner-yes" if good else "owner-no")


def _types(visit: Visit, found: Mapping[str, Any]) -> Component:
    """All five types with each condition."""
    language = visit.language
    rows = []
    for kind in sorted(found["types"], key=lambda one: one["key"] != found["nearest"]):
        lines = []
        for verdict in kind["verdicts"]:
            name = verdict[language].replace("：", ": ").partition(": ")[2]
            value = verdict["value"]
            rate = verdict["key"].endswith("reduction_rate")
            shown = percent(value, 0) if rate else number(value, 0)
            limit = percent(verdict["limit"], 0) if rate else number(verdict["limit"], 0)
            sign = {"<=": "≤", ">=": "≥", "<": "<", ">": ">"}[verdict["relation"]]
            note = verdict["note_zh"] if language == "zh" else verdict["note"]
            tail = f" · {note}" if verdict["status"] in ("assumed", "not_judged") and note else ""
            said = visit.say("owner.not_stated") if value is None else f"{shown} ({sign} {limit})"
            lines.append(
                html.Div(
                    [_mark(verdict["met"] is True), f"{name} {said}", html.Small(tail[3:]) if tail else None]
                )
            )
        rows.append(
            html.Tr(
                [
                    html.Th([kind[language], html.Small(kind[f"applicant_{language}"])], scope="row"),
                    html.Td(visit.say(f"owner.type_{_status(kind)}")),
                    html.Td(lines),
                ]
            )
        )
    head = [visit.say(f"owner.{key}") for key in ("type", "verdict", "conditions")]
    return html.Div(
        html.Table(
            [html.Thead(html.Tr([html.Th(cell, scope="col") for cell in head])), html.Tbody(rows)],
            className="owner-table",
        ),
        className="scroll",
    )


def _status(kind: Mapping[str, Any]) -> str:
    """How a type stands; what rests on assumptions may be on either side of its limit."""
    if kind["status"] == "assumed" and any(one["met"] is not True for one in kind["verdicts"]):
        return "missed_assumed"
    return str(kind["status"])


def _fields(visit: Visit, found: Mapping[str, Any]) -> Component:
    """The eight fields: what covers each."""
    language = visit.language
    lines = []
    for field in found["fields"]:
        by = dict.fromkeys(measure[language] for item in field["items"] for measure in item["measures"])
        text = (
            pick(language, "、", ", ").join(list(by)[:4])
            if field["covered"]
            else visit.say("owner.field_open")
        )
        lines.append(
            html.Li(
                [_mark(field["covered"]), html.B(field[language]), html.Span(f" · {text}", className="hint")]
            )
        )
    return html.Ul(lines, className="owner-check two")


def _suggested(visit: Visit, found: Mapping[str, Any], kind: Mapping[str, Any]) -> list[Component]:
    """What would cover further fields, the least work first."""
    language = visit.language
    if not found["suggestions"]:
        return []
    lines = []
    for one in found["suggestions"]:
        offer = one["offer"]
        cost = offer["capital_cny"]
        tail = (
            ""
            if cost is None
            else pick(language, f"，约 {money(cost, 'zh')}", f", about {money(cost, 'en')}")
        )
        lines.append(html.Li(f"{one[f'field_{language}']}: {offer[language]}{tail}"))
    title = "owner.would_help" if kind["missing_fields"] else "owner.could_add"
    return [
        dmc.Text(
            visit.say(title, count=kind["missing_fields"]) if kind["missing_fields"] else visit.say(title),
            fw=600,
        ),
        html.Ul(lines, className="owner-list"),
    ]
