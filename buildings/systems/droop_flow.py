"""The highest voltages of a DC network whose nodes follow their own voltage, found from above and enclosed.

In per unit of each level, a DC/DC stage that passes the voltage on joins two nodes into one, and the balance
of a node's currents times its nominal voltage reads

    F_k(v) = sum_j g_kj (v_k - v_j) + L_k(v_k) / v_k = 0

with conductances g [kW] and the power L_k [kW] that node k takes: constant power, and device curves that are
straight between corners and take no less at a higher voltage. F is off-diagonally antitone: if one voltage
falls, no other row of F does. Hence (Ortega and Rheinboldt 1970, sections 13.2 to 13.4; for constant powers
Taheri and Kekatos, arXiv 1807.03936, and Jeeninga et al., arXiv 1904.08840; for droop Liu et al.,
IEEE Trans. Smart Grid 2020, doi 10.1109/TSG.2020.2967353):

- From a v above every solution with F(v) >= 0, v - A^-1 F(v) is such a v again, where A = g + diag(d) is an
  M-matrix, d_k at least every chord of L_k(t) / t from v_k down to t_k, and the move stays above t: along it
  F stays above zero, so it cannot cross a solution. The iterates fall to the highest solution.
- If a solution lies between t and v, A is an M-matrix. So where it is none with t at the floor, or the move
  passes the floor, there is no solution above the floor: collapse is proven, not guessed.
- Between u <= v with F(u) <= 0 <= F(v) lies a solution. So a solution found is enclosed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from buildings.compiled import compiled
from buildings.systems.dc_flow import COLLAPSED, SOLVED, UNDECIDED

MAX_STEPS = 2000
_SETTLED = 1e-13
"""Largest change of a voltage [p.u.] at which the iteration ends."""
_ROUNDING = 2e-15
"""Of the largest terms of a row of F: below this its sign is not known."""
_NARROWER = 12
"""Most trials of a shorter reach in one step."""
_FIRST_REACH = 0.02
"""How far down [p.u.] the first step looks for steep slopes."""


class Nodes(NamedTuple):
    """What is in balance at n nodes.

    Attributes
    ----------
    laplacian : ndarray (n, n)
        Conductances, rows of which sum to zero [kW].
    fixed : int
        Node whose voltage is given, or -1.
    first, corner, load : ndarray
        Corners [p.u.] of what each node takes [kW]: those of node k from `first[k]` to `first[k + 1]`.
    size : ndarray (n,)
        Sum of the magnitudes of which `load` is made [kW].
    """

    laplacian: np.ndarray
    fixed: int
    first: np.ndarray
    corner: np.ndarray
    load: np.ndarray
    size: np.ndarray


@compiled()
def taken_kw(k: int, v: float, nodes: Nodes) -> float:
    """Power that node `k` takes at a voltage [kW]: straight between its corners, constant beyond."""
    first, corner, load = nodes.first, nodes.corner, nodes.load
    low, high = first[k], first[k + 1] - 1
    if v <= corner[low]:
        return load[low]
    if v >= corner[high]:
        return load[high]
    j = low + 1
    while v > corner[j]:
        j += 1
    t = (v - corner[j - 1]) / (corner[j] - corner[j - 1])
    return load[j - 1] + t * (load[j] - load[j - 1])


@compiled()
def _steepest_chord(k: int, low: float, v: float, nodes: Nodes) -> float:
    """Greatest slope from L_k(v) / v to any L_k(t) / t with t in [low, v).

    Over a piece L = a + b t the chord is (c - a / t) / (v - t) with c = L(v) / v - b: its extremes lie at the
    ends or, with a > 0, where a v / t^2 - 2 a / t + c = 0.
    """
    corner, load = nodes.corner, nodes.load
    start, end = nodes.first[k], nodes.first[k + 1]
    here = taken_kw(k, v, nodes) / v
    most = -np.inf
    for j in range(start, end + 1):
        left = corner[j - 1] if j > start else 0.0
        right = corner[j] if j < end else np.inf
        if right <= low or left >= v:
            continue
        if j == start:
            a, b = load[start], 0.0
        elif j == end:
            a, b = load[end - 1], 0.0
        else:
            b = (load[j] - load[j - 1]) / (right - left)
            a = load[j] - b * right
        p, q = max(left, low), min(right, v)
        if right >= v:
            # the piece of v itself, where the chord is -a / (v t)
            most = max(most, -a / (v * v) if a > 0.0 else -a / (v * p))
            continue
        c = here - b
        most = max(most, (c - a / p) / (v - p), (c - a / q) / (v - q))
        if a > 0.0 and v * c < a:
            root = math.sqrt(1.0 - v * c / a)
            for t in (v / (1.0 + root), v / (1.0 - root) if root < 1.0 else 0.0):
                if p < t < q:
                    most = max(most, (c - a / t) / (v - t))
    return most


@compiled()
def _imbalance(
    v: np.ndarray,
    nodes: Nodes,
    out: np.ndarray,
    noise: np.ndarray,
) -> None:
    """F(v) into `out` and what rounding leaves open of it into `noise`; 0 at the fixed node."""
    laplacian, n = nodes.laplacian, v.shape[0]
    for k in range(n):
        total = taken_kw(k, v[k], nodes) / v[k]
        largest = nodes.size[k] / v[k]
        for j in range(n):
            if j != k and laplacian[k, j] != 0.0:
                part = laplacian[k, j] * (v[j] - v[k])
                total += part
                largest += abs(part) + abs(laplacian[k, j]) * v[k] * 0.2
        out[k] = 0.0 if k == nodes.fixed else total
        noise[k] = 0.0 if k == nodes.fixed else _ROUNDING * largest


@compiled()
def _step(matrix: np.ndarray, right: np.ndarray) -> bool:
    """Solve in place without row exchange; True where `matrix`, not positive off its diagonal, is M.

    It is an M-matrix just where every pivot is positive (Fiedler and Ptak 1962).
    """
    m = right.shape[0]
    for k in range(m):
        pivot = matrix[k, k]
        if not pivot > 0.0:
            return False
        for r in range(k + 1, m):
            share = matrix[r, k] / pivot
            if share != 0.0:
                for j in range(k + 1, m):
                    matrix[r, j] -= share * matrix[k, j]
                right[r] -= share * right[k]
    for k in range(m - 1, -1, -1):
        for j in range(k + 1, m):
            right[k] -= matrix[k, j] * right[j]
        right[k] /= matrix[k, k]
    return True


@compiled()
def _fill(
    matrix: np.ndarray,
    v: np.ndarray,
    reach: float,
    floor: float,
    nodes: Nodes,
) -> None:
    """A of the file's head for voltages from `reach` below `v`, but not below the floor, up to `v`."""
    n = v.shape[0]
    for k in range(n):
        for j in range(n):
            matrix[k, j] = 0.0 if (k == nodes.fixed or j == nodes.fixed) else nodes.laplacian[k, j]
        if k == nodes.fixed:
            matrix[k, k] = 1.0
        else:
            matrix[k, k] += _steepest_chord(k, max(v[k] - reach, floor), v[k], nodes)


@compiled(allocates=True)
def _move(
    matrix: np.ndarray,
    move: np.ndarray,
    f: np.ndarray,
    v: np.ndarray,
    reach: float,
    floor: float,
    nodes: Nodes,
) -> bool:
    """A^-1 F into `move`; whether A is an M-matrix and the move stays where A holds."""
    _fill(matrix, v, reach, floor, nodes)
    move[:] = f
    if not _step(matrix, move):
        return False
    holds = True
    for k in range(v.shape[0]):
        holds = holds and not (move[k] > reach or v[k] - move[k] < floor)
    return holds


@compiled(allocates=True)
def upper_bound(
    source_pu: float,
    nodes: Nodes,
) -> np.ndarray:
    """Voltages above every solution with the source at `source_pu` and with F >= 0 there [p.u.].

    Where a solution lies above the source, its node feeds in no more current than it would at the source's
    voltage; all those currents together lift the grounded network to this bound (maximum principle).
    """
    fixed, n = nodes.fixed, nodes.laplacian.shape[0]
    matrix, lift = nodes.laplacian.copy(), np.zeros(n)
    for k in range(n):
        matrix[fixed, k] = 0.0
        matrix[k, fixed] = 0.0
        lift[k] = max(0.0, -taken_kw(k, source_pu, nodes)) / source_pu
    matrix[fixed, fixed] = 1.0
    lift[fixed] = 0.0
    if not _step(matrix, lift):
        lift[:] = np.inf
    for k in range(n):
        lift[k] = source_pu + max(lift[k], 0.0)
    return lift


@compiled(allocates=True)
def descend(
    v: np.ndarray,
    floor: float,
    nodes: Nodes,
) -> tuple[int, int]:
    """Lower `v` in place from above to the highest solution.

    Parameters
    ----------
    v : ndarray (n,)
        Voltages above every solution with F >= 0 [p.u.]; the solution on return.
    floor : float
        Solutions with a voltage below it are none [p.u.].
    nodes : Nodes

    Returns
    -------
    status : int
        `SOLVED`, `COLLAPSED` (there is no solution above the floor), or `UNDECIDED`.
    steps : int
    """
    n = v.shape[0]
    f, noise, matrix = np.zeros(n), np.zeros(n), np.zeros((n, n))
    move, trial = np.zeros(n), np.zeros(n)
    reach, deepest = _FIRST_REACH, v.max() - floor
    for step in range(1, MAX_STEPS + 1):
        _imbalance(v, nodes, f, noise)
        balanced = True
        for k in range(n):
            balanced = balanced and abs(f[k]) <= noise[k]
        if balanced:
            return SOLVED, step
        failed = 0.0
        while not _move(matrix, move, f, v, reach, floor, nodes):
            if reach >= deepest:
                return COLLAPSED, step
            failed = reach
            reach = min(4.0 * reach, deepest)
        # a shorter reach sees fewer steep slopes and moves farther; one that fails says nothing
        for _ in range(_NARROWER):
            if move.max() > 0.5 * reach:
                break
            middle = 0.5 * (failed + reach)
            if _move(matrix, trial, f, v, middle, floor, nodes):
                reach = middle
                if trial.max() > move.max():
                    move[:] = trial
            else:
                failed = middle
        change = 0.0
        for k in range(n):
            v[k] -= max(move[k], 0.0)
            change = max(change, move[k])
        if change <= _SETTLED:
            return SOLVED, step
        reach = max(2.0 * change, 1e-10)
    return UNDECIDED, MAX_STEPS


@compiled(allocates=True)
def enclosure(
    v: np.ndarray,
    nodes: Nodes,
) -> float:
    """Width [p.u.] of the narrowest tried box around `v` that is proven to hold a solution; NaN if none is.

    The box runs along A^-1 1 scaled to 1: below it F is negative, above it positive, beyond what rounding can
    turn. Where nothing slopes there is no such box.
    """
    fixed, n = nodes.fixed, v.shape[0]
    matrix, along = np.zeros((n, n)), np.ones(n)
    f, noise, moved = np.zeros(n), np.zeros(n), np.zeros(n)
    if fixed >= 0:
        along[fixed] = 0.0
    _fill(matrix, v, 1e-9, 1e-9, nodes)
    if _step(matrix, along):
        along /= along.max()
    else:
        along[:] = 1.0
        if fixed >= 0:
            along[fixed] = 0.0
    width = 1e-12
    while width < 2e-5:
        proven = True
        for side in range(2):
            for k in range(n):
                moved[k] = v[k] + (0.5 - side) * width * along[k]
            _imbalance(moved, nodes, f, noise)
            for k in range(n):
                if k != fixed:
                    proven = proven and (f[k] > noise[k] if side == 0 else f[k] < -noise[k])
        if proven:
            return width
        width *= 10.0
    return np.nan
