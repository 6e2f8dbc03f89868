"""Random plant rooms by seed: any set of equipment that a user could write, with the links that it needs."""

from __future__ import annotations

import random
from typing import Any

Row = dict[str, Any]


def random_plant_room(seed: int) -> dict[str, Any]:
    """Keys of a building: a plant room of one to all kinds of equipment, its end uses, drying, PV."""
    draw = random.Random(seed)
    parts = [_ground, _hot_water, _space_heat, _cold, _steam, _hydrogen, _data_room]
    chosen = draw.sample(parts, draw.randint(1, len(parts)))
    rows = [row for part in parts if part in chosen for row in part(draw)]
    names = {row["name"] for row in rows}
    if "cell" in names and "water" not in names:
        rows += _hot_water(draw)
        names.add("water")
    stack = next((row for row in rows if row["name"] == "stack"), None)
    if stack is not None and "water" in names and draw.random() < 0.5:
        stack["feeds"] = ["bottles", "water"]
    if {"water", "buffer"} <= names and draw.random() < 0.5:
        rows.append(
            {
                "name": "both", "type": "heat_pump", "serves": ["hot_water", "space_heat"],
                "equipment": "lg_therma_v_16", "feeds": ["water", "buffer"],
                "direct": draw.random() < 0.5, "capacity": _kilowatt(draw, 5, 40),
            }
        )  # fmt: skip
    building: dict[str, Any] = {"plant_room": rows, "pv": [{"name": "roof", "capacity": draw.uniform(1, 60)}]}
    served = {carrier for row in rows for carrier in _carriers(row)}
    if "hot_water" in served and draw.random() < 0.8:
        use = draw.choice(["office", "hotel", "residential"])
        laundry = "steam_laundry" if "steam" in served else "electric_laundry"
        building["end_uses"] = {"use": use, "count": draw.uniform(5, 60), "laundry": laundry}
    if draw.random() < 0.3:
        building["ventilation"] = {"dehumidification": {"supply_humidity": draw.uniform(7.0, 10.0)}}
    return building


def _carriers(row: Row) -> list[str]:
    serves = row.get("serves", [])
    return [serves] if isinstance(serves, str) else list(serves)


def _kilowatt(draw: random.Random, low: float, high: float) -> str:
    return f"{draw.uniform(low, high):.1f} kW"


def _ground(draw: random.Random) -> list[Row]:
    serves = draw.choice([["space_heat"], ["space_heat", "chilled_water"], ["chilled_water"]])
    return [
        {"name": "field", "type": "borefield", "rows": 2, "columns": draw.choice([1, 2])},
        {
            "name": "ground pump", "type": "heat_pump", "serves": serves, "source": "field",
            "equipment": "water_water_reversible", "capacity": _kilowatt(draw, 5, 40),
        },
    ]  # fmt: skip


def _hot_water(draw: random.Random) -> list[Row]:
    store = draw.choice(
        [
            {"name": "water", "type": "stratified_tank", "volume": f"{draw.uniform(0.5, 5):.1f} m3"},
            {"name": "water", "type": "phase_change_store", "capacity": f"{draw.uniform(10, 80):.0f} kWh"},
        ]
    )
    feeders: list[Row] = [
        {"name": "sun", "type": "solar_collector", "area": draw.uniform(5, 60)},
        {"name": "hybrid", "type": "pvt_collector", "area": draw.uniform(5, 60)},
        {
            "name": "air pump", "type": "heat_pump", "serves": ["hot_water"],
            "capacity": _kilowatt(draw, 5, 40), "equipment": "lg_therma_v_16",
        },
        {
            "name": "burner", "type": "boiler", "serves": "hot_water",
            "equipment": draw.choice(["gas_condensing", "gas_2005", "electric_heater"]),
            "capacity": _kilowatt(draw, 5, 60),
        },
    ]  # fmt: skip
    used = draw.sample(feeders, draw.randint(1, len(feeders)))
    return [store | {"serves": "hot_water"}, *({**row, "feeds": "water"} for row in used)]


def _space_heat(draw: random.Random) -> list[Row]:
    direct = {
        "name": "heater", "type": draw.choice(["boiler", "heat_pump"]), "serves": "space_heat",
        "capacity": _kilowatt(draw, 3, 50),
    }  # fmt: skip
    if direct["type"] == "heat_pump":
        direct["serves"] = ["space_heat"]
    if draw.random() < 0.5:
        return [direct]
    volume = f"{draw.uniform(0.5, 4):.1f} m3"
    buffer = {"name": "buffer", "type": "stratified_tank", "serves": "space_heat", "volume": volume}
    return [buffer, {**direct, "feeds": "buffer", "direct": draw.random() < 0.3}]


def _cold(draw: random.Random) -> list[Row]:
    chiller: Row = {
        "name": "chiller", "type": "chiller", "capacity": _kilowatt(draw, 10, 80),
        "equipment": draw.choice(["centrifugal_vsd", "screw", "air_scroll", "screw_ice"]),
    }  # fmt: skip
    kind = draw.choice(["direct", "tank", "ice"])
    if kind == "direct":
        return [chiller]
    if kind == "tank":
        volume = f"{draw.uniform(2, 20):.0f} m3"
        tank = {"name": "cold", "type": "stratified_tank", "serves": "chilled_water", "volume": volume}
        return [tank, {**chiller, "feeds": "cold", "direct": draw.random() < 0.3}]
    ice = {"name": "ice", "type": "ice_storage", "capacity": f"{draw.uniform(50, 400):.0f} kWh"}
    return [ice, {**chiller, "equipment": "screw_ice", "feeds": "ice", "direct": draw.random() < 0.5}]


def _steam(draw: random.Random) -> list[Row]:
    return [{"name": "steam", "type": "boiler", "serves": "steam", "capacity": _kilowatt(draw, 5, 40)}]


def _hydrogen(draw: random.Random) -> list[Row]:
    rows: list[Row] = [
        {"name": "bottles", "type": "hydrogen_tank", "capacity": draw.uniform(2, 30)},
        {"name": "stack", "type": "electrolyser", "power": draw.uniform(5, 40), "feeds": "bottles"},
    ]
    if draw.random() < 0.7:
        cell = {"name": "cell", "type": "fuel_cell", "power": draw.uniform(1, 15), "feeds": "water"}
        rows.append({**cell, "source": "bottles"})
    return rows


def _data_room(draw: random.Random) -> list[Row]:
    room = {"name": "servers", "type": "data_room", "it_power": draw.uniform(5, 40)}
    room["equipment"] = draw.choice(["chilled_water", "chilled_water_free", "cold_plate", "immersion"])
    if draw.random() < 0.4:
        return [room]
    pump = {"name": "waste heat", "type": "heat_pump", "equipment": "water_water_on_off", "source": "servers"}
    return [room, {**pump, "serves": ["space_heat"], "capacity": _kilowatt(draw, 5, 30)}]
