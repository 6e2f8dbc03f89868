"""What a project leaves open of what its buildings share, with sources, and who feeds whom."""

from __future__ import annotations

from collections.abc import Iterator

from buildings.description.ledger import Entry
from buildings.districts.ambient_loop import bare_pair_loss, load_loop, loop_data
from buildings.districts.energy_station import AmbientLoop, EnergyStation
from buildings.districts.heat_network import DENSITY, HEAT, load_network, network_data, pair_loss
from buildings.districts.shared import SharedAssets
from buildings.systems.ev_sessions import charging_pattern
from buildings.systems.heat_pump_products import heat_pump_product
from buildings.systems.records import entry, part, read_library


def shared_entries(shared: SharedAssets) -> Iterator[Entry]:
    """Every figure behind the shared assets: value, unit, source, confidence."""
    station = shared.energy_station
    if station is not None:
        yield from _networks(station) if station.ambient_loop is None else _loop(station.ambient_loop)
    for hub in shared.ev_hubs:
        facts = charging_pattern(hub.pattern)
        at = f"shared.ev_hubs.{hub.name}"
        yield Entry(f"{at}.pattern", hub.pattern, "-", str(facts["source"]), str(facts["confidence"]))
        if hub.vehicles_per_day is None:
            per_day = 1.5 * hub.chargers
            yield Entry(f"{at}.vehicles_per_day", per_day, "1", "1.5 per charger", "assumed")
    for array in shared.pv:
        for kind, key in (("modules", array.module), ("mountings", array.mounting)):
            facts = part("pv", kind, key)
            at = f"shared.pv.{array.name}.{kind[:-1]}"
            yield Entry(at, key, "-", str(facts["source"]), str(facts["confidence"]))
    if shared.storage is not None:
        facts = entry("batteries", shared.storage.equipment)
        at = f"shared.storage.{shared.storage.equipment}"
        yield Entry(at, shared.storage.capacity, "kWh", str(facts["source"]), str(facts["confidence"]))


def _networks(station: EnergyStation) -> Iterator[Entry]:
    """Temperatures, losses and water of both networks, and what these rest on."""
    temps, data = read_library("supply_temperatures"), network_data()
    pipes, ground = data["pipes"], data["ground"]
    for side, carrier in (("heating", "space_heat"), ("cooling", "chilled_water")):
        described, usual = getattr(station, side), temps[carrier]
        at = f"shared.energy_station.{side}"
        for end in ("supply", "back"):
            if getattr(described, end) is None:
                source, confidence = usual["source"], usual["confidence"]
                yield Entry(f"{at}.{end}", float(usual[end]), "degC", source, confidence)
        net = load_network(described, heating=side == "heating", supply=usual["supply"], back=usual["back"])
        for product in sorted({pipe.product for pipe in described.pipes}):
            source = f"pair in the ground; {pipes['source']}"
            yield Entry(f"{at}.{product}", pair_loss(product), "W/(m.K)", source, pipes["confidence"])
        yield Entry(f"{at}.loss", net.loss, "W/K", f"all pipes; {ground['source']}", ground["confidence"])
        water = net.capacity / (DENSITY * HEAT)
        yield Entry(f"{at}.water", water, "m3", "bore and length of all pipes", "derived")
    steel = data["hydraulics"]
    yield from _hydraulics(steel["roughness"], steel["source"], steel["confidence"])


def _hydraulics(rough: float, source: str, confidence: str) -> Iterator[Entry]:
    """Roughness [mm] of the pipes, and what is taken of drops and pumps."""
    water, at = network_data()["hydraulics"], "shared.energy_station.hydraulics"
    yield Entry(f"{at}.roughness", rough, "mm", source, confidence)
    for name, unit in (("station", "kPa"), ("substation", "kPa"), ("pump", "1")):
        yield Entry(f"{at}.{name}", float(water[name]), unit, water["source"], water["confidence"])


def _loop(described: AmbientLoop) -> Iterator[Entry]:
    """Exchange with the ground and water of a loop, its exchangers, tower and heat pumps."""
    data, loop, at = loop_data(), load_loop(described), "shared.energy_station.ambient_loop"
    pipes, soil = data["pipes"], network_data()["ground"]
    for product in sorted({pipe.product for pipe in described.pipes}):
        source = f"pair in the ground; {pipes['source']}"
        yield Entry(f"{at}.{product}", bare_pair_loss(product), "W/(m.K)", source, pipes["confidence"])
    yield Entry(f"{at}.loss", loop.water.loss, "W/K", f"all pipes; {soil['source']}", soil["confidence"])
    water = loop.water.capacity / (DENSITY * HEAT)
    yield Entry(f"{at}.water", water, "m3", "bore and length of all pipes", "derived")
    for group, name, unit in (
        ("exchangers", "exchanger", "K"),
        ("operation", "floor", "degC"),
        ("operation", "ceiling", "degC"),
        ("operation", "units", "1"),
        *((("tower", name, "1") for name in ("fan", "pump")) if described.tower is not None else ()),
    ):
        facts = data[group]
        yield Entry(f"{at}.{group}.{name}", float(facts[name]), unit, facts["source"], facts["confidence"])
    machine = heat_pump_product(described.heat_pump)
    yield Entry(f"{at}.heat_pump", described.heat_pump, "-", machine["source"], machine["confidence"])
    yield from _hydraulics(pipes["roughness"], pipes["source"], pipes["confidence"])


def shared_diagram(shared: SharedAssets) -> list[str]:
    """A line for each asset on the district's bus; the station's rows are told by those of a plant room."""
    bus = "district bus"
    lines = [f"{bus} ── {hub.name}: {hub.chargers} chargers x {hub.power:g} kW" for hub in shared.ev_hubs]
    lines += [f"{bus} ── [inverter] ── PV {array.name} {array.capacity:g} kWp" for array in shared.pv]
    store = shared.storage
    if store is not None:
        lines.append(
            f"{bus} ── [AC converter] ── {store.name}: {store.equipment} {store.capacity:g} kWh "
            f"{store.power:g} kW, {store.rule}" + (f" {store.limit:g} kW" if store.limit is not None else "")
        )
    station = shared.energy_station
    if station is not None:
        loop = station.ambient_loop
        if loop is not None:
            length = sum(pipe.length for pipe in loop.pipes)
            lines.append(
                f"{station.name} ══ ambient loop: {length:g} m of pipes ══ substations ({loop.heat_pump})"
            )
            lines += [f"{station.name} ══ tower"] if loop.tower is not None else []
        for side in ("heating", "cooling") if loop is None else ():
            length = sum(pipe.length for pipe in getattr(station, side).pipes)
            lines.append(f"{station.name} ══ {side}: {length:g} m of pipes ══ substations")
    return lines
