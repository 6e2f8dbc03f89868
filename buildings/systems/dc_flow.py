"""Direct-current power flow (直流潮流): voltages of one network with constant-power loads, compiled.

A network is a tree of islands, each at one level: inside an island cables join the nodes, one node holds its
voltage, and the DC/DC converter that feeds it makes what the island takes a load of the island above. So the
islands are solved once each, the lowest first.

A constant-power load has two voltages or none. Both methods start at the source's voltage, above every
solution; with loads only they fall from there and stop at the highest one, or prove that there is none:

- backward/forward sweep where cables form a tree: currents from the leaves, voltages from the source. The map
  is monotone, so its iterates fall to its greatest fixed point.
- Newton on G V + P / V = 0 where they form meshes: the function is convex in V and its Jacobian an M-matrix
  above the highest solution, so the iterates fall to it (Ortega and Rheinboldt 1970, section 13.3).

Currents positive from a cable's start to its end; powers [W] positive taken from the network.
"""

from __future__ import annotations

import numpy as np

from buildings.compiled import compiled
from buildings.systems.grid_interface import ac_from_bus_kw

SOLVED, COLLAPSED, UNDECIDED = 0, 1, 2
"""What became of a step: solved; no operating point exists; the iteration did not settle."""
MAX_SWEEPS = 20_000
MAX_NEWTON = 100
_SETTLED = 1e-11
"""Largest change of a voltage over the source's at which an iteration ends [-]; 99.99 % of the greatest
possible load needs about 1,400 sweeps."""


@compiled()
def sweep_island(
    first: int,
    last: int,
    visit: np.ndarray,
    parent: np.ndarray,
    parent_cable: np.ndarray,
    start: np.ndarray,
    resistance: np.ndarray,
    source_v: float,
    load_w: np.ndarray,
    voltage: np.ndarray,
    current: np.ndarray,
    through: np.ndarray,
) -> tuple[int, int]:
    """Backward/forward sweeps over the nodes `visit[first:last]` of an island without meshes.

    `visit` names the nodes in an order in which parents come first, the source apart; `voltage` and `current`
    are written, `through` is scratch space of one figure a node. Returns the status and the number of sweeps.
    """
    for k in range(first, last):
        voltage[visit[k]] = source_v
    lowest, change = source_v, 0.0
    for sweep in range(1, MAX_SWEEPS + 1):
        for k in range(first, last):
            n = visit[k]
            through[n] = load_w[n] / voltage[n]
        for k in range(last - 1, first - 1, -1):
            n = visit[k]
            through[parent[n]] += through[n]
        lowest, change = source_v, 0.0
        for k in range(first, last):
            n = visit[k]
            v = voltage[parent[n]] - resistance[parent_cable[n]] * through[n]
            change = max(change, abs(v - voltage[n]))
            voltage[n] = v
            lowest = min(lowest, v)
        if not lowest > 0.0:
            return COLLAPSED, sweep
        if change <= _SETTLED * source_v:
            for k in range(first, last):
                n = visit[k]
                c = parent_cable[n]
                current[c] = through[n] if start[c] == parent[n] else -through[n]
            return SOLVED, sweep
    return UNDECIDED, MAX_SWEEPS


@compiled()
def _eliminate(matrix: np.ndarray, right: np.ndarray) -> bool:
    """Solve in place by Gauss' elimination with row exchange; the answer is in `right`. False if singular."""
    m = right.shape[0]
    for k in range(m):
        p = k
        for r in range(k + 1, m):
            if abs(matrix[r, k]) > abs(matrix[p, k]):
                p = r
        if matrix[p, k] == 0.0:
            return False
        if p != k:
            for j in range(k, m):
                matrix[k, j], matrix[p, j] = matrix[p, j], matrix[k, j]
            right[k], right[p] = right[p], right[k]
        for r in range(k + 1, m):
            share = matrix[r, k] / matrix[k, k]
            if share != 0.0:
                for j in range(k + 1, m):
                    matrix[r, j] -= share * matrix[k, j]
                right[r] -= share * right[k]
    for k in range(m - 1, -1, -1):
        for j in range(k + 1, m):
            right[k] -= matrix[k, j] * right[j]
        right[k] /= matrix[k, k]
    return True


@compiled(allocates=True)
def newton_island(
    first: int,
    last: int,
    visit: np.ndarray,
    cables: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    resistance: np.ndarray,
    source_v: float,
    load_w: np.ndarray,
    voltage: np.ndarray,
    current: np.ndarray,
) -> tuple[int, int]:
    """Newton over the nodes `visit[first:last]` of any island; `cables` are those of the island.

    Returns the status and the number of iterations.
    """
    m = last - first
    place = np.full(voltage.shape[0], -1, np.int64)
    only_loads = True
    for k in range(m):
        n = visit[first + k]
        place[n] = k
        voltage[n] = source_v
        only_loads = only_loads and load_w[n] >= 0.0
    for iteration in range(1, MAX_NEWTON + 1):
        jacobian, residual = np.zeros((m, m)), np.zeros(m)
        for c in cables:
            a, b = place[start[c]], place[end[c]]
            g = 1.0 / resistance[c]
            flow = g * (voltage[start[c]] - voltage[end[c]])
            if a >= 0:
                jacobian[a, a] += g
                residual[a] += flow
            if b >= 0:
                jacobian[b, b] += g
                residual[b] -= flow
            if a >= 0 and b >= 0:
                jacobian[a, b] -= g
                jacobian[b, a] -= g
        for k in range(m):
            n = visit[first + k]
            jacobian[k, k] -= load_w[n] / voltage[n] ** 2
            residual[k] += load_w[n] / voltage[n]
        if not _eliminate(jacobian, residual):
            return (COLLAPSED if only_loads else UNDECIDED), iteration
        lowest, rise, change = source_v, 0.0, 0.0
        for k in range(m):
            n = visit[first + k]
            voltage[n] -= residual[k]
            lowest = min(lowest, voltage[n])
            rise = max(rise, -residual[k])
            change = max(change, abs(residual[k]))
        # above the highest solution every move is downwards; one upwards is proof that there is none
        if not lowest > 0.0 or (only_loads and rise > 1e-6 * source_v):
            return COLLAPSED, iteration
        if change <= _SETTLED * source_v:
            for c in cables:
                current[c] = (voltage[start[c]] - voltage[end[c]]) / resistance[c]
            return SOLVED, iteration
    return UNDECIDED, MAX_NEWTON


@compiled()
def flow_step(
    visit: np.ndarray,
    visit_from: np.ndarray,
    parent: np.ndarray,
    parent_cable: np.ndarray,
    cable_list: np.ndarray,
    cable_from: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    resistance: np.ndarray,
    source_node: np.ndarray,
    source_v: np.ndarray,
    feeder: np.ndarray,
    high: np.ndarray,
    converters: np.ndarray,
    meshed: np.ndarray,
    load_w: np.ndarray,
    voltage: np.ndarray,
    current: np.ndarray,
    converted: np.ndarray,
    lost: np.ndarray,
    through: np.ndarray,
) -> tuple[float, int, int]:
    """All islands of one step, the lowest level first; `load_w` is consumed.

    Returns the power that the source gives [W], the status and the iterations of all islands together.
    """
    iterations, given = 0, 0.0
    for i in range(source_node.shape[0]):
        first, last, s = visit_from[i], visit_from[i + 1], source_node[i]
        voltage[s] = source_v[i]
        if meshed[i]:
            own = cable_list[cable_from[i] : cable_from[i + 1]]
            status, count = newton_island(
                first, last, visit, own, start, end, resistance, source_v[i], load_w, voltage, current
            )
        else:
            through[s] = 0.0
            status, count = sweep_island(
                first, last, visit, parent, parent_cable, start, resistance, source_v[i], load_w,
                voltage, current, through,
            )  # fmt: skip
        iterations += count
        if status != SOLVED:
            return np.nan, status, iterations
        given = load_w[s]
        for k in range(cable_from[i], cable_from[i + 1]):
            c = cable_list[k]
            if start[c] == s:
                given += source_v[i] * current[c]
            elif end[c] == s:
                given -= source_v[i] * current[c]
        f = feeder[i]
        if f >= 0:
            taken = 1e3 * ac_from_bus_kw(1e-3 * given, 1, converters[f])
            converted[f], lost[f] = given, taken - given
            load_w[high[f]] += taken
    return given, SOLVED, iterations


@compiled(allocates=True)
def flow_series(
    visit: np.ndarray,
    visit_from: np.ndarray,
    parent: np.ndarray,
    parent_cable: np.ndarray,
    cable_list: np.ndarray,
    cable_from: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    resistance: np.ndarray,
    source_node: np.ndarray,
    set_v: np.ndarray,
    root_v: np.ndarray,
    feeder: np.ndarray,
    high: np.ndarray,
    converters: np.ndarray,
    meshed: np.ndarray,
    load_w: np.ndarray,
    voltage: np.ndarray,
    current: np.ndarray,
    converted: np.ndarray,
    lost: np.ndarray,
    given: np.ndarray,
    status: np.ndarray,
    iterations: np.ndarray,
) -> None:
    """`flow_step` for every row of `load_w` with the root at `root_v`; a step without a solution is NaN."""
    source_v, through = set_v.copy(), np.zeros(voltage.shape[1])
    for t in range(load_w.shape[0]):
        source_v[-1] = root_v[t]
        given[t], status[t], iterations[t] = flow_step(
            visit, visit_from, parent, parent_cable, cable_list, cable_from, start, end, resistance,
            source_node, source_v, feeder, high, converters, meshed, load_w[t].copy(), voltage[t],
            current[t], converted[t], lost[t], through,
        )  # fmt: skip
        if status[t] != SOLVED:
            voltage[t, :] = np.nan
            current[t, :] = np.nan
            converted[t, :] = np.nan
            lost[t, :] = np.nan
