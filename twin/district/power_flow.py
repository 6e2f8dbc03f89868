"""A year of alternating-current power flows of a feeder (馈线潮流), one for each step.

power-grid-model solves each step by Newton's method with every load at constant power. A phase that differs
from the others makes the calculation three-phase (asymmetric), else one phase stands for all. Steps go
through in chunks and are reduced chunk by chunk, so that memory does not grow with nodes x steps; only the
source and the transformers keep their series. A step without a solution is left out of every extreme, hour
and sum, counted, and told.

Sign: power at a connection is positive where the building takes it from the feeder (its grid import), as on
the building's own bus; the source's power is positive into the feeder.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buildings.districts.feeder import Feeder
from twin.district.grid_limits import band, band_of, cable_limit, transformer_limit
from twin.progress import Progress
from weather.errors import TwinError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_CHUNK_STEPS = 672
_CHUNK_VOLTAGES = 2_000_000
"""Most steps that are solved at once, a week of quarter hours, and most voltages: about 0.1 GB in all."""
_PHASES = {"A": 0, "B": 1, "C": 2}
_DELTA_STAR_CLOCK = 11


@dataclass(frozen=True, eq=False)
class FeederFlow:
    """Flows of m steps; a step without a solution is NaN.

    Nodes, cables and transformers are in the feeder's order. The last axis of voltages is 1 long where phases
    are alike, else A, B, C.

    Attributes
    ----------
    voltage_pu : ndarray (m, n_nodes, 1 or 3)
        Phase to neutral over nominal.
    voltage_angle : ndarray (m, n_nodes, 1 or 3)
        [rad]; transformers turn by their vector group.
    transformer_loading : ndarray (m, n_transformers)
        Apparent power of all phases over rating, the greater side [1].
    transformer_loss_kw : ndarray (m, n_transformers)
    cable_loading : ndarray (m, n_cables)
        Current of the fullest phase over the cable's current [1].
    cable_loss_kw : ndarray (m, n_cables)
    source_kw, source_kvar : ndarray (m,)
        Into the feeder.
    solved : ndarray of bool (m,)
    message : str
        What the solver said of the first step without a solution; empty where there is none.
    """

    voltage_pu: FloatArray
    voltage_angle: FloatArray
    transformer_loading: FloatArray
    transformer_loss_kw: FloatArray
    cable_loading: FloatArray
    cable_loss_kw: FloatArray
    source_kw: FloatArray
    source_kvar: FloatArray
    solved: BoolArray
    message: str

    @property
    def loss_kw(self) -> FloatArray:
        """Losses of all elements [kW], shape (m,)."""
        return np.asarray(self.transformer_loss_kw.sum(axis=1) + self.cable_loss_kw.sum(axis=1), float)


@dataclass(frozen=True, eq=False)
class Extreme:
    """The greatest or least value of each element over the solved steps, NaN where no step was solved.

    Attributes
    ----------
    value : ndarray (k,)
    step : ndarray of int (k,)
        Step in which it came first; -1 where no step was solved.
    """

    value: FloatArray
    step: IntArray


@dataclass(frozen=True, eq=False)
class FeederYear:
    """What a year of flows says of a feeder; unsolved steps are in none of the figures.

    Attributes
    ----------
    feeder : Feeder
    step_minutes : float
    steps : int
    unsolved : ndarray of int
        Steps without a solution.
    message : str
        What the solver said of the first of them.
    node_low, node_high : Extreme (n_nodes)
        Voltage of the lowest and highest phase over nominal [1].
    node_hours_outside : ndarray (n_nodes,)
        Hours in which a phase is outside the narrowest band of what hangs there; where nothing does, that of
        three phases.
    connection_low, connection_high : Extreme (n_connections)
        Voltage of its own phases over nominal [1].
    hours_below, hours_above, hours_outside : ndarray (n_connections,)
        Hours below and above its band; those of both, when phases part, are outside once.
    transformer_loading : ndarray of float32 (steps, n_transformers)
        Apparent power over rating [1]; NaN where unsolved.
    transformer_most : Extreme (n_transformers)
    hours_over_rating, hours_over_planning : ndarray (n_transformers,)
    transformer_loss_kwh : ndarray (n_transformers,)
    cable_most : Extreme (n_cables)
        Current over the cable's current [1].
    cable_hours_over : ndarray (n_cables,)
    cable_loss_kwh : ndarray (n_cables,)
    source_kw, source_kvar, loss_kw : ndarray (steps,)
        NaN where unsolved.
    load_kwh : float
        Net energy that connections took.
    balance_residual : float
        Largest of source - loads - losses over the greatest of their powers in any step [1].
    cpu_s, wall_s : float
        Time that it took.
    """

    feeder: Feeder
    step_minutes: float
    steps: int
    unsolved: IntArray
    message: str
    node_low: Extreme
    node_high: Extreme
    node_hours_outside: FloatArray
    connection_low: Extreme
    connection_high: Extreme
    hours_below: FloatArray
    hours_above: FloatArray
    hours_outside: FloatArray
    transformer_loading: NDArray[np.float32]
    transformer_most: Extreme
    hours_over_rating: FloatArray
    hours_over_planning: FloatArray
    transformer_loss_kwh: FloatArray
    cable_most: Extreme
    cable_hours_over: FloatArray
    cable_loss_kwh: FloatArray
    source_kw: FloatArray
    source_kvar: FloatArray
    loss_kw: FloatArray
    load_kwh: float
    balance_residual: float
    cpu_s: float
    wall_s: float

    @property
    def step_h(self) -> float:
        """Length of a step [h]."""
        return self.step_minutes / 60.0

    @property
    def import_kwh(self) -> float:
        """Energy from the grid above."""
        return float(np.nansum(np.maximum(self.source_kw, 0.0)) * self.step_h)

    @property
    def export_kwh(self) -> float:
        """Energy into the grid above."""
        return float(np.nansum(np.maximum(-self.source_kw, 0.0)) * self.step_h)

    @property
    def loss_kwh(self) -> float:
        """Energy that transformers and cables lost."""
        return float(np.nansum(self.loss_kw) * self.step_h)


class FeederModel:
    """A feeder ready to be solved; topology and constants are handed to the solver once.

    Parameters
    ----------
    feeder : Feeder
    """

    def __init__(self, feeder: Feeder) -> None:
        from power_grid_model import PowerGridModel

        self.feeder = feeder
        self.three_phase = feeder.single_phase
        self._model = PowerGridModel(_components(feeder), system_frequency=50.0)
        outputs: dict[Any, Any] = {"node": {"u_pu", "u_angle"}, "source": {"p", "q"}}
        if feeder.transformers:
            outputs["transformer"] = {"loading", "p_from", "p_to"}
        if feeder.cables:
            outputs["line"] = {"loading", "p_from", "p_to"}
        self._outputs = outputs

    def solve(self, p_kw: ArrayLike, q_kvar: ArrayLike) -> FeederFlow:
        """Flows of some steps, in full.

        Parameters
        ----------
        p_kw, q_kvar : array_like (m, n_connections)
            What each connection takes, in the order of the feeder's connections; negative where it feeds in.
            A three-phase connection shares its power equally among its phases.

        Returns
        -------
        FeederFlow

        Raises
        ------
        TwinError
            Powers of another shape, or that are not finite.
        """
        active, reactive = (np.asarray(x, float) for x in (p_kw, q_kvar))
        self._refuse_bad_powers(active, reactive)
        update = {name: 1e3 * self._by_phase(x) for name, x in (("p", active), ("q", reactive))}
        load = "asym_load" if self.three_phase else "sym_load"
        found: Mapping[Any, Any] = self._model.calculate_power_flow(
            symmetric=not self.three_phase,
            update_data={load: {f"{name}_specified": values for name, values in update.items()}},
            output_component_types=self._outputs,
            continue_on_batch_error=True,
        )
        return self._flow(found, len(active))

    def _by_phase(self, power: FloatArray) -> FloatArray:
        """Powers as the solver takes them: (m, k), or (m, k, 3) where phases differ."""
        if not self.three_phase:
            return np.ascontiguousarray(power)
        split = np.zeros((*power.shape, 3))
        for k, place in enumerate(self.feeder.connections):
            if place.phases == "ABC":
                split[:, k] = power[:, k, None] / 3.0
            else:
                split[:, k, _PHASES[place.phases]] = power[:, k]
        return split

    def _flow(self, found: Mapping[Any, Any], count: int) -> FeederFlow:
        failed = self._model.batch_error
        solved = np.ones(count, np.bool_)
        message = ""
        if failed is not None:
            solved[failed.failed_scenarios] = False
            message = str(failed.error_messages[0]).strip()

        def known(part: str, name: str, width: int) -> FloatArray:
            if part not in found:
                return np.zeros((count, width))
            return _without(np.asarray(found[part][name], float), solved)

        def total(part: str, name: str, width: int) -> FloatArray:
            """Of all phases [kW or kvar]."""
            values = 1e-3 * known(part, name, width)
            return np.asarray(values.sum(axis=2)) if values.ndim == 3 else values

        def lost(part: str, width: int) -> FloatArray:
            return total(part, "p_from", width) + total(part, "p_to", width)

        transformers, cables = len(self.feeder.transformers), len(self.feeder.cables)
        nodes = (count, len(self.feeder.nodes), 3 if self.three_phase else 1)
        return FeederFlow(
            voltage_pu=known("node", "u_pu", nodes[1]).reshape(nodes),
            voltage_angle=known("node", "u_angle", nodes[1]).reshape(nodes),
            transformer_loading=known("transformer", "loading", transformers),
            transformer_loss_kw=lost("transformer", transformers),
            cable_loading=known("line", "loading", cables),
            cable_loss_kw=lost("line", cables),
            source_kw=total("source", "p", 1)[:, 0],
            source_kvar=total("source", "q", 1)[:, 0],
            solved=solved,
            message=message,
        )

    def _refuse_bad_powers(self, active: FloatArray, reactive: FloatArray) -> None:
        places = self.feeder.connections
        for key, values in (("p_kw", active), ("q_kvar", reactive)):
            if values.ndim != 2 or values.shape[1] != len(places) or values.shape != active.shape:
                raise TwinError(
                    f"{key} is of shape {values.shape} for {len(places)} connections.",
                    "Give one row for each step and one column for each connection, alike for both.",
                    key=key,
                )
            if not np.all(np.isfinite(values)):
                row, column = np.argwhere(~np.isfinite(values))[0]
                raise TwinError(
                    f"{key} of {places[column].building!r} is {values[row, column]} in row {row}.",
                    "Give finite powers.",
                    key=key,
                )


def reactive_power(feeder: Feeder, load_kw: ArrayLike) -> FloatArray:
    """Reactive power of loads by the power factors of their connections.

    Parameters
    ----------
    feeder : Feeder
    load_kw : array_like (n, n_connections)
        What the loads behind each connection draw [kW], without PV and batteries: their inverters run at
        power factor 1 and add nothing.

    Returns
    -------
    ndarray (n, n_connections)
        [kvar], lagging positive.
    """
    factors = np.array([place.power_factor for place in feeder.connections])
    return np.asarray(load_kw, float) * np.tan(np.arccos(factors))


def flow(
    feeder: Feeder,
    p_kw: ArrayLike,
    q_kvar: ArrayLike,
    *,
    step_minutes: float = 15.0,
    chunk: int | None = None,
    progress: Progress | None = None,
) -> FeederYear:
    """Solve every step of a series and reduce it chunk by chunk.

    Parameters
    ----------
    feeder : Feeder
    p_kw, q_kvar : array_like (n, n_connections)
        See `FeederModel.solve`; arrays mapped from files are read chunk by chunk.
    step_minutes : float, optional
        Powers are means over steps of this length, and so are voltages and loadings.
    chunk : int, optional
        Steps at once, by default a week or less where there are very many nodes; changes memory, not results.
    progress : callable, optional
        Told the share that is done.

    Returns
    -------
    FeederYear

    Raises
    ------
    TwinError
        Powers that do not fit the feeder, no steps, or a step or chunk that is not positive.
    """
    active, reactive = (x if isinstance(x, np.ndarray) else np.asarray(x, float) for x in (p_kw, q_kvar))
    if active.ndim != 2 or reactive.shape != active.shape or not len(active):
        raise TwinError(
            f"p_kw and q_kvar are of shapes {active.shape} and {reactive.shape}.",
            "Give both as (steps, connections), one step at least.",
            key="p_kw",
        )
    if chunk is None:
        voltages = len(feeder.nodes) * (3 if feeder.single_phase else 1)
        chunk = max(1, min(_CHUNK_STEPS, _CHUNK_VOLTAGES // voltages))
    for key, value in (("step_minutes", step_minutes), ("chunk", chunk)):
        if not (math.isfinite(value) and value > 0):
            raise TwinError(f"{key} is {value}.", "Give a number above zero.", key=key)
    wall, cpu = time.perf_counter(), time.process_time()
    model = FeederModel(feeder)
    kept = _Reduction(feeder, len(active), step_minutes / 60.0)
    for first in range(0, len(active), chunk):
        rows = slice(first, min(first + chunk, len(active)))
        here = np.asarray(active[rows], float)
        try:
            found = model.solve(here, reactive[rows])
        except TwinError as error:
            raise TwinError(
                error.what, f"{error.remedy} (Rows count from step {first}.)", key=error.key
            ) from None
        kept.take(found, here, first)
        if progress is not None:
            progress(rows.stop / len(active))
    return kept.year(step_minutes, time.process_time() - cpu, time.perf_counter() - wall)


class _Running:
    """The greatest or least value of each of `count` elements so far."""

    def __init__(self, count: int, sign: float) -> None:
        self._sign = sign
        self._best = np.full(count, -np.inf)
        self._step = np.full(count, -1, np.int64)

    def take(self, values: FloatArray, steps: IntArray) -> None:
        """Values (m, count) of solved steps."""
        if not values.size:
            return
        signed = self._sign * values
        row = signed.argmax(axis=0)
        best = np.take_along_axis(signed, row[None, :], axis=0)[0]
        better = best > self._best
        self._best[better] = best[better]
        self._step[better] = steps[row][better]

    def extreme(self) -> Extreme:
        return Extreme(np.where(self._step < 0, np.nan, self._sign * self._best), self._step)


class _Reduction:
    """What is kept of the flows while chunks pass."""

    def __init__(self, feeder: Feeder, steps: int, step_h: float) -> None:
        nodes, places = len(feeder.nodes), feeder.connections
        at = {node: i for i, node in enumerate(feeder.nodes)}
        self.feeder, self.step_h = feeder, step_h
        self.node = np.array([at[place.node] for place in places], np.int64)
        self.phases = [
            slice(None) if place.phases == "ABC" else slice(_PHASES[place.phases], _PHASES[place.phases] + 1)
            for place in places
        ]
        bands = [band_of(place.phases) for place in places]
        self.low, self.high = (np.array([getattr(b, side) for b in bands]) for side in ("low", "high"))
        self.node_low_limit, self.node_high_limit = _node_bands(nodes, self.node, self.low, self.high)
        self.node_low, self.node_high = _Running(nodes, -1.0), _Running(nodes, 1.0)
        self.place_low, self.place_high = _Running(len(places), -1.0), _Running(len(places), 1.0)
        self.transformer, self.cable = (
            _Running(len(parts), 1.0) for parts in (feeder.transformers, feeder.cables)
        )
        self.hours = {
            name: np.zeros(count)
            for name, count in (
                ("node", nodes), ("below", len(places)), ("above", len(places)),
                ("outside", len(places)),
                ("rating", len(feeder.transformers)), ("planning", len(feeder.transformers)),
                ("cable", len(feeder.cables)), ("transformer_loss", len(feeder.transformers)),
                ("cable_loss", len(feeder.cables)),
            )
        }  # fmt: skip
        self.loading = np.full((steps, len(feeder.transformers)), np.nan, np.float32)
        self.source_kw, self.source_kvar, self.loss_kw = (np.full(steps, np.nan) for _ in range(3))
        self.unsolved: list[IntArray] = []
        self.message, self.load_kwh, self.off, self.scale = "", 0.0, 0.0, 0.0

    def take(self, found: FeederFlow, p_kw: FloatArray, first: int) -> None:
        """Reduce a chunk that begins at step `first`."""
        good = found.solved
        rows = slice(first, first + len(good))
        self.loading[rows] = found.transformer_loading
        self.source_kw[rows], self.source_kvar[rows] = found.source_kw, found.source_kvar
        self.loss_kw[rows] = found.loss_kw
        steps = first + np.flatnonzero(good)
        if not good.all():
            self.unsolved.append(first + np.flatnonzero(~good))
            self.message = self.message or found.message
        self._voltages(found.voltage_pu[good], steps)
        self._loadings(found, good, steps)
        taken = p_kw[good].sum(axis=1)
        self.load_kwh += float(taken.sum()) * self.step_h
        if len(taken):
            off = found.source_kw[good] - taken - found.loss_kw[good]
            through = np.maximum(np.abs(found.source_kw[good]), np.abs(p_kw[good]).sum(axis=1))
            self.off = max(self.off, float(np.abs(off).max()))
            self.scale = max(self.scale, float(through.max()))

    def _voltages(self, pu: FloatArray, steps: IntArray) -> None:
        low, high = pu.min(axis=2), pu.max(axis=2)
        self.node_low.take(low, steps)
        self.node_high.take(high, steps)
        self._count("node", (low < self.node_low_limit) | (high > self.node_high_limit))
        own = [pu[:, n, phases] for n, phases in zip(self.node, self.phases, strict=True)]
        own_low = np.stack([x.min(axis=1) for x in own], axis=1)
        own_high = np.stack([x.max(axis=1) for x in own], axis=1)
        self.place_low.take(own_low, steps)
        self.place_high.take(own_high, steps)
        below, above = own_low < self.low, own_high > self.high
        self._count("below", below)
        self._count("above", above)
        self._count("outside", below | above)

    def _loadings(self, found: FeederFlow, good: BoolArray, steps: IntArray) -> None:
        loading, current = found.transformer_loading[good], found.cable_loading[good]
        self.transformer.take(loading, steps)
        self.cable.take(current, steps)
        self._count("rating", loading > transformer_limit("rated").share)
        self._count("planning", loading > transformer_limit("planning").share)
        self._count("cable", current > cable_limit())
        self.hours["transformer_loss"] += self.step_h * found.transformer_loss_kw[good].sum(axis=0)
        self.hours["cable_loss"] += self.step_h * found.cable_loss_kw[good].sum(axis=0)

    def _count(self, name: str, condition: BoolArray) -> None:
        self.hours[name] += self.step_h * condition.sum(axis=0)

    def year(self, step_minutes: float, cpu_s: float, wall_s: float) -> FeederYear:
        return FeederYear(
            feeder=self.feeder,
            step_minutes=step_minutes,
            steps=len(self.source_kw),
            unsolved=np.concatenate(self.unsolved) if self.unsolved else np.zeros(0, np.int64),
            message=self.message,
            node_low=self.node_low.extreme(),
            node_high=self.node_high.extreme(),
            node_hours_outside=self.hours["node"],
            connection_low=self.place_low.extreme(),
            connection_high=self.place_high.extreme(),
            hours_below=self.hours["below"],
            hours_above=self.hours["above"],
            hours_outside=self.hours["outside"],
            transformer_loading=self.loading,
            transformer_most=self.transformer.extreme(),
            hours_over_rating=self.hours["rating"],
            hours_over_planning=self.hours["planning"],
            transformer_loss_kwh=self.hours["transformer_loss"],
            cable_most=self.cable.extreme(),
            cable_hours_over=self.hours["cable"],
            cable_loss_kwh=self.hours["cable_loss"],
            source_kw=self.source_kw,
            source_kvar=self.source_kvar,
            loss_kw=self.loss_kw,
            load_kwh=self.load_kwh,
            balance_residual=self.off / self.scale if self.scale > 0.0 else 0.0,
            cpu_s=cpu_s,
            wall_s=wall_s,
        )


def _without(values: FloatArray, solved: BoolArray) -> FloatArray:
    """The solver leaves what was in memory where it found no solution."""
    if not solved.all():
        values[~solved] = np.nan
    return values


def _node_bands(
    nodes: int, node: IntArray, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Narrowest band of what hangs at each node; that of three phases where nothing does."""
    lowest, highest = np.full(nodes, -np.inf), np.full(nodes, np.inf)
    np.maximum.at(lowest, node, low)
    np.minimum.at(highest, node, high)
    three = band("three_phase")
    empty = ~np.isfinite(lowest)
    lowest[empty], highest[empty] = three.low, three.high
    return lowest, highest


def _components(feeder: Feeder) -> dict[Any, Any]:
    """The solver's tables of a feeder, in SI units."""
    levels = feeder.levels
    number = {node: i for i, node in enumerate(levels)}
    count = iter(range(len(number), 10**9))
    tables = {
        "node": _table("node", {"id": list(number.values()), "u_rated": list(levels.values())}),
        "source": _table(
            "source",
            {
                "id": [next(count)],
                "node": [number[feeder.source.node]],
                "status": [1],
                "u_ref": [feeder.source.voltage],
                "sk": [1e6 * feeder.source.short_circuit_power],
                "rx_ratio": [feeder.source.resistance_ratio],
            },
        ),
    }
    if feeder.transformers:
        tables["transformer"] = _transformer_table(feeder, number, [next(count) for _ in feeder.transformers])
    if feeder.cables:
        tables["line"] = _cable_table(feeder, number, [next(count) for _ in feeder.cables])
    places = feeder.connections
    idle = np.zeros((len(places), 3)) if feeder.single_phase else np.zeros(len(places))
    load = "asym_load" if feeder.single_phase else "sym_load"
    tables[load] = _table(
        load,
        {
            "id": [next(count) for _ in places],
            "node": [number[place.node] for place in places],
            "status": [1] * len(places),
            "type": [0] * len(places),  # constant power
            "p_specified": idle,
            "q_specified": idle,
        },
    )
    return tables


def _transformer_table(feeder: Feeder, number: Mapping[str, int], ids: list[int]) -> Any:
    from power_grid_model import BranchSide, WindingType

    products = feeder.transformer_products()
    ends = len(products)
    return _table(
        "transformer",
        {
            "id": ids,
            "from_node": [number[one.high] for one in feeder.transformers],
            "to_node": [number[one.low] for one in feeder.transformers],
            "from_status": [1] * ends,
            "to_status": [1] * ends,
            "u1": [product.high_v for product in products],
            "u2": [product.low_v for product in products],
            "sn": [1e3 * product.rating_kva for product in products],
            "uk": [product.short_circuit_voltage for product in products],
            "pk": [product.load_loss for product in products],
            "i0": [product.no_load_current for product in products],
            "p0": [product.no_load_loss for product in products],
            "winding_from": [WindingType.delta] * ends,
            "winding_to": [WindingType.wye_n] * ends,
            "clock": [_DELTA_STAR_CLOCK] * ends,
            "tap_side": [BranchSide.from_side] * ends,
            "tap_pos": [one.tap for one in feeder.transformers],
            "tap_min": [-product.tap_most for product in products],
            "tap_max": [product.tap_most for product in products],
            "tap_nom": [0] * ends,
            "tap_size": [product.tap_share * product.high_v for product in products],
        },
    )


def _cable_table(feeder: Feeder, number: Mapping[str, int], ids: list[int]) -> Any:
    """Cables side by side carry equal shares; none is taken off their current for lying close."""
    products = feeder.cable_products()
    series = np.array([one.length / one.parallel for one in feeder.cables])
    shunt = np.array([one.length * one.parallel for one in feeder.cables])
    zero = np.array([product.zero_sequence for product in products])
    r, x, c = (
        np.array([getattr(p, name) for p in products]) for name in ("resistance", "reactance", "capacitance")
    )
    tan = [product.loss_factor for product in products]
    return _table(
        "line",
        {
            "id": ids,
            "from_node": [number[one.start] for one in feeder.cables],
            "to_node": [number[one.end] for one in feeder.cables],
            "from_status": [1] * len(products),
            "to_status": [1] * len(products),
            "r1": r * series,
            "x1": x * series,
            "c1": c * shunt,
            "tan1": tan,
            "r0": zero * r * series,
            "x0": zero * x * series,
            "c0": c * shunt,
            "tan0": tan,
            "i_n": [p.current * one.parallel for p, one in zip(products, feeder.cables, strict=True)],
        },
    )


def _table(component: str, columns: Mapping[str, Any]) -> Any:
    from power_grid_model import initialize_array

    table = initialize_array("input", component, len(columns["id"]))
    for name, values in columns.items():
        table[name] = values
    return table
