"""Time-of-use tariffs (分时电价): periods, prices, and what is not sure about them.

Only part of the price floats: price = k(hour, month) * a(month) + b(month). `a` is agency purchase, line
losses and the grid's energy price; `b` is government funds, surcharges and the system operation charge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from buildings.library.data_text import read_data
from twin.market.assumption import Assumption, merged
from twin.market.days import ChineseCalendar, DayCalendar, local_times, regular_span, step_minutes
from weather.errors import TwinError
from weather.kept import kept

FloatArray = NDArray[np.float64]


class Period(IntEnum):
    """Price period of an hour."""

    valley = 0
    flat = 1
    peak = 2
    super_peak = 3
    deep_valley = 4


PERIOD_ZH = {
    Period.valley: "谷",
    Period.flat: "平",
    Period.peak: "峰",
    Period.super_peak: "尖峰",
    Period.deep_valley: "深谷",
}
_LETTERS = {"V": Period.valley, "F": Period.flat, "P": Period.peak, "S": Period.super_peak}


class _Fact(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Sourced(_Fact):
    source: str
    year: int
    confidence: str


class Season(_Fact):
    """Months of one pattern: 24 period letters and the factor k of each period."""

    months: tuple[int, ...]
    hours: str = Field(pattern=r"^[VFPS]{24}$")
    k: dict[str, float]

    @model_validator(mode="after")
    def _every_hour_has_a_factor(self) -> Season:
        missing = {_LETTERS[c].name for c in self.hours} - set(self.k)
        if missing:
            raise ValueError(f"no factor k for {sorted(missing)}")
        return self


class DeepValley(_Sourced):
    """Deep valley (深谷): factor, hours and days."""

    k: float
    hours: tuple[int, ...]
    rest_days_in_months: tuple[int, ...]
    public_holidays: bool


class Schedule(_Sourced):
    """Price periods of a year."""

    title_zh: str
    seasons: tuple[Season, ...]
    deep_valley: DeepValley | None = None

    @model_validator(mode="after")
    def _each_month_once(self) -> Schedule:
        months = sorted(m for season in self.seasons for m in season.months)
        if months != list(range(1, 13)):
            raise ValueError(f"the seasons name the months {months}; each of 1 to 12 is needed once")
        return self

    def season(self, month: int) -> Season:
        """Season of a month (1 to 12)."""
        return next(s for s in self.seasons if month in s.months)


class Level(_Sourced):
    """A reading of the floating part a and the fixed part b, CNY/kWh."""

    month: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
    a: float
    b: float

    @property
    def ordinal(self) -> int:
        """Months since year 0, for distances in time."""
        return int(self.month[:4]) * 12 + int(self.month[5:]) - 1


class DemandCharge(_Sourced):
    """Charge on the month's highest 15-minute demand (需量电费), CNY/kW a month."""

    per_kw_month: float
    discount: float = 1.0
    discount_from_kwh_per_kva_month: float = math.inf
    discount_source: str = ""
    discount_confidence: str = "missing"


class Export(_Sourced):
    """Price of energy fed in, CNY/kWh."""

    price: float


class Tier(_Sourced):
    """A yearly tier (阶梯) of residential prices, CNY/kWh."""

    upper_kwh_per_year: float | None
    peak: float
    valley: float


class _Entry(_Fact):
    title_zh: str
    title_en: str
    schedule: str
    deep_valley: bool = False
    levels: str | None = None
    tiers: str | None = None
    demand_charge: str | None = None
    export: str | None = None
    valid_from: date
    valid_to: date
    note: str


@dataclass(frozen=True)
class Tariff:
    """One tariff with everything that its bill needs."""

    key: str
    title_zh: str
    title_en: str
    schedule: Schedule
    deep_valley: DeepValley | None
    levels: tuple[Level, ...]
    tiers: tuple[Tier, ...]
    demand_charge: DemandCharge | None
    export: Export | None
    valid_from: date
    valid_to: date
    note: str


class Prices(NamedTuple):
    """Prices of steps."""

    price: FloatArray
    """CNY/kWh, shape (n,); of tiered tariffs the first tier's."""
    period: NDArray[np.int8]
    """Code of `Period`, shape (n,)."""
    hours_left: FloatArray
    """Hours from the start of the step to the next change of period, shape (n,)."""
    assumptions: tuple[Assumption, ...]


# --- loading ------------------------------------------------------------------------------------------


def load_tariff(key: str, file: str | Path | None = None) -> Tariff:
    """Load a tariff by its key.

    Parameters
    ----------
    key : str
        For instance `shanghai_two_part_10kv`.
    file : path-like, optional
        A YAML file laid out as the built-in one; default the built-in Shanghai tariffs.

    Raises
    ------
    TwinError
        Unknown key (the known ones are named), or a file that does not describe a tariff.
    """
    return _built_in(key) if file is None else _loaded(key, Path(file))


@cache
def _built_in(key: str) -> Tariff:
    return _loaded(key, None)


def _loaded(key: str, file: Path | None) -> Tariff:
    content = _content(file)
    if key not in content["tariffs"]:
        raise TwinError(
            f"no tariff is called {key!r}.",
            f"Known tariffs: {', '.join(sorted(content['tariffs']))}.",
            file=file,
            key="tariff",
        )
    try:
        return _assembled(key, content)
    except (ValidationError, KeyError, TypeError, AttributeError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": error.args, "msg": ""}
        raise TwinError(
            f"the tariff {key!r} cannot be read: {first['msg'] or 'missing or misplaced entry'}.",
            "Lay the file out as the built-in tariffs.",
            file=file,
            key=".".join(map(str, first["loc"])),
        ) from error


def tariff_keys() -> list[str]:
    """Keys of the built-in tariffs."""
    return sorted(_content(None)["tariffs"])


def tariff_titles() -> dict[str, tuple[str, str]]:
    """Chinese and English title of each built-in tariff."""
    return {key: (one["title_zh"], one["title_en"]) for key, one in _content(None)["tariffs"].items()}


@cache
def _content(file: Path | None) -> dict[str, Any]:
    try:
        if file is None:
            text = (resources.files("twin.market") / "data" / "shanghai_tariffs.yaml").read_text("utf-8")
        else:
            text = file.read_text("utf-8")
        content = read_data(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TwinError(f"the tariffs cannot be read: {error}.", "Give a YAML file.", file=file) from error
    if not isinstance(content, dict) or not isinstance(content.get("tariffs"), dict):
        raise TwinError("the file holds no `tariffs`.", "Lay it out as the built-in tariffs.", file=file)
    return content


def _assembled(key: str, content: dict[str, Any]) -> Tariff:
    entry = _Entry.model_validate(content["tariffs"][key])
    schedule = Schedule.model_validate(content["schedules"][entry.schedule])
    levels = content["levels"][entry.levels] if entry.levels else []
    tiers = content["tiers"][entry.tiers] if entry.tiers else []
    if bool(levels) == bool(tiers):
        raise KeyError("levels")  # a price needs either a and b, or tiers
    demand = content["demand_charges"][entry.demand_charge] if entry.demand_charge else None
    export = content["exports"][entry.export] if entry.export else None
    return Tariff(
        key=key,
        title_zh=entry.title_zh,
        title_en=entry.title_en,
        schedule=schedule,
        deep_valley=schedule.deep_valley if entry.deep_valley else None,
        levels=tuple(Level.model_validate(level) for level in levels),
        tiers=tuple(Tier.model_validate(tier) for tier in tiers),
        demand_charge=DemandCharge.model_validate(demand) if demand else None,
        export=Export.model_validate(export) if export else None,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        note=entry.note,
    )


# --- prices -------------------------------------------------------------------------------------------


def periods(tariff: Tariff, times: pd.DatetimeIndex, calendar: DayCalendar) -> NDArray[np.int8]:
    """Price period of each step.

    Parameters
    ----------
    tariff : Tariff
    times : DatetimeIndex, shape (n,)
        Interval starts, tz-aware.
    calendar : DayCalendar
        Names rest days and holidays for the deep valley.

    Returns
    -------
    ndarray of int8, shape (n,)
        Codes of `Period`.
    """
    local = local_times(times)
    table = np.array(
        [[_LETTERS[c] for c in tariff.schedule.season(m).hours] for m in range(1, 13)], dtype=np.int8
    )
    month, hour = local.month.to_numpy(), local.hour.to_numpy()
    code = table[month - 1, hour]
    deep = tariff.deep_valley
    if deep is not None:
        day = calendar.rest_day(local) & np.isin(month, deep.rest_days_in_months)
        if deep.public_holidays:
            day |= calendar.public_holiday(local)
        code[day & np.isin(hour, deep.hours)] = Period.deep_valley
    return code


def prices(tariff: Tariff, times: pd.DatetimeIndex, calendar: DayCalendar | None = None) -> Prices:
    """Energy price of each step, its period, and the hours left in the period.

    Parameters
    ----------
    tariff : Tariff
    times : DatetimeIndex, shape (n,)
        Interval starts of one step width, tz-aware.
    calendar : DayCalendar, optional
        Default the official calendar of mainland China.

    Returns
    -------
    Prices

    Notes
    -----
    Tiers depend on the use of the year so far: the price of a tiered tariff here is the first tier's, which
    is a stated assumption; `bill` charges every tier.
    """
    span = regular_span(times) if times.tz is not None else None
    own = tariff.key in _content(None)["tariffs"] and tariff is _built_in(tariff.key)
    if calendar is None and span is not None and own:
        return _prices_of_span(tariff.key, *span, str(times.tz))
    return _prices(tariff, times, calendar or ChineseCalendar())


@kept(16)
def _prices_of_span(key: str, first: str, step_ns: int, count: int, zone: str) -> Prices:
    """Prices of a tariff of the library by the official calendar."""
    start = pd.Timestamp(first).tz_convert(zone)
    times = pd.date_range(start, periods=count, freq=pd.Timedelta(step_ns, "ns"))
    return _prices(load_tariff(key), times, ChineseCalendar())


def _prices(tariff: Tariff, times: pd.DatetimeIndex, calendar: DayCalendar) -> Prices:
    code = periods(tariff, times, calendar)
    if tariff.tiers:
        first = tariff.tiers[0]
        price = np.where(code == Period.peak, first.peak, first.valley)
        extra: tuple[Assumption, ...] = (_tier_assumption(tariff),)
    else:
        price = _floating_price(tariff, local_times(times), code)
        extra = _level_assumptions(tariff, times)
    stated = merged(validity_assumptions(tariff, times), extra, calendar_assumptions(tariff, times, calendar))
    return Prices(price, code, _hours_left(tariff, times, code, calendar), stated)


def _floating_price(tariff: Tariff, local: pd.DatetimeIndex, code: NDArray[np.int8]) -> FloatArray:
    month = local.month.to_numpy()
    factor = np.full((13, len(Period)), np.nan)
    for m in range(1, 13):
        for name, k in tariff.schedule.season(m).k.items():
            factor[m, Period[name]] = k
        if tariff.deep_valley is not None:
            factor[m, Period.deep_valley] = tariff.deep_valley.k
    months, place = np.unique(local.year.to_numpy() * 12 + month - 1, return_inverse=True)
    levels = [nearest_level(tariff, int(m)) for m in months]
    a = np.array([level.a for level in levels])[place]
    b = np.array([level.b for level in levels])[place]
    return np.asarray(factor[month, code] * a + b)


def nearest_level(tariff: Tariff, month_ordinal: int) -> Level:
    """Reading of a and b nearest in time to a month (12 * year + month - 1); the earlier one of two."""
    return min(tariff.levels, key=lambda level: (abs(level.ordinal - month_ordinal), level.ordinal))


def _hours_left(
    tariff: Tariff, times: pd.DatetimeIndex, code: NDArray[np.int8], calendar: DayCalendar
) -> FloatArray:
    """Run lengths to the next change; two days beyond the end keep the last run whole."""
    minutes = step_minutes(times)
    beyond = pd.date_range(times[-1], periods=2 * 1440 // minutes + 1, freq=f"{minutes}min")[1:]
    whole = np.concatenate([code, periods(tariff, beyond, calendar)])
    changes = np.flatnonzero(np.diff(whole)) + 1
    if len(changes) == 0 or changes[-1] < len(code):
        changes = np.append(changes, len(whole))
    following = changes[np.searchsorted(changes, np.arange(len(code)), side="right")]
    return np.asarray((following - np.arange(len(code))) * (minutes / 60.0))


# --- what has to be said beside the figures -------------------------------------------------------------


def validity_assumptions(tariff: Tariff, times: pd.DatetimeIndex) -> tuple[Assumption, ...]:
    """Say it where times lie outside the span in which the tariff is known to be in force."""
    local = local_times(times)
    first, last = local[0].date(), local[-1].date()
    if tariff.valid_from <= first and last <= tariff.valid_to:
        return ()
    span = f"{tariff.valid_from} – {tariff.valid_to}"
    return (
        Assumption(
            "tariff.validity",
            f"电价 {tariff.key} 已知有效期为 {span}，此处用于 {first} – {last}。",
            f"The tariff {tariff.key} is known in force for {span}; here it is used for {first} to {last}.",
            span,
            "",
            tariff.note,
            "assumed",
        ),
    )


def _level_assumptions(tariff: Tariff, times: pd.DatetimeIndex) -> tuple[Assumption, ...]:
    local = local_times(times)
    ordinals = np.unique(local.year.to_numpy() * 12 + local.month.to_numpy() - 1)
    borrowed: dict[Level, list[str]] = {}
    for ordinal in ordinals:
        level = nearest_level(tariff, int(ordinal))
        if level.ordinal != ordinal:
            borrowed.setdefault(level, []).append(f"{ordinal // 12}-{ordinal % 12 + 1:02d}")
    return tuple(
        Assumption(
            "tariff.price_level",
            f"{len(months)} 个月（{months[0]} 至 {months[-1]}）无电价读数，采用 {level.month} 的 "
            f"a = {level.a:g}、b = {level.b:g} 元/kWh。",
            f"{len(months)} months ({months[0]} to {months[-1]}) without a price reading use that of "
            f"{level.month}: a = {level.a:g}, b = {level.b:g} CNY/kWh.",
            f"a={level.a:g}, b={level.b:g}",
            "CNY/kWh",
            level.source,
            "assumed",
        )
        for level, months in borrowed.items()
    )


def calendar_assumptions(
    tariff: Tariff, times: pd.DatetimeIndex, calendar: DayCalendar
) -> tuple[Assumption, ...]:
    """Unknown holidays matter to a price only where there is a deep valley."""
    return () if tariff.deep_valley is None else calendar.assumptions(times)


def _tier_assumption(tariff: Tariff) -> Assumption:
    first = tariff.tiers[0]
    return Assumption(
        "tariff.tier_of_price_signal",
        "分时价格信号按第一档计；账单按全年阶梯计费。",
        "The price signal is the first tier's; the bill charges the tiers of the year.",
        f"{first.peak:g}/{first.valley:g}",
        "CNY/kWh",
        first.source,
        "assumed",
    )
