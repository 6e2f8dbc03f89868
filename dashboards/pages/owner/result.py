"""The answer: does it qualify, what is missing, what does it cost; and the three packages side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboards.pages.owner.details import details
from dashboards.pages.owner.pilot import lacking, pilot_words
from dashboards.pages.owner.spans import Spans
from dashboards.previews import EXAMPLE, Previews
from dashboards.visit import Visit
from twin.report.owner.figures import ordered, state_of
from twin.report.study.numbers import change, number, percent
from twin.report.style import pick
from twin.report.words import ERAS, worded


def result(visit: Visit, building: str, study: Mapping[str, Any], package: str) -> Component:
    """The whole answer.

    Parameters
    ----------
    visit : Visit
    building : str
        Id of the preview.
    study : mapping
        Content of its study.json.
    package : str
        That was asked for; the proposed one where there is none of that id.
    """
    tiers = [state["id"] for state in ordered(study)[1:]]
    chosen = package if package in tiers else study["preview"]["proposed"]
    language = visit.language
    return html.Div(
        [
            html.P(_building(visit, study), className="owner-building"),
            _answers(visit, study),
            dmc.Alert(
                f"{study['pilot']['batch'][language]} {study['pilot']['batch']['named'][language]}",
                color="yellow",
                variant="light",
                className="section",
            ),
            *_bill(visit, study),
            dmc.Title(visit.say("owner.packages"), order=2, size="h3", className="section"),
            dmc.RadioGroup(
                dmc.SimpleGrid(
                    [_card(visit, study, tier) for tier in tiers],
                    cols={"base": 1, "md": len(tiers)},
                    spacing="md",
                ),
                id="package",
                value=chosen,
                **{"aria-label": visit.say("owner.packages")},
            ),
            *_not_made(visit, study),
            html.Div(details(visit, building, study, chosen), id="package-details"),
        ]
    )


def _building(visit: Visit, study: Mapping[str, Any]) -> str:
    """What the building is, in a line."""
    one, language = study["building"], visit.language
    return visit.say(
        "owner.building",
        title=pick(language, study["title_zh"], study["title_en"]),
        era=worded(ERAS, str(one["era"]), language),
        area=number(one["floor_area_m2"], 0),
        floors=number(one["floors"], 0),
    )


def example_answer(visit: Visit) -> str:
    """In a line what the bundled example comes to."""
    study = Previews(visit.workspace).open(EXAMPLE)
    title = pick(visit.language, study["title_zh"], study["title_en"])
    return visit.say("owner.home_answer", title=title, costs=_costs(visit, study))


def _costs(visit: Visit, study: Mapping[str, Any]) -> str:
    language, best = visit.language, study["preview"]["proposed"]
    spans = Spans(study, best)
    return visit.say(
        "owner.answer_costs",
        name=state_of(study, best)[f"role_{language}"],
        capital=spans.money("capital_cny", language),
        saving=spans.money("saving_cny", language),
        payback=spans.payback(language),
        npv=spans.money("npv_cny", language),
    )


def _answers(visit: Visit, study: Mapping[str, Any]) -> Component:
    """The three questions of an owner, answered in a line each."""
    say, best = visit.say, study["preview"]["proposed"]
    name = state_of(study, best)[f"role_{visit.language}"]
    told = (
        ("q_qualify", _qualifies(visit, study)),
        ("q_missing", lacking(visit, study["preview"]["pilots"][best], name)),
        ("q_costs", _costs(visit, study)),
    )
    return dmc.SimpleGrid(
        [
            dmc.Paper(
                [dmc.Text(say(f"owner.{key}"), className="owner-question"), html.P(text)],
                withBorder=True,
                p="md",
                className="owner-answer",
            )
            for key, text in told
        ],
        cols={"base": 1, "md": 3},
        spacing="md",
    )


def _qualifies(visit: Visit, study: Mapping[str, Any]) -> str:
    """What each package says of the pilot type that is nearest."""
    language = visit.language
    parts = []
    for state in ordered(study)[1:]:
        found = study["preview"]["pilots"][state["id"]]
        parts.append(
            pick(
                language,
                f"{state['role_zh']}：{pilot_words(found, 'zh')}",
                f"{state['role_en']}: {pilot_words(found, 'en')}",
            )
        )
    near = study["preview"]["pilots"][study["preview"]["proposed"]]
    kind = next(one for one in near["types"] if one["key"] == near["nearest"])
    threshold = kind["verdicts"][0]
    first = visit.say(
        "owner.answer_threshold_met" if threshold["met"] else "owner.answer_threshold_missed",
        type=kind[language],
        what=threshold[language].replace("：", ": ").partition(": ")[2],
        value=number(threshold["value"], 0),
        limit=number(threshold["limit"], 0),
    )
    return first + pick(language, "；", "; ").join(parts) + pick(language, "。", ".")


def _bill(visit: Visit, study: Mapping[str, Any]) -> list[Component]:
    """How far the model is from the bill, openly."""
    bill = study["preview"]["bill"]
    if bill is None:
        return []
    values = {
        "stated": number(bill["stated"], 0),
        "modelled": number(bill["modelled"], 0),
        "unit": pick(visit.language, "元", "CNY") if bill["unit"] == "CNY" else "kWh",
        "ratio": percent(bill["ratio"] - 1.0, 0, signed=True),
    }
    colour = {"agrees": "green", "usual": "blue", "far": "orange"}[bill["nearness"]]
    return [
        dmc.Alert(
            visit.say(f"owner.bill_{bill['nearness']}"),
            title=visit.say("owner.bill", **values),
            color=colour,
            variant="light",
            className="section",
        )
    ]


def _card(visit: Visit, study: Mapping[str, Any], tier: str) -> Component:
    """One package in six figures."""
    language, say = visit.language, visit.say
    state, spans = state_of(study, tier), Spans(study, tier)
    words = next(one for one in study["preview"]["tiers"] if one["id"] == tier)
    pilot_found = study["preview"]["pilots"][tier]
    before = study["baseline"]["figures"]
    rows = (
        ("capital", spans.money("capital_cny", language), spans.range("capital_cny", language)),
        ("saving", spans.money("saving_cny", language), spans.range("saving_cny", language)),
        ("payback", spans.payback(language), spans.payback_range(language)),
        ("npv", spans.money("npv_cny", language), spans.range("npv_cny", language)),
        ("carbon", percent(change(before["carbon_t"], state["figures"]["carbon_t"]), 0, signed=True), ""),
        ("pilot", pilot_words(pilot_found, language), ""),
    )
    return dmc.RadioCard(
        [
            dmc.Group(
                [
                    dmc.RadioIndicator(),
                    dmc.Text(words[f"name_{language}"], fw=700, size="lg"),
                    *(
                        [dmc.Badge(say("owner.proposed"), variant="light")]
                        if tier == study["preview"]["proposed"]
                        else []
                    ),
                ],
                gap="sm",
            ),
            dmc.Text(words[f"about_{language}"], size="sm", c="dimmed", mt=6),
            html.Dl(
                [
                    html.Div(
                        [
                            html.Dt(say(f"owner.card_{key}")),
                            html.Dd([value, html.Small(small) if small else None]),
                        ]
                    )
                    for key, value, small in rows
                ],
                className="owner-figures",
            ),
        ],
        value=tier,
        withBorder=True,
        p="md",
        radius="md",
        className="owner-card",
    )


def _not_made(visit: Visit, study: Mapping[str, Any]) -> list[Component]:
    names = [one[f"name_{visit.language}"] for one in study["preview"]["tiers"] if not one["made"]]
    if not names:
        return []
    return [
        dmc.Text(
            visit.say("owner.not_different", names=pick(visit.language, "、", ", ").join(names)), c="dimmed"
        )
    ]
