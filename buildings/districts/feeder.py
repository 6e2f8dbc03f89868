"""The electric feeder of a district (馈线): source, transformers, cables, and what hangs where.

A feeder is written under its own keys or laid out by `buildings.districts.feeder_layout`; both give the same
`Feeder`, which `feeder_text` writes out. Nodes are named where elements meet; each has the level (10 kV or
380 V) of what meets there. Alternating current only: direct-current buses live in the buildings, behind
their interfaces.

    source: {node: substation, short_circuit_power: 300 MVA}
    transformers:
      - {name: T1, product: scb14_800, high: ring 1, low: board 1}
    cables:
      - {name: feeder, product: yjv_15kv_240, start: substation, end: ring 1, length: 400 m}
      - {name: row, product: yjv_1kv_150, start: board 1, end: house 1, length: 60 m}
    connections:
      - {building: house 1, node: house 1, phases: A}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Key, Name
from buildings.description.cross_checks import refuse
from buildings.description.validation_errors import as_twin_error
from buildings.description.yaml_text import Node, parse_yaml, read_yaml
from buildings.districts.grid_products import (
    HIGH_V,
    LOW_V,
    Cable,
    Transformer,
    cable,
    figure,
    transformer,
)
from weather.errors import TwinError

Phases = Literal["ABC", "A", "B", "C"]
_VOLTAGE = figure("source_voltage")
_FAULT_LEVEL = figure("short_circuit_power")
_RATIO = figure("source_rx")
_POWER_FACTOR = figure("building_power_factor")


class FeederSource(Described):
    """The 10 kV bus that feeds everything (电源母线)."""

    node: Name = Field(default="source", description="Node of the bus, at 10 kV.")
    voltage: Annotated[float, Field(ge=0.9, le=1.1), q.Unit("1")] = Field(
        default=_VOLTAGE.value,
        description="Voltage behind the grid's impedance over nominal [1] (电源电压标幺值).",
    )
    short_circuit_power: Annotated[float, Field(ge=10.0, le=5000.0), q.Unit("MVA")] = Field(
        default=_FAULT_LEVEL.value,
        description="Three-phase short-circuit power of the bus [MVA] (短路容量).",
    )
    resistance_ratio: Annotated[float, Field(ge=0.0, le=5.0), q.Unit("1")] = Field(
        default=_RATIO.value, description="Resistance over reactance of the grid behind it [1]."
    )


class FeederTransformer(Described):
    """A distribution transformer 10/0.4 kV (配电变压器); several may stand side by side between two nodes."""

    name: Name = Field(description="Name, unique among transformers.")
    product: Key = Field(
        description="Product key: series and kVA, such as scb14_800; series s13, s20, s22 (in oil), scb12, "
        "scb14, scb18 (dry)."
    )
    high: Name = Field(description="Node at 10 kV.")
    low: Name = Field(description="Node at 380 V.")
    tap: Annotated[int, Field(strict=True, ge=-2, le=2)] = Field(
        default=0,
        description="Tapping of the high side (分接), -2 to 2, each 2.5 %; -1 raises the low voltage by "
        "2.5 %.",
    )


class FeederCable(Described):
    """A cable between two nodes of one level (电缆)."""

    name: Name = Field(description="Name, unique among cables.")
    product: Key = Field(
        description="Product key: series and mm2, such as yjv_1kv_150; series yjv_1kv, yjlv_1kv (380 V), "
        "yjv_15kv, yjlv_15kv (10 kV)."
    )
    start: Name = Field(description="Node at one end.")
    end: Name = Field(description="Node at the other end.")
    length: q.Length = Field(description="Length [m].")
    parallel: Annotated[int, Field(strict=True, ge=1, le=12)] = Field(
        default=1, description="Cables side by side (并联根数)."
    )


class Connection(Described):
    """Where a building or household hangs (接入点)."""

    building: Name = Field(description="Name of the building or household, unique in the feeder.")
    node: Name = Field(description="Node that it hangs at.")
    phases: Phases = Field(
        default="ABC", description="ABC for three phases (三相), A, B or C for one (单相, 220 V)."
    )
    power_factor: Annotated[float, Field(gt=0.5, le=1.0), q.Unit("1")] = Field(
        default=_POWER_FACTOR.value,
        description="Power factor of its loads, lagging [1] (功率因数); inverters run at 1.",
    )


class Feeder(Described):
    """A feeder whose nodes are all fed and whose cables join nodes of their level."""

    source: FeederSource = Field(default=FeederSource(), description="The 10 kV bus.")
    transformers: tuple[FeederTransformer, ...] = Field(
        default=(), max_length=5000, description="Transformers 10/0.4 kV."
    )
    cables: tuple[FeederCable, ...] = Field(default=(), max_length=50000, description="Cables.")
    connections: tuple[Connection, ...] = Field(
        min_length=1, max_length=50000, description="Buildings and households, where they hang."
    )

    @model_validator(mode="after")
    def _whole(self) -> Feeder:
        _unique([t.name for t in self.transformers], "transformer", "transformers", "name")
        _unique([c.name for c in self.cables], "cable", "cables", "name")
        _unique([c.building for c in self.connections], "building", "connections", "building")
        for i, one in enumerate(self.transformers):
            _known(transformer, one.product, "transformers", i)
        for i, wire in enumerate(self.cables):
            _known(cable, wire.product, "cables", i)
            if wire.start == wire.end:
                raise refuse(
                    f"the cable '{wire.name}' ends where it starts", "Name two nodes.", "cables", i, "end"
                )
        levels = self._levels()
        self._all_fed(levels)
        for i, place in enumerate(self.connections):
            if place.node not in levels:
                raise refuse(
                    f"'{place.building}' hangs at '{place.node}', where no cable or transformer ends",
                    f"Name one of the nodes: {_some(levels)}.",
                    "connections", i, "node",
                )  # fmt: skip
            if place.phases != "ABC" and levels[place.node] == HIGH_V:
                raise refuse(
                    f"'{place.building}' hangs at '{place.node}' of 10 kV by one phase",
                    "Let it hang there by ABC, or at a node of 380 V.",
                    "connections", i, "phases",
                )  # fmt: skip
        return self

    @property
    def nodes(self) -> tuple[str, ...]:
        """Every node, the source's first, then as elements name them."""
        return tuple(self._levels())

    @property
    def levels(self) -> dict[str, float]:
        """Nominal voltage between phases of every node [V], in the order of `nodes`."""
        return self._levels()

    @property
    def single_phase(self) -> bool:
        """Whether anything hangs on one phase, so that phases have to be told apart."""
        return any(place.phases != "ABC" for place in self.connections)

    @property
    def radial(self) -> bool:
        """Whether one way leads from the source to each node; parallel transformers are one way."""
        ways = {(t.high, t.low) for t in self.transformers}
        return len(ways) + len(self.cables) == len(self.nodes) - 1

    def transformer_products(self) -> tuple[Transformer, ...]:
        """Data sheets in the order of `transformers`."""
        return tuple(transformer(one.product) for one in self.transformers)

    def cable_products(self) -> tuple[Cable, ...]:
        """Data sheets in the order of `cables`."""
        return tuple(cable(one.product) for one in self.cables)

    def _levels(self) -> dict[str, float]:
        """Level of each node; refused where elements of two levels meet."""
        levels = {self.source.node: HIGH_V}

        def meet(node: str, volt: float, *where: str | int) -> None:
            if levels.setdefault(node, volt) != volt:
                raise refuse(
                    f"the node '{node}' would have {levels[node]:g} V and {volt:g} V",
                    "Put a transformer between levels, and cables of the level of their nodes.",
                    *where,
                )

        for i, one in enumerate(self.transformers):
            meet(one.high, HIGH_V, "transformers", i, "high")
            meet(one.low, LOW_V, "transformers", i, "low")
        for i, wire in enumerate(self.cables):
            volt = cable(wire.product).level
            meet(wire.start, volt, "cables", i, "start")
            meet(wire.end, volt, "cables", i, "end")
        return levels

    def _all_fed(self, levels: dict[str, float]) -> None:
        """Every node is reached from the source."""
        beside: dict[str, list[str]] = {node: [] for node in levels}
        for a, b in [(t.high, t.low) for t in self.transformers] + [(c.start, c.end) for c in self.cables]:
            beside[a].append(b)
            beside[b].append(a)
        reached, waiting = {self.source.node}, [self.source.node]
        while waiting:
            for node in beside[waiting.pop()]:
                if node not in reached:
                    reached.add(node)
                    waiting.append(node)
        left = [node for node in levels if node not in reached]
        if left:
            raise refuse(
                f"nothing feeds the node{'s' if len(left) > 1 else ''} {_some(left)}",
                f"Join them by cables or transformers to the source's node '{self.source.node}'.",
                "cables",
            )


def read_feeder(path: str | Path) -> Feeder:
    """Read a feeder from a YAML file of its own.

    Parameters
    ----------
    path : path-like
        UTF-8, at most 2 MB; keys as in `Feeder`.

    Returns
    -------
    Feeder

    Raises
    ------
    TwinError
        The first thing that is wrong, with file, line, key, value and remedy.
    """
    return _validated(read_yaml(Path(path)))


def parse_feeder(text: str, file: str = "feeder text") -> Feeder:
    """A feeder from YAML text; see `read_feeder`."""
    return _validated(parse_yaml(text, file))


def feeder_text(feeder: Feeder) -> str:
    """The feeder as YAML that `read_feeder` reads back to an equal one, for instance to alter a layout."""
    plain = feeder.model_dump(mode="json")
    return str(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None))


def _validated(node: Node) -> Feeder:
    try:
        return Feeder.model_validate(node.plain())
    except ValidationError as error:
        raise as_twin_error(error, node, Feeder) from None


def _unique(names: Sequence[str], what: str, *where: str) -> None:
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name in seen:
            raise refuse(
                f"two {what}s are called '{name}'", "Give each its own name.", where[0], i, *where[1:]
            )
        seen.add(name)


def _known(look_up: Callable[[str], object], product: str, *where: str | int) -> None:
    try:
        look_up(product)
    except TwinError as error:
        raise refuse(error.what.rstrip("."), error.remedy, *where, "product") from None


def _some(names: Iterable[str], most: int = 12) -> str:
    listed = [f"'{name}'" for name in names]
    return ", ".join(listed[:most]) + (", ..." if len(listed) > most else "")
