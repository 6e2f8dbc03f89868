"""The feeder under a call: what its transformers and cables carry in each step, with the call and without.

Every participant hangs at its connection with what its meter shows; assets that a district shares are not in
a call, so that a feeder that was laid out has none of them, and one that was described carries nothing there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.districts.feeder import Feeder
from twin.district.grid import HELD, LAID_OUT, UNITY, building_load, held_feeder
from twin.district.grid_limits import band_of, cable_limit, transformer_limit
from twin.district.power_flow import FeederFlow, FeederModel, reactive_power
from twin.market.assumption import Assumption
from twin.response.study import Called, around_call
from weather.errors import TwinError

Floats = NDArray[np.float64]
_PHASES = {"A": (0,), "B": (1,), "C": (2,), "ABC": (0, 1, 2)}
_FULLEST = 5
"""Transformers that a moment names."""
_ASIDE = Assumption(
    "feeder.shared_aside",
    "街区共享资产（集中充电、储能、能源站）不参加邀约，未计入配网潮流。",
    "What the district shares (charging hub, storage, energy station) is not in the call and not in the "
    "flows of the feeder.",
    None,
    "",
    "our choice",
    "assumed",
    "自定",
)
_PEAKS = Assumption(
    "feeder.peaks_before",
    "配网按各户当年至邀约日的最大负荷布置。",
    "The feeder is laid out by the peaks of its participants from the year's begin to the day of the call.",
    None,
    "",
    "our choice",
    "assumed",
    "自定",
)


@dataclass(frozen=True)
class Carried:
    """What a feeder carries in a step, with the call or without; NaN where no flow was found.

    Attributes
    ----------
    transformer, cable : float
        Highest loading: apparent power over rating, current over the cable's [-].
    low_pu, high_pu : float
        Lowest and highest voltage of all participants' own phases over nominal [-].
    """

    transformer: float
    cable: float
    low_pu: float
    high_pu: float

    def as_dict(self) -> dict[str, float | None]:
        """None where there is no number."""
        return {name: round(value, 4) if np.isfinite(value) else None for name, value in vars(self).items()}


@dataclass(frozen=True)
class OnFeeder:
    """A step on the feeder.

    Attributes
    ----------
    now, without : Carried
    loading : ndarray (T,)
        Of each transformer, with the call [-].
    """

    now: Carried
    without: Carried
    loading: Floats

    def as_dict(self) -> dict[str, Any]:
        """For a console: highest and lowest, the fullest transformers, how many pass a limit."""
        known = np.nan_to_num(self.loading)
        fullest = np.argsort(-known, kind="stable")[:_FULLEST]
        limits = {name: int((known > transformer_limit(name).share).sum()) for name in ("rated", "planning")}
        return self.now.as_dict() | {
            "without": self.without.as_dict(),
            "fullest": [[int(k), round(float(known[k]), 4)] for k in fullest],
            "beyond": limits,
        }


class CallFeeder:
    """The feeder of the participants of a call.

    Parameters
    ----------
    called : Called
    described : sequence of dict
        What each participant has (`twin.response.states.Insides.described`).
    feeder : Feeder, optional
        Laid out where not given.

    Attributes
    ----------
    feeder : Feeder or None
        None where none could be laid out.
    missing : TwinError or None
        Why.
    assumptions : tuple of Assumption

    Raises
    ------
    TwinError
        A feeder on which a participant hangs nowhere.
    """

    def __init__(self, called: Called, described: Sequence[dict[str, Any]], feeder: Feeder | None) -> None:
        self.missing: TwinError | None = None
        self.assumptions: tuple[Assumption, ...] = (UNITY, _ASIDE)
        self.feeder = feeder
        if feeder is None:
            self.assumptions = (LAID_OUT, HELD, _PEAKS, *self.assumptions)
            try:
                self.feeder = _laid_out(called)
            except TwinError as error:
                self.missing = error
                return
        assert self.feeder is not None
        self._place = places(self.feeder, called.names)
        self._model = FeederModel(self.feeder)
        self._node, self._own = _own_phases(self.feeder, self._place)
        window = around_call(called.fleet.times)
        load = np.concatenate([part.load_kw for part in called.fleet.parts])[:, window]
        flow = self._flow(called.fine_kw[:, window].T, load.T)
        self._first = window.start
        self._without = [self._carried(flow, k) for k in range(window.stop - window.start)]

    def at(self, row: int, meter_kw: Floats, load_kw: Floats) -> OnFeeder | None:
        """What the feeder carries under meters (P,) in a step around the call; None without a feeder."""
        if self.feeder is None:
            return None
        flow = self._flow(meter_kw[None, :], load_kw[None, :])
        return OnFeeder(self._carried(flow, 0), self._without[row - self._first], flow.transformer_loading[0])

    def described(self) -> dict[str, Any]:
        """For the scene: size, limits with their sources, names of transformers, what is assumed."""
        told: dict[str, Any] = {"assumptions": [one.as_dict() for one in self.assumptions]}
        if self.feeder is None:
            assert self.missing is not None
            return told | {"missing": f"{self.missing.what} {self.missing.remedy}"}
        bands = [band_of(place.phases) for place in self.feeder.connections]
        rated, planning = transformer_limit("rated"), transformer_limit("planning")
        return told | {
            "transformers": [one.name for one in self.feeder.transformers],
            "rating_kva": [one.rating_kva for one in self.feeder.transformer_products()],
            "cables": len(self.feeder.cables),
            "limits": {
                "rated": rated.share,
                "planning": planning.share,
                "cable": cable_limit(),
                "low_pu": max(one.low for one in bands),
                "high_pu": min(one.high for one in bands),
            },
            "sources": {
                "zh": [planning.source_zh, bands[0].source_zh],
                "en": [planning.source, bands[0].source],
            },
        }

    def _flow(self, meter_kw: Floats, load_kw: Floats) -> FeederFlow:
        assert self.feeder is not None
        active, load = (np.zeros((len(meter_kw), len(self.feeder.connections))) for _ in range(2))
        active[:, self._place], load[:, self._place] = meter_kw, load_kw
        return self._model.solve(active, reactive_power(self.feeder, load))

    def _carried(self, flow: FeederFlow, k: int) -> Carried:
        volts = flow.voltage_pu[k][self._node]
        if not flow.solved[k]:
            return Carried(*[float("nan")] * 4)
        return Carried(
            float(flow.transformer_loading[k].max(initial=0.0)),
            float(flow.cable_loading[k].max(initial=0.0)),
            float(np.where(self._own, volts, np.inf).min()),
            float(np.where(self._own, volts, -np.inf).max()),
        )


def _laid_out(called: Called) -> Feeder:
    """By the peaks of the participants so far."""
    loads = []
    for part in called.fleet.parts:
        most = np.maximum(np.abs(part.year_kw).max(axis=1), np.abs(part.fine_kw).max(axis=1))
        for prepared, name, peak in zip(part.standing.plant.prepared, part.names, most, strict=True):
            loads.append(building_load(name, prepared.description.systems, float(peak)))
    return held_feeder(loads)


def places(feeder: Feeder, names: Sequence[str]) -> NDArray[np.int64]:
    """Which connection each participant hangs at, shape (P,).

    Raises
    ------
    TwinError
        One hangs nowhere.
    """
    hung = {connection.building: k for k, connection in enumerate(feeder.connections)}
    missing = [name for name in names if name not in hung]
    if missing:
        raise TwinError(
            f"'{missing[0]}' hangs nowhere on the feeder ({len(missing)} of {len(names)} participants).",
            "Give each participant one connection.",
            key="connections",
        )
    return np.array([hung[name] for name in names], np.int64)


def _own_phases(feeder: Feeder, place: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Node of each participant (P,), and which phases there are its own (P, 1 or 3)."""
    at = {node: k for k, node in enumerate(feeder.nodes)}
    connections = [feeder.connections[k] for k in place]
    node = np.array([at[one.node] for one in connections], np.int64)
    if not feeder.single_phase:
        return node, np.ones((len(node), 1), bool)
    return node, np.array([[phase in _PHASES[one.phases] for phase in range(3)] for one in connections])
