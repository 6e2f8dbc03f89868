"""Model-predictive control (模型预测控制): a linear programme over the coming day, solved by HiGHS.

What a plan may move: a battery, vehicles that must be full when they leave, and the rooms' set-points inside
a comfort band. What it weighs, each with a weight that its user sees: energy on the dated tariff, the month's
demand charge, carbon, wear of the battery, comfort.

    imp_i - exp_i + dis_i - cha_i - veh_i - m_i q_i + (pv_i - cut_i) = load_i        power at the meter
    s_i = s_{i-1} + h_i (eta_c cha_i - dis_i / eta_d)                                battery
    e_i = e_{i-1} + h_i veh_i,   e_min,i <= e_i <= e_max,i                           vehicles, as one
    q_i = UA d_i + sum_j C_j (x_ji - x_j,i-1) / h_i                             heat that a shift asks for
    x_ji = a x_j,i-1 + (1 - a) d_i                                              mass that follows it
    W_si = W_s,i-1 + h_i (fill_si - give_si - drain_si + short_si - spill_si)   thermal store s
    peak >= imp_i + margin_i,   over_i >= imp_i + margin_i - limit_i

`d = up - down` is the shift of the set-points towards more conditioning, `x_j` what part j of the building's
mass has followed of it, `m_i` electricity per heat at that hour. The forecast load holds the conditioning
that the building needs without a shift; the plan reckons with differences from it, so the free response comes
from the full model and only the answer to a shift from a reduced one.

Thermal stores (hot water; ice, chilled water or heat for rooms) stand in the balance with the electricity
that filling takes and that what they give saves; a store of hot water gives what is drawn, so `give` is 0 and
the draught is in `drain`. Vehicles that lend are a second power; they get it back before they leave.

The intervals are quarters of an hour at first and hours later: what is far off is not known to the quarter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

IMP, EXP, CHA, DIS, VEH, CUT, UP, DOWN, HEAT, STORED, GOT, OVER, MASS_1, MASS_2, LEND = range(15)
_N_BLOCKS = 15
FILL, GIVE, CONTENT, SHORT, SPILL = range(5)
_N_STORE_BLOCKS = 5
"""Blocks of each thermal store, behind the others."""
BALANCE, RESPONSE, FOLLOW_1, FOLLOW_2, STORE, VEHICLES, PEAK, LIMIT = range(8)
_N_ROWS = 8
"""Behind them a row of each thermal store."""
N_MASSES = 2
_APART = 1e-4
"""Least distance of import and export price [CNY/kWh]."""


@dataclass(frozen=True)
class Weights:
    """What a plan weighs; money by itself, the others in money.

    Attributes
    ----------
    energy, demand, wear : float
        Factors on energy cost, demand charge and battery wear [-].
    carbon_cny_kg : float
        Price of a kilogram of CO2 [CNY/kg].
    drift_cny_k_h : float
        Price of a kelvin that rooms drift out of their set-point, an hour long [CNY/(K.h)].
    over_cny_kwh : float
        Price of energy above a limit: it is to be kept, but not at the price of a plan that fails [CNY/kWh].
    """

    energy: float = 1.0
    demand: float = 1.0
    wear: float = 1.0
    carbon_cny_kg: float = 0.0
    drift_cny_k_h: float = 10.0
    over_cny_kwh: float = 20.0


@dataclass(frozen=True)
class Storage:
    """A battery as a plan sees it: energies [kWh], power [kW], efficiencies one way [-], wear [CNY/kWh]."""

    power_kw: float = 0.0
    low_kwh: float = 0.0
    high_kwh: float = 0.0
    charging: float = 1.0
    discharging: float = 1.0
    wear_cny_kwh: float = 0.0


@dataclass(frozen=True)
class Lending:
    """What vehicles lend: energy that they need again for each that they lent [-], wear [CNY/kWh lent]."""

    again: float = 1.0
    wear_cny_kwh: float = 0.0


@dataclass(frozen=True)
class StoreOutlook:
    """A thermal store over the intervals of a plan, arrays of the shape (N,).

    Attributes
    ----------
    fill_kw : Floats
        Most that electric machines can bring, thermal.
    give_kw : Floats
        Most that it may give to rooms, thermal; 0 of hot water.
    drain_kw : Floats
        What leaves it anyway, less what others bring, thermal.
    low_kwh, high_kwh : Floats
        Between which its content is to stay.
    per_fill, per_given : Floats
        Electricity that filling takes, and that what it gives saves, per heat [-].
    """

    fill_kw: Floats
    give_kw: Floats
    drain_kw: Floats
    low_kwh: Floats
    high_kwh: Floats
    per_fill: Floats
    per_given: Floats


@dataclass(frozen=True)
class Rooms:
    """Answer of a building to a shift of its set-points.

    Attributes
    ----------
    conductance : float
        Heat that a lasting shift asks for [kW/K].
    capacity : tuple of float
        Parts of the mass that follow a shift [kWh/K].
    time_constant : tuple of float
        How fast each follows [h].
    up, down : float
        Most shift towards more and less conditioning [K].
    """

    conductance: float = 0.0
    capacity: tuple[float, float] = (0.0, 0.0)
    time_constant: tuple[float, float] = (1.0, 24.0)
    up: float = 0.0
    down: float = 0.0


@dataclass(frozen=True)
class Situation:
    """What is known as a plan is made.

    Attributes
    ----------
    stored_kwh : float
    mass_k : (2,) array_like
        Shift that the parts of the mass have followed so far [K].
    peak_kw : float
        Import that the month's demand charge has reached already.
    held_kwh : tuple of float
        Content of each thermal store.
    """

    stored_kwh: float
    mass_k: Floats
    peak_kw: float
    held_kwh: tuple[float, ...] = ()


@dataclass(frozen=True)
class Outlook:
    """Forecast over the intervals of a plan, arrays of the shape (N,).

    Attributes
    ----------
    load_kw : Floats
        Electricity of everything that the plan does not move, conditioning without a shift and without
        thermal stores counted in.
    pv_kw : Floats
    buy, sell : Floats
        [CNY/kWh]
    carbon : Floats
        [kg/kWh]
    heat_kw : Floats
        Conditioning without a shift, thermal.
    per_heat : Floats
        Electricity per heat of a little more conditioning [-].
    free : Floats
        1 where rooms are conditioned, so that their set-points may be shifted, 0 where they float.
    limit_kw : Floats
        Import not to be exceeded; infinite where none.
    margin_kw : Floats
        Room to leave below limits and peaks for what the forecast may miss.
    vehicles_kw : Floats
        Most that present vehicles can take.
    least_kwh, most_kwh : Floats
        What present vehicles must and can have got by the end of each interval; below 0 what they may lend.
    lend_kw : Floats
        Most that present vehicles can lend.
    stores : tuple of StoreOutlook
    """

    load_kw: Floats
    pv_kw: Floats
    buy: Floats
    sell: Floats
    carbon: Floats
    heat_kw: Floats
    per_heat: Floats
    free: Floats
    limit_kw: Floats
    margin_kw: Floats
    vehicles_kw: Floats
    least_kwh: Floats
    most_kwh: Floats
    lend_kw: Floats
    stores: tuple[StoreOutlook, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Answer of a planner over its intervals, arrays of the shape (N,); powers [kW], `shift_k` [K].

    `vehicles_kw` is negative where they lend; `fill_kw`, `give_kw` and `held_kwh` are of each thermal store,
    shape (S, N), the last at the end of each interval.
    `peak_kw` is the month's highest import with which it reckons; `value` is the money that a kilowatt-hour
    more in the battery would save [CNY/kWh], from the dual of its balance; `cost` the objective [CNY].
    """

    battery_kw: Floats
    vehicles_kw: Floats
    shift_k: Floats
    import_kw: Floats
    export_kw: Floats
    stored_kwh: Floats
    value: Floats
    fill_kw: Floats
    give_kw: Floats
    held_kwh: Floats
    peak_kw: float
    cost: float


def intervals(horizon_h: float = 24.0, fine_h: float = 1.0, step_h: float = 0.25) -> Floats:
    """Lengths of a plan's intervals [h]: `fine_h` in steps, then hours."""
    fine = round(fine_h / step_h)
    return np.concatenate([np.full(fine, step_h), np.ones(round(horizon_h - fine_h))])


class Planner:
    """The programme of one building, set up once and solved again with what changed.

    Parameters
    ----------
    hours : (N,) array_like
        Lengths of the intervals [h].
    storage : Storage
    rooms : Rooms
    weights : Weights
    demand_price : float
        Charge on a month's highest import [CNY/kW].
    time_limit_s : float
        A plan that takes longer counts as failed.
    lending : Lending
    stores : int
        Thermal stores.
    """

    def __init__(
        self,
        hours: Floats,
        storage: Storage,
        rooms: Rooms,
        weights: Weights,
        demand_price: float = 0.0,
        time_limit_s: float = 1.0,
        lending: Lending | None = None,
        stores: int = 0,
    ) -> None:
        self.hours, self.storage, self.rooms, self.weights = hours, storage, rooms, weights
        self.demand_price, self.time_limit_s = demand_price, time_limit_s
        self.lending, self.stores = lending or Lending(), stores
        self.n = len(hours)
        tau = np.array(rooms.time_constant)
        self.kept = np.exp(-hours[None, :] / tau[:, None])
        self.columns = (_N_BLOCKS + _N_STORE_BLOCKS * stores) * self.n + 1
        self.peak = self.columns - 1
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("threads", 1)
        self.solver.setOptionValue("presolve", "off")
        self.solver.passModel(self._model())
        self._all_columns = np.arange(self.columns, dtype=np.int32)
        self._cost = np.zeros(self.columns)
        self._low, self._high = np.zeros(self.columns), np.full(self.columns, highspy.kHighsInf)
        self._fix_bounds()

    def _at(self, block: int) -> slice:
        return slice(block * self.n, (block + 1) * self.n)

    def _in_store(self, store: int, block: int) -> int:
        return _N_BLOCKS + _N_STORE_BLOCKS * store + block

    def _entries(self) -> list[tuple[int, int, float]]:
        """Coefficients (row, column, value) that no forecast changes."""
        n, h, s, r = self.n, self.hours, self.storage, self.rooms
        found: list[tuple[int, int, float]] = []

        def put(row: int, i: int, block: int, j: int, value: float) -> None:
            found.append((row * n + i, block * n + j, value))

        for i in range(n):
            given = ((IMP, 1.0), (EXP, -1.0), (DIS, 1.0), (CHA, -1.0), (VEH, -1.0), (CUT, -1.0), (LEND, 1.0))
            for block, value in given:
                put(BALANCE, i, block, i, value)
            put(BALANCE, i, HEAT, i, -0.3)  # the place of m_i
            put(RESPONSE, i, HEAT, i, -1.0)
            put(RESPONSE, i, UP, i, r.conductance)
            put(RESPONSE, i, DOWN, i, -r.conductance)
            for j, (mass, follow) in enumerate(((MASS_1, FOLLOW_1), (MASS_2, FOLLOW_2))):
                put(RESPONSE, i, mass, i, r.capacity[j] / h[i])
                put(follow, i, mass, i, 1.0)
                put(follow, i, UP, i, self.kept[j, i] - 1.0)
                put(follow, i, DOWN, i, 1.0 - self.kept[j, i])
                if i > 0:
                    put(RESPONSE, i, mass, i - 1, -r.capacity[j] / h[i])
                    put(follow, i, mass, i - 1, -self.kept[j, i])
            put(STORE, i, STORED, i, 1.0)
            put(STORE, i, CHA, i, -h[i] * s.charging)
            put(STORE, i, DIS, i, h[i] / s.discharging)
            put(VEHICLES, i, GOT, i, 1.0)
            put(VEHICLES, i, VEH, i, -h[i])
            put(VEHICLES, i, LEND, i, h[i] * self.lending.again)
            if i > 0:
                put(STORE, i, STORED, i - 1, -1.0)
                put(VEHICLES, i, GOT, i - 1, -1.0)
            put(PEAK, i, IMP, i, 1.0)
            found.append((PEAK * n + i, self.peak, -1.0))
            put(LIMIT, i, IMP, i, 1.0)
            put(LIMIT, i, OVER, i, -1.0)
            for one in range(self.stores):
                fill, give, content, short, spill = (self._in_store(one, block) for block in range(5))
                put(BALANCE, i, fill, i, -0.3)  # the place of what filling takes
                put(BALANCE, i, give, i, 0.3)  # and of what giving saves
                row = _N_ROWS + one
                put(row, i, content, i, 1.0)
                for block, value in ((fill, -h[i]), (give, h[i]), (short, -h[i]), (spill, h[i])):
                    put(row, i, block, i, value)
                if i > 0:
                    put(row, i, content, i - 1, -1.0)
        return found

    def _model(self) -> Any:
        entries = sorted(self._entries())
        rows = np.array([e[0] for e in entries])
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.columns, (_N_ROWS + self.stores) * self.n
        lp.col_cost_ = np.zeros(self.columns)
        lp.col_lower_, lp.col_upper_ = np.zeros(self.columns), np.full(self.columns, highspy.kHighsInf)
        low, high = np.zeros(lp.num_row_), np.zeros(lp.num_row_)
        low[PEAK * self.n : _N_ROWS * self.n] = -highspy.kHighsInf
        high[LIMIT * self.n : _N_ROWS * self.n] = highspy.kHighsInf
        lp.row_lower_, lp.row_upper_ = low, high
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.searchsorted(rows, np.arange(lp.num_row_ + 1)).astype(np.int32)
        lp.a_matrix_.index_ = np.array([e[1] for e in entries], dtype=np.int32)
        lp.a_matrix_.value_ = np.array([e[2] for e in entries])
        return lp

    def _fix_bounds(self) -> None:
        s = self.storage
        inf = highspy.kHighsInf
        for block in (CHA, DIS):
            self._high[self._at(block)] = s.power_kw
        self._low[self._at(HEAT)] = -inf
        self._high[self._at(UP)], self._high[self._at(DOWN)] = self.rooms.up, self.rooms.down
        for block in (MASS_1, MASS_2):
            self._low[self._at(block)] = -inf
        self._cost[self._at(DIS)] = self.weights.wear * s.wear_cny_kwh * self.hours
        self._cost[self._at(LEND)] = self.weights.wear * self.lending.wear_cny_kwh * self.hours
        self._cost[self._at(OVER)] = self.weights.over_cny_kwh * self.hours
        self._cost[self.peak] = self.weights.demand * self.demand_price
        for one in range(self.stores):
            self._cost[self._at(self._in_store(one, SHORT))] = self.weights.over_cny_kwh * self.hours

    def plan(self, now: Situation, ahead: Outlook) -> Plan | None:
        """Solve for the coming intervals.

        Parameters
        ----------
        now : Situation
        ahead : Outlook

        Returns
        -------
        Plan or None
            None where HiGHS found no optimum in its time.
        """
        n, h, w, s = self.n, self.hours, self.weights, self.storage
        cost, low, high = self._cost, self._low, self._high
        cost[self._at(IMP)] = h * (w.energy * ahead.buy + w.carbon_cny_kg * ahead.carbon)
        # One meter does not import and export at once; were export dearer than import, the programme would.
        cost[self._at(EXP)] = -h * w.energy * np.minimum(ahead.sell, ahead.buy - _APART)
        # What is left at the end is worth what it would cost to buy it back at the cheapest hour.
        last = STORED * n + n - 1
        cost[last] = -w.energy * float(ahead.buy.min()) / s.charging
        high[self._at(CUT)] = ahead.pv_kw
        high[self._at(VEH)] = ahead.vehicles_kw
        high[self._at(LEND)] = ahead.lend_kw
        low[self._at(GOT)], high[self._at(GOT)] = reachable(ahead, h)
        # Rooms that are not conditioned float: no heat answers, and the shift is what the mass leaves of it.
        low[self._at(HEAT)] = -ahead.heat_kw * ahead.free
        high[self._at(HEAT)] = np.where(ahead.free > 0.0, highspy.kHighsInf, 0.0)
        cost[self._at(DOWN)] = h * w.drift_cny_k_h * ahead.free
        low[self._at(STORED)] = min(s.low_kwh, now.stored_kwh)
        high[self._at(STORED)] = max(s.high_kwh, now.stored_kwh)
        low[self.peak] = now.peak_kw
        self._bound_stores(now, ahead)
        self.solver.changeColsCost(self.columns, self._all_columns, cost)
        self.solver.changeColsBounds(self.columns, self._all_columns, low, high)
        self._change_rows(now, ahead)
        # HiGHS counts its time over all runs of a solver.
        self.solver.setOptionValue("time_limit", self.solver.getRunTime() + self.time_limit_s)
        self.solver.run()
        if self.solver.getModelStatus() == highspy.HighsModelStatus.kUnknown:
            # From the last plan's basis it got lost in its own rounding; from none it does not.
            self.solver.clearSolver()
            self.solver.run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return self._answer()

    def _bound_stores(self, now: Situation, ahead: Outlook) -> None:
        """What thermal stores may do, and what is worth to be left in them."""
        for one, (store, held) in enumerate(zip(ahead.stores, now.held_kwh, strict=True)):
            at = [self._at(self._in_store(one, block)) for block in range(_N_STORE_BLOCKS)]
            self._high[at[FILL]], self._high[at[GIVE]] = store.fill_kw, store.give_kw
            self._low[at[CONTENT]] = np.minimum(store.low_kwh, held)
            self._high[at[CONTENT]] = np.maximum(store.high_kwh, held)
            worth = self.weights.energy * float(ahead.buy.min() * store.per_fill[-1])
            self._cost[at[CONTENT].stop - 1] = -worth

    def _change_rows(self, now: Situation, ahead: Outlook) -> None:
        n, solver = self.n, self.solver
        net = ahead.load_kw - ahead.pv_kw
        for i in range(n):
            solver.changeRowBounds(BALANCE * n + i, float(net[i]), float(net[i]))
            solver.changeCoeff(BALANCE * n + i, HEAT * n + i, -float(ahead.per_heat[i]))
            room = float(ahead.margin_kw[i])
            solver.changeRowBounds(PEAK * n + i, -highspy.kHighsInf, -room)
            solver.changeRowBounds(LIMIT * n + i, -highspy.kHighsInf, float(ahead.limit_kw[i]) - room)
        solver.changeRowBounds(STORE * n, now.stored_kwh, now.stored_kwh)
        for one, (store, held) in enumerate(zip(ahead.stores, now.held_kwh, strict=True)):
            left = -self.hours * store.drain_kw
            left[0] += held
            fill, give = self._in_store(one, FILL) * n, self._in_store(one, GIVE) * n
            for i in range(n):
                solver.changeRowBounds((_N_ROWS + one) * n + i, float(left[i]), float(left[i]))
                solver.changeCoeff(BALANCE * n + i, fill + i, -float(store.per_fill[i]))
                solver.changeCoeff(BALANCE * n + i, give + i, float(store.per_given[i]))
        first = 0.0
        for j, follow in enumerate((FOLLOW_1, FOLLOW_2)):
            held = float(self.kept[j, 0] * now.mass_k[j])
            solver.changeRowBounds(follow * n, held, held)
            first += self.rooms.capacity[j] / self.hours[0] * float(now.mass_k[j])
        solver.changeRowBounds(RESPONSE * n, first, first)

    def _answer(self) -> Plan:
        solution = self.solver.getSolution()
        value, dual = np.array(solution.col_value), np.array(solution.row_dual)
        names = (IMP, EXP, CHA, DIS, VEH, UP, DOWN, STORED, LEND)
        block = {name: value[self._at(name)] for name in names}
        of_stores = [
            np.array([value[self._at(self._in_store(one, name))] for one in range(self.stores)])
            for name in (FILL, GIVE, CONTENT)
        ]
        return Plan(
            battery_kw=block[DIS] - block[CHA],
            vehicles_kw=block[VEH] - block[LEND],
            shift_k=block[UP] - block[DOWN],
            import_kw=block[IMP],
            export_kw=block[EXP],
            stored_kwh=block[STORED],
            value=-dual[STORE * self.n : (STORE + 1) * self.n],
            fill_kw=of_stores[FILL],
            give_kw=of_stores[GIVE],
            held_kwh=of_stores[CONTENT],
            peak_kw=float(value[self.peak]),
            cost=float(self.solver.getInfo().objective_function_value),
        )


def reachable(ahead: Outlook, hours: Floats) -> tuple[Floats, Floats]:
    """Bounds of what vehicles have got [kWh], mended so that some course of power keeps all of them.

    Parameters
    ----------
    ahead : Outlook
    hours : (N,) ndarray
        [h]

    Returns
    -------
    low, high : (N,) ndarrays
    """
    high = np.minimum.accumulate(ahead.most_kwh[::-1])[::-1]
    most = 0.0
    best = np.empty_like(high)
    for i, power in enumerate(ahead.vehicles_kw):
        most = min(most + hours[i] * float(power), float(high[i]))
        best[i] = most
    return np.minimum(ahead.least_kwh, best), np.maximum(high, 0.0)
