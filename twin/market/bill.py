"""The bill (电费账单) of a meter: energy by period, demand charge, and what exported energy earns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from twin.market.assumption import UNVERIFIED, Assumption, merged
from twin.market.days import ChineseCalendar, DayCalendar, local_times, month_places, step_minutes
from twin.market.tariff import (
    DemandCharge,
    Period,
    Prices,
    Tariff,
    calendar_assumptions,
    nearest_level,
    prices,
    validity_assumptions,
)
from weather.errors import TwinError
from weather.kept import kept

FloatArray = NDArray[np.float64]
Months = tuple[list[str], NDArray[np.int_]]
"""Months of a span, and the place of each step's month among them."""
DEMAND_MINUTES = 15
"""Metering interval of the demand charge (最大需量)."""


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a bill; `amount_cny` is what the customer pays (negative: receives)."""

    month: str
    kind: str
    period: str
    quantity: float
    unit: str
    price: float
    amount_cny: float
    confidence: str
    note: str = ""


@dataclass(frozen=True)
class Bill:
    """What the grid company would ask for."""

    tariff: str
    lines: tuple[BillLine, ...]
    assumptions: tuple[Assumption, ...]

    def amount(self, kind: str | None = None) -> float:
        """Sum of the lines of a kind (`energy`, `demand`, `export`), or of all, CNY."""
        return math.fsum(line.amount_cny for line in self.lines if kind in (None, line.kind))

    def by_period(self) -> dict[str, dict[str, float]]:
        """Energy and its cost by price period."""
        table: dict[str, dict[str, float]] = {}
        for line in self.lines:
            if line.kind == "energy":
                entry = table.setdefault(line.period, {"kwh": 0.0, "cny": 0.0})
                entry["kwh"] += line.quantity
                entry["cny"] += line.amount_cny
        return table

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "tariff": self.tariff,
            "total_cny": self.amount(),
            "energy_cny": self.amount("energy"),
            "demand_cny": self.amount("demand"),
            "export_cny": self.amount("export"),
            "by_period": self.by_period(),
            "lines": [{name: getattr(line, name) for name in BillLine.__slots__} for line in self.lines],
        }


def bill(
    import_kw: ArrayLike,
    export_kw: ArrayLike,
    times: pd.DatetimeIndex,
    tariff: Tariff,
    *,
    calendar: DayCalendar | None = None,
    meters: int = 1,
    transformer_kva: float | None = None,
) -> Bill:
    """Charge a meter's import and pay its export.

    Parameters
    ----------
    import_kw, export_kw : array_like, shape (n,)
        Mean power over each step at the meter, both >= 0, kW.
    times : DatetimeIndex, shape (n,)
        Interval starts of one step width, tz-aware.
    tariff : Tariff
    calendar : DayCalendar, optional
        Default the official calendar of mainland China.
    meters : int
        Household meters that share the import evenly (each has its own yearly tiers).
    transformer_kva : float, optional
        Capacity of the transformer; with it the discount on the demand price can apply.

    Returns
    -------
    Bill
        Lines by month and period; energy, demand and export apart.
    """
    days = calendar or ChineseCalendar()
    imported, exported = np.asarray(import_kw, float), np.asarray(export_kw, float)
    _refuse_bad_power(imported, exported, times)
    hours = step_minutes(times) / 60.0
    local = local_times(times)
    months = month_places(local)
    priced = prices(tariff, times, calendar)
    energy = imported * hours
    stated: list[Assumption] = []
    if tariff.tiers:
        lines = list(_tier_lines(tariff, energy, local, months, priced.period, meters))
        stated += _tier_price_assumptions(tariff, lines)
    else:
        lines = list(_energy_lines(tariff, energy, months, priced))
        stated += priced.assumptions
    stated += validity_assumptions(tariff, times)
    if tariff.demand_charge is not None:
        more, said = _demand_lines(tariff.demand_charge, imported, energy, times, months, transformer_kva)
        lines += more
        stated += said
    if exported.any():
        more, said = _export_lines(tariff, exported * hours, months)
        lines += more
        stated += said
    stated += calendar_assumptions(tariff, times, days)
    return Bill(tariff.key, tuple(lines), merged(stated))


def demand_kw(import_kw: ArrayLike, times: pd.DatetimeIndex) -> tuple[FloatArray, pd.DatetimeIndex]:
    """Mean power of each clock quarter-hour.

    Parameters
    ----------
    import_kw : array_like, shape (..., n)
        Mean power of each step, kW.
    times : DatetimeIndex, shape (n,)
        Interval starts; the first must lie on a quarter-hour.

    Returns
    -------
    demand : ndarray, shape (..., m)
        kW. A step longer than 15 minutes counts as even within itself; a last incomplete quarter-hour is
        the mean of what it holds.
    starts : DatetimeIndex, shape (m,)
    """
    minutes = step_minutes(times)
    if times[0].minute % DEMAND_MINUTES or times[0].second:
        raise TwinError(f"the first time {times[0]} is not on a quarter-hour.", "Begin on a quarter-hour.")
    grain = math.gcd(minutes, DEMAND_MINUTES)
    fine = np.repeat(np.asarray(import_kw, float), minutes // grain, axis=-1)
    per = DEMAND_MINUTES // grain
    edges = np.arange(0, fine.shape[-1], per)
    sums = np.add.reduceat(fine, edges, axis=-1)
    counts = np.diff(np.append(edges, fine.shape[-1]))
    starts = _quarter_hours(times[0], times.tz, len(edges))
    if times[-1] - times[0] != (len(times) - 1) * pd.Timedelta(minutes=minutes):  # a leap year lacks its 29th
        at = edges * grain
        starts = times[at // minutes] + pd.to_timedelta(at % minutes, unit="min")
    return sums / counts, starts


@kept(16)
def _quarter_hours(first: pd.Timestamp, zone: tzinfo | None, count: int) -> pd.DatetimeIndex:
    """Starts of quarter-hours; the zone tells first times apart that are one instant."""
    return pd.date_range(first, periods=count, freq=f"{DEMAND_MINUTES}min")


def _refuse_bad_power(imported: FloatArray, exported: FloatArray, times: pd.DatetimeIndex) -> None:
    for name, power in (("import", imported), ("export", exported)):
        if power.shape != (len(times),):
            raise TwinError(f"{name} has shape {power.shape}, times {len(times)}.", "Give one value a step.")
        if not np.isfinite(power).all() or (power < -1e-9).any():
            raise TwinError(f"{name} holds NaN, infinite or negative power.", "Split net power into two.")


def _groups(months: Months, code: NDArray[np.int8]) -> Iterator[tuple[str, int, NDArray[np.int_]]]:
    """Steps of each month and period."""
    names, place = months
    both = place * len(Period) + code
    order = np.argsort(both, kind="stable")
    for mine in np.split(order, np.flatnonzero(np.diff(both[order])) + 1):
        month, period = divmod(int(both[mine[0]]), len(Period))
        yield names[month], period, mine


def _by_month(months: Months, values: FloatArray) -> FloatArray:
    """Sum of each month."""
    names, place = months
    return np.bincount(place, values, len(names)).astype(np.float64)


def _energy_lines(tariff: Tariff, energy: FloatArray, months: Months, priced: Prices) -> Iterator[BillLine]:
    for month, period, mine in _groups(months, priced.period):
        ordinal = int(month[:4]) * 12 + int(month[5:]) - 1
        level = nearest_level(tariff, ordinal)
        own = level.ordinal == ordinal
        kwh, price = float(energy[mine].sum()), float(priced.price[mine][0])
        yield BillLine(
            month,
            "energy",
            Period(period).name,
            kwh,
            "kWh",
            price,
            kwh * price,
            level.confidence if own else "assumed",
            "" if own else f"price level of {level.month}",
        )


def _tier_lines(
    tariff: Tariff,
    energy: FloatArray,
    local: pd.DatetimeIndex,
    months: Months,
    code: NDArray[np.int8],
    meters: int,
) -> Iterator[BillLine]:
    year = local.year.to_numpy()
    before = np.empty_like(energy)
    for y in np.unique(year):
        part = energy[year == y]
        before[year == y] = np.cumsum(part) - part
    lower = 0.0
    for number, tier in enumerate(tariff.tiers, 1):
        upper = math.inf if tier.upper_kwh_per_year is None else tier.upper_kwh_per_year * meters
        within = np.clip(before + energy, lower, upper) - np.clip(before, lower, upper)
        for month, period, mine in _groups(months, code):
            kwh = float(within[mine].sum())
            if kwh == 0.0:
                continue
            price = tier.peak if period == Period.peak else tier.valley
            yield BillLine(
                month,
                "energy",
                Period(period).name,
                kwh,
                "kWh",
                price,
                kwh * price,
                tier.confidence,
                f"tier {number}",
            )
        lower = upper


def _demand_lines(
    charge: DemandCharge,
    imported: FloatArray,
    energy: FloatArray,
    times: pd.DatetimeIndex,
    months: Months,
    kva: float | None,
) -> tuple[list[BillLine], list[Assumption]]:
    demand, starts = demand_kw(imported, times)
    local = local_times(starts)
    names, of_month = month_places(local)
    lines, discounted = [], False
    for month, monthly, first, last in zip(
        names, _by_month(months, energy), *_spans(of_month, len(names)), strict=True
    ):
        top = int(first + np.argmax(demand[first:last]))
        price, note = charge.per_kw_month, f"maximum at {local[top]:%m-%d %H:%M}"
        if kva is not None and monthly / kva >= charge.discount_from_kwh_per_kva_month:
            price *= charge.discount
            discounted = True
            note += f", price x {charge.discount:g}"
        kw = float(demand[top])
        lines.append(BillLine(month, "demand", "", kw, "kW", price, kw * price, charge.confidence, note))
    return lines, list(_demand_assumptions(charge, times, discounted))


def _spans(place: NDArray[np.int_], count: int) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """First step of each month and that after its last; times run on."""
    edges = np.searchsorted(place, np.arange(count + 1))
    return edges[:-1], edges[1:]


def _export_lines(
    tariff: Tariff, energy: FloatArray, months: Months
) -> tuple[list[BillLine], list[Assumption]]:
    lines = []
    export = tariff.export
    price = export.price if export else 0.0
    confidence = export.confidence if export else "assumed"
    for month, kwh in zip(months[0], _by_month(months, energy).tolist(), strict=True):
        if kwh > 0:
            lines.append(BillLine(month, "export", "", kwh, "kWh", price, -kwh * price, confidence))
    if confidence not in UNVERIFIED:
        return lines, []
    return lines, [
        Assumption(
            "tariff.export_price",
            f"余电上网电价按 {price:g} 元/kWh 计（待核实）。",
            f"Exported energy is paid at {price:g} CNY/kWh (not verified).",
            price,
            "CNY/kWh",
            export.source if export else f"the tariff {tariff.key} names no export price",
            confidence,
        )
    ]


def _tier_price_assumptions(tariff: Tariff, lines: list[BillLine]) -> Iterator[Assumption]:
    used = sorted({line.note for line in lines if line.confidence in UNVERIFIED})
    if used:
        yield Assumption(
            "tariff.tier_prices",
            f"部分阶梯的分时价格未核实（本账单用到 {'、'.join(used)}）。",
            f"Prices of some tiers are not verified (this bill uses {', '.join(used)}).",
            ", ".join(f"{t.peak:g}/{t.valley:g}" for t in tariff.tiers if t.confidence in UNVERIFIED),
            "CNY/kWh",
            tariff.tiers[-1].source,
            "gk-verify",
        )


def _demand_assumptions(
    charge: DemandCharge, times: pd.DatetimeIndex, discounted: bool
) -> Iterator[Assumption]:
    if charge.confidence in UNVERIFIED:
        yield Assumption(
            "tariff.demand_price",
            f"需量电价按 {charge.per_kw_month:g} 元/(kW·月) 计（待核实）。",
            f"The demand price is taken as {charge.per_kw_month:g} CNY/(kW·month) (not verified).",
            charge.per_kw_month,
            "CNY/(kW·month)",
            charge.source,
            charge.confidence,
        )
    if discounted and charge.discount_confidence in UNVERIFIED:
        yield Assumption(
            "tariff.demand_discount",
            "需量电价折扣未核实。",
            "The discount on the demand price is not verified.",
            charge.discount,
            "-",
            charge.discount_source,
            charge.discount_confidence,
        )
    minutes = step_minutes(times)
    if DEMAND_MINUTES % minutes:
        yield Assumption(
            "tariff.demand_resolution",
            f"步长 {minutes} 分钟，最大需量由步长内均值代替 15 分钟均值，可能偏低。",
            f"At {minutes}-minute steps the 15-minute demand is taken from step means and may be too low.",
            minutes,
            "min",
            "time step of the run",
            "assumed",
        )
    local = local_times(times)
    if (local[0].day, local[0].hour) != (1, 0) or (local[-1] + pd.Timedelta(minutes=minutes)).day != 1:
        yield Assumption(
            "tariff.partial_month",
            "首月或末月不完整，需量电费按整月计收。",
            "The first or last month is incomplete; its demand charge is that of a whole month.",
            None,
            "",
            "span of the run",
            "assumed",
        )
