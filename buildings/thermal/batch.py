"""Packing: zone models and their air side side by side, padded to one shape, lane innermost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.discretisation import StepModel
from buildings.thermal.kernel import ThermalBatch, ThermalState
from buildings.thermal.lanes import LANES
from buildings.thermal.network import Channel
from buildings.thermal.reduction import ZoneModel

ZERO: Channel = ("zero",)
"""Series that is always nought; padding and absent schedules point to it."""
NO_HEATING: Channel = ("setpoint", -1000.0)
"""Heating set-point where heating is off [degC]."""
NO_COOLING: Channel = ("setpoint", 1000.0)
"""Cooling set-point where cooling is off [degC]."""


@dataclass(frozen=True)
class AirSide:
    """What a zone exchanges with people, outdoor air and plant.

    Attributes
    ----------
    multiplier : float
        Number of identical zones that this one stands for.
    air_mass : float
        [kg] of dry air that stores moisture.
    infiltration, ventilation : float
        Outdoor air [m3/s].
    moisture : float
        Moisture gain at full occupancy [kg/s].
    heat_max, cool_max : float
        Capacity, sensible and total [W].
    adp_temp, adp_humidity : float
        Apparatus dew point of the coil [degC], [kg/kg].
    """

    multiplier: float = 1.0
    air_mass: float = 1.0
    infiltration: float = 0.0
    ventilation: float = 0.0
    recovery_sensible: float = 0.0
    recovery_latent: float = 0.0
    bypass: float = 1.0
    fan_heat: float = 0.0
    moisture: float = 0.0
    heat_max: float = 0.0
    cool_max: float = 0.0
    adp_temp: float = 12.0
    adp_humidity: float = 0.0087
    ventilation_series: Channel = ZERO
    moisture_series: Channel = ZERO
    heating_setpoint: Channel = NO_HEATING
    cooling_setpoint: Channel = NO_COOLING


@dataclass(frozen=True)
class PackedBlock:
    """One block ready for a lane."""

    model: ZoneModel
    step: StepModel
    air: tuple[AirSide, ...]


class ForcingTable:
    """Series by channel, one column each; columns are shared by every block that names the channel."""

    def __init__(self, n_steps: int) -> None:
        self.n_steps = n_steps
        self._columns: dict[Channel, int] = {}
        self._series: list[NDArray[np.float64]] = []
        self.add(ZERO, np.zeros(n_steps + 1))
        self.add(NO_HEATING, np.full(n_steps + 1, -1000.0))
        self.add(NO_COOLING, np.full(n_steps + 1, 1000.0))

    def add(self, channel: Channel, values: NDArray[np.float64]) -> None:
        """Add a series of n_steps (step means) or n_steps + 1 values (states at the boundaries)."""
        if len(values) == self.n_steps:
            values = np.append(values, values[-1])
        if len(values) != self.n_steps + 1 or not np.all(np.isfinite(values)):
            raise ValueError(f"series of {channel} must be {self.n_steps} finite values, got {len(values)}")
        self._columns[channel] = len(self._series)
        self._series.append(np.asarray(values, dtype=float))

    def __contains__(self, channel: Channel) -> bool:
        return channel in self._columns

    def column(self, channel: Channel) -> int:
        """Column of a channel."""
        return self._columns[channel]

    def values(self) -> NDArray[np.float64]:
        """The table (n_steps + 1, n_series)."""
        return np.ascontiguousarray(np.array(self._series).T)


def pack(
    blocks: Sequence[Sequence[PackedBlock]], table: ForcingTable
) -> tuple[ThermalBatch, NDArray[np.int32]]:
    """Lay blocks into lanes; the blocks of one building stay in neighbouring lanes of whole groups.

    Parameters
    ----------
    blocks : sequence of sequences
        For each building its blocks.
    table : ForcingTable
        Holds every channel that the blocks name.

    Returns
    -------
    ThermalBatch
    ndarray (n_blocks, 2) int32
        Group and lane of each block, in the order given.
    """
    place = _places([len(b) for b in blocks])
    flat = [block for building in blocks for block in building]
    nz = max(b.model.n_zones for b in flat)
    # Air rows first, then envelope rows: the most zones and the largest envelope may be of different blocks.
    n = nz + max(b.model.n - b.model.n_zones for b in flat)
    m = max(len(b.model.channels) for b in flat) + 1
    groups = int(place[:, 0].max()) + 1
    zeros, air = np.zeros, (groups, nz, LANES)
    adv, gain = zeros((groups, n + nz, n + m, LANES)), zeros((groups, n + nz, nz, LANES))
    radiant = zeros((groups, nz, n + m, LANES))
    channel = np.full((groups, m, LANES), table.column(ZERO), dtype=np.int32)
    numbers = {name: zeros(air) for name in _AIR_NUMBERS}
    numbers["air_mass"][:] = 1.0
    # Lanes and zones that nobody uses: an air node of 1 J/K alone in the world, so that nothing
    # divides by nought.
    for z in range(nz):
        gain[:, z, z, :] = 1.0
    capacity = np.ones(air)
    series = {name: np.full(air, table.column(default), np.int32) for name, default in _AIR_SERIES.items()}
    for block, (g, lane) in zip(flat, place, strict=True):
        _lay_matrices(block, n, nz, adv[g, :, :, lane], gain[g, :, :, lane], radiant[g, :, :, lane])
        columns = [table.column(c) for c in block.model.channels]
        channel[g, : len(columns) + 1, lane] = [columns[0], *columns]
        capacity[g, : block.model.n_zones, lane] = block.model.air_capacity
        for z, zone in enumerate(block.air):
            for name in _AIR_NUMBERS:
                numbers[name][g, z, lane] = getattr(zone, name)
            for name in _AIR_SERIES:
                series[name][g, z, lane] = table.column(getattr(zone, name))
    fields: dict[str, Any] = {**numbers, **series}
    return (
        ThermalBatch(
            advance=adv,
            gain=gain,
            channel=channel,
            same=_same(channel, series, len(flat), place),
            radiant=radiant,
            air_capacity=capacity,
            **fields,
        ),
        place,
    )


_AIR_NUMBERS = (
    "multiplier",
    "air_mass",
    "infiltration",
    "ventilation",
    "recovery_sensible",
    "recovery_latent",
    "bypass",
    "fan_heat",
    "moisture",
    "heat_max",
    "cool_max",
    "adp_temp",
    "adp_humidity",
)
_AIR_SERIES: dict[str, Channel] = {
    "ventilation_series": ZERO,
    "moisture_series": ZERO,
    "heating_setpoint": NO_HEATING,
    "cooling_setpoint": NO_COOLING,
}


def _same(
    channel: NDArray[np.int32],
    series: dict[str, NDArray[np.int32]],
    n_blocks: int,
    place: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Which forcings all lanes of a group share; an empty lane takes part in whatever the others do."""
    groups = len(channel)
    nz = next(iter(series.values())).shape[1]
    order = ("heating_setpoint", "cooling_setpoint", "ventilation_series", "moisture_series")
    columns = np.concatenate(
        [channel, np.stack([series[name] for name in order], axis=2).reshape(groups, 4 * nz, LANES)], axis=1
    )
    empty = np.ones((groups, 1, LANES), dtype=bool)
    empty[place[:n_blocks, 0], 0, place[:n_blocks, 1]] = False
    return np.all((columns == columns[:, :, :1]) | empty, axis=2).astype(np.int32)


def _places(counts: Sequence[int]) -> NDArray[np.int32]:
    """Group and lane of each block; only a building that outgrows a group is split, and it starts one."""
    place: list[tuple[int, int]] = []
    group, used = 0, 0
    for count in counts:
        if used and used + count > LANES:
            group, used = group + 1, 0
        for _ in range(count):
            if used == LANES:
                group, used = group + 1, 0
            place.append((group, used))
            used += 1
    return np.array(place, dtype=np.int32)


def _lay_matrices(block: PackedBlock, n: int, nz: int, adv: NDArray, gain: NDArray, radiant: NDArray) -> None:
    """Write one block's matrices: its air rows first, its envelope states after the padded air rows."""
    own_n, own_nz = block.model.n, block.model.n_zones
    rows = np.concatenate([np.arange(own_nz), nz + np.arange(own_n - own_nz)])
    m = block.step.response.shape[1]
    forcing = n + np.arange(m)
    zone_rows = n + np.arange(own_nz)
    adv[np.ix_(rows, rows)] = block.step.transition
    adv[np.ix_(rows, forcing)] = block.step.response
    adv[np.ix_(zone_rows, rows)] = block.step.envelope_state
    adv[np.ix_(zone_rows, forcing)] = block.step.envelope_response
    gain[np.ix_(rows, np.arange(own_nz))] = block.step.gain
    gain[np.ix_(zone_rows, np.arange(own_nz))] = block.step.envelope_gain
    own = np.arange(own_nz)
    radiant[np.ix_(own, rows)] = block.model.radiant_state
    # The radiant temperature is read at the end of the step: outdoors at the end, step means of the rest.
    radiant[np.ix_(own, n + 1 + np.arange(m - 1))] = block.model.radiant_forcing


def initial_state(
    batch: ThermalBatch,
    blocks: Sequence[Sequence[PackedBlock]],
    place: NDArray[np.int32],
    states: Sequence[NDArray[np.float64]],
    humidity: float,
) -> ThermalState:
    """Lay one start state per block into the lanes."""
    groups, n_rows = batch.advance.shape[:2]
    nz = batch.multiplier.shape[1]
    x = np.zeros((groups, n_rows - nz, LANES))
    flat = [block for building in blocks for block in building]
    for block, (g, lane), start in zip(flat, place, states, strict=True):
        own_n, own_nz = block.model.n, block.model.n_zones
        rows = np.concatenate([np.arange(own_nz), nz + np.arange(own_n - own_nz)])
        x[g, rows, lane] = start
    return ThermalState(x=x, humidity=np.full(batch.multiplier.shape, humidity))
