"""Random valid projects: buildings of rooms on a grid, and archetypes, that nobody has looked at.

`random_project(seed)` gives the plain data of a project file; the same seed gives the same project. As a
script it writes one as YAML, so that any command can be tried on it:

    python tests/shared/random_projects.py 17 > seventeen.yaml
"""

from __future__ import annotations

import json
import math
import random
import sys
from typing import Any, Literal

import yaml

Data = dict[str, Any]
Shape = Literal["explicit", "archetype"]

ERAS = ("1980s", "gb50189-2005", "gb50189-2015", "gb55015-2021", "nzeb")
ARCHETYPES = (
    "office", "hotel", "retail", "hospital_outpatient", "hospital_inpatient", "school_teaching",
    "residential",
)  # fmt: skip
USES = (
    "office", "hotel", "retail", "hospital_outpatient", "hospital_inpatient", "school_teaching",
    "residential_bedroom", "residential_living", "residential_kitchen",
)  # fmt: skip
PLANTS = ("ideal", "vrf", "air_source_heat_pump", "chiller_boiler")
HEAVY = ("reinforced_concrete", "clay_brick", "lime_sand_brick", "aerated_concrete_700", "clay_brick_hollow")
FINISH = ("cement_mortar", "lime_cement_mortar", "lime_mortar")
INSULATION = ("eps", "xps", "rock_wool", "polyurethane")
ROUGHNESS = ("very_rough", "rough", "medium_rough", "medium_smooth", "smooth", "very_smooth")
LIBRARY_GLAZINGS = (
    "single_clear", "double_clear", "double_solar_control", "double_low_e", "double_low_e_argon",
    "triple_low_e",
)  # fmt: skip
SHADES = (
    "roller_outside_light", "roller_outside_dark", "roller_inside_light", "roller_inside_dark",
    "shutter_outside", "venetian_outside_light", "venetian_outside_dark", "venetian_inside_light",
)  # fmt: skip
# Panes of plausible glass: transmittance, reflectance of both faces, emissivity of both faces, coating.
PANES = (
    {"solar_transmittance": 0.834, "solar_reflectance_front": 0.075, "solar_reflectance_back": 0.075},
    {"solar_transmittance": 0.775, "solar_reflectance_front": 0.071, "solar_reflectance_back": 0.071},
    {"solar_transmittance": 0.482, "solar_reflectance_front": 0.054, "solar_reflectance_back": 0.054},
    {
        "solar_transmittance": 0.452, "solar_reflectance_front": 0.359, "solar_reflectance_back": 0.397,
        "emissivity_back": 0.047, "coating": "low_e",
    },
    {
        "solar_transmittance": 0.60, "solar_reflectance_front": 0.17, "solar_reflectance_back": 0.22,
        "emissivity_front": 0.10, "coating": "low_e",
    },
)  # fmt: skip
SIDES = {"north": 0.0, "east": 90.0, "south": 180.0, "west": 270.0}


class Dice(random.Random):
    """Draws with the words of a description; figures have three digits, as people write them."""

    def between(self, low: float, high: float) -> float:
        return float(f"{self.uniform(low, high):.3g}")

    def spread(self, low: float, high: float) -> float:
        """Evenly over the orders of magnitude."""
        return float(f"{math.exp(self.uniform(math.log(low), math.log(high))):.3g}")

    def chance(self, probability: float) -> bool:
        return self.random() < probability

    def some(self, probability: float, **keys: Any) -> Data:
        """Each key with this probability; a value that can be called is called."""
        return {k: v() if callable(v) else v for k, v in keys.items() if self.chance(probability)}


def random_project(seed: int, *, shape: Shape | None = None, zones: int | None = None) -> Data:
    """Plain data of a valid project of one building.

    Parameters
    ----------
    seed : int
    shape : {"explicit", "archetype"}, optional
        Default: three of four are explicit.
    zones : int, optional
        Most zones of an explicit building, 1 to 40; drawn by default.
    """
    dice = Dice(seed)
    own = shape or ("explicit" if dice.chance(0.75) else "archetype")
    building = _explicit(dice, zones) if own == "explicit" else _archetype(dice)
    return {
        "schema": 1,
        "name": f"random {seed}",
        "timestep": dice.choice((10, 15, 15, 30, 60)),
        **dice.some(0.2, calendar="weekdays"),
        "site": {
            "terrain": dice.choice(("suburbs", "city", "country")),
            **dice.some(0.3, ground_reflectance=lambda: dice.between(0.05, 0.6)),
            **dice.some(0.2, ground_temperatures=lambda: _ground(dice)),
        },
        "buildings": [building],
    }


def project_text(seed: int, **options: Any) -> str:
    """The same as YAML text."""
    # Through JSON, so that shared parts are written out: a project may not have anchors.
    plain = json.loads(json.dumps(random_project(seed, **options)))
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)


def _ground(dice: Dice) -> list[float]:
    mean, swing = dice.between(15.0, 19.0), dice.between(1.0, 6.0)
    return [round(mean - swing * math.cos(2.0 * math.pi * (m - 1.5) / 12.0), 1) for m in range(12)]


# --- archetypes -------------------------------------------------------------------------------------------


def _archetype(dice: Dice) -> Data:
    floors = dice.randint(1, 20)
    share = dice.between(0.05, 0.8)
    envelope = dice.some(
        0.25,
        wall_u=lambda: dice.between(0.2, 1.4),
        roof_u=lambda: dice.between(0.15, 0.9),
        window_u=lambda: dice.between(0.9, 5.5),
        window_shgc=lambda: dice.between(0.15, 0.75),
        infiltration=lambda: dice.between(0.05, 1.5),
        wall_absorptance=lambda: dice.between(0.2, 0.9),
        roof_absorptance=lambda: dice.between(0.2, 0.9),
        shading=lambda: _shading(dice),
    )
    return {
        "name": "tower",
        "archetype": dice.choice(ARCHETYPES),
        "era": dice.choice(ERAS),
        "floor_area": round(floors * dice.spread(150.0, 4000.0), 1),
        "floors": floors,
        "orientation": dice.between(0.0, 359.0),
        "envelope": envelope,
        "gains": _gains(dice, 0.2),
        **dice.some(
            0.4,
            aspect_ratio=lambda: dice.between(1.0, 3.5),
            storey_height=lambda: dice.between(2.8, 5.0),
            window_wall_ratio=lambda: (
                share if dice.chance(0.5) else {side: dice.between(0.0, 0.9) for side in SIDES}
            ),
        ),
        **_systems(dice),
    }


# --- explicit buildings -----------------------------------------------------------------------------------


def _explicit(dice: Dice, most: int | None) -> Data:
    """Rooms on a grid, storey over storey; upper ones may be shorter, a middle one may stand for several."""
    limit = most if most is not None else dice.choice((1, 1, 2, 4, 8, 15, 24, 40))
    storeys = dice.randint(1, min(5, limit))
    long = dice.randint(1, min(10, limit // storeys))
    deep = dice.randint(1, min(3, limit // (storeys * long)))
    plan = _Plan(dice, storeys, long, deep)
    constructions = _constructions(dice)
    glazings = {f"glass{i}": _glazing(dice) for i in range(dice.randint(1, 3))}
    schedules = _schedules(dice)
    # The first room has plant: a building without any is refused by `prepare` for now.
    zones = [_zone(dice, plan, place, schedules, served=k == 0) for k, place in enumerate(plan.rooms)]
    surfaces = [surface for place in plan.rooms for surface in _faces(dice, plan, place, list(glazings))]
    return {
        "name": "house",
        "era": dice.choice(ERAS),
        "zones": zones,
        "surfaces": surfaces,
        "constructions": constructions,
        "glazings": glazings,
        "schedules": schedules,
        **dice.some(0.3, air_exchanges=lambda: _exchanges(dice, plan)),
        **_systems(dice),
    }


Place = tuple[int, int, int]
"""Storey, place along the building, place across it."""


class _Plan:
    """Where the rooms are and how large."""

    def __init__(self, dice: Dice, storeys: int, long: int, deep: int) -> None:
        self.lengths = [dice.between(3.0, 12.0) for _ in range(long)]
        self.depths = [dice.between(3.0, 9.0) for _ in range(deep)]
        self.heights = [dice.between(2.6, 5.0) for _ in range(storeys)]
        self.turn = dice.between(0.0, 359.0)
        self.below = dice.choice(("ground", "ground", "ground", "adiabatic", "outdoors"))
        self.pitch = dice.between(10.0, 40.0) if dice.chance(0.2) else 0.0
        repeated = storeys >= 3 and dice.chance(0.3)
        self.multipliers = [
            dice.randint(2, 12) if repeated and s == storeys // 2 else 1 for s in range(storeys)
        ]
        self.elevations, at = [], 0.0
        for height, times in zip(self.heights, self.multipliers, strict=True):
            self.elevations.append(round(at + 0.5 * (times - 1) * height, 3))
            at += times * height
        reach = long
        self.rooms: list[Place] = []
        for s in range(storeys):
            if s > 0 and not repeated and dice.chance(0.2):
                reach = dice.randint(1, reach)
            self.rooms += [(s, i, j) for i in range(reach) for j in range(deep)]

    def area(self, place: Place) -> float:
        return round(self.lengths[place[1]] * self.depths[place[2]], 3)

    def joined(self, lower: int) -> bool:
        """Whether the slab over this storey conducts between its rooms and those above."""
        return self.multipliers[lower] == self.multipliers[lower + 1] == 1


def room(place: Place) -> str:
    """Name of the zone at a place."""
    return f"F{place[0]}R{place[1]}{'ABC'[place[2]]}"


def _faces(dice: Dice, plan: _Plan, place: Place, glazings: list[str]) -> list[Data]:
    s, i, j = place
    own = room(place)
    found = [*_horizontal(dice, plan, place)]
    sides = {
        "north": ((s, i, j + 1), plan.lengths[i]),
        "south": ((s, i, j - 1), plan.lengths[i]),
        "east": ((s, i + 1, j), plan.depths[j]),
        "west": ((s, i - 1, j), plan.depths[j]),
    }
    for side, (behind, width) in sides.items():
        area = round(width * plan.heights[s], 3)
        name = f"{own} {side}"
        if behind not in plan.rooms:
            wall: Data = {
                "name": name,
                "zone": own,
                "kind": "wall",
                "area": area,
                "azimuth": round((SIDES[side] + plan.turn) % 360.0, 1),
                "construction": "wall",
            }
            windows = _windows(dice, name, width, plan.heights[s], glazings) if dice.chance(0.7) else []
            found.append(wall | ({"windows": windows} if windows else {}) | _faces_options(dice))
        elif side in ("north", "east"):  # a plane between two rooms is written once
            found.append(
                {
                    "name": name, "zone": own, "kind": "partition", "area": area,
                    "construction": dice.choice(("partition", "partition_light", "partition_brick")),
                    "boundary": room(behind),
                }
            )  # fmt: skip
    if dice.chance(0.5):
        area = round(plan.area(place) * dice.between(0.3, 2.0), 2)
        found.append(
            {
                "name": f"{own} mass", "zone": own, "kind": "internal_mass", "area": area,
                "construction": dice.choice(("furniture", "partition")), "boundary": "adiabatic",
            }
        )  # fmt: skip
    return found


def _horizontal(dice: Dice, plan: _Plan, place: Place) -> list[Data]:
    """Floor and ceiling or roof of a room."""
    s, i, j = place
    own, area = room(place), plan.area(place)
    found: list[Data] = []
    floor = {"name": f"{own} floor", "zone": own, "kind": "floor", "area": area}
    if s == 0:
        kind = {"ground": "ground_slab", "adiabatic": "slab", "outdoors": "roof"}[plan.below]
        floor |= {"construction": kind, "boundary": plan.below}
        if plan.below == "outdoors":
            floor |= {"sun_exposed": False, **dice.some(0.5, wind_exposed=False)}
        found.append(floor)
    elif not plan.joined(s - 1):
        found.append(floor | {"construction": "storey_floor_half", "boundary": "adiabatic"})
    above = (s + 1, i, j)
    ceiling = {"name": f"{own} ceiling", "zone": own, "kind": "ceiling", "area": area}
    if above in plan.rooms and plan.joined(s):
        slab = dice.choice(("slab", "storey_slab"))
        found.append(ceiling | {"construction": slab, "boundary": room(above)})
    elif above in plan.rooms:
        found.append(ceiling | {"construction": "storey_ceiling_half", "boundary": "adiabatic"})
    else:
        found.append(_roof(dice, plan, own, area))
    return found


def _roof(dice: Dice, plan: _Plan, own: str, area: float) -> Data:
    roof: Data = {"name": f"{own} roof", "zone": own, "kind": "roof", "area": area, "construction": "roof"}
    if plan.pitch:
        roof["tilt"] = plan.pitch
        roof["azimuth"] = round((dice.choice((0.0, 180.0)) + plan.turn) % 360.0, 1)
        roof["area"] = round(area / math.cos(math.radians(plan.pitch)), 3)
    if dice.chance(0.1):
        roof["windows"] = [
            {
                "name": f"{own} skylight",
                "area": round(0.1 * area, 3),
                "glazing": dice.choice(LIBRARY_GLAZINGS),
            }
        ]
    return roof


def _faces_options(dice: Dice) -> Data:
    return dice.some(
        0.05,
        convection_inside=lambda: dice.between(1.0, 5.0),
        convection_outside=lambda: dice.between(5.0, 25.0),
        sun_exposed=False,
        wind_exposed=False,
    )


def _windows(dice: Dice, wall: str, width: float, height: float, glazings: list[str]) -> list[Data]:
    number = 2 if dice.chance(0.2) else 1
    tall = round(height * dice.between(0.3, 0.85), 3)
    wide = round(width * dice.between(0.15, 0.95) / number, 3)
    found: list[Data] = []
    for n in range(number):
        left = (n + 0.5) * width / number - 0.5 * wide
        window: Data = {
            "name": f"{wall} window {n}",
            "area": round(tall * wide, 3),
            "height": tall,
            "glazing": dice.choice([*glazings, dice.choice(LIBRARY_GLAZINGS)]),
            # Two windows at known places would stand in the shadow of each other's shades, which only
            # EnergyPlus would see.
            **dice.some(
                0.3 if number == 1 else 0.0,
                position=lambda x=left: [round(x, 3), round(0.5 * (height - tall), 3)],
            ),
            **dice.some(0.4, shading=lambda: _shading(dice)),
        }
        if window["area"] > 0.05:
            found.append(window)
    return found


def _shading(dice: Dice) -> Data:
    found: Data = {}
    if dice.chance(0.6):
        found |= {"overhang_depth": dice.between(0.2, 2.0), "overhang_gap": dice.between(0.0, 0.6)}
        found |= dice.some(0.5, overhang_extension=lambda: dice.between(0.0, 1.0))
    if dice.chance(0.4):
        found |= {"fin_depth": dice.between(0.1, 1.0)}
        found |= dice.some(
            0.4,
            fin_gap=lambda: dice.between(0.0, 0.3),
            fin_extension_above=lambda: dice.between(0.0, 0.8),
            fin_extension_below=lambda: dice.between(0.0, 0.8),
        )
    if dice.chance(0.3):
        found |= {"movable_factor": dice.between(0.1, 0.9), "movable_above": dice.between(100.0, 500.0)}
        return found
    # Dice of its own, so that the rest of a seed's project stays what it was before there were shades.
    own = Dice(json.dumps(found, sort_keys=True))
    if own.chance(0.3):
        control = {"irradiance_above": own.between(50.0, 400.0)}
        found |= {"shade": own.choice(SHADES), "shade_control": control}
    return found


def _exchanges(dice: Dice, plan: _Plan) -> list[Data]:
    pairs = [
        (a, b)
        for a in plan.rooms
        for b in plan.rooms
        if a < b and plan.multipliers[a[0]] == plan.multipliers[b[0]]
    ]
    chosen = dice.sample(pairs, min(len(pairs), 4))
    return [
        {
            "zones": [room(a), room(b)],
            "flow": dice.spread(10.0, 500.0),
            **dice.some(0.4, schedule="presence"),
        }
        for a, b in chosen
    ]


# --- constructions and glazings ---------------------------------------------------------------------------


def _constructions(dice: Dice) -> Data:
    return {
        "wall": _outer(dice, 0.2),
        "roof": _outer(dice, 0.15),
        "partition": {"layers": [_solid(dice) for _ in range(dice.randint(1, 3))]},
        "slab": {"layers": [_finish(dice), _library(dice, "reinforced_concrete", 0.06, 0.3), _finish(dice)]},
    }


def _outer(dice: Dice, low: float) -> Data:
    """Between finishes: heavy or light, insulated outside, inside or not, by U or by layers."""
    solved = dice.chance(0.5)
    heavy = [_library(dice, dice.choice(HEAVY), 0.06, 0.2 if solved else 0.35)]
    light = [_library(dice, "timber", 0.01, 0.04), {"resistance": dice.between(0.1, 0.2)}]
    core = dice.choice((heavy, light, [] if solved else [_solid(dice)], []))
    insulation: Data = {"material": dice.choice(INSULATION)}
    stack: Data = {}
    if solved:  # what is beside the insulation alone has a U above 0.75
        stack["u_value"] = dice.between(low, 0.7)
    else:
        insulation["thickness"] = dice.spread(0.01, 0.25)
    inside = dice.chance(0.4)
    layers = [_finish(dice), *([] if inside else [insulation]), *core, *([insulation] if inside else [])]
    board = {"material": "gypsum_board", "thickness": 0.012}
    return stack | {
        "layers": [*layers, board if dice.chance(0.3) else _finish(dice)],
        "solar_absorptance_outside": dice.between(0.1, 0.95),
        "solar_absorptance_inside": dice.between(0.2, 0.9),
        **dice.some(
            0.3,
            emissivity_outside=lambda: dice.between(0.2, 0.98),
            emissivity_inside=lambda: dice.between(0.2, 0.98),
            roughness=lambda: dice.choice(ROUGHNESS),
        ),
    }


def _library(dice: Dice, material: str, low: float, high: float) -> Data:
    return {"material": material, "thickness": dice.between(low, high)}


def _finish(dice: Dice) -> Data:
    return _library(dice, dice.choice(FINISH), 0.005, 0.03)


def _solid(dice: Dice) -> Data:
    """A material of one's own; its conductivity goes with its density."""
    density = dice.spread(30.0, 2500.0)
    return {
        "thickness": dice.between(0.01, 0.2),
        "conductivity": float(f"{0.03 + 1.7 * (density / 2500.0) ** 1.6:.3g}"),
        "density": density,
        "specific_heat": dice.between(750.0, 1800.0),
    }


def _glazing(dice: Dice) -> Data:
    if dice.chance(0.5):
        found = {"u_value": dice.between(0.8, 6.0), "shgc": dice.between(0.12, 0.8)}
        return found | dice.some(0.2, emissivity_inside=lambda: dice.between(0.1, 0.84))
    layers: list[Data] = [_pane(dice)]
    for _ in range(dice.choice((0, 1, 1, 1, 2))):
        gap = {"gas": dice.choice(("air", "argon", "krypton")), "thickness": dice.between(0.006, 0.02)}
        layers += [gap, _pane(dice)]
    return {"layers": layers}


def _pane(dice: Dice) -> Data:
    return {"thickness": dice.choice((0.003, 0.004, 0.006, 0.01)), **dice.choice(PANES)}


# --- zones, schedules, systems ----------------------------------------------------------------------------


def _zone(dice: Dice, plan: _Plan, place: Place, schedules: Data, *, served: bool) -> Data:
    served = dice.chance(0.85) or served
    found: Data = {
        "name": room(place),
        "floor_area": plan.area(place),
        "height": plan.heights[place[0]],
        "elevation": plan.elevations[place[0]],
        "use": dice.choice(USES),
        "conditioned": served,
        "gains": _gains(dice, 0.25),
        **dice.some(
            0.3,
            infiltration=lambda: dice.spread(0.05, 2.0),
            sensible_capacity_multiplier=lambda: dice.between(1.0, 8.0),
            moisture_capacity_multiplier=lambda: dice.between(1.0, 15.0),
        ),
        **dice.some(
            0.12,
            infiltration_schedule="presence",
            infiltration_coefficients=lambda: _coefficients(dice),
            natural_ventilation=lambda: _openings(dice),
        ),
    }
    if plan.multipliers[place[0]] > 1:
        found["multiplier"] = plan.multipliers[place[0]]
    if dice.chance(0.5):
        found["thermostat"] = {
            "heating": dice.choice((dice.between(16.0, 21.0), "winter")),
            "cooling": dice.choice((dice.between(24.0, 28.0), "summer")),
        }
    if dice.chance(0.15):
        found["gains"]["schedules"] = {
            kind: dice.choice(("presence", "half"))
            for kind in ("occupancy", "lighting", "equipment", "fresh_air")
            if dice.chance(0.6)
        }
    if served:
        area = plan.area(place)
        found |= dice.some(
            0.08,
            heating_capacity=lambda: round(area * dice.between(30.0, 150.0), 1),
            cooling_capacity=lambda: round(area * dice.between(50.0, 250.0), 1),
        )
    return found


def _coefficients(dice: Dice) -> Data:
    """DOE-2's, BLAST's, constant, or wind squared (EnergyPlus Input Output Reference)."""
    return dice.choice(
        (
            {"constant": 0.0, "wind": 0.224},
            {"constant": 0.606, "temperature": 0.03636, "wind": 0.1177},
            {"constant": 0.5, "temperature": 0.01, "wind_squared": 0.02},
        )
    )


def _openings(dice: Dice) -> Data:
    return {
        "air_changes": dice.between(1.0, 12.0),
        **dice.some(
            0.6,
            schedule="half",
            minimum_indoor_temperature=lambda: dice.between(21.0, 25.0),
            maximum_outdoor_temperature=lambda: dice.between(22.0, 30.0),
            delta_temperature=lambda: dice.between(0.0, 4.0),
        ),
    }


def _gains(dice: Dice, probability: float) -> Data:
    return dice.some(
        probability,
        people_density=lambda: dice.spread(0.01, 0.7),
        lighting_power=lambda: dice.between(1.0, 18.0),
        equipment_power=lambda: dice.spread(1.0, 80.0),
        equipment_base_fraction=lambda: dice.between(0.0, 0.6),
        equipment_latent_fraction=lambda: dice.between(0.0, 0.3),
        equipment_lost_fraction=lambda: dice.between(0.0, 0.4),
        lighting_lost_fraction=lambda: dice.between(0.0, 0.3),
        people_radiant_fraction=lambda: dice.between(0.1, 0.7),
        lighting_radiant_fraction=lambda: dice.between(0.1, 0.8),
        equipment_radiant_fraction=lambda: dice.between(0.0, 0.6),
        fresh_air_per_person=lambda: dice.between(0.0, 50.0),
        fresh_air_changes=lambda: dice.between(0.0, 1.5),
    )


def _schedules(dice: Dice) -> Data:
    first, last = dice.randint(5, 10), dice.randint(14, 23)

    def day(inside: Any, outside: Any, steps: int = 24) -> list[Any]:
        return [inside if first <= h * 24 // steps < last else outside for h in range(steps)]

    steps = dice.choice((24, 48, 96))
    share, night = dice.between(0.5, 1.0), dice.between(0.0, 0.3)
    presence: Data = {"workday": day(share, night, steps), "rest_day": day(night, 0.0)}
    presence |= dice.some(0.3, saturday=lambda: day(round(share / 2, 3), 0.0))
    if dice.chance(0.3):
        presence["periods"] = [{"first": "07-10", "last": "08-20", "constant": night}]
    heat, cool = dice.between(17.0, 21.0), dice.between(24.0, 27.0)
    back_heat = dice.choice(("off", round(heat - 5.0, 1)))
    back_cool = dice.choice(("off", round(cool + 4.0, 1)))
    winter: Data = {"every_day": day(heat, back_heat)}
    if dice.chance(0.3):
        winter["periods"] = [{"first": "04-15", "last": "10-31", "constant": "off"}]
    return {
        "presence": presence,
        "half": {"constant": 0.5},
        "winter": winter,
        "summer": {"workday": day(cool, back_cool), "rest_day": day(back_cool, "off")},
    }


def _systems(dice: Dice) -> Data:
    """Plant, fresh air, and on some roofs what makes a 光储直柔 building."""
    found: Data = {
        "hvac": {
            "type": dice.choice(PLANTS),
            **dice.some(0.2, sizing_factor=lambda: dice.between(0.9, 1.6)),
            **dice.some(
                0.1,
                heating_setpoint=lambda: dice.between(17.0, 21.0),
                cooling_setpoint=lambda: dice.between(24.5, 27.0),
            ),
        },
        "ventilation": dice.some(
            0.25,
            heat_recovery_sensible=lambda: dice.between(0.0, 0.85),
            heat_recovery_latent=lambda: dice.between(0.0, 0.7),
            specific_fan_power=lambda: dice.between(0.0, 2500.0),
            bypass=lambda: dice.chance(0.5),
            demand_controlled=True,
        ),
    }
    if dice.chance(0.2):
        found["pv"] = [
            {"name": "array", "capacity": dice.spread(2.0, 100.0), "tilt": dice.between(0.0, 40.0)}
        ]
        power = dice.spread(3.0, 50.0)
        found |= dice.some(0.5, battery={"capacity": round(2 * power, 1), "power": power}, dc_bus={})
        if "dc_bus" in found:
            found["control"] = {"type": dice.choice(("fixed", "rules", "droop"))}
        # dice of their own, so that seeds keep the buildings they had before this
        found = _storage(Dice(f"storage {power}"), found)
    return found


def _storage(dice: Dice, found: Data) -> Data:
    """Cells in the heat and the cold, and vehicles, some of which lend."""
    if "battery" in found:
        found["battery"] |= dice.some(
            0.7,
            location=lambda: dice.choice(("container", "indoors", "outdoors", dice.between(-5.0, 40.0))),
            equipment=lambda: dice.choice(("lfp", "sodium_fulin", "vanadium_flow", "second_life_leaf")),
        )
    if dice.chance(0.5):
        found["ev"] = {"chargers": dice.randint(1, 4), "seed": dice.randint(0, 99)}
        found["ev"] |= dice.some(0.4, vehicle=lambda: dice.choice(("car", "taxi_car", "bus")))
        if dice.chance(0.6):
            found["ev"] |= {"v2b": True, **dice.some(0.6, opt_in=lambda: dice.between(0.0, 1.0))}
    return found


if __name__ == "__main__":
    sys.stdout.write(project_text(int(sys.argv[1])))
