"""A typical radial network (典型辐射状配电网) for buildings whose feeder nobody described.

Loads are taken in the order given, as neighbours along a street. A load too large for a shared transformer
gets its own at its door; the others fill substations one after the other, and low-voltage runs from each:
a run is a chain of cables with a connection at every joint. Substations are chained along 10 kV feeders from
one bus.

Design demand of a group (计算负荷): peaks of dwellings times k(all) / k(own), with the factors k(n) of
JGJ 242-2011; of other buildings times g + (1 - g) / sqrt(n); never below the largest peak in it. Transformers
are the smallest rating, and cables the smallest section, that carry it with the loading of `LayoutRules`;
then sections are raised where a run drops more voltage than allowed, upstream at least as large as
downstream. Drop by R P + X Q, with the neutral's current added where phases differ.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import TypeVar

import numpy as np

from buildings.description.ledger import Ledger
from buildings.districts.feeder import (
    Connection,
    Feeder,
    FeederCable,
    FeederSource,
    FeederTransformer,
    Phases,
)
from buildings.districts.grid_products import (
    HIGH_V,
    LOW_V,
    Cable,
    Figure,
    Transformer,
    cables,
    dwelling_points,
    dwelling_source,
    figure,
    series_of,
    transformers,
)
from buildings.library.catalogue import Origin
from weather.errors import TwinError

MOST_PARALLEL = 6
"""Cables side by side, and transformers side by side, that a layout uses."""
_SINGLE_PHASE_KW = 12.0
"""Largest dwelling that hangs on one phase [kW]; JGJ 242-2011 clause 3.3.4, remembered."""
_SPREAD = "ABC"
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Load:
    """What a building or household asks of the network.

    Parameters
    ----------
    name : str
        Name of its connection.
    peak_kw : float
        Its greatest demand by itself [kW], of a block of dwellings that of the block.
    dwellings : int
        Households in it; 0 for a building of another use.
    phases : {"ABC", "A", "B", "C"}, optional
        Where not given, single dwellings up to 12 kW hang on A, B, C in turn, all others on three phases.
    power_factor : float, optional
        Where not given that of dwellings or buildings.
    """

    name: str
    peak_kw: float
    dwellings: int = 0
    phases: Phases | None = None
    power_factor: float | None = None


def _default(name: str) -> float:
    value: float = field(default_factory=lambda: float(figure(name).value))
    return value


@dataclass(frozen=True)
class LayoutRules:
    """By what a network is laid out; figures default to those of `data/layout.yaml`, with their sources.

    Parameters
    ----------
    transformer_series, low_cable, high_cable : str
        Product series.
    transformer_loading, cable_loading : float
        Design demand over rating, design current over the cable's current [1].
    largest_shared_kva : float
        Largest transformer that several loads share [kVA].
    own_transformer_kw : float
        Peak above which a load has its own [kW].
    building_coincidence : float
        g of many buildings that are no dwellings [1].
    low_drop, high_drop : float
        Greatest voltage drop of a run and of a 10 kV feeder over nominal [1].
    low_reach : float
        Longest run [m]; a single connection may lie farther.
    first_length, spacing, high_length : float
        From a substation to its first connection, between connections, between substations [m].
    """

    transformer_series: str = "scb14"
    low_cable: str = "yjv_1kv"
    high_cable: str = "yjv_15kv"
    transformer_loading: float = _default("transformer_loading")
    cable_loading: float = _default("cable_loading")
    largest_shared_kva: float = _default("largest_shared_kva")
    own_transformer_kw: float = _default("own_transformer_kw")
    building_coincidence: float = _default("building_coincidence")
    low_drop: float = _default("low_drop")
    high_drop: float = _default("high_drop")
    low_reach: float = _default("low_reach")
    first_length: float = _default("first_length")
    spacing: float = _default("spacing")
    high_length: float = _default("high_length")


def lay_out(
    loads: Sequence[Load], rules: LayoutRules | None = None, *, ledger: Ledger | None = None
) -> Feeder:
    """Lay out a radial feeder for loads.

    Parameters
    ----------
    loads : sequence of Load
        In the order in which they neighbour each other.
    rules : LayoutRules, optional
    ledger : Ledger, optional
        Takes every figure that decided, with its source.

    Returns
    -------
    Feeder
        With one connection for each load, in the order of `loads`.

    Raises
    ------
    TwinError
        No loads, two of one name, a peak or rule that is not positive, or a load that no transformers or
        cables of the series carry.
    """
    rules = rules if rules is not None else LayoutRules()
    _refuse_bad_loads(loads)
    _refuse_bad_rules(rules)
    if ledger is not None:
        _note(rules, ledger)
    placed = _placed(loads)
    draft = _Draft(rules)
    for group in _substations(placed, rules):
        draft.add_substation(group)
    draft.add_high_voltage()
    order = {load.name: i for i, load in enumerate(loads)}
    return Feeder(
        source=FeederSource(),
        transformers=tuple(draft.transformers),
        cables=tuple(draft.cables),
        connections=tuple(sorted(draft.connections, key=lambda c: order[c.building])),
    )


def coincidence_of_dwellings(count: float) -> float:
    """Peak of `count` dwellings together over the sum of their peaks [1]; straight between the points."""
    numbers, factors = zip(*dwelling_points(), strict=True)
    return float(np.interp(count, numbers, factors))


def coincidence_of_buildings(count: int, limit: float) -> float:
    """The same of buildings [1]: `limit` + (1 - `limit`) / sqrt(`count`)."""
    return limit + (1.0 - limit) / math.sqrt(count) if count else 1.0


@dataclass(frozen=True)
class _Placed:
    """A load with nothing left open."""

    name: str
    peak_kw: float
    dwellings: int
    phases: Phases
    power_factor: float


@dataclass(frozen=True)
class _Demand:
    """Design demand of a group: active and reactive power of phases A, B, C [kW, kvar]."""

    active: tuple[float, float, float]
    reactive: tuple[float, float, float]

    @property
    def total_kva(self) -> float:
        return math.hypot(sum(self.active), sum(self.reactive))

    @property
    def worst_kva(self) -> float:
        """Three times the demand of the fullest phase, which is what cables and transformers must carry."""
        return 3.0 * max(math.hypot(p, q) for p, q in zip(self.active, self.reactive, strict=True))

    def current(self, volt: float) -> float:
        """Current of the fullest phase [A]."""
        return 1e3 * self.worst_kva / (math.sqrt(3.0) * volt)

    def drop(self, cable: Cable, length: float, parallel: int, volt: float) -> float:
        """Drop of the fullest phase over nominal [1], the neutral's current in phase with it."""
        a, b, c = (complex(p, q) for p, q in zip(self.active, self.reactive, strict=True))
        full = max((a, b, c), key=abs)
        turn = complex(-0.5, math.sqrt(0.75))
        neutral = abs(a + b * turn + c * turn.conjugate())
        share = full * (1.0 + neutral / abs(full)) if abs(full) > 0.0 else full
        ohm = length / parallel
        power = 3e3 * share
        return (cable.resistance * ohm * power.real + cable.reactance * ohm * power.imag) / volt**2


def _placed(loads: Sequence[Load]) -> list[_Placed]:
    """Loads with phases and power factors; single dwellings go round the phases."""
    turn, found = 0, []
    for load in loads:
        phases = load.phases
        if phases is None:
            phases = "ABC"
            if load.dwellings == 1 and load.peak_kw <= _SINGLE_PHASE_KW:
                phases = _phase(turn)
                turn += 1
        kind = "dwelling" if load.dwellings else "building"
        factor = load.power_factor
        if factor is None:
            factor = figure(f"{kind}_power_factor").value
        found.append(_Placed(load.name, float(load.peak_kw), load.dwellings, phases, factor))
    return found


def _phase(turn: int) -> Phases:
    return ("A", "B", "C")[turn % 3]


def _demand(group: Sequence[_Placed], rules: LayoutRules) -> _Demand:
    """Design demand of a group by coincidence."""
    dwellings = sum(load.dwellings for load in group)
    others = sum(1 for load in group if not load.dwellings)
    all_homes = coincidence_of_dwellings(dwellings)
    all_others = coincidence_of_buildings(others, rules.building_coincidence)
    active, reactive = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    for load in group:
        factor = all_homes / coincidence_of_dwellings(load.dwellings) if load.dwellings else all_others
        for i, share in _shares(load.phases):
            active[i] += share * factor * load.peak_kw
            reactive[i] += share * factor * load.peak_kw * math.tan(math.acos(load.power_factor))
    for load in group:  # no group asks for less than one of its loads
        for i, share in _shares(load.phases):
            if active[i] < share * load.peak_kw:
                active[i] = share * load.peak_kw
                reactive[i] = active[i] * math.tan(math.acos(load.power_factor))
    return _Demand((active[0], active[1], active[2]), (reactive[0], reactive[1], reactive[2]))


def _shares(phases: Phases) -> list[tuple[int, float]]:
    if phases == "ABC":
        return [(0, 1 / 3), (1, 1 / 3), (2, 1 / 3)]
    return [(_SPREAD.index(phases), 1.0)]


def _substations(placed: Sequence[_Placed], rules: LayoutRules) -> list[list[_Placed]]:
    """Groups that share transformers, in the order of their first load; a large load is alone."""
    most = rules.transformer_loading * rules.largest_shared_kva

    def fits(group: Sequence[_Placed]) -> bool:
        return _demand(group, rules).worst_kva <= most

    alone = [load for load in placed if load.peak_kw > rules.own_transformer_kw]
    shared = _divided([load for load in placed if load.peak_kw <= rules.own_transformer_kw], fits)
    first = {load.name: i for i, load in enumerate(placed)}
    return sorted([*shared, *([load] for load in alone)], key=lambda group: first[group[0].name])


def _divided(items: Sequence[_Item], fits: Callable[[Sequence[_Item]], bool]) -> list[list[_Item]]:
    """Items in their order in groups that fit: as few as filling one after the other makes, of one length.

    Where groups of one length do not all fit, they stay as filled; an item that does not fit is alone.
    """
    groups: list[list[_Item]] = []
    for item in items:
        if groups and fits([*groups[-1], item]):
            groups[-1].append(item)
        else:
            groups.append([item])
    ends = [round(len(items) * g / len(groups)) for g in range(len(groups) + 1)] if groups else []
    even = [list(items[a:b]) for a, b in pairwise(ends)]
    return even if all(fits(group) for group in even) else groups


@dataclass(frozen=True)
class _Segment:
    """A piece of a chain: what flows through it, how long it is, and what it is made of."""

    demand: _Demand
    length: float
    cable: Cable
    parallel: int


def _chain(
    demands: Sequence[_Demand],
    lengths: Sequence[float],
    series: Sequence[Cable],
    volt: float,
    drop: float,
    loading: float,
    most: int,
) -> list[_Segment] | None:
    """Sections of a chain, from the feeding end on; None where `most` cables side by side do not carry it.

    `demands` are those of all that lies downstream of each segment. A choice is a number in the list of the
    series' sections, then of the largest one doubled, tripled, and so on.
    """
    largest = series[-1]
    choices = [(cable, 1) for cable in series] + [(largest, n) for n in range(2, most + 1)]
    ampere = [loading * cable.current * n for cable, n in choices]
    chosen: list[int] = []
    for demand in demands:
        need = demand.current(volt)
        found = next((i for i, carried in enumerate(ampere) if carried >= need), None)
        if found is None:
            return None
        chosen.append(found)

    def falls() -> list[float]:
        return [
            demand.drop(choices[i][0], length, choices[i][1], volt)
            for demand, length, i in zip(demands, lengths, chosen, strict=True)
        ]

    _taper(chosen)
    while sum(each := falls()) > drop:
        able = [k for k in range(len(chosen)) if chosen[k] < len(choices) - 1]
        if not able:
            return None
        chosen[max(able, key=lambda k: each[k])] += 1
        _taper(chosen)
    return [
        _Segment(demand, length, *choices[i])
        for demand, length, i in zip(demands, lengths, chosen, strict=True)
    ]


def _taper(chosen: list[int]) -> None:
    """Raise numbers, in place, so that none is below a later one: no section grows away from the source."""
    for k in range(len(chosen) - 2, -1, -1):
        chosen[k] = max(chosen[k], chosen[k + 1])


class _Draft:
    """The feeder as far as it is laid out."""

    def __init__(self, rules: LayoutRules) -> None:
        self.rules = rules
        self.transformers: list[FeederTransformer] = []
        self.cables: list[FeederCable] = []
        self.connections: list[Connection] = []
        self.stations: list[list[_Placed]] = []
        self.low = series_of(cables(), rules.low_cable, "cable")
        self.high = series_of(cables(), rules.high_cable, "cable")
        self.series = series_of(transformers(), rules.transformer_series, "transformer")
        for found, volt, key in ((self.low, LOW_V, "low_cable"), (self.high, HIGH_V, "high_cable")):
            if found[0].level != volt:
                raise TwinError(
                    f"The cables {getattr(rules, key)!r} are for {found[0].level:g} V.",
                    f"Choose a series for {volt:g} V.",
                    key=key,
                )

    def add_substation(self, group: list[_Placed]) -> None:
        """Transformers for a group, and its runs."""
        self.stations.append(group)
        k = len(self.stations)
        alone = group[0].peak_kw > self.rules.own_transformer_kw
        product, count = self._transformers(group, alone)
        for n in range(1, count + 1):
            name = f"T{k}" if count == 1 else f"T{k}-{n}"
            self.transformers.append(
                FeederTransformer(name=name, product=product.key, high=_ring(k), low=_board(k))
            )
        if alone:
            self._connect(group[0], _board(k))
            return
        runs = _divided(group, lambda part: self._run(part, 1) is not None)
        for r, part in enumerate(runs, 1):
            segments = self._run(part, 1) or self._run(part, MOST_PARALLEL)
            if segments is None:
                raise TwinError(
                    f"No {MOST_PARALLEL} cables of {self.rules.low_cable} carry the "
                    f"{part[0].peak_kw:g} kW of {part[0].name!r} over {self.rules.first_length:g} m.",
                    "Lower own_transformer_kw or first_length, or choose a series with larger sections.",
                    key="loads",
                )
            start = _board(k)
            for j, (load, segment) in enumerate(zip(part, segments, strict=True), 1):
                node = f"{_board(k)}-{r}-{j}"
                self._lay(f"L{k}-{r}-{j}", segment, start, node)
                self._connect(load, node)
                start = node

    def add_high_voltage(self) -> None:
        """Chains of substations from the source."""
        numbers = list(range(len(self.stations)))
        feeders = _divided(numbers, lambda part: self._high_run(part, 1) is not None)
        for f, part in enumerate(feeders, 1):
            segments = self._high_run(part, 1) or self._high_run(part, MOST_PARALLEL)
            if segments is None:
                raise TwinError(
                    f"No {MOST_PARALLEL} cables of {self.rules.high_cable} carry "
                    f"{self.stations[part[0]][0].name!r} over {self.rules.high_length:g} m.",
                    "Split the load into several connections, or shorten high_length.",
                    key="loads",
                )
            start = FeederSource().node
            for j, (k, segment) in enumerate(zip(part, segments, strict=True), 1):
                self._lay(f"H{f}-{j}", segment, start, _ring(k + 1))
                start = _ring(k + 1)

    def _transformers(self, group: Sequence[_Placed], alone: bool) -> tuple[Transformer, int]:
        """The smallest that carry a group; several of one rating only for a load of its own."""
        need = _demand(group, self.rules).worst_kva / self.rules.transformer_loading
        for count in range(1, (MOST_PARALLEL if alone else 1) + 1):
            for product in self.series:
                if count * product.rating_kva >= need:
                    return product, count
        raise TwinError(
            f"{MOST_PARALLEL if alone else 1} x {self.series[-1].key} do not carry the {need:.0f} kVA for "
            f"{group[0].name!r}.",
            "Split the load into several connections, or choose a series with larger ratings.",
            key="loads",
        )

    def _run(self, part: Sequence[_Placed], most: int) -> list[_Segment] | None:
        rules = self.rules
        demands = [_demand(part[j:], rules) for j in range(len(part))]
        lengths = [rules.first_length] + [rules.spacing] * (len(part) - 1)
        if len(part) > 1 and sum(lengths) > rules.low_reach:
            return None
        return _chain(demands, lengths, self.low, LOW_V, rules.low_drop, rules.cable_loading, most)

    def _high_run(self, part: Sequence[int], most: int) -> list[_Segment] | None:
        rules = self.rules
        demands = [
            _demand([load for k in part[j:] for load in self.stations[k]], rules) for j in range(len(part))
        ]
        lengths = [rules.high_length] * len(part)
        return _chain(demands, lengths, self.high, HIGH_V, rules.high_drop, rules.cable_loading, most)

    def _lay(self, name: str, segment: _Segment, start: str, end: str) -> None:
        self.cables.append(
            FeederCable(
                name=name,
                product=segment.cable.key,
                start=start,
                end=end,
                length=segment.length,
                parallel=segment.parallel,
            )
        )

    def _connect(self, load: _Placed, node: str) -> None:
        self.connections.append(
            Connection(building=load.name, node=node, phases=load.phases, power_factor=load.power_factor)
        )


def _ring(k: int) -> str:
    return f"ring {k}"


def _board(k: int) -> str:
    return f"board {k}"


def _refuse_bad_loads(loads: Sequence[Load]) -> None:
    if not loads:
        raise TwinError("There are no loads.", "Give one at least.", key="loads")
    seen: set[str] = set()
    for load in loads:
        if load.name in seen:
            raise TwinError(f"Two loads are called {load.name!r}.", "Give each its own name.", key="loads")
        seen.add(load.name)
        if not (math.isfinite(load.peak_kw) and load.peak_kw > 0.0):
            raise TwinError(
                f"The peak of {load.name!r} is {load.peak_kw} kW.",
                "Give a finite number above zero.",
                key="peak_kw",
            )
        if load.dwellings < 0:
            raise TwinError(
                f"{load.name!r} has {load.dwellings} dwellings.", "Give 0 or more.", key="dwellings"
            )
        if load.power_factor is not None and not 0.5 < load.power_factor <= 1.0:
            raise TwinError(
                f"The power factor of {load.name!r} is {load.power_factor}.",
                "Give a value above 0.5, 1 at most.",
                key="power_factor",
            )
        if load.phases not in (None, "ABC") and load.peak_kw > LayoutRules().own_transformer_kw:
            raise TwinError(
                f"{load.name!r} of {load.peak_kw:g} kW hangs on one phase.",
                "Let it hang on ABC.",
                key="phases",
            )


def _refuse_bad_rules(rules: LayoutRules) -> None:
    for one in fields(rules):
        value = getattr(rules, one.name)
        if isinstance(value, str):
            continue
        most = 1.0 if one.name in _SHARES else math.inf
        if not (math.isfinite(value) and 0.0 < value <= most):
            raise TwinError(
                f"{one.name} is {value}.",
                "Give a finite number above zero" + (", 1 at most." if most == 1.0 else "."),
                key=one.name,
            )


_GIVEN = (
    "dwelling_power_factor",
    "building_power_factor",
    "source_voltage",
    "short_circuit_power",
    "source_rx",
)
_SHARES = ("transformer_loading", "cable_loading", "building_coincidence", "low_drop", "high_drop")


def _note(rules: LayoutRules, ledger: Ledger) -> None:
    """Enter what decided; a figure that differs from the file's is the user's own."""

    def enter(name: str, value: float, known: Figure) -> None:
        own = value != known.value
        origin = Origin("the user's layout rules", known.year, "assumed") if own else _origin(known)
        ledger.note(f"feeder.layout.{name}", value, known.unit, origin)

    for one in fields(rules):
        value = getattr(rules, one.name)
        if not isinstance(value, str):
            enter(one.name, value, figure(one.name))
    for name in _GIVEN:
        enter(name, figure(name).value, figure(name))
    enter("dwellings", dwelling_source().value, dwelling_source())


def _origin(known: Figure) -> Origin:
    return Origin(known.source, known.year, known.confidence)
