"""A building while measures are put on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from buildings.description.ledger import Entry, Ledger
from buildings.description.schema import (
    Construction,
    ExplicitBuilding,
    Glazing,
    Schedule,
    Surface,
    Window,
    Zone,
)
from buildings.description.stacks import complete_construction
from buildings.library import catalogue
from buildings.retrofit.base import Base

Quantities = dict[str, float]
"""What the lines of a measure are counted by, by the names of `measure.Quantity`."""
_LONGEST = 60


class NotApplicableError(Exception):
    """A measure that changes nothing in a building, and why, in English and Chinese.

    `waits` says that another measure may bring what is missing.
    """

    def __init__(self, en: str, zh: str, *, waits: bool = False) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh
        self.waits = waits


class Draft:
    """The building as it is so far.

    Parameters
    ----------
    base : Base
        What the package starts from.

    Attributes
    ----------
    building : ExplicitBuilding
    notes : list of Entry
        What was assumed or derived on the way.
    stale : list of str
        Beginnings of paths of the archetype's entries that no longer hold.
    layers : list of (str, float)
        Embodied factor and kg/m2 of the layers of the present measure.
    """

    def __init__(self, base: Base) -> None:
        self.base = base
        self.building: ExplicitBuilding = base.building
        self.notes: list[Entry] = []
        self.stale: list[str] = []
        self.layers: list[tuple[str, float]] = []

    @property
    def name(self) -> str:
        """Name of the building."""
        return self.building.name

    def put(self, **fields: Any) -> None:
        """Replace fields of the building; what is put has been validated on its own."""
        self.building = self.building.model_copy(update=fields)

    def note(self, path: str, value: float | str, unit: str, source: str, confidence: str) -> None:
        """Enter what was assumed or derived."""
        self.notes.append(Entry(f"{self.name}.{path}", value, unit, source, confidence))

    def construction(self, key: str) -> Construction:
        """A construction of an outdoor plane, every layer with its thickness."""
        added = self.building.constructions.get(key)
        if added is not None and key not in self.base.solved:
            return added
        return self.base.solved[key]

    def u_value(self, construction: Construction) -> float:
        """U with films of GB 50176 [W/(m2.K)]."""
        return complete_construction("measure", construction, self.name, Ledger()).u_value

    def change_surfaces(self, change: Callable[[Surface], Surface | None]) -> float:
        """Replace surfaces; returns the opaque area of what was replaced [m2]."""
        area, surfaces = 0.0, []
        for surface in self.building.surfaces:
            changed = change(surface)
            if changed is not None:
                area += surface.opaque_area * self.base.times(surface)
            surfaces.append(surface if changed is None else changed)
        if area > 0.0:
            self.put(surfaces=tuple(surfaces))
        return area

    def change_windows(self, change: Callable[[Surface, Window], Window | None]) -> float:
        """Replace windows; returns the area of what was replaced [m2]."""
        area, surfaces = 0.0, []
        for surface in self.building.surfaces:
            pairs = [(window, change(surface, window)) for window in surface.windows]
            here = sum(window.area for window, changed in pairs if changed is not None)
            if here > 0.0:
                windows = tuple(window if changed is None else changed for window, changed in pairs)
                surface = surface.model_copy(update={"windows": windows})
                area += here * self.base.times(surface)
            surfaces.append(surface)
        if area > 0.0:
            self.put(surfaces=tuple(surfaces))
        return area

    def change_zones(self, change: Callable[[Zone], Zone | None]) -> float:
        """Replace zones; returns the floor area of what was replaced [m2]."""
        area, zones = 0.0, []
        for zone in self.building.zones:
            changed = change(zone)
            if changed is not None:
                area += zone.floor_area * zone.multiplier
            zones.append(zone if changed is None else changed)
        if area > 0.0:
            self.put(zones=tuple(zones))
        return area

    def glazing(self, key: str) -> Glazing:
        """Glazing of a window that is there."""
        own = self.building.glazings.get(key)
        if own is not None:
            return own
        found = self.base.complete.glazings.get(key)
        return found if found is not None else catalogue.glazings()[key]

    def gain(self, zone: Zone, name: str) -> float:
        """A gain of a zone as it is so far; `name` as of `GainOverrides`."""
        written = getattr(zone.gains, name)
        return float(getattr(self.base.zones[zone.name].gains, name) if written is None else written)

    @property
    def fresh_air_m3_h(self) -> float:
        """Design fresh air of all zones as they are so far."""
        return sum(
            self.base.fresh_air_of(zone, self.infiltration(zone)) * zone.multiplier
            for zone in self.building.zones
        )

    def fresh_air(self, name: str) -> float:
        """A figure of the ventilation as it is so far; `name` as of `Ventilation`."""
        written = getattr(self.building.ventilation, name)
        return float(getattr(self.base.complete.ventilation, name) if written is None else written)

    @property
    def equipment(self) -> str:
        """Key of the plant as it is so far."""
        return self.building.hvac.equipment or self.base.complete.hvac.equipment

    def infiltration(self, zone: Zone) -> float:
        """Of a zone as it is so far [1/h]."""
        return zone.infiltration if zone.infiltration is not None else self.base.zones[zone.name].infiltration

    def forget_n50(self) -> None:
        """A measured N50 ends with what makes the building tighter; what it told of infiltration stays."""
        own = self.building
        if own.standards.n50 is None and all(zone.n50 is None for zone in own.zones):
            return
        zones = tuple(
            zone.model_copy(update={"infiltration": self.infiltration(zone), "n50": None})
            for zone in own.zones
        )
        self.put(zones=zones, standards=own.standards.model_copy(update={"n50": None}))

    def conditioned(self, surface: Surface) -> bool:
        """Whether the zone of a surface is heated or cooled."""
        return self.base.zones[surface.zone].conditioned

    def add_construction(self, wish: str, construction: Construction) -> str:
        """Enter a construction and return its key."""
        key = own_name(wish, self.building.constructions)
        self.put(constructions={**self.building.constructions, key: construction})
        return key

    def add_glazing(self, wish: str, glazing: Glazing) -> str:
        """Enter a glazing and return its key."""
        key = own_name(wish, self.building.glazings)
        self.put(glazings={**self.building.glazings, key: glazing})
        return key

    def add_schedule(self, wish: str, schedule: Schedule) -> str:
        """Enter a schedule and return its key; the same one is entered once."""
        for key, known in self.building.schedules.items():
            if known is schedule:
                return key
        key = own_name(wish, self.building.schedules)
        self.put(schedules={**self.building.schedules, key: schedule})
        return key


def own_name(wish: str, taken: Any) -> str:
    """A name near the wished one that is free and that a project may hold."""
    clean = "".join(c if c.isalnum() or c in " ._-" else "-" for c in wish).strip(" .")[: _LONGEST - 4]
    clean = clean.strip(" .") or "own"
    number, name = 1, clean
    while name in taken:
        number += 1
        name = f"{clean}-{number}"
    return name


def side_of(azimuth: float) -> str:
    """North, east, south or west, each a quarter of the horizon."""
    return ("north", "east", "south", "west")[int(((azimuth + 45.0) % 360.0) // 90.0)]


def faces(surface: Surface, sides: Any) -> bool:
    """Whether a surface is an outdoor wall on one of the sides; without sides any plane outdoors."""
    if surface.boundary != "outdoors":
        return False
    if sides is None:
        return True
    upright = 45.0 <= surface.tilt_deg <= 135.0
    return upright and surface.azimuth is not None and side_of(surface.azimuth) in sides
