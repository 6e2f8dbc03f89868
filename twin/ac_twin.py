"""Paired AC twin (成对交流孪生): one building once with its DC bus and once on an AC board.

Both live through the same weather with the same zones, loads, vehicles and controller; only the converters
differ. The difference in what the grid gives is therefore a paired one, stated in per cent of the useful
energy (what lamps, machines, appliances and vehicles get behind their own supplies) and split by cause.

The split substitutes one stage after another, from DC to AC and in the opposite order; a cause is the mean of
both, and half their difference says how much the order decides. Substitutions keep the topology (a lamp's AC
driver on the bus draws more, and the interface carries that); the interface itself goes last or first.

How sure: every AC-side converter and the interface in three classes of measured products (best decile,
median, older), the DC/DC stages in two. What no measurement supports (LED drivers on DC, the rectifier of
drives) is marked as assumed.

The bus voltage as a signal (下垂控制) exists on DC only; a building under droop is paired under rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.description.schema import Building, Project
from buildings.systems.converter import load_converter
from buildings.systems.converter_series import converters_in_series
from buildings.systems.dc_network import Finding
from buildings.systems.records import Record, entry
from buildings.thermal.inputs import Surroundings
from twin.ac_cables import AttachedNetwork
from twin.building_batch import EQUIPMENT_IN, FANS_IN, LIGHTING_IN, PV_IN
from twin.clock import march
from twin.electric_replay import ElectricYear, replay_year
from twin.electric_side import ElectricSide
from twin.plant import Plant, prepare
from twin.power_columns import (
    BATTERY_LOSS,
    CONVERSION_LOSS,
    COOKING,
    EQUIPMENT,
    EV_CHARGE,
    FANS,
    FRESH_AIR,
    GENERATION,
    GRID_EXPORT,
    GRID_IMPORT,
    HOT_WATER,
    HVAC,
    HVAC_SHED,
    LIGHTING,
    PROCESS,
    PV,
    UNSERVED,
)
from twin.progress import Progress
from weather.climate_year import ClimateYear
from weather.errors import TwinError

Array = NDArray[np.float64]
CLASSES: Mapping[str, str] = {"best": "afe_best", "median": "afe_median", "older": "afe_older"}
"""Measured classes of converters between AC and DC."""
DC_CLASSES: Mapping[str, str] = {"good": "dcdc_good", "average": "dcdc_average"}
PUBLISHED = (-1.7, 2.7)
"""Lowest and highest saving of the project's earlier paired comparison of a synthetic medium office
(interfaces best to older, 0 to 450 kWp, 1 or 4 modules) [% of useful energy]; computed, 2026."""
CAUSES = ("lighting", "drives", "pv", "battery", "ev", "levels", "cables", "interface")
"""In the order of substitution from DC to AC."""
ASSUMED = ("lighting", "drives")
"""Causes whose DC side no measurement supports."""


@dataclass(frozen=True)
class Stages:
    """What stands where; None is as described.

    Attributes
    ----------
    interface : str or None
        Converter between bus and grid.
    bus : bool
        False is an AC board without bus and interface.
    lighting, drives, ev, levels, cables : {"dc", "ac"}
        Supplies of lamps, of variable-speed drives and of vehicles, converters between levels, cables.
    pv, battery : str or None
        Keys of their converters.
    ac_class : str
        Class of the rectifiers of chargers on AC.
    """

    interface: str | None = None
    bus: bool = True
    lighting: str = "dc"
    drives: str = "dc"
    pv: str | None = None
    battery: str | None = None
    ev: str = "dc"
    levels: str = "dc"
    cables: str = "dc"
    ac_class: str = "median"


def _with_ac(stages: Stages, cause: str, ac_class: str) -> Stages:
    """The same with one cause as it is on AC."""
    key = CLASSES[ac_class]
    changes: dict[str, dict[str, Any]] = {
        "pv": {"pv": key},
        "battery": {"battery": key},
        "ev": {"ev": "ac", "ac_class": ac_class},
        "interface": {"bus": False, "interface": None},
    }
    return replace(stages, **changes.get(cause, {cause: "ac"}))


@dataclass(frozen=True)
class YearEnergy:
    """Energy of a year [kWh]; `net`: what the grid gave less what it got and what stays in store."""

    net: float
    grid_import: float
    grid_export: float
    pv: float
    conversion_loss: float
    battery_loss: float
    network_loss: float
    ev_delivered: float
    not_served: float
    interface_share: float
    """Mean power through the interface over its rating [-]."""


@dataclass(frozen=True)
class Cause:
    """Share of one cause in the saving [% of useful energy]."""

    name: str
    percent: float
    by_order: float
    kwh: float
    assumed: bool


@dataclass(frozen=True)
class PairedBuilding:
    """The pair of one building.

    Attributes
    ----------
    useful_kwh : float
    useful_parts : dict
        Its parts [kWh].
    dc, ac : YearEnergy
        As described, and on an AC board of median converters.
    saving_percent : float
        (net of AC - net of DC) over useful energy; positive where DC saves.
    causes : tuple of Cause
        Sum up to `saving_percent`.
    by_class : dict
        Saving with interface and AC converters all best, all median, all older.
    grid : dict
        Saving of every combination of interface, AC and DC/DC class.
    class_causes : dict
        Causes of each pair in `by_class`, by name [%].
    """

    name: str
    control: str
    control_described: str
    interface: str
    interface_kw: float
    modules: int
    pv_kwp: float
    useful_kwh: float
    useful_parts: dict[str, float]
    dc: YearEnergy
    ac: YearEnergy
    saving_percent: float
    causes: tuple[Cause, ...]
    by_class: dict[str, float]
    grid: dict[tuple[str, str, str], float]
    class_causes: dict[str, dict[str, float]]
    findings: tuple[Finding, ...] = field(default=())

    @property
    def class_range(self) -> tuple[float, float]:
        """Lowest and highest saving over all combinations of classes [%]."""
        return min(self.grid.values()), max(self.grid.values())


def paired_project(project: Project, control: str | None = None) -> tuple[Project, Project]:
    """The project with its buses, and the same on AC boards, under one controller and without a call.

    Raises
    ------
    TwinError
        No building has a DC bus, or `control` is not one that both can have.
    """
    if control not in (None, "fixed", "rules"):
        raise TwinError(
            f"the controller {control!r} cannot be paired.",
            "Use fixed or rules; the bus voltage as a signal exists on DC only.",
            key="--control",
        )
    if not any(building.dc_bus is not None for building in project.buildings):
        raise TwinError("no building has a DC bus to be paired.", "Give one a dc_bus.", key="dc_bus")

    def built(building: Building, *, bus: bool) -> Building:
        own = building.control.type
        wanted = control or (own if own in ("fixed", "rules") else "rules")
        update: dict[str, Any] = {"control": building.control.model_copy(update={"type": wanted})}
        if not bus:
            update["dc_bus"] = None
        return building.model_copy(update=update)

    pair = [
        project.model_copy(
            update={
                "buildings": tuple(built(b, bus=bus) for b in project.buildings),
                "event": None,
                "faults": (),
            }
        )
        for bus in (True, False)
    ]
    return pair[0], pair[1]


def ac_twin(
    project: Project,
    climate: ClimateYear,
    *,
    control: str | None = None,
    network: AttachedNetwork | None = None,
    progress: Progress | None = None,
) -> list[PairedBuilding]:
    """Pair every building of a project that has a DC bus.

    Parameters
    ----------
    project : Project
    climate : ClimateYear
    control : {"fixed", "rules"}, optional
        Of both; as described by default, and rules instead of droop.
    network : AttachedNetwork, optional
        Cables and level converters of the (only) building with a bus.
    progress : callable, optional
        Called with the share done.

    Returns
    -------
    list of PairedBuilding

    Raises
    ------
    TwinError
        No bus, a controller that cannot be paired, a network for several buildings or one that collapses.
    """
    told = progress if progress is not None else lambda share: None
    on_dc, on_ac = paired_project(project, control)
    with_bus = [b for b, building in enumerate(project.buildings) if building.dc_bus is not None]
    if network is not None and len(with_bus) > 1:
        raise TwinError(
            "a network belongs to one building.", "Pair the buildings one by one.", key="--network"
        )
    plants = {"dc": prepare(on_dc, climate), "ac": prepare(on_ac, climate)}
    told(0.2)
    # the same vehicles on both sides: those that the weaker chargers of the AC board can serve
    sessions, ev_rows = plants["ac"].sessions.copy(), plants["ac"].buildings.ev_rows
    tables = {}
    for side, plant in plants.items():
        plant.sessions = sessions.copy()
        plant.buildings = plant.buildings._replace(ev_rows=ev_rows)
        tables[side] = march(plant).buildings
        told(0.5 if side == "dc" else 0.8)
    done = []
    for b in with_bus:
        described = project.buildings[b].control.type
        pair = _Pair(plants["dc"], plants["ac"], tables["dc"], tables["ac"], sessions, b, network)
        done.append(pair.compared(described))
    told(1.0)
    return done


class _Pair:
    """One building with all that its electrical year needs, on either side."""

    def __init__(
        self,
        dc: Plant,
        ac: Plant,
        dc_table: Array,
        ac_table: Array,
        sessions: NDArray[Any],
        b: int,
        network: AttachedNetwork | None,
    ) -> None:
        self.prepared, self.b = dc.prepared[b], b
        self.building = self.prepared.description
        self.plant, self.dt_h = dc, dc.dt_s / 3600.0
        self.sessions, self.network = sessions, network
        if network is not None:
            network.check_loads(self._bus_loads())
        self.records = {"dc": dc.buildings.electrical[b], "ac": ac.buildings.electrical[b]}
        self.soc = float(self.building.systems.battery.soc_initial) if self.building.systems.battery else 0.0
        inputs = {"dc": dc.buildings.inputs[:, b], "ac": ac.buildings.inputs[:, b]}
        self.lighting = {side: inputs[side][:, LIGHTING_IN] for side in inputs}
        tables = {"dc": dc_table[:, b], "ac": ac_table[:, b]}
        self.hvac = {side: table[:, HVAC] + table[:, HVAC_SHED] for side, table in tables.items()}
        self.dc_columns = tables["dc"]
        first, last = dc.buildings.chargers[b]
        zero = np.zeros(dc.n_steps)
        self.year = ElectricYear(
            lighting=self.lighting["dc"].copy(),
            equipment=inputs["dc"][:, EQUIPMENT_IN].copy(),
            fans=inputs["dc"][:, FANS_IN].copy(),
            bus_loss=zero,
            hvac=self.hvac["dc"],
            fresh_air=tables["dc"][:, FRESH_AIR].copy(),
            hot_water=tables["dc"][:, HOT_WATER].copy(),
            cooking=tables["dc"][:, COOKING].copy(),
            process=tables["dc"][:, PROCESS].copy(),
            generation=tables["dc"][:, GENERATION].copy(),
            pv=inputs["dc"][:, PV_IN].copy(),
            period=dc.buildings.period,
            hours_left=dc.buildings.hours_left,
            battery_room=dc.buildings.battery_room[:, b].copy(),
            ev_rows=np.ascontiguousarray(dc.buildings.ev_rows[:, first:last]),
        )
        self._pv: dict[str | None, Array] = {None: self.year.pv}
        self._known: dict[Stages, YearEnergy] = {}
        self.findings: tuple[Finding, ...] = ()

    # --- one year -----------------------------------------------------------------------------------------

    def energy(self, stages: Stages) -> YearEnergy:
        """Energy of a year with these stages."""
        if stages not in self._known:
            self._known[stages] = self._marched(stages)
        return self._known[stages]

    def _marched(self, stages: Stages) -> YearEnergy:
        record = self._record(stages)
        year = self.year._replace(
            lighting=self.lighting[stages.lighting],
            hvac=self.hvac[stages.drives],
            pv=self._pv_series(stages.pv),
        )
        lost = np.zeros(len(year.hvac))
        table, soc, left = replay_year(record, self.soc, self.sessions, self.dt_h, year)
        if self.network is not None:
            # once is enough: in the demo office a second pass changes the loss by 5e-5
            lost, found = self.network.loss_kw(table, levels=stages.levels, cables=stages.cables)
            if stages == Stages():
                self.findings = tuple(found)
            moved = {"bus_loss": lost} if stages.bus else {"process": year.process + lost}
            table, soc, left = replay_year(record, self.soc, self.sessions, self.dt_h, year._replace(**moved))
        return self._summed(stages, record, table, soc, left, lost)

    def _record(self, stages: Stages) -> Record:
        """Electrical record with the converters of these stages."""
        holder = np.zeros(1, self.records["dc"].dtype)
        holder[0] = self.records["dc" if stages.bus else "ac"]
        row = holder[0]
        if stages.bus:
            row["pumps_on_bus"] = 1  # nothing but the network's loss comes in that place
            if stages.interface is not None:
                own = row["interface"]
                row["interface"] = load_converter(
                    stages.interface, own["rated_kw"], int(own["modules"]), own["module_load_limit"]
                )
        if self.building.systems.battery is not None:
            # a record on an AC board names another converter, so both sides are set
            key = stages.battery or self.building.systems.battery.converter
            row["battery"]["converter"] = load_converter(key, row["battery"]["power_kw"])
        if self.building.systems.ev is not None:
            row["charger"]["converter"] = self._charger_stage(stages)
        return row

    def _charger_stage(self, stages: Stages) -> Record:
        if stages.ev == "dc":
            return self.records["dc"]["charger"]["converter"]
        behind = str(entry("ev_patterns", "charger")["converter"])
        power = float(self.records["dc"]["charger"]["power_kw"])
        return converters_in_series(CLASSES[stages.ac_class], behind, power)

    def _pv_series(self, key: str | None) -> Array:
        """PV power behind converters of that kind."""
        if key not in self._pv:
            systems = self.building.systems
            arrays = tuple(array.model_copy(update={"converter": key}) for array in systems.pv)
            alone = {"pv": arrays, "battery": None, "ev": None, "end_uses": None}
            described = replace(self.building, systems=systems.model_copy(update=alone))
            plant, site = self.plant, self.plant.project.site
            side = ElectricSide(
                replace(self.prepared.thermal, description=described),
                plant.table,
                plant.weather,
                Surroundings(site.terrain, site.ground_reflectance),
                plant.buildings.temp_mains,
            )
            self._pv[key] = side.inputs[:, PV_IN]
        return self._pv[key]

    def _summed(
        self, stages: Stages, record: Record, table: Array, soc: float, left: NDArray[Any], lost: Array
    ) -> YearEnergy:
        def kwh(values: Array) -> float:
            return float(values.sum() * self.dt_h)

        rated = float(record["interface"]["rated_kw"])
        stored = (soc - self.soc) * float(record["battery"]["capacity_kwh"])
        bought, sold = kwh(table[:, GRID_IMPORT]), kwh(table[:, GRID_EXPORT])
        through = table[:, GRID_IMPORT] - table[:, GRID_EXPORT] + table[:, GENERATION]
        for column in (FRESH_AIR, HOT_WATER, COOKING, PROCESS, *_off_bus(record)):
            through = through - table[:, column]
        return YearEnergy(
            net=bought - sold - stored,
            grid_import=bought,
            grid_export=sold,
            pv=kwh(table[:, PV]),
            conversion_loss=kwh(table[:, CONVERSION_LOSS]),
            battery_loss=kwh(table[:, BATTERY_LOSS]),
            network_loss=kwh(lost),
            ev_delivered=float((left["energy_kwh"] - left["remaining_kwh"])[self._own_sessions()].sum()),
            not_served=kwh(table[:, UNSERVED] + table[:, HVAC_SHED]),
            interface_share=float(np.abs(through).mean() / rated) if stages.bus else 0.0,
        )

    def _own_sessions(self) -> NDArray[np.int32]:
        rows = self.year.ev_rows
        return np.unique(rows[rows >= 0])

    # --- the pair -----------------------------------------------------------------------------------------

    def useful(self, dc: YearEnergy) -> dict[str, float]:
        """Useful energy by part [kWh]: the same on both sides."""
        y, loads = self.year, self._bus_loads()
        kwh = self.dt_h
        lamp = float(entry("endpoints", "lighting")["ac_efficiency"])
        parts = {
            "lighting": float(self.lighting["ac"].sum()) * kwh * lamp,
            "equipment": float((y.equipment + y.fans).sum()) * kwh,
            "hvac": float(self.hvac["dc" if "hvac" in loads else "ac"].sum()) * kwh,
            "other": float((y.fresh_air + y.hot_water + y.cooking + y.process).sum()) * kwh,
            "ev": dc.ev_delivered,
        }
        return parts

    def _bus_loads(self) -> tuple[str, ...]:
        bus = self.building.systems.dc_bus
        return tuple(bus.loads) if bus is not None else ()

    def causes(self) -> tuple[str, ...]:
        """Causes that can act in this building, in the order of substitution."""
        systems, loads = self.building.systems, self._bus_loads()
        acts = {
            "lighting": "lighting" in loads,
            "drives": "hvac" in loads,
            "pv": bool(systems.pv),
            "battery": systems.battery is not None,
            "ev": systems.ev is not None and "ev" in loads,
            "levels": self.network is not None and bool(self.network.network.converters),
            "cables": self.network is not None,
            "interface": True,
        }
        return tuple(cause for cause in CAUSES if acts[cause])

    def on_ac(self, ac_class: str) -> Stages:
        """All on AC."""
        stages = Stages()
        for cause in self.causes():
            stages = _with_ac(stages, cause, ac_class)
        return stages

    def on_dc(self, interface: str | None = None, dc_class: str | None = None) -> Stages:
        """All on DC, with converters of a class or as described."""
        key = DC_CLASSES[dc_class] if dc_class is not None else None
        return Stages(interface=CLASSES[interface] if interface is not None else None, pv=key, battery=key)

    def split(self, start: Stages, ac_class: str) -> dict[str, tuple[float, float]]:
        """Energy that each cause saves [kWh] and half of what the order changes in it."""
        causes = self.causes()
        ways: list[dict[str, float]] = []
        for order in (causes, causes[::-1]):
            stages, saved = start, {}
            for cause in order:
                after = _with_ac(stages, cause, ac_class)
                saved[cause] = self.energy(after).net - self.energy(stages).net
                stages = after
            ways.append(saved)
        there, back = ways
        return {c: (0.5 * (there[c] + back[c]), 0.5 * abs(there[c] - back[c])) for c in causes}

    def compared(self, control_described: str) -> PairedBuilding:
        """All of it."""
        dc, ac = self.energy(Stages()), self.energy(self.on_ac("median"))
        parts = self.useful(dc)
        useful = sum(parts.values())

        def percent(kwh: float) -> float:
            return 100.0 * kwh / useful

        systems = self.building.systems
        assert systems.dc_bus is not None
        causes = tuple(
            Cause(name, percent(kwh), percent(order), kwh, name in ASSUMED)
            for name, (kwh, order) in self.split(Stages(), "median").items()
        )
        classes = {
            c: percent(self.energy(self.on_ac(c)).net - self.energy(self.on_dc(c)).net) for c in CLASSES
        }
        grid = {
            (i, a, d): percent(self.energy(self.on_ac(a)).net - self.energy(self.on_dc(i, d)).net)
            for i, a, d in product(CLASSES, CLASSES, DC_CLASSES)
        }
        class_causes = {
            c: {name: percent(kwh) for name, (kwh, _) in self.split(self.on_dc(c), c).items()}
            for c in CLASSES
        }
        interface = self.records["dc"]["interface"]
        return PairedBuilding(
            name=self.building.name,
            control=systems.control.type,
            control_described=control_described,
            interface=systems.dc_bus.interface,
            interface_kw=float(interface["rated_kw"]),
            modules=int(interface["modules"]),
            pv_kwp=self.prepared.pv_kwp,
            useful_kwh=useful,
            useful_parts=parts,
            dc=dc,
            ac=ac,
            saving_percent=percent(ac.net - dc.net),
            causes=causes,
            by_class=classes,
            grid=grid,
            class_causes=class_causes,
            findings=self.findings,
        )


def _off_bus(record: Record) -> list[int]:
    """Columns of the loads that hang on the AC board beside a bus."""
    places = {"lighting": LIGHTING, "equipment": EQUIPMENT, "fans": FANS, "hvac": HVAC, "ev": EV_CHARGE}
    return [column for load, column in places.items() if record[f"{load}_on_bus"] == 0]
