"""All indicators of a Run, with the Runs beside it that they need, and why some do not apply."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from twin.judges.factors import factor
from twin.judges.kpis import (
    annex82,
    boptest,
    citylearn,
    control,
    cost_carbon,
    dc,
    district,
    event,
    grid,
    load_match,
    peak,
    resilience,
    shift,
    storage_like,
)
from twin.judges.kpis.headline import headline
from twin.judges.kpis.kpi import Kpi, categories, definitions, known, undefined
from twin.judges.kpis.reading import (
    HVAC,
    Columns,
    columns,
    facts_of,
    price_classes,
    rooms,
    store,
    whole_days_around,
)
from twin.judges.subject import DEFAULT_TARIFF
from twin.market.tariff import load_tariff
from twin.store import Run, same_weather
from twin.variables import END_USES
from weather.errors import TwinError

_TOGETHER = ("aggregation_synergy",)
"""Indicators of all buildings of a Run together."""
_STANDING: Mapping[str, str] = {
    "flexibility_factor_carbon": "no_carbon_signal",
    "ev_envelope": "no_sessions",
    "apr_participation": "no_orders",
    "dc_advantage": "no_ac_twin",
    "virtual_capacity": "no_mass",
    "virtual_down": "no_mass",
    "virtual_up": "no_mass",
    "virtual_self_discharge": "no_mass",
    "boptest_idis": "no_co2",
    "boptest_pdih": "no_district_heat",
    "boptest_time": "no_controller_time",
    "response_delay": "no_step_response",
    "response_depth": "no_step_response",
    "response_rise": "no_step_response",
    "response_duration": "no_step_response",
    "response_energy": "no_step_response",
    "response_rebound": "no_step_response",
}
"""What a Run's tables do not tell; the functions take it where it is known."""
_EVENT = (
    "demand_decrease", "demand_decrease_index", "demand_decrease_intensity", "demand_increase",
    "demand_increase_index", "rebound_energy", "rebound_after", "rebound_power", "rebound_index",
    "payback_ratio", "net_consumption_change", "adr_capacity", "adr_efficiency", "event_self_consumption",
    "annex82_rebound_energy",
)  # fmt: skip


@dataclass(frozen=True)
class One:
    """A building of a Run: its columns, facts, zones, and what the judges said."""

    built: Columns
    facts: Mapping[str, Any]
    judged: Mapping[str, Any]
    counters: Mapping[str, float] | None
    series: pd.DataFrame
    zones: pd.DataFrame | None
    event: Mapping[str, Any] | None

    @property
    def area(self) -> float:
        """Floor area [m2]."""
        return float(self.facts["floor_area_m2"])

    @property
    def tariff(self) -> str:
        """Key of its tariff."""
        return str(self.facts.get("tariff") or DEFAULT_TARIFF)

    @property
    def cost(self) -> float:
        """Whole bill [CNY]."""
        return float(self.judged["cost"]["total_cny"])

    @property
    def carbon(self) -> float:
        """Operational carbon by the grid average [kgCO2]."""
        return float(self.judged["carbon"]["physical"]["total_kg"])


@dataclass(frozen=True)
class RunKpis:
    """Indicators of the buildings of a Run in the order of the registry, and of all of them together."""

    buildings: dict[str, tuple[Kpi, ...]]
    together: tuple[Kpi, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "categories": {key: {"zh": zh, "en": en} for key, (zh, en) in categories().items()},
            "buildings": {name: [kpi.as_dict() for kpi in kpis] for name, kpis in self.buildings.items()},
            "together": [kpi.as_dict() for kpi in self.together],
        }


def kpis_of_run(
    run: Run,
    *,
    baseline: Run | None = None,
    perfect: Run | None = None,
    minute: tuple[Run, Run] | None = None,
) -> RunKpis:
    """Every indicator of the registry for every building.

    Parameters
    ----------
    run : Run
        Judged.
    baseline : Run, optional
        The same buildings in the same weather without flexibility; for the response to a call the same Run
        without the call.
    perfect : Run, optional
        The same with perfect foresight, for regret.
    minute : tuple of Run, optional
        The same dispatch and the same baseline marched at 1 min, for the bias of averaging.

    Returns
    -------
    RunKpis
        Each indicator once a building, defined or with the reason why not.

    Raises
    ------
    TwinError
        A Run that was not judged, or Runs of different buildings, steps or weather.
    """
    for other, what in ((baseline, "baseline"), (perfect, "perfect")):
        _refuse_other(run, other, what)
    _refuse_coarse(run, minute)
    found = {}
    ours, theirs, best = _all(run), _all(baseline), _all(perfect)
    fine = None if minute is None else (_all(minute[0]), _all(minute[1]))
    for name, one in ours.items():
        base, ideal = theirs.get(name), best.get(name)
        pair = None if fine is None else (fine[0][name], fine[1][name])
        found[name] = _in_order((*_alone(one), *_beside(one, base), *_scored(one, base, ideal, pair)))
    return RunKpis(found, (_synergy(run, baseline),))


def _all(run: Run | None) -> dict[str, One]:
    """Every building of a Run by name."""
    if run is None:
        return {}
    known = facts_of(run)
    return {name: _one(run, name, known.get(name)) for name in run.series}


def _one(run: Run, name: str, facts: Mapping[str, Any] | None) -> One:
    judged = (run.summary.get("buildings") or {}).get(name)
    if judged is None or facts is None:
        raise TwinError(
            f"the Run says nothing about {name!r}: it was not judged, or is of other buildings.",
            "Give Runs that `twin run` stored, of the same buildings.",
            file=run.path,
            key=f"buildings.{name}",
        )
    called = run.manifest.get("event")
    mine = called is not None and (called.get("building") or next(iter(run.series))) == name
    series = run.series[name]
    counters = (run.summary.get("counters") or {}).get(name)
    return One(
        columns(series), facts, judged, counters, series, run.zones.get(name), called if mine else None
    )


def _refuse_other(run: Run, other: Run | None, what: str) -> None:
    """Runs that are to be compared must be of one weather, of the same steps and buildings."""
    if other is None:
        return
    for name, series in run.series.items():
        beside = other.series.get(name)
        if beside is None or not series.index.equals(beside.index):
            raise TwinError(
                f"the {what} Run has no building {name!r} on the same time stamps.",
                "Give a Run of the same buildings, year and step.",
                file=other.path,
                key=what,
            )
    if not same_weather(run, other):
        raise TwinError(
            f"the {what} Run was driven by other weather.",
            "Run both with the same weather and seed.",
            file=other.path,
            key=what,
        )


def _refuse_coarse(run: Run, minute: tuple[Run, Run] | None) -> None:
    """The truth must be of the same buildings, at 1 min."""
    for fine in minute or ():
        for name in run.series:
            step = columns(fine.series[name]).step_h if name in fine.series else math.nan
            if not step <= 1.0 / 60.0 + 1e-9:
                raise TwinError(
                    f"a Run given as 1-min truth has {name!r} at steps of {60.0 * step:g} min."
                    if name in fine.series
                    else f"a Run given as 1-min truth has no building {name!r}.",
                    "Run the same project with timestep: 1.",
                    file=fine.path,
                    key="minute",
                )


def _in_order(kpis: tuple[Kpi, ...]) -> tuple[Kpi, ...]:
    by_key = {kpi.key: kpi for kpi in kpis}
    by_key |= {key: undefined(key, reason) for key, reason in _STANDING.items()}
    return tuple(by_key[key] for key in definitions() if key not in _TOGETHER)


# --- alone ----------------------------------------------------------------------------------------------


def _alone(one: One) -> tuple[Kpi, ...]:
    """What needs no other Run."""
    built = one.built
    return (
        *headline(one.series, one.zones, one.facts, one.counters, one.judged.get("response")),
        *_matching(built),
        grid.grid_interaction_index(built.net),
        grid.generation_multiple(built.net),
        grid.loss_of_load_probability(built.net),
        *_connection(one),
        peak.load_factor(built.imported, built.step_h),
        peak.peak_valley_ratio(built.imported, built.step_h),
        *peak.ramps(built.net, built.step_h),
        _factor(one),
        *_storage(one),
        *_boptest(one),
        _discomfort(one),
        *_outages(one),
    )


def _outages(one: One) -> tuple[Kpi, ...]:
    """What was missing while the grid was, of a Run with faults."""
    keys = ("unserved_critical", "citylearn_thermal_resilience", "citylearn_unserved")
    if "island_state" not in one.series:
        return tuple(undefined(key, "no_outage") for key in keys)
    column = {str(name): one.series[name].to_numpy(float) for name in one.series}
    hours, off = one.built.step_h, column["island_state"] > 0.5
    critical = column["critical_served_kw"]
    served = one.built.total(*END_USES)
    missing = np.sum([values for name, values in column.items() if name.startswith("unserved_")], axis=0)
    judged = rooms(one.zones, one.facts)
    return (
        resilience.unserved_critical(critical + column["unserved_critical_kw"], critical, off, hours),
        undefined(keys[1], "no_zones") if judged is None else citylearn.discomfort(judged, off),
        citylearn.unserved_energy(hours * (served + missing), hours * served, off),
    )


def _matching(built: Columns) -> tuple[Kpi, ...]:
    pv, load = built["pv_kw"], built.load
    charge, given = built["battery_charge_kw"], built.total("battery_discharge_kw", "ev_discharge_kw")
    return (
        load_match.supply_cover_factor(pv, load, charge),
        load_match.load_cover_factor(pv, load, charge, given),
        load_match.load_match_index(pv, load, built.step_h, 0.25),
        load_match.load_match_index(pv, load, built.step_h),
        load_match.pv_curtailment_ratio(pv, built["pv_curtailed_kw"]),
    )


def _connection(one: One) -> tuple[Kpi, ...]:
    """Against the capacity of the connection: the grid interface of a DC bus, else the transformer."""
    interface = float(one.facts.get("interface_kw") or 0.0)
    capacity = interface or float(one.facts.get("transformer_kva") or 0.0)
    net = one.built.net
    if capacity > 0.0:
        by_capacity = (
            grid.connection_capacity_factor(net, capacity),
            grid.dimensioning_rate(net, capacity),
        )
    else:
        by_capacity = (
            undefined("connection_capacity_factor", "no_connection"),
            undefined("dimensioning_rate", "no_connection"),
        )
    if interface > 0.0:
        return (*by_capacity, *dc.interface_load(net, interface))
    keys = ("interface_utilisation", "interface_low_load")
    return (*by_capacity, *(undefined(key, "no_dc_bus") for key in keys))


def _factor(one: One) -> Kpi:
    low, _, high = price_classes(one.tariff, one.built.times)
    return shift.flexibility_factor(one.built.imported, low, high, one.built.step_h)


def _storage(one: One) -> tuple[Kpi, ...]:
    battery = store(one.built, one.facts)
    if battery is None:
        return tuple(
            undefined(key, "no_battery") for key in ("equivalent_storage", "equivalent_storage_density")
        )
    found = storage_like.equivalent_storage(
        battery.capacity_kwh, battery.soc_max - battery.soc_min, floor_area_m2=one.area
    )
    note = "battery alone: sessions of vehicles and heat capacity of rooms are not stored in a Run"
    return tuple(known(kpi.key, kpi.value, note) for kpi in found)


def _boptest(one: One) -> tuple[Kpi, ...]:
    """Theirs on HVAC alone, then the meter's."""
    built, hours, area = one.built, one.built.step_h, one.area
    hvac, gas = built.total(*HVAC), built["gas_kw"]
    gas_price = factor("gas_price").value * 3.6 / factor("gas_heating_value").value
    grid_factor, gas_factor = (
        factor("electricity_shanghai_2023").value,
        3.6e-3 * factor("gas_carbon").value,
    )
    judged = rooms(one.zones, one.facts, operative=True)
    discomfort = (
        undefined("boptest_tdis", "no_zones") if judged is None else boptest.thermal_discomfort(judged, hours)
    )
    gas_peak = (
        boptest.peak(gas, hours, area, "boptest_pgas") if gas.any() else undefined("boptest_pgas", "no_gas")
    )
    return (
        discomfort,
        boptest.energy_use(hvac, gas, hours, area),
        boptest.cost(hvac, built["price_cny_kwh"], gas, gas_price, hours, area),
        boptest.emissions(hvac, grid_factor, gas, gas_factor, hours, area),
        boptest.peak(hvac, hours, area),
        gas_peak,
        *boptest.at_the_meter(built.net, gas, one.cost, hours, area),
    )


def _discomfort(one: One) -> Kpi:
    judged = rooms(one.zones, one.facts)
    if judged is None:
        return undefined("citylearn_discomfort", "no_zones")
    return citylearn.discomfort(judged)


# --- beside the baseline ----------------------------------------------------------------------------------


def _beside(one: One, base: One | None) -> tuple[Kpi, ...]:
    """What compares with the Run without flexibility."""
    if base is None:
        return tuple(
            undefined(key, "no_event" if key in _EVENT and one.event is None else "baseline")
            for key, entry in definitions().items()
            if entry.needs == "baseline" and key not in _TOGETHER
        )
    return (
        *_reshaped(one, base),
        *cost_carbon.cost_savings(one.cost, base.cost),
        *cost_carbon.carbon_savings(one.carbon, base.carbon),
        *_degrees(one, base),
        *_called(one, base),
        *_citylearn(one, base),
    )


def _reshaped(one: One, base: One) -> tuple[Kpi, ...]:
    built, before, hours = one.built, base.built, one.built.step_h
    bought, bought_b = built.imported, before.imported
    _, medium, high = price_classes(base.tariff, built.times)
    return (
        grid.import_savings(bought, bought_b, hours),
        *peak.peak_reduction(bought, bought_b, hours),
        peak.hourly_reduction(bought, bought_b, hours),
        peak.deviation_decrease(built.net, before.net),
        peak.dimensionless_peak_shaving(bought, bought_b, high, hours),
        shift.flexibility_index(bought, bought_b, medium, high),
        shift.flexibility_function_index(bought, bought_b, before["price_cny_kwh"], hours),
        annex82.annex82_peak_shaving(bought, bought_b, high, hours),
        annex82.annex82_import_savings(built.gross_load, before.gross_load, built["pv_kw"], hours),
    )


def _degrees(one: One, base: One) -> tuple[Kpi, Kpi]:
    """柔性度 against the order, where there was one, and against a flat line each day."""
    net, rigid = one.built.net, base.built.net
    flat = control.flexibility_degree(
        net, rigid, control.daily_flat(rigid, one.built.step_h), "flexibility_degree_flat"
    )
    target = one.built["grid_target_kw"]
    aimed = np.isfinite(target)
    if not aimed.any():
        return undefined("flexibility_degree", "no_target"), flat
    if float(np.abs(net - target)[aimed].max()) <= 1e-6:
        return undefined("flexibility_degree", "own_target"), flat
    return control.flexibility_degree(net[aimed], rigid[aimed], target[aimed]), flat


def _called(one: One, base: One) -> tuple[Kpi, ...]:
    """The call against the Run without it, from its midnight to the end of the next day."""
    if one.event is None:
        return tuple(undefined(key, "no_event") for key in _EVENT)
    built, hours = one.built, one.built.step_h
    start, end = pd.Timestamp(one.event["start"]), pd.Timestamp(one.event["end"])
    first, stop, before, after = whole_days_around(built.times, start, end)
    span = event.span(len(built.times), first, stop, before=before, after=after)
    net, rigid, window = built.net, base.built.net, span.whole
    return (
        *event.demand_decrease(net, rigid, span, one.area),
        *event.demand_increase(net, rigid, span),
        *event.rebound(net, rigid, span, hours),
        event.net_consumption_change(net, rigid, window, hours),
        *storage_like.adr(net, rigid, span, window, hours),
        load_match.event_self_consumption(
            built.gross_load, base.built.gross_load, built["pv_kw"], span.during, hours
        ),
        annex82.annex82_rebound_energy(net[window], rigid[window], before, hours),
    )


def _citylearn(one: One, base: One) -> tuple[Kpi, ...]:
    hours = one.built.step_h
    net, rigid = one.built.net * hours, base.built.net * hours
    export = load_tariff(one.tariff).export
    intensity = np.full_like(net, factor("electricity_shanghai_2023").value)
    price = one.built["price_cny_kwh"]
    return (
        *citylearn.consumption(net, rigid),
        *citylearn.cost(net, rigid, price, export.price if export is not None else 0.0),
        *citylearn.carbon(net, rigid, intensity),
        *citylearn.ramping(net, rigid),
        *citylearn.peaks(net, rigid, hours),
        *citylearn.load_factor_gaps(net, rigid, hours),
    )


# --- scores -----------------------------------------------------------------------------------------------


def _scored(one: One, base: One | None, ideal: One | None, pair: tuple[One, One] | None) -> tuple[Kpi, Kpi]:
    """Regret and bias of averaging, on the whole bill."""
    if base is None or ideal is None:
        regret = undefined("forecast_regret", "perfect")
    else:
        regret = control.forecast_regret(one.cost, ideal.cost, base.cost)
        if regret.defined:
            regret = known(regret.key, regret.value, f"whole bill, scored at {60.0 * one.built.step_h:g} min")
    if base is None or pair is None:
        return regret, undefined("averaging_bias", "no_minute_pair")
    return regret, control.averaging_bias(one.cost, base.cost, pair[0].cost, pair[1].cost)


def _synergy(run: Run, baseline: Run | None) -> Kpi:
    if len(run.series) < 2:
        return undefined("aggregation_synergy", "single_building")
    if baseline is None:
        return undefined("aggregation_synergy", "baseline")
    mine, theirs = ({name: columns(s) for name, s in r.series.items()} for r in (run, baseline))
    return district.aggregation_synergy(
        [mine[name].net for name in mine],
        [theirs[name].net for name in mine],
        next(iter(mine.values())).step_h,
    )
