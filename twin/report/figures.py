"""All figures of a report, pure functions of Runs and a language, in the order in which pages show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from twin.report.call import call_day
from twin.report.carpet import carpet
from twin.report.duration import duration_curve
from twin.report.flows import sankey
from twin.report.money import carbon_bars, cost_bars
from twin.report.months import annual_bars, monthly_bars
from twin.report.plant_flows import flows_of, plant_rooms
from twin.report.plant_room import plant_sankey
from twin.report.plant_table import PlantTable, plant_table
from twin.report.reading import event_of, run_names, without_call
from twin.report.rooms import comfort_hours
from twin.report.style import Language, pick
from twin.report.weeks import week
from twin.store import Run

__all__ = [
    "Section",
    "annual_bars",
    "call_day",
    "carbon_bars",
    "carpet",
    "comfort_hours",
    "cost_bars",
    "duration_curve",
    "monthly_bars",
    "plant_sankey",
    "sankey",
    "sections",
    "week",
]


@dataclass(frozen=True)
class Section:
    """Figures that belong together on a page.

    Parameters
    ----------
    key : str
        Anchor.
    title, reading : str
        Heading, and how to read what stands below.
    figures : tuple of Figure
        Shown one below the other; where `choices` are given, one of them at a time.
    choices : tuple of str
        Names (of users) of the figures to choose from, one each; empty where all are shown.
    first : int
        The choice shown first.
    tables : tuple of PlantTable
        One below each figure, shown and hidden with it; empty where there are none.
    """

    key: str
    title: str
    reading: str
    figures: tuple[go.Figure, ...]
    choices: tuple[str, ...] = ()
    first: int = 0
    tables: tuple[PlantTable, ...] = ()


def sections(runs: Sequence[Run], language: Language, *, building: str | None = None) -> Iterator[Section]:
    """Every figure that these Runs can carry, in the order of a report.

    Parameters
    ----------
    runs : sequence of Run
        Judged, at least one.
    language : {"zh", "en"}
    building : str, optional
        See `twin.report.reading.table_of`.

    Yields
    ------
    Section
    """
    names, last = tuple(run_names(runs, language)), len(runs) - 1
    yield Section(
        "energy",
        pick(language, "用能", "Energy"),
        pick(
            language,
            "先看全年强度与上海同类建筑实测值的距离，再看夏、冬两个高峰是否落在正确的月份。",
            "First how far the year stands from measured Shanghai buildings, then whether the summer and "
            "winter humps fall into the right months.",
        ),
        (
            annual_bars(runs, language, building=building),
            monthly_bars(runs, language, building=building),
        ),
    )
    yield Section(
        "grid",
        pick(language, "电网侧", "Grid"),
        pick(
            language,
            "热图显示一年中何时用电、何时上网：竖向为一天，横向为一年；颜色越深功率越大。持续曲线左端即为尖峰。",
            "The carpet shows when the building draws and when it feeds in: a day from bottom to top, the "
            "year from left to right, darker is more. The left end of the duration curve is the peak.",
        ),
        (
            carpet(runs, language, building=building),
            duration_curve(runs, language, building=building),
        ),
    )
    yield Section(
        "flows",
        pick(language, "能流", "Flows"),
        pick(
            language,
            "带宽与电量成正比：左侧为来源，中部为母线，右侧为去向与损耗。",
            "Widths are energy: sources left, the bus in the middle, uses and losses right.",
        ),
        tuple(sankey(run, language, building=building) for run in runs),
        names if len(runs) > 1 else (),
        last,
    )
    yield from _plant_room(runs, names, language, building)
    for hottest in (True, False):
        yield Section(
            "hottest" if hottest else "coldest",
            pick(language, "最热一周", "Hottest week")
            if hottest
            else pick(language, "最冷一周", "Coldest week"),
            pick(
                language,
                "检验设备容量与控制：室温是否守住设定，峰段谁在供电，母线电压如何随电价与光伏移动。",
                "A test of capacity and control: do rooms keep their set-points, who supplies the peak "
                "hours, how does the bus voltage follow tariff and sun.",
            ),
            tuple(week(run, language, hottest=hottest, building=building) for run in runs),
            names if len(runs) > 1 else (),
            last,
        )
    called = [(i, run) for i, run in enumerate(runs) if event_of(run) is not None]
    if called:
        yield Section(
            "call",
            pick(language, "需求响应", "Demand response"),
            pick(
                language,
                "阴影为邀约时段。结算只看电表（基线减实际）；与“无邀约”模拟之差才是物理上的响应。"
                "第二图把这一差值按来源分开，负值表示为响应而提前多用。",
                "The shaded hours are the call. Settlement knows the meter alone (baseline less actual); the "
                "difference to the run without the call is what physically happened. The second panel splits "
                "it by source; below zero is what was drawn more, to be ready.",
            ),
            tuple(call_day(run, without_call(run, runs), language) for _, run in called),
            tuple(names[i] for i, _ in called) if len(called) > 1 else (),
            len(called) - 1,
        )
    yield Section(
        "comfort",
        pick(language, "舒适", "Comfort"),
        pick(
            language,
            "节能与响应不应以舒适为代价：曲线越集中于绿色区间越好。",
            "Savings and response must not be paid in comfort: the more the curve keeps to the green band, "
            "the better.",
        ),
        (comfort_hours(runs, language, building=building),),
    )
    yield Section(
        "money",
        pick(language, "费用与碳", "Cost and carbon"),
        pick(
            language,
            "费用按分时电价与需量电价计算；两种碳核算口径不可混用。",
            "Cost by time-of-use tariff and demand charge; the two carbon accounts do not mix.",
        ),
        (
            cost_bars(runs, language, building=building),
            carbon_bars(runs, language, building=building),
        ),
    )


def _plant_room(
    runs: Sequence[Run], names: Sequence[str], language: Language, building: str | None
) -> Iterator[Section]:
    """What the plant rooms did, if there are any."""
    rooms = [
        (names[k], run, b)
        for k, run in enumerate(runs)
        for b, rows in plant_rooms(run, building).items()
        if flows_of(rows)  # nobody may have asked it for anything
    ]
    if not rooms:
        return
    several = any(len(run.series) > 1 for run in runs)
    yield Section(
        "plant_room",
        pick(language, "机房", "Plant room"),
        pick(
            language,
            "能量从左侧的来源经设备与蓄能流向右侧的用途与损失，带宽为全年能量。"
            "表中 COP 与效率为全年输出与输入之比，含待机与附属用电；燃气与氢按低位热值计。",
            "Energy runs from its sources on the left through machines and stores to uses and losses on the "
            "right; widths are the year's energy. COP and efficiency are output over input of the year, "
            "standby and auxiliaries included; gas and hydrogen count by their lower heating value.",
        ),
        tuple(plant_sankey(run, b, language) for _, run, b in rooms),
        tuple(f"{name} / {b}" if several else name for name, _, b in rooms) if len(rooms) > 1 else (),
        len(rooms) - 1,
        tuple(plant_table(run, b, language) for _, run, b in rooms),
    )
