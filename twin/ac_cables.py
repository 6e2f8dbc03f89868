"""Cables of a building's DC network in its year, and the same routes wired for AC.

On AC the conductors stay; what runs on 600 V or more becomes 400 V three-phase (three loaded conductors
instead of two), what runs below becomes 230 V single-phase, and converters between levels fall away. The AC
current follows from the power that passes the cable; its voltage drop and skin effect are left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from buildings.systems.dc_network import DcNetwork, Finding, findings, read_dc_network, solve_network
from twin.power_columns import (
    BATTERY_CHARGE,
    BATTERY_DISCHARGE,
    BUS_VOLTAGE,
    EQUIPMENT,
    EV_CHARGE,
    EV_DISCHARGE,
    FANS,
    HVAC,
    LIGHTING,
    PV,
)
from weather.errors import TwinError

Array = NDArray[np.float64]
POWER_FACTOR = 0.95
"""Of loads on AC; assumed."""
THREE_PHASE_V, SINGLE_PHASE_V = 400.0, 230.0
_FEEDER_V = 600.0
"""Levels from here on are three-phase on AC."""

_TAKES: Mapping[str, tuple[tuple[int, float], ...]] = {
    "lighting": ((LIGHTING, 1.0),),
    "equipment": ((EQUIPMENT, 1.0), (FANS, 1.0)),
    "hvac": ((HVAC, 1.0),),
    "ev": ((EV_CHARGE, 1.0), (EV_DISCHARGE, -1.0)),
    "pv": ((PV, -1.0),),
    "battery": ((BATTERY_CHARGE, 1.0), (BATTERY_DISCHARGE, -1.0)),
}
"""Columns of what may be attached, and their sign as loads."""


@dataclass(frozen=True, eq=False)
class AttachedNetwork:
    """A network and who hangs where.

    Attributes
    ----------
    network : DcNetwork
        Its source is the bus at the grid interface.
    attach : dict
        Share at each node, by `lighting`, `equipment` (with fans), `hvac`, `ev`, `pv` or `battery`; what is
        not named, and what shares leave over, hangs at the source.
    """

    network: DcNetwork
    attach: Mapping[str, Mapping[str, float]]

    def check_loads(self, on_bus: tuple[str, ...]) -> None:
        """Refuse loads in the network that are not on the bus.

        Raises
        ------
        TwinError
            Such a load.
        """
        for name in self.attach:
            if name not in (*on_bus, "pv", "battery"):
                raise TwinError(
                    f"{name!r} hangs in the network but is not on the bus.",
                    f"Attach some of: {', '.join((*on_bus, 'pv', 'battery'))}.",
                    key="attach",
                )

    def loads_kw(self, table: Array) -> Array:
        """Power that leaves the network at each node [kW], shape (n, n_nodes)."""
        loads = np.zeros((len(table), len(self.network.nodes)))
        for name, shares in self.attach.items():
            power = sum(sign * table[:, column] for column, sign in _TAKES[name])
            for node, share in shares.items():
                loads[:, self.network.node(node)] += share * power
        return loads

    def loss_kw(self, table: Array, *, levels: str, cables: str) -> tuple[Array, list[Finding]]:
        """Loss of cables and converters between levels in a year.

        Parameters
        ----------
        table : ndarray (n, N_COLUMNS)
            Year of the electrical side.
        levels, cables : {"dc", "ac"}
            Whether converters between levels stand, and how cables run.

        Returns
        -------
        loss : ndarray (n,)
            [kW]
        findings : list of Finding
            Limits that the DC flow does not keep.

        Raises
        ------
        TwinError
            The network has no operating point in some step.
        """
        network = self.network if levels == "dc" else _without_loss(self.network)
        voltage = np.where(np.isfinite(table[:, BUS_VOLTAGE]), table[:, BUS_VOLTAGE], 1.0)
        flow = solve_network(network, self.loads_kw(table), voltage)
        flow.require_solved()
        loss = flow.converter_loss_kw.sum(axis=1)
        if cables == "dc":
            return loss + flow.cable_loss_kw.sum(axis=1), findings(network, flow)
        for c in range(len(network.cables)):
            level = network.nodes[network.start[c]].voltage
            watts = np.abs(flow.current_a[:, c]) * flow.voltage_v[:, network.end[c]]
            loss = loss + 1e-3 * ac_loss_w(watts, float(network.resistance[c]), level)
        return loss, []


def ac_loss_w(watts: Array, loop_ohm: float, level_v: float) -> Array:
    """Loss of a route wired for AC [W] that carries `watts`, from its DC loop resistance (two wires)."""
    if level_v >= _FEEDER_V:
        current = watts / (math.sqrt(3.0) * THREE_PHASE_V * POWER_FACTOR)
        return np.asarray(1.5 * loop_ohm * current**2)
    return np.asarray(loop_ohm * (watts / (SINGLE_PHASE_V * POWER_FACTOR)) ** 2)


def _without_loss(network: DcNetwork) -> DcNetwork:
    records = network.records.copy()
    for name in ("alpha", "beta", "gamma"):
        records[name] = 0.0
    return replace(network, records=records)


def read_attached_network(path: Path) -> AttachedNetwork:
    """A network file with its `attach` table: load to node, or load to nodes with shares.

    Raises
    ------
    TwinError
        As `read_dc_network`; an unknown load or node; shares below 0 or above 1 in sum.
    """
    network, rest = read_dc_network(path)
    given = rest.pop("attach", None)
    if rest or not isinstance(given, dict) or not given:
        raise TwinError(
            f"it has {', '.join(rest) or 'no loads'} where `attach` should stand.",
            "Give `attach`: load: node, or load: {node: share}.",
            file=path,
            key="attach",
        )
    attach: dict[str, dict[str, float]] = {}
    for name, places in given.items():
        if name not in _TAKES:
            raise TwinError(
                f"{name!r} cannot be attached.", f"Use some of: {', '.join(_TAKES)}.", file=path, key="attach"
            )
        shares = places if isinstance(places, dict) else {places: 1.0}
        try:
            own = {str(node): float(share) for node, share in shares.items()}
            for node in own:
                network.node(node)
        except (TypeError, ValueError) as error:
            raise TwinError(
                f"the shares of {name} are no numbers.", "Give node: share.", file=path, key=f"attach.{name}"
            ) from error
        except TwinError as error:
            raise error.at(file=path, key=f"attach.{name}") from error
        if min(own.values()) < 0.0 or sum(own.values()) > 1.0 + 1e-9:
            raise TwinError(
                f"the shares of {name} add up to {sum(own.values()):g}.",
                "Give shares from 0 to 1 that add up to at most 1.",
                file=path,
                key=f"attach.{name}",
            )
        attach[name] = own
    return AttachedNetwork(network, attach)
