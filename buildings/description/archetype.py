"""From a few words to zones and surfaces: the archetype as a complete multi-zone building.

The plan is a rectangle with a core and four perimeter zones, cut at 45 degrees in the corners, on a ground, a
middle (multiplied) and a top floor. Stated simplifications:

- slabs beside a multiplied floor are adiabatic in their middle; slabs between two single floors conduct;
- the air of perimeter and core does not mix; they exchange heat through a light partition;
- one window band per facade and storey; volumes count the full storey height;
- the ground floor is a slab over soil (the engine adds the soil), alike at the edge and in the middle.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from buildings.description.ledger import Ledger
from buildings.description.schema import (
    ArchetypeBuilding,
    BuildingSystems,
    Construction,
    ExplicitBuilding,
    Glazing,
    MonthDay,
    Shading,
    Surface,
    Window,
    WindowWallRatio,
    Zone,
)
from buildings.library import catalogue
from weather.errors import TwinError

SIDES = catalogue.ORIENTATIONS
POSITIONS = ("core", *SIDES)
_SIDE_AZIMUTH = {"north": 0.0, "east": 90.0, "south": 180.0, "west": 270.0}
# A plan thinner than 15 m keeps at least 40 % of its depth as core.
_LARGEST_SHARE = 0.3


@dataclass(frozen=True)
class Plan:
    """A storey: length (east-west at orientation 0), depth, perimeter depth, storey height [m]."""

    length: float
    depth: float
    perimeter_depth: float
    height: float

    def floor_area(self, position: str) -> float:
        """Floor area of a zone of the storey [m2]."""
        p = self.perimeter_depth
        if position == "core":
            return (self.length - 2 * p) * (self.depth - 2 * p)
        return p * (self.facade(position) - p)

    def facade(self, side: str) -> float:
        """Length of a facade [m]."""
        return self.length if side in ("north", "south") else self.depth


@dataclass(frozen=True)
class Level:
    """A storey of the model: how often it stands for one, and the mean height of its floor [m]."""

    name: str
    multiplier: int
    elevation: float


def expand(building: ArchetypeBuilding, book: Ledger | None = None) -> ExplicitBuilding:
    """Zones, surfaces, constructions and windows of an archetype.

    Parameters
    ----------
    building : ArchetypeBuilding
        As validated.
    book : Ledger, optional
        Receives every derived figure.

    Returns
    -------
    ExplicitBuilding
        15 zones from three floors up, 10 of two, 5 of one.

    Raises
    ------
    TwinError
        A perimeter depth that leaves no core, or a U value that no thickness reaches.
    """
    ledger = book if book is not None else Ledger()
    data = catalogue.archetype(building.archetype)
    plan = _plan(building, data, ledger)
    levels = levels_of(building.floors, plan.height)
    shares = _window_shares(building, data, ledger)
    constructions = _constructions(building, data, ledger)
    glazings = _glazings(building, data, shares, ledger)
    zones = [
        _zone(level, position, building, data, plan, ledger) for level in levels for position in POSITIONS
    ]
    surfaces = [
        surface
        for level in levels
        for surface in _envelope(level, level is levels[-1], building, plan, shares)
    ]
    surfaces += [surface for level in levels for surface in _inside(level, plan)]
    surfaces += _slabs(levels, plan)
    shared = {name: getattr(building, name) for name in BuildingSystems.model_fields}
    shared["hvac"] = building.hvac.model_copy(update={"type": _hvac_type(building, data, ledger)})
    shared["vacations"] = _vacations(building, data, ledger)
    return ExplicitBuilding(
        era=building.era,
        zones=tuple(zones),
        surfaces=tuple(surfaces),
        constructions=constructions,
        glazings=glazings,
        **shared,
    )


def plan_of(building: ArchetypeBuilding) -> Plan:
    """Storey of an archetype.

    Raises
    ------
    TwinError
        A perimeter depth that leaves no core.
    """
    return _plan(building, catalogue.archetype(building.archetype), Ledger())


def _plan(building: ArchetypeBuilding, data: catalogue.ArchetypeData, book: Ledger) -> Plan:
    name = building.name
    area = book.derive(
        f"{name}.storey_area", building.floor_area / building.floors, "m2", "floor area over floors"
    )
    aspect = building.aspect_ratio
    if aspect is None:
        aspect = book.note(f"{name}.aspect_ratio", data.aspect_ratio, "1", data.geometry_origin)
    height = building.storey_height
    if height is None:
        height = book.note(f"{name}.storey_height", data.storey_height, "m", data.height_origin)
    length = book.derive(f"{name}.length", math.sqrt(area * aspect), "m", "sqrt(storey area x aspect ratio)")
    depth = book.derive(f"{name}.depth", math.sqrt(area / aspect), "m", "sqrt(storey area / aspect ratio)")
    perimeter = building.perimeter_depth
    if perimeter is None:
        usual = catalogue.perimeter_depth()
        perimeter = book.note(
            f"{name}.perimeter_depth", min(usual.value, _LARGEST_SHARE * depth), "m", usual.origin
        )
    if perimeter >= 0.49 * depth:
        raise TwinError(
            f"Perimeter zones {perimeter:g} m deep leave no core in a plan {depth:.1f} m deep.",
            f"Give perimeter_depth below {0.49 * depth:.1f} m, or leave it out.",
            key=f"{name}.perimeter_depth",
        )
    return Plan(length, depth, perimeter, height)


def levels_of(floors: int, height: float) -> tuple[Level, ...]:
    """Levels of so many storeys of a height [m]."""
    if floors == 1:
        return (Level("only", 1, 0.0),)
    ground_floor, top = Level("ground", 1, 0.0), Level("top", 1, (floors - 1) * height)
    if floors == 2:
        return (ground_floor, top)
    return (ground_floor, Level("middle", floors - 2, 0.5 * (floors - 1) * height), top)


def _window_shares(
    building: ArchetypeBuilding, data: catalogue.ArchetypeData, book: Ledger
) -> dict[str, float]:
    written = building.window_wall_ratio
    if isinstance(written, WindowWallRatio):
        return {side: getattr(written, side) for side in SIDES}
    if written is None:
        written = book.note(
            f"{building.name}.window_wall_ratio", data.window_wall_ratio, "1", data.geometry_origin
        )
    return dict.fromkeys(SIDES, written)


def _zone(
    level: Level,
    position: str,
    building: ArchetypeBuilding,
    data: catalogue.ArchetypeData,
    plan: Plan,
    book: Ledger,
) -> Zone:
    name = f"{level.name}-{position}"
    at = f"{building.name}.zones.{name}"
    area = book.derive(f"{at}.floor_area", plan.floor_area(position), "m2", "from plan and perimeter depth")
    infiltration = building.envelope.infiltration
    if position == "core":
        inner = catalogue.Origin("an inner zone has no facade", 2026, "assumed")
        infiltration = book.note(f"{at}.infiltration", 0.0, "1/h", inner)
    return Zone(
        name=name,
        floor_area=area,
        volume=area * plan.height,
        multiplier=level.multiplier,
        use=data.uses[position],
        gains=building.gains,
        infiltration=infiltration,
        elevation=level.elevation,
    )


def _envelope(
    level: Level, highest: bool, building: ArchetypeBuilding, plan: Plan, shares: dict[str, float]
) -> list[Surface]:
    """Facades with their window band, and the roof over the highest level."""
    surfaces = []
    for side in SIDES:
        zone = f"{level.name}-{side}"
        gross = plan.facade(side) * plan.height
        windows: tuple[Window, ...] = ()
        if shares[side] > 0.0:
            windows = (
                Window(
                    name=f"{zone}-window",
                    area=shares[side] * gross,
                    glazing=f"window-{side}",
                    height=shares[side] * plan.height,
                    shading=building.envelope.shading or _era_shade(building, shares[side], side),
                ),
            )
        surfaces.append(
            Surface(
                name=f"{zone}-wall",
                zone=zone,
                kind="wall",
                area=gross,
                azimuth=_azimuth(building, side),
                construction="wall",
                windows=windows,
            )
        )
    if highest:
        for position in POSITIONS:
            zone = f"{level.name}-{position}"
            surfaces.append(
                Surface(
                    name=f"{zone}-roof",
                    zone=zone,
                    kind="roof",
                    area=plan.floor_area(position),
                    construction="roof",
                )
            )
    return surfaces


def _inside(level: Level, plan: Plan) -> list[Surface]:
    """Partitions between the zones of a level, and furniture."""
    p, h = plan.perimeter_depth, plan.height
    pairs = [("core", side, plan.facade(side) - 2 * p) for side in SIDES]
    pairs += [(one, other, p * math.sqrt(2.0)) for one, other in itertools.pairwise((*SIDES, SIDES[0]))]
    surfaces = [
        Surface(
            name=f"{level.name}-{one}-{other}-partition",
            zone=f"{level.name}-{one}",
            kind="partition",
            area=width * h,
            construction="partition_light",
            boundary=f"{level.name}-{other}",
        )
        for one, other, width in pairs
    ]
    share = catalogue.furniture_share().value
    surfaces += [
        Surface(
            name=f"{level.name}-{position}-furniture",
            zone=f"{level.name}-{position}",
            kind="internal_mass",
            area=share * plan.floor_area(position),
            construction="furniture",
            boundary="adiabatic",
        )
        for position in POSITIONS
    ]
    return surfaces


def _slabs(levels: tuple[Level, ...], plan: Plan) -> list[Surface]:
    """The ground floor and the slabs between levels."""
    surfaces = []
    for position in POSITIONS:
        area = plan.floor_area(position)
        zones = [f"{level.name}-{position}" for level in levels]
        surfaces.append(
            Surface(
                name=f"{zones[0]}-floor",
                zone=zones[0],
                kind="floor",
                area=area,
                construction="ground_slab",
                boundary="ground",
            )
        )
        for (lower, below), (upper, above) in itertools.pairwise(zip(levels, zones, strict=True)):
            if lower.multiplier == upper.multiplier == 1:
                surfaces.append(
                    Surface(
                        name=f"{below}-ceiling",
                        zone=below,
                        kind="ceiling",
                        area=area,
                        construction="storey_slab",
                        boundary=above,
                    )
                )
            else:
                surfaces += _adiabatic_slab(below, above, area)
    return surfaces


def _adiabatic_slab(below: str, above: str, area: float) -> list[Surface]:
    return [
        Surface(
            name=f"{below}-ceiling",
            zone=below,
            kind="ceiling",
            area=area,
            construction="storey_ceiling_half",
            boundary="adiabatic",
        ),
        Surface(
            name=f"{above}-floor",
            zone=above,
            kind="floor",
            area=area,
            construction="storey_floor_half",
            boundary="adiabatic",
        ),
    ]


def _constructions(
    building: ArchetypeBuilding, data: catalogue.ArchetypeData, book: Ledger
) -> dict[str, Construction]:
    own, name = building.envelope, building.name
    absorbed = {"wall": own.wall_absorptance, "roof": own.roof_absorptance}
    written = {"wall": own.wall_u, "roof": own.roof_u}
    done: dict[str, Construction] = {}
    for element in ("wall", "roof"):
        limit = catalogue.opaque_limit(data.category, building.era, element)
        book.note_key(f"{name}.constructions.{element}.stack", limit.stack, catalogue.stack_origin())
        u_value = written[element]
        if u_value is None:
            u_value = book.note(f"{name}.envelope.{element}_u", limit.u_value, "W/(m2.K)", limit.origin)
        built = catalogue.stack(limit.stack, u_value)
        if absorbed[element] is not None:
            built = built.model_copy(update={"solar_absorptance_outside": absorbed[element]})
        done[element] = built
    return done


def _glazings(
    building: ArchetypeBuilding, data: catalogue.ArchetypeData, shares: dict[str, float], book: Ledger
) -> dict[str, Glazing]:
    own = building.envelope
    done = {}
    for side in SIDES:
        if shares[side] == 0.0:
            continue
        limit = catalogue.window_limit(
            data.category, building.era, shares[side], _faces_north(building, side)
        )
        at = f"{building.name}.glazings.window-{side}"
        u_value, shgc, panes, coating = own.window_u, own.window_shgc, limit.panes, limit.coating
        if u_value is None:
            u_value = book.note(f"{at}.u_value", limit.u_value, "W/(m2.K)", limit.origin)
        else:
            panes = 1 if u_value > 5.0 else 2 if u_value > 1.7 else 3
            coating = "low_e" if u_value < 2.6 else "clear" if panes == 1 else coating
        if shgc is None:
            shgc = book.note(f"{at}.shgc", limit.shgc, "1", limit.origin)
        done[f"window-{side}"] = Glazing.model_validate(
            {"u_value": u_value, "shgc": shgc, "panes": panes, "coating": coating}
        )
    return done


def _era_shade(building: ArchetypeBuilding, share: float, side: str) -> Shading:
    data = catalogue.archetype(building.archetype)
    limit = catalogue.window_limit(data.category, building.era, share, _faces_north(building, side))
    return Shading(movable_factor=limit.shade_factor)


def _azimuth(building: ArchetypeBuilding, side: str) -> float:
    return (_SIDE_AZIMUTH[side] + building.orientation) % 360.0


def _faces_north(building: ArchetypeBuilding, side: str) -> bool:
    """GB 50189: north is what lies within 60 degrees of it."""
    azimuth = _azimuth(building, side)
    return min(azimuth, 360.0 - azimuth) < 60.0


def _hvac_type(building: ArchetypeBuilding, data: catalogue.ArchetypeData, book: Ledger) -> str:
    if building.hvac.type is not None:
        return building.hvac.type
    return book.note_key(f"{building.name}.hvac.type", data.hvac, data.geometry_origin)


def _vacations(
    building: ArchetypeBuilding, data: catalogue.ArchetypeData, book: Ledger
) -> tuple[MonthDay, ...]:
    if building.vacations is not None:
        return building.vacations
    for first, last in data.vacations:
        book.note_key(f"{building.name}.vacations", f"{first} to {last}", data.vacation_origin)
    return tuple(MonthDay(first=first, last=last) for first, last in data.vacations)
