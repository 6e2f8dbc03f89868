"""Water tanks with layers (分层蓄水罐): hot water, buffers, chilled water (水蓄冷), large seasonal stores.

Layers are counted from the end where water is drawn: from the top of a hot tank, from the bottom of a cold
one. Draughts and feeds move the layers as a plug. What is drawn leaves at the first end and its return
enters at the other; what feeds the tank enters and its return leaves there; both enter at the height of
their own temperature ("seeking" inlets of EnergyPlus, 分层布水). Fronts are carried by a second-order scheme
with a limiter, which keeps them steep and makes no new extremes. Then heat flows between layers and to the
surroundings, and layers that lie the wrong way round mix.

Every part is exact or bounded for steps of any length. A step is cut where more than half the tank would
pass in it. A coil puts its heat evenly into the layers along it.

Constant properties of water, so the densest water at 4 degC is unknown: a chilled tank must stay above it. No
mixing by jets beyond `conduction`, into which measured mixing can be put.

Parameters: `nodes` number of layers; `node` heat capacity of one [J/K]; `loss_side` of each layer,
`loss_first` and `loss_last` of the ends [W/K]; `conduction` between layers [W/K]; `coil` heat transfer of a
coil [W/K], 0 where water itself is fed; `coil_from`, `coil_to` first and last layer along it (all layers
without); `charge`, `draw` most heat in and out [W]; `sensor` layer of the thermostat; `band` how far it may
fall below what feeders bring [K]; `tolerance` how far below what consumers ask it still serves [K]; `place`
where it stands: 0 in rooms, 1 outdoors, 2 at the fixed temperature `around` [degC].
State: `temp_i` of each layer [degC], those beyond `nodes` unused; `calling` 1 while the thermostat asks for
heat.

The thermostat calls when its layer has fallen by `band`, until the last layer along the feed is within half
of it. The set-point is the temperature at which feeders bring heat, `temp_heat_in`.

References
----------
EnergyPlus Engineering Reference, "Stratified Water Thermal Tank" (inlet modes, losses, conduction, mixing).
van Leer, B. (1977). Towards the ultimate conservative difference scheme III. Journal of Computational Physics
23, 263-275 (monotonized central slopes).
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from buildings.compiled import compiled
from buildings.description import quantities as q
from buildings.description.base import ThermalCapacity
from buildings.description.plant_row import PlantRow
from buildings.systems.component import (
    AMBIENT,
    CHILLED_WATER,
    HEAT_IN,
    HOT_WATER,
    SERVES,
    STEP,
    STORED,
    TEMP_HEAT_IN,
    TEMP_IN,
    TEMP_MAINS,
    TEMP_OUT,
    TEMP_RETURN,
    TEMP_SUPPLY,
    Array,
    Component,
    Prepared,
    Setting,
)
from buildings.systems.records import entry, positive
from weather.errors import TwinError

MOST_NODES = 24
_PARAMETERS = (
    "nodes",
    "node",
    "loss_side",
    "loss_first",
    "loss_last",
    "conduction",
    "coil",
    "coil_from",
    "coil_to",
    "charge",
    "draw",
    "sensor",
    "band",
    "tolerance",
    "place",
    "around",
)
(
    NODES,
    NODE,
    LOSS_SIDE,
    LOSS_FIRST,
    LOSS_LAST,
    CONDUCTION,
    COIL,
    COIL_FROM,
    COIL_TO,
    CHARGE,
    DRAW,
    SENSOR,
    BAND,
    TOLERANCE,
    PLACE,
    AROUND,
) = range(1, 17)
_STATES = (*(f"temp_{i}" for i in range(MOST_NODES)), "calling")
CALLING = MOST_NODES
_WATER_HEAT = 4.14e6
"""Heat capacity of water at 45 degC [J/(m3 K)]; that at 8 degC is 1.4 % more."""
_PARTS = 24
"""A step is cut into so many parts at most."""
_LEAST_DIFFERENCE = 1.0
"""Between flow and return [K], when the parts of a step are counted."""


@compiled()
def _sign(p: Array) -> float:
    """1 of a hot tank, -1 of a cold one: times a temperature it falls from the first layer to the last."""
    return -1.0 if int(p[SERVES]) == CHILLED_WATER else 1.0


@compiled()
def _surroundings(p: Array, c: Array) -> float:
    if p[PLACE] == 0.0:
        return c[TEMP_IN]
    return c[TEMP_OUT] if p[PLACE] == 1.0 else p[AROUND]


@compiled()
def _return_temp(p: Array, c: Array) -> float:
    """Water that comes for what is drawn [degC]: from the mains for hot water, else from the circuit."""
    return c[TEMP_MAINS] if int(p[SERVES]) == HOT_WATER else c[TEMP_RETURN]


@compiled()
def _calls(p: Array, s: Array, c: Array) -> bool:
    """Whether the thermostat asks for heat in this step."""
    sign = _sign(p)
    missing = sign * (c[TEMP_HEAT_IN] - s[int(p[SENSOR])])
    if missing > p[BAND]:
        return True
    last = sign * (c[TEMP_HEAT_IN] - s[int(p[COIL_TO])])
    return s[CALLING] > 0.0 and last > 0.5 * p[BAND]


@compiled()
def _room(p: Array, s: Array, c: Array) -> float:
    """Heat that the feeders can bring in this step [W]."""
    sign, gain, along = _sign(p), 0.0, 0.0
    for i in range(int(p[COIL_TO]) + 1):
        gain += max(sign * (c[TEMP_HEAT_IN] - s[i]), 0.0)
    room = min(gain * p[NODE] / c[STEP], p[CHARGE])
    if p[COIL] > 0.0:
        first, last = int(p[COIL_FROM]), int(p[COIL_TO])
        for i in range(first, last + 1):
            along += max(sign * (c[TEMP_HEAT_IN] - s[i]), 0.0)
        room = min(room, p[COIL] * along / (last - first + 1))
    return room


@compiled()
def _through(p: Array, s: Array, c: Array) -> float:
    """Of the heat that feeders bring in this step, what consumers can have of it at once [W]."""
    sign = _sign(p)
    back, inlet = sign * _return_temp(p, c), sign * c[TEMP_HEAT_IN]
    if sign * c[HEAT_IN] <= 0.0 or inlet < sign * c[TEMP_SUPPLY] - p[TOLERANCE] or inlet <= back:
        return 0.0
    coldest = sign * s[int(p[NODES]) - 1]
    return sign * c[HEAT_IN] * min((inlet - back) / max(inlet - coldest, _LEAST_DIFFERENCE), 1.0)


@compiled()
def limits(p: Array, s: Array, c: Array) -> tuple[float, float, float]:
    """Room for what feeders bring; water warm enough to serve, with what passes through from the feeders."""
    sign, n = _sign(p), int(p[NODES])
    back, around = sign * _return_temp(p, c), sign * _surroundings(p, c)
    asked = sign * c[TEMP_SUPPLY] - p[TOLERANCE]
    content = loss = 0.0
    for i in range(n):
        temp = sign * s[i]
        ends = (p[LOSS_FIRST] if i == 0 else 0.0) + (p[LOSS_LAST] if i == n - 1 else 0.0)
        if temp >= asked and temp > back:
            content += temp - back
            loss += (p[LOSS_SIDE] + ends) * max(temp - around, 0.0)
    most = max(content * p[NODE] / c[STEP] - loss, 0.0)
    room = _room(p, s, c)
    return -room, min(most + _through(p, s, c), p[DRAW]), room if _calls(p, s, c) else 0.0


@compiled()
def _slope(before: float, here: float, after: float) -> float:
    """Monotonized central slope of a layer [K]; 0 at an extreme."""
    left, right = here - before, after - here
    if left * right <= 0.0:
        return 0.0
    size = min(2.0 * abs(left), 2.0 * abs(right), 0.5 * abs(left + right))
    return size if left > 0.0 else -size


@compiled()
def _move(s: Array, leaving: int, way: int, count: int, share: float, temp: float) -> None:
    """Carry `share` of a layer, in [0, 1], out of the layer `leaving`; water of `temp` follows the last."""
    out = s[leaving]
    for j in range(count):
        i = leaving + way * j
        face = temp
        if j < count - 1:
            face = s[i + way]
            if j < count - 2:
                face -= 0.5 * (1.0 - share) * _slope(s[i], s[i + way], s[i + 2 * way])
        s[i] += share * (face - out)
        out = face


@compiled()
def _pass(s: Array, leaving: int, stop: int, gain: float, amount: float, temp: float) -> float:
    """Let water of `temp` push out layers from `leaving` towards `stop` until `amount` is exchanged.

    Parameters
    ----------
    s : (S,)
        Layers [degC]; moved.
    leaving, stop : int
        Where water leaves, and the farthest layer that it may enter.
    gain : float
        1 where the layers warm, -1 where they cool.
    amount : float
        To exchange, in layers times kelvins; not negative.
    temp : float
        Enters behind the last layer in turn that it would still warm (or cool) [degC].

    Returns
    -------
    float
        What could not be exchanged because no layer is left.
    """
    way = 1 if stop >= leaving else -1
    most = abs(stop - leaving) + 1
    count = 0
    while count < most and gain * (temp - s[leaving + way * count]) > 0.0:
        count += 1
    whole = 0
    while whole < count and amount >= gain * (temp - s[leaving + way * whole]):
        amount -= gain * (temp - s[leaving + way * whole])
        whole += 1
    if whole > 0:
        for j in range(count):
            s[leaving + way * j] = s[leaving + way * (j + whole)] if j + whole < count else temp
    if whole == count:
        return amount
    _move(s, leaving, way, count, amount / (gain * (temp - s[leaving])), temp)
    return 0.0


@compiled()
def _mix(s: Array, n: int, sign: float) -> None:
    """Mix layers that lie the wrong way round, as few as it takes."""
    for i in range(1, n):
        if sign * s[i] <= sign * s[i - 1]:
            continue
        first, mean = i, s[i]
        while first > 0 and sign * s[first - 1] < sign * mean:
            first -= 1
            mean += (s[first] - mean) / (i - first + 1)
        for j in range(first, i + 1):
            s[j] = mean


@compiled()
def _along(s: Array, first: int, last: int, sign: float, amount: float, temp: float) -> float:
    """Warm the layers along a coil of `temp`, each by its difference to it; what they cannot take."""
    whole = 0.0
    for i in range(first, last + 1):
        whole += max(sign * (temp - s[i]), 0.0)
    if whole <= 0.0:
        return amount
    share = min(amount / whole, 1.0)
    for i in range(first, last + 1):
        s[i] += share * sign * max(sign * (temp - s[i]), 0.0)
    return max(amount - whole, 0.0)


@compiled()
def _feed(p: Array, s: Array, amount: float, temp: float) -> None:
    """Bring heat to a hot tank, or cold to a cold one: `amount` in layers times kelvins."""
    sign, first, last = _sign(p), int(p[COIL_FROM]), int(p[COIL_TO])
    if p[COIL] == 0.0:
        amount = _pass(s, last, first, sign, amount, temp)
    else:
        amount = _along(s, first, last, sign, amount, temp)
    # what is brought beyond: all that it passes is as warm as what comes
    for i in range(first, last + 1):
        s[i] += sign * amount / (last - first + 1)


@compiled()
def _rest(p: Array, s: Array, around: float, time: float) -> float:
    """Heat flow between layers and to the surroundings over `time`; what the surroundings took [J]."""
    n, lost = int(p[NODES]), 0.0
    side = -math.expm1(-p[LOSS_SIDE] * time / p[NODE])
    first = -math.expm1(-(p[LOSS_SIDE] + p[LOSS_FIRST]) * time / p[NODE])
    last = -math.expm1(-(p[LOSS_SIDE] + p[LOSS_LAST]) * time / p[NODE])
    for i in range(n):
        change = (s[i] - around) * (first if i == 0 else last if i == n - 1 else side)
        s[i] -= change
        lost += change
    # each pair relaxes exactly; there and back makes the order of the pairs even out
    nearer = -0.5 * math.expm1(-p[CONDUCTION] * time / p[NODE])
    for i in range(n - 1):
        change = nearer * (s[i] - s[i + 1])
        s[i] -= change
        s[i + 1] += change
    for i in range(n - 2, -1, -1):
        change = nearer * (s[i] - s[i + 1])
        s[i] -= change
        s[i + 1] += change
    return lost * p[NODE]


@compiled()
def _layers_passed(p: Array, s: Array, output: float, back: float, time: float) -> tuple[float, float]:
    """Layers that a draught pushes out, and their mean temperature [degC]."""
    sign, n = _sign(p), int(p[NODES])
    amount, passed = output * time / p[NODE], 0.0
    for i in range(n):
        above = sign * (s[i] - back)
        if above <= 0.0:
            break
        share = min(amount / above, 1.0)
        amount -= share * above
        passed += share
        if share < 1.0:
            break
    if passed == 0.0:
        return 0.0, s[0]
    return passed, back + sign * (output * time / p[NODE] - amount) / passed


@compiled()
def step(p: Array, s: Array, wish: float, c: Array, flows: Array) -> None:
    """Feed, draw, lose and mix, in parts that leave half the tank in place."""
    sign, n, dt = _sign(p), int(p[NODES]), c[STEP]
    back, around, inlet = _return_temp(p, c), _surroundings(p, c), c[TEMP_HEAT_IN]
    fed = max(sign * c[HEAT_IN], 0.0) + max(-wish, 0.0)
    drawn = max(wish, 0.0) + max(-sign * c[HEAT_IN], 0.0)
    s[CALLING] = 1.0 if _calls(p, s, c) else 0.0
    through = drawn / max(sign * (s[0] - back), _LEAST_DIFFERENCE)
    if p[COIL] == 0.0:
        through = max(through, fed / max(sign * (inlet - s[n - 1]), _LEAST_DIFFERENCE))
    parts = min(1 + int(2.0 * through * dt / (p[NODE] * n)), _PARTS)
    time, lost = dt / parts, 0.0
    for _ in range(parts):
        if fed > 0.0:
            _feed(p, s, fed * time / p[NODE], inlet)
            _mix(s, n, sign)
        if drawn > 0.0:
            left = _pass(s, 0, n - 1, -sign, drawn * time / p[NODE], back)
            for i in range(n):
                s[i] -= sign * left / n
        lost += _rest(p, s, around, time)
        _mix(s, n, sign)
    flows[:] = 0.0
    flows[int(p[SERVES])] = sign * wish - c[HEAT_IN]
    flows[AMBIENT] = lost / dt
    flows[STORED] = -flows[int(p[SERVES])] - flows[AMBIENT]


@compiled()
def _back_to_feeders(p: Array, s: Array, c: Array, drawn: float) -> float:
    """Mean of the water that goes back to the feeders in a step [degC], `drawn` layers being drawn in it.

    What replaces the drawn water enters where the feeders take theirs: they take it first, where it is colder
    than the last layer, then the layers from the last one on.
    """
    sign, n, inlet, cold = _sign(p), int(p[NODES]), c[TEMP_HEAT_IN], _return_temp(p, c)
    heat = sign * c[HEAT_IN] * c[STEP] / p[NODE]
    if heat <= 0.0:
        return s[n - 1]
    passed = used = 0.0
    lift = sign * (inlet - cold)
    if lift > 0.0 and sign * (s[n - 1] - cold) > 0.0:
        passed = min(drawn, heat / lift)
        used = passed * lift
    for j in range(n):
        above = sign * (inlet - s[n - 1 - j])
        if above <= 0.0 or used >= heat:
            break
        share = min((heat - used) / above, 1.0)
        used += share * above
        passed += share
    return inlet - sign * used / passed if passed > 0.0 else s[n - 1]


@compiled()
def _along_coil(p: Array, s: Array, c: Array, drawn: float) -> float:
    """Mean of the water along the coil in a step [degC]: half of what the step changes in it is there."""
    sign, first, last = _sign(p), int(p[COIL_FROM]), int(p[COIL_TO])
    layers, mean = last - first + 1, 0.0
    for i in range(first, last + 1):
        mean += s[i] / layers
    if c[HEAT_IN] == 0.0:
        return mean
    change = max(sign * c[HEAT_IN], 0.0) * c[STEP] / (p[NODE] * layers)
    if last == int(p[NODES]) - 1:
        change -= min(drawn / layers, 1.0) * max(sign * (mean - _return_temp(p, c)), 0.0)
    return mean + sign * min(0.5 * change, max(sign * (c[TEMP_HEAT_IN] - mean), 0.0))


@compiled()
def temperatures(p: Array, s: Array, c: Array, output: float) -> tuple[float, float]:
    """Mean of what is drawn in the step; of what goes back to the feeders, or of the water along their coil.

    What the feeders bring is `heat_in`; where nothing is brought, their side is that of the step's begin.
    """
    supply, drawn = s[0], 0.0
    if output > 0.0:
        through = min(_through(p, s, c), output)
        cold = _return_temp(p, c)
        drawn, supply = _layers_passed(p, s, output - through, cold, c[STEP])
        if through > 0.0:
            passing = through * c[STEP] / (p[NODE] * abs(c[TEMP_HEAT_IN] - cold))
            supply = (drawn * supply + passing * c[TEMP_HEAT_IN]) / (drawn + passing)
            drawn += passing
    back = _along_coil(p, s, c, drawn) if p[COIL] > 0.0 else _back_to_feeders(p, s, c, drawn)
    return supply, back


def load_tank(key: str, volume_m3: float, power_w: float, *, place: str = "rooms") -> dict[str, float]:
    """Parameters of a water tank of the library.

    Parameters
    ----------
    key : str
        Key in `data/tanks.yaml`.
    volume_m3, power_w : float
        Size [m3], and the most heat that feeds it and is drawn from it [W].
    place : str, optional
        Where it stands: ``rooms``, ``outdoors``, or ``ground`` at the library's fixed temperature.

    Raises
    ------
    TwinError
        If the key or the place is unknown, or a size is not positive.
    """
    values = entry("tanks", key)
    places = ("rooms", "outdoors", "ground")
    if place not in places:
        raise TwinError(
            f"A tank cannot stand in {place!r}.", f"Use one of: {', '.join(places)}.", key="place"
        )
    volume, power = positive(volume_m3, "tank volume"), positive(power_w, "tank power")
    n = int(values["nodes"])
    diameter = (4.0 * volume / (math.pi * values["slenderness"])) ** (1.0 / 3.0)
    height, end = values["slenderness"] * diameter, math.pi * diameter**2 / 4.0
    side = math.pi * diameter * height
    if "standing_loss" in values:
        base, scale = values["standing_loss"]
        whole = (base + scale * (1000.0 * volume) ** 0.4) / values["standing_difference"]
        u_side = u_first = u_last = whole / (side + 2.0 * end)
    else:
        u_side, u_first, u_last = values["u_side"], values["u_first"], values["u_last"]
    first, last = (round(share * n) for share in values.get("coil_span", (0.0, 1.0)))
    return {
        "nodes": n,
        "node": _WATER_HEAT * volume / n,
        "loss_side": u_side * side / n,
        "loss_first": u_first * end,
        "loss_last": u_last * end,
        "conduction": values["conductivity"] * end * n / height,
        "coil": values.get("coil_per_m3", 0.0) * volume,
        "coil_from": first,
        "coil_to": last - 1,
        "charge": power,
        "draw": power,
        "sensor": min(int(values["sensor"] * n), n - 1),
        "band": values["band"],
        "tolerance": values["tolerance"],
        "place": float(places.index(place)),
        "around": values["ground_temp"],
    }


def even_tank(temp: float) -> dict[str, float]:
    """State of a tank that is equally warm throughout [degC]."""
    return {**dict.fromkeys(_STATES[:-1], temp), "calling": 0.0}


_USUAL = {
    "hot_water": ("dhw_direct", 60.0),
    "space_heat": ("buffer", 50.0),
    "chilled_water": ("chilled_water", 5.0),
}
"""Product and temperature of charging [degC]: 5 K beyond what `supply_temperatures` has, 2 K for cold."""


class Tank(PlantRow):
    """A water tank with layers (分层蓄水罐); others feed it."""

    takes: ClassVar[bool] = True
    idle_unfed: ClassVar[bool] = True

    type: Literal["stratified_tank"] = Field(description="Kind of equipment.")
    serves: Literal["hot_water", "space_heat", "chilled_water"] = Field(description="What it holds.")
    volume: q.Volume = Field(description="Water [m3].")
    power: ThermalCapacity = Field(
        default="autosize", description="Most heat or cold in and out [W], or autosize from the design load."
    )
    charge_temperature: Annotated[float, Field(gt=0.0, le=95.0), q.Unit("degC")] | None = Field(
        default=None, description="Temperature at which it is charged [degC]; default 60, 50 or 5."
    )
    place: Literal["rooms", "outdoors", "ground"] = Field(default="rooms", description="Where it stands.")

    @property
    def carriers(self) -> tuple[str, ...]:
        """What it holds."""
        return (self.serves,)


def prepare(row: Tank, carrier: str, setting: Setting) -> Prepared:
    """A tank of a plant room, charged at the start."""
    usual, temp = _USUAL[carrier]
    key = row.equipment or usual
    power = setting.design[carrier] if row.power == "autosize" else float(row.power)
    charged = temp if row.charge_temperature is None else row.charge_temperature
    values = load_tank(key, row.volume, power, place=row.place)
    return Prepared(
        values,
        even_tank(charged),
        entry("tanks", key),
        row.volume,
        "m3",
        charge_temp=charged,
        coil=values["coil"] > 0.0,
    )


STRATIFIED_TANK = Component(
    name="stratified_tank",
    serves=("hot_water", "space_heat", "chilled_water", "source"),
    parameters=_PARAMETERS,
    states=_STATES,
    limits=limits,
    step=step,
    temperatures=temperatures,
    row=Tank,
    prepare=prepare,
    passes=True,
)
