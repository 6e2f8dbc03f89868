"""What a plant room (机房) did in a Run: the books of its rows, and who gave how much to whom.

The Run keeps for every row of equipment what it gave to each carrier (negative: took), net over the span.
Since every link has a row at one end at least, the flows between rows follow from these books alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from twin.store import Run

StatedRow = Mapping[str, Any]
"""A row of equipment as `summary["plant_rooms"]` states it."""
Node = tuple[str, str]
"""A row (`name`, carrier that it serves), or an end of the room (`""`, its key)."""

ELECTRICITY, GAS, HYDROGEN, SUN, SUN_AND_AIR, OUTDOOR, ROOMS, FROM_STORES, FROM_GROUND = (
    ("", key)
    for key in (
        "electricity", "gas", "hydrogen", "sun", "sun_and_air", "outdoor", "rooms",
        "from_stores", "from_ground",
    )
)  # fmt: skip
SPACE_HEAT, HOT_WATER, STEAM, BOARD, REJECTED, LOST, IN_STORES, IN_GROUND = (
    ("", key)
    for key in ("space_heat", "hot_water", "steam", "board", "rejected", "lost", "in_stores", "in_ground")
)
LEFT: tuple[Node, ...] = (
    SUN, SUN_AND_AIR, OUTDOOR, FROM_GROUND, ELECTRICITY, HYDROGEN, GAS, ROOMS, FROM_STORES,
)  # fmt: skip
RIGHT: tuple[Node, ...] = (SPACE_HEAT, HOT_WATER, STEAM, BOARD, LOST, REJECTED, IN_GROUND, IN_STORES)
"""Ends of a plant room, in the order in which a figure shows them."""
_USES = {"space_heat": SPACE_HEAT, "hot_water": HOT_WATER, "steam": STEAM, "chilled_water": ROOMS}
_SUNLIT = {"solar_collector": SUN, "pvt_collector": SUN_AND_AIR}
"""Bare photovoltaic-thermal collectors on a cool source take much of their heat from the air."""
_SOURCES = ("source", "hydrogen")
"""Carriers that rows draw from one another."""
STORES = ("borefield", "hydrogen_tank", "ice_storage", "phase_change_store", "stratified_tank")
"""Kinds of equipment that hold energy for others."""

Kind = Literal["electricity", "gas", "hydrogen", "heat", "cold", "surroundings", "lost"]
"""What a flow is, for its colour and its words."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Energy from one node to another over the span, kWh, > 0.

    Cold is shown as the heat that it takes away: from the rooms, to a machine, to outdoor air or ground.
    """

    source: Node
    target: Node
    kwh: float
    kind: Kind


@dataclass
class Books:
    """A row with its books; the ways of one machine with one carrier (to consumers, to a store) together.

    Attributes
    ----------
    name, type, serves : str
    size : str
        With its unit.
    product : mapping
        `name_zh`, `name_en` where known.
    energy : dict
        kWh given to each carrier, negative: taken.
    hours_outside : float
        Hours that it ran outside its curves.
    brought : float
        kWh that others brought to it on its own carrier, cold counted positive.
    drawn, returned : float
        kWh that others drew on it as their source, and heat that they gave to it.
    """

    name: str
    type: str
    serves: str
    size: str
    product: Mapping[str, str]
    energy: dict[str, float] = field(default_factory=dict)
    hours_outside: float = 0.0
    brought: float = 0.0
    drawn: float = 0.0
    returned: float = 0.0

    def given(self) -> float:
        """kWh of its own carrier that it gave to consumers, to stores or to those who draw on it."""
        if self.drawn > 0.0 or (self.type in STORES and self.serves in _SOURCES):
            return self.drawn
        net = self.energy.get(self.serves, 0.0)
        return _sign(self.serves) * net + self.brought

    def filled(self) -> float:
        """kWh that came in on its own carrier, or back to it from those who draw on it."""
        return self.brought + self.returned

    def taken(self, carrier: str) -> float:
        """kWh that it took of another carrier; 0 if it gave."""
        return max(-self.energy.get(carrier, 0.0), 0.0) if carrier != self.serves else 0.0


def plant_rooms(run: Run, building: str | None = None) -> dict[str, list[StatedRow]]:
    """Rows as the Run states them, by building; empty where there is no plant room.

    Parameters
    ----------
    run : Run
        Runs of other engines and of earlier versions state none.
    building : str, optional
        Only this one.
    """
    stated = run.summary.get("plant_rooms") or {}
    return {name: list(rows) for name, rows in stated.items() if rows and building in (None, name)}


def books_of(rows: Sequence[StatedRow]) -> list[Books]:
    """The books of a plant room's rows, in their order.

    Parameters
    ----------
    rows : sequence of mapping
        Of one building, as in `plant_rooms`.
    """
    found: dict[Node, Books] = {}
    for row in rows:
        name, serves = str(row["name"]), str(row["serves"])
        books = found.setdefault(
            (name, serves), Books(name, str(row["type"]), serves, str(row["size"]), row.get("product") or {})
        )
        for carrier, kwh in row["energy_kwh"].items():
            books.energy[carrier] = books.energy.get(carrier, 0.0) + float(kwh)
        books.hours_outside += float(row["hours_outside_curves"])
    named = _holders(found.values())
    for row in rows:
        for link in ("feeds", "heats"):
            if row[link] is not None:
                store = named[row[link]]
                store.brought += _sign(store.serves) * _energy(row, store.serves)
        if row["source"] is not None:
            behind = named[row["source"]]
            kwh = _energy(row, behind.serves)
            behind.drawn += max(-kwh, 0.0)
            behind.returned += max(kwh, 0.0)
    return list(found.values())


def flows_of(rows: Sequence[StatedRow]) -> list[Flow]:
    """Who gave how much to whom.

    Parameters
    ----------
    rows : sequence of mapping
        Of one building, as in `plant_rooms`.

    Returns
    -------
    list of Flow
        Flows of one pair of nodes and one kind are one; those of nothing are left out. What enters a row
        leaves it, as exactly as the row's own books close.
    """
    named = _holders(books_of(rows))
    sums: dict[tuple[Node, Node, Kind], float] = {}
    for row in rows:
        for source, target, kwh, kind in _links(row, named):
            ends = (source, target, kind) if kwh >= 0.0 else (target, source, kind)
            sums[ends] = sums.get(ends, 0.0) + abs(kwh)
    return [Flow(*ends[:2], kwh, ends[2]) for ends, kwh in sums.items() if kwh > 1e-9]


_Link = tuple[Node, Node, float, Kind]


def _links(row: StatedRow, named: Mapping[str, Books]) -> Iterator[_Link]:
    """All that a row gave, each once: where two rows are linked, the one that names the other tells it."""
    own = str(row["serves"])
    node: Node = (str(row["name"]), own)
    yield from _output(row, node, named)
    if row["heats"] is not None:
        store = named[row["heats"]]
        yield node, (store.name, store.serves), _energy(row, store.serves), "heat"
    if own != "source" and _energy(row, "source"):
        yield node, (str(row["source"]), "source"), _energy(row, "source"), "surroundings"
    if own != "hydrogen" and _energy(row, "hydrogen"):
        behind = (row["source"], "hydrogen") if row["source"] is not None else HYDROGEN
        yield node, behind, _energy(row, "hydrogen"), "hydrogen"
    yield node, GAS, _energy(row, "gas"), "gas"
    power = _energy(row, "electricity")
    yield node, BOARD if power > 0.0 else ELECTRICITY, power, "electricity"
    yield _surroundings(row, node)
    yield _kept(row, node)


_KIND_OF_CARRIER: Mapping[str, Kind] = {
    "chilled_water": "cold",
    "hydrogen": "hydrogen",
    "source": "surroundings",
}
"""What colours a carrier's flow; the others are heat."""


def _output(row: StatedRow, node: Node, named: Mapping[str, Books]) -> Iterator[_Link]:
    """What a row gave on its own carrier, to a store or to consumers."""
    own, kwh = node[1], _energy(row, node[1])
    kind = _KIND_OF_CARRIER.get(own, "heat")
    if row["feeds"] is not None:
        yield node, (row["feeds"], own), kwh, kind
    elif own in _USES:
        brought = named[node[0]].brought if named[node[0]].serves == own else 0.0
        yield node, _USES[own], kwh + _sign(own) * brought, kind


def _surroundings(row: StatedRow, node: Node) -> _Link:
    kwh = _energy(row, "ambient")
    if kwh < 0.0:
        return node, _SUNLIT.get(str(row["type"]), OUTDOOR), kwh, "surroundings"
    cools = node[1] == "chilled_water" and row["type"] not in STORES
    return node, REJECTED if cools or row["type"] == "data_room" else LOST, kwh, "lost"


def _kept(row: StatedRow, node: Node) -> _Link:
    kwh = _energy(row, "stored")
    if row["type"] == "borefield":
        return node, IN_GROUND if kwh > 0.0 else FROM_GROUND, kwh, "surroundings"
    kind: Kind = "hydrogen" if row["type"] == "hydrogen_tank" else "heat"
    return node, IN_STORES if kwh > 0.0 else FROM_STORES, kwh, kind


def makers(rows: Sequence[StatedRow], carrier: str) -> dict[str, float]:
    """Who made what was used of a carrier, directly or through stores: kWh by name, the largest first.

    Parameters
    ----------
    rows : sequence of mapping
        Of one building, as in `plant_rooms`.
    carrier : str
        Hot water, steam, space heat or chilled water; cold counts positive.
    """
    found: dict[str, float] = {}
    for row in rows:
        if row["type"] not in STORES:
            kwh = _sign(carrier) * _energy(row, carrier)
            found[str(row["name"])] = found.get(str(row["name"]), 0.0) + kwh
    made = {name: kwh for name, kwh in found.items() if kwh > 0.0}
    return dict(sorted(made.items(), key=lambda item: -item[1]))


def _energy(row: StatedRow, carrier: str) -> float:
    return float(row["energy_kwh"].get(carrier, 0.0))


def _holders(books: Any) -> dict[str, Books]:
    """Rows by name, the first where a machine stands in several."""
    named: dict[str, Books] = {}
    for one in books:
        named.setdefault(one.name, one)
    return named


def _sign(carrier: str) -> float:
    """A flow of cold is a negative flow of heat."""
    return -1.0 if carrier == "chilled_water" else 1.0
