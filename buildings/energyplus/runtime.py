"""Controllers that drive EnergyPlus while it runs.

The engine runs in a worker process and stops at every step of the controller to ask it: zone temperatures go
one way through a pipe, set-points, availability and electric loads the other. The controller itself stays in
the caller's process. It may be any object, keeps its state, and its exceptions are its caller's: EnergyPlus
would swallow them.

Order inside a step: what is read is the state at its start; what is answered holds from that step to the next
question.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from buildings.energyplus.objects import objects, zone_names
from buildings.energyplus.process import TIMEOUT_S, EnergyPlusOutput, run_idf
from weather.errors import TwinError

Floats = NDArray[np.float64]
_WORKER = "buildings.energyplus.runtime_worker"


@dataclass(frozen=True)
class Readings:
    """What EnergyPlus tells at the start of an interval.

    Attributes
    ----------
    step : int
        Zone step of the (365-day) year, counted from 0.
    month, day, hour, minute : int
        Start of the interval, standard time.
    zones : tuple of str
    temp_air : ndarray (zones,)
        [degC].
    humidity_ratio : ndarray (zones,)
        [kg/kg].
    temp_outdoor : float
        [degC].
    electricity : float
        Net electricity of the whole model in the last step [W].
    """

    step: int
    month: int
    day: int
    hour: int
    minute: int
    zones: tuple[str, ...]
    temp_air: Floats
    humidity_ratio: Floats
    temp_outdoor: float
    electricity: float


@dataclass(frozen=True)
class Orders:
    """What a controller answers; NaN, or None for all, leaves a zone to its schedules.

    Attributes
    ----------
    heating, cooling : ndarray (zones,) or None
        Set-points [degC].
    available : ndarray (zones,) or None
        0 switches heating and cooling of the zone off.
    equipment : ndarray (zones,) or None
        Factor on the scheduled power of the zone's electric equipment.
    """

    heating: Floats | None = None
    cooling: Floats | None = None
    available: Floats | None = None
    equipment: Floats | None = None


Act = Callable[[Readings], Orders]


@dataclass(frozen=True)
class Coupled:
    """A run under a controller.

    Attributes
    ----------
    output : EnergyPlusOutput
    calls : int
        How often the controller was asked.
    controller_s : float
        CPU time of its answers [s].
    exchange_s : float
        CPU time of reading, sending and setting in the engine's process [s].
    """

    output: EnergyPlusOutput
    calls: int
    controller_s: float
    exchange_s: float


def run_coupled(
    idf_path: str | Path,
    epw_path: str | Path,
    out_dir: str | Path,
    act: Act,
    *,
    interval_min: float,
    zones: Sequence[str] | None = None,
    timeout: float = TIMEOUT_S,
    accepted: tuple[str, ...] = (),
) -> Coupled:
    """Run a model under a controller.

    Parameters
    ----------
    idf_path, epw_path, out_dir : path-like
        See `run_idf`. The model needs thermostats in the zones whose set-points are ordered.
    act : callable
        Gets `Readings`, returns `Orders`; asked in the weather run period only, not in warm-up.
    interval_min : float
        Minutes between two questions; a multiple of the model's step.
    zones : sequence of str, optional
        Zones to read and order; default all of the model.

    Raises
    ------
    TwinError
        As `run_idf`; an order for a zone without thermostat or equipment; zones that the model lacks.
    Exception
        Whatever `act` raises, unchanged, after the engine was ended.
    """
    idf = Path(idf_path)
    names = _chosen(idf, zones)
    order = {
        "zones": names,
        "interval_min": float(interval_min),
        "equipment": [
            {"name": e[0], "zone": e[1], "schedule": e[2]}
            for e in (objects(idf, "ElectricEquipment") if idf.is_file() else ())
            if len(e) > 2
        ],
    }
    talk = _Talk(act, names)
    output = run_idf(
        idf, epw_path, out_dir, timeout=timeout, accepted=accepted, module=_WORKER, order=order,
        converse=talk.converse,
    )  # fmt: skip
    return Coupled(output, talk.calls, talk.controller_s, talk.exchange_s)


def _chosen(idf: Path, zones: Sequence[str] | None) -> tuple[str, ...]:
    if not idf.is_file():
        return tuple(zones or ())  # the run itself says that there is no model
    known = zone_names(idf)
    if zones is None:
        return known
    upper = {name.upper() for name in known}
    for name in zones:
        if name.upper() not in upper:
            raise TwinError(
                f"the model has no zone '{name}'.",
                f"Use one of: {', '.join(known[:12])}.",
                file=idf,
                key=name,
            )
    return tuple(zones)


@dataclass
class _Talk:
    """The caller's end of the pipe."""

    act: Act
    zones: tuple[str, ...]
    calls: int = 0
    controller_s: float = 0.0
    exchange_s: float = 0.0
    _refused: TwinError | None = field(default=None, repr=False)

    def converse(self, told: IO[str], say: IO[str]) -> None:
        """Answer the engine until it has no more questions."""
        for line in told:
            message: dict[str, Any] = json.loads(line)
            if "error" in message:
                raise TwinError(message["error"], message["remedy"], key=message.get("key"))
            if "done" in message:
                self.exchange_s = float(message["done"])
                return
            begin = time.process_time()
            orders = self.act(self._readings(message))
            self.controller_s += time.process_time() - begin
            self.calls += 1
            say.write(json.dumps(self._message(orders)) + "\n")
            say.flush()

    def _readings(self, m: dict[str, Any]) -> Readings:
        return Readings(
            step=m["step"], month=m["month"], day=m["day"], hour=m["hour"], minute=m["minute"],
            zones=self.zones, temp_air=np.array(m["temp_air"]), humidity_ratio=np.array(m["humidity_ratio"]),
            temp_outdoor=m["temp_outdoor"], electricity=m["electricity"],
        )  # fmt: skip

    def _message(self, orders: Orders) -> dict[str, list[float | None]]:
        """Orders as lists, NaN as null; checked here, where the controller can be told."""
        found: dict[str, list[float | None]] = {}
        for name in ("heating", "cooling", "available", "equipment"):
            values = getattr(orders, name)
            if values is None:
                continue
            array = np.asarray(values, dtype=float)
            if array.shape != (len(self.zones),) or np.isinf(array).any():
                raise ValueError(
                    f"a controller ordered '{name}' of shape {array.shape}, {len(self.zones)} finite "
                    "values or NaN are asked for"
                )
            found[name] = [None if np.isnan(value) else float(value) for value in array]
        return found
