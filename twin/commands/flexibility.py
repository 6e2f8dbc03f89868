"""`twin flexibility`: how many kilowatts a building can move up and down, for how long, by source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from twin.commands.console import table_console
from twin.flexibility.envelope import BUILDING, DIRECTIONS, RESERVE, SOURCES, Envelope, flexibility
from twin.flexibility.promise import Delivery, sampled, summary, table, verify
from twin.flexibility.tables import by_month_and_hour, envelope_table, year_summary
from twin.flexibility.witness import baseline
from twin.flexibility.words import LABELS
from twin.plant import prepare
from twin.progress import Progress, parts_of
from twin.project import load, naming
from twin.shift_response import UncontrolledYears
from weather.errors import TwinError

if TYPE_CHECKING:
    from twin.plant import Plant

BOUND = {"": ("", ""), "interface": ("interface", "并网变换器"), "demand_limit": ("demand limit", "需量限值")}
_MOST = 16
"""Buildings whose whole years fit into memory together."""
_PROMISE_HEADS = (
    ("time", "时刻"),
    ("way", "方向"),
    ("promise", "承诺 kW"),
    ("given", "兑现 kW"),
    ("least", "最小 kW"),
    ("kept", "维持 min"),
    ("rebound?", "承诺反弹"),
    ("rebound", "反弹 kWh"),
    ("its peak", "峰值 kW"),
    ("out", "超出 K"),
    ("before", "基线 K"),
    ("EV short", "欠充 kWh"),
)
_EXPLAINED = (
    "Kilowatts by which a source can leave its baseline for the whole of a time; building: the sum behind "
    "interface, export and demand limit, less where the voltage takes from all at once. rebound: "
    "energy that goes the other way afterwards. reserve: lighting to 85 % below the voltages at which the "
    "interface holds a target, not in the sum. Stores of heat and cold for rooms are not counted.",
    "各来源在整段时间内可偏离基线的功率；整栋建筑为计入并网变换器、上网与需量限值后的总和。反弹：事后反向的电量。"
    "电压下各来源同时出力，整体可小于各项之和。备用：照明降至 85 %，低于变换器维持目标的电压，不计入总和。"
    "供冷供热用的蓄冷、蓄热装置不计入。",
    "Field values of thermal mass for 3 h: 11 to 25 W/m2, 33 to 75 Wh/m2 (dry climate; less in humid air). "
    "热惯性实测值（3 小时）：11～25 W/m2，33～75 Wh/m2（干燥气候，潮湿地区更低）。",
)


@dataclass(frozen=True)
class Told:
    """Envelope of a building, at one hour or over the year, and what became of its promises."""

    name: str
    envelope: Envelope
    hour: int | None
    deliveries: tuple[Delivery, ...]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        content: dict[str, Any] = {"building": self.name, "floor_area_m2": self.envelope.floor_area}
        if self.hour is not None:
            content["at"] = f"{self.envelope.times[self.hour]:%Y-%m-%dT%H:%M%z}"
            content["envelope"] = _records(envelope_table(self.envelope, [self.hour]))
        else:
            content["year"] = _records(year_summary(self.envelope))
            content["by_month_and_hour"] = _records(by_month_and_hour(self.envelope))
        if self.deliveries:
            content["promises"] = _records(table(self.deliveries))
            content["kept"] = summary(self.deliveries)
        content["labels"] = {key: {"en": en, "zh": zh} for key, (en, zh) in LABELS.items()}
        return content

    def show(self) -> None:
        """Tables, then what they mean."""
        console = table_console()
        for direction in DIRECTIONS:
            if self.hour is not None:
                console.print(_hour_table(self, direction))
            else:
                console.print(_year_table(self, direction))
                console.print(_month_table(self, direction))
        if self.deliveries:
            _show_promises(console, self.deliveries)
        for line in _EXPLAINED:
            console.print(line, markup=False, highlight=False)


@dataclass(frozen=True)
class Flexibilities:
    """Of all buildings asked for."""

    buildings: tuple[Told, ...]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"buildings": [one.as_dict() for one in self.buildings]}

    def show(self) -> None:
        """One building after the other."""
        for one in self.buildings:
            one.show()


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    plain = rows.astype(object).where(rows.notna(), None)
    return [{str(key): value for key, value in row.items()} for row in plain.to_dict(orient="records")]


def _title(told: Told, direction: str, more: str) -> str:
    en, zh = LABELS[direction]
    return f"{told.name}: {en} {zh}, {more}"


def _hour_table(told: Told, direction: str) -> Table:
    e, i = told.envelope, told.hour
    assert i is not None
    shown = Table(
        title=_title(told, direction, f"{e.times[i]:%Y-%m-%d %H:%M}, baseline 基线 {e.meter_kw[i]:,.1f} kW"),
        title_justify="left",
    )
    shown.add_column("source 来源", no_wrap=True)
    for minutes in e.minutes:
        shown.add_column(f"{minutes} min\nkW", justify="right")
    shown.add_column("energy\n电量 kWh", justify="right")
    shown.add_column("rebound 反弹\n60 min, kWh", justify="right")
    shown.add_column("1st hour\n首小时 kW", justify="right")
    hour = e.minutes.index(60)
    for name in (*SOURCES, BUILDING, RESERVE):
        source = e.sources[direction, name]
        cells = (
            *(f"{kw:,.1f}" for kw in source.kw[:, i]),
            f"{source.kwh[i]:,.1f}",
            f"{source.rebound_kwh[hour, i]:,.1f}",
            f"{source.rebound_kw[hour, i]:,.1f}",
        )
        bold = name == BUILDING
        words = " ".join(LABELS[name])
        shown.add_row(*(f"[bold]{cell}[/bold]" if bold else cell for cell in (words, *cells)))
    named = envelope_table(e, [i])
    own = named[(named["direction"] == direction) & (named["source"] == BUILDING)]
    bound = [
        f"{' '.join(BOUND[str(code)])} ({', '.join(str(m) for m in of_code['minutes'])} min)"
        for code, of_code in own.groupby("binds")
        if code
    ]
    if bound:
        shown.caption = f"what binds the sum 约束: {'; '.join(bound)}"
    return shown


_PERCENTILES = ["p10_kw", "p50_kw", "p90_kw"]


def _three(row: NDArray[np.float64]) -> str:
    """Three figures with as many places as the largest needs."""
    places = 0 if row[-1] >= 10.0 or row[-1] == 0.0 else 1
    return " / ".join(f"{value:,.{places}f}" for value in row)


def _year_table(told: Told, direction: str) -> Table:
    rows = year_summary(told.envelope)
    shown = Table(
        title=_title(told, direction, "the year's hours 全年各小时, P10 / P50 / P90"), title_justify="left"
    )
    shown.add_column("source 来源", no_wrap=True)
    for minutes in told.envelope.minutes:
        shown.add_column(f"{minutes} min\nkW", justify="right")
    shown.add_column("3 h, P90\nW/m2", justify="right")
    shown.add_column("3 h, P90\nWh/m2", justify="right")
    for name in (*SOURCES, BUILDING):
        own = rows[(rows["direction"] == direction) & (rows["source"] == name)].set_index("minutes")
        cells = [_three(row) for row in own[_PERCENTILES].to_numpy()]
        area = own.loc[[180], ["p90_w_m2", "p90_wh_m2"]].to_numpy().ravel() if 180 in own.index else ()
        shown.add_row(" ".join(LABELS[name]), *cells, *(f"{value:.1f}" for value in area))
    return shown


def _month_table(told: Told, direction: str) -> Table:
    rows = by_month_and_hour(told.envelope)
    own = rows[rows["direction"] == direction]
    shown = Table(
        title=_title(told, direction, "60 min, kW by month and hour 按月份与时刻, P10 / P50 / P90"),
        title_justify="left",
    )
    shown.add_column("month 月")
    hours = range(0, 24, 4)
    for hour in hours:
        shown.add_column(f"{hour:02d}:00", justify="right")
    for month, of_month in own.groupby("month"):
        by_hour = of_month.set_index("hour")
        shown.add_row(str(month), *(_three(row) for row in by_hour.loc[list(hours), _PERCENTILES].to_numpy()))
    return shown


def _show_promises(console: Console, deliveries: tuple[Delivery, ...]) -> None:
    shown = Table(title="Promise and delivery on the march 承诺与兑现", title_justify="left")
    for k, (en, zh) in enumerate(_PROMISE_HEADS):
        shown.add_column(f"{en}\n{zh}", justify="left" if k < 2 else "right")
    for one in deliveries:
        figures = (
            *(one.promised_kw, one.delivered_kw, one.least_kw, one.kept_minutes),
            *(one.rebound_promised_kwh, one.rebound_kwh, one.rebound_peak_kw),
        )
        shown.add_row(
            one.time[5:],
            one.direction,
            *(f"{value:,.1f}" for value in figures),
            *(f"{value:.2f}" for value in (one.beyond_k, one.beyond_baseline_k, one.vehicles_missed_kwh)),
        )
    console.print(shown)
    for direction, own in summary(deliveries).items():
        en, zh = LABELS[direction]
        console.print(
            f"{en} {zh}: {100.0 * own['kept_share']:.0f} % of {own['promises']:.0f} promises kept over "
            f"their whole time 全程兑现; mean error 平均误差 {100.0 * own['error_mean']:+.1f} %, worst step "
            f"最差时步 {100.0 * own['error_worst']:+.0f} %; rebound 反弹 {own['rebound_kwh']:,.0f} kWh, "
            f"promised 承诺 {own['rebound_promised_kwh']:,.0f} kWh; vehicles missed 车辆欠充 "
            f"{own['vehicles_missed_kwh']:.2f} kWh; rooms farther out by at most 室温最多多偏离 "
            f"{own['beyond_worst_k']:.2f} K.",
            markup=False,
            highlight=False,
        )


def flexibility_of_project(
    path: Path,
    *,
    building: str | None = None,
    at: str | None = None,
    check: bool = False,
    weather: str | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Flexibilities:
    """Flexibility envelopes of the buildings of a project.

    Parameters
    ----------
    path : Path
    building : str, optional
        Name of one; all where not given.
    at : str, optional
        Local time such as ``2025-07-21 14:00``; the year's statistics where not given.
    check : bool
        March the building through its envelope at 24 hours of the year.
    weather, seed : optional
        Instead of the project's.
    progress : callable, optional

    Raises
    ------
    TwinError
        Anything that the user can put right.
    """
    loaded = load(path, weather=weather, seed=seed)
    with naming(path):
        names = [one.name for one in loaded.project.buildings]
        if building is not None and building not in names:
            raise TwinError(
                f"there is no building {building!r}.",
                f"Use one of: {', '.join(names[:20])}.",
                key="--building",
            )
        chosen = tuple(one for one in loaded.project.buildings if building in (None, one.name))
        if len(chosen) > _MOST:
            raise TwinError(
                f"{len(chosen)} buildings are too many to be marched together.",
                "Name one with --building, or ask what all of them can do with `twin outlook`.",
                key="--building",
            )
        plant = prepare(loaded.project.model_copy(update={"buildings": chosen}), loaded.climate)
        hour = _hour(plant, at) if at is not None else None
        years = UncontrolledYears(plant)
        known = baseline(plant, sampled(plant) if check else (), years)
        answers = years.answers
    found = []
    for b, part in enumerate(parts_of(progress, len(chosen))):
        deliveries = verify(known, b, answers[b], progress=part) if check else []
        found.append(Told(chosen[b].name, flexibility(known, b, answers[b]), hour, tuple(deliveries)))
        part(1.0)
    return Flexibilities(tuple(found))


def _hour(plant: Plant, at: str) -> int:
    times = plant.weather.times[:: max(round(3600.0 / plant.dt_s), 1)]
    try:
        wanted = pd.Timestamp(at)
        wanted = wanted.tz_localize(times.tz) if wanted.tzinfo is None else wanted.tz_convert(times.tz)
    except ValueError as error:
        raise TwinError(f"{at!r} is no time.", "Write it like 2025-07-21 14:00.", key="--at") from error
    found = np.flatnonzero(times == wanted.floor("h"))
    if not len(found):
        raise TwinError(
            f"{at} is not in the marched year {times[0].year}.", "Choose a time of it.", key="--at"
        )
    return int(found[0])
