"""Parameters of heat pumps (热泵): from hplib's database, from curves of the library, from a user's own.

Air/water machines of hplib are dry machines under frost (`heat_pump_fits`); those on brine and water run by
hplib's own planes, and with ``fit="hplib"`` so do all, to set beside it. hplib's fitted parameters are read
from the installed library when a machine is loaded; `data/heat_pumps.yaml` only names the products and adds
what hplib does not know: the limits of operation, and certified points. Every model of hplib can be had by
`hplib:` and its name, within the limits of its group's generic product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.systems.component import (
    CONDITIONS,
    TEMP_OUT,
    TEMP_RETURN,
    TEMP_SOURCE,
    TEMP_SUPPLY,
    WET_BULB_OUT,
)
from buildings.systems.frost import LABORATORY_DEPRESSION, frost_losses
from buildings.systems.heat_pump_fits import dry_input_ratio, without_frost
from buildings.systems.heat_pump_machine import (
    BEHIND,
    BY_MEAN,
    BY_RETURN,
    BY_SUPPLY,
    FROST_DIFFERENCE,
    FROST_ENERGYPLUS,
    FROST_FULL,
    FROST_NONE,
    OUTDOOR_DRY,
    OUTDOOR_WET,
    PARAMETERS,
    frost_effect,
    machine,
    within_reach,
)
from buildings.systems.records import entry, positive, read_library
from weather.errors import TwinError
from weather.kept import kept

Array = NDArray[np.float64]

_SOURCES = {"dry_bulb": OUTDOOR_DRY, "wet_bulb": OUTDOOR_WET, "behind": BEHIND}
_SINKS = {"supply": BY_SUPPLY, "return": BY_RETURN, "mean": BY_MEAN}
_FROST = {
    "none": FROST_NONE,
    "dry_coil": FROST_FULL,
    "laboratory": FROST_DIFFERENCE,
    "energyplus": FROST_ENERGYPLUS,
}
FITS = ("dry", "hplib")
_RATIOS = {"eir": 0.0, "cop": 1.0, "power": 2.0}
_HPLIB_REFERENCE = {1: -7.0, 2: 0.0, 4: -7.0, 5: 0.0, 6: 10.0}
"""Source temperature of hplib's reference point by group [degC]; the supply is 52, the outdoor air -7."""
_HPLIB_WARMEST = {1: 20.0, 2: 25.0, 4: 20.0, 5: 25.0, 6: 25.0}
"""Source temperature from which hplib's line is held [degC]; tests end at 12 outdoors, the rest assumed."""
_DRY_WARMEST = 15.0
"""Outdoor air from which the dry machine is held [degC]; its tests end at 12."""
_DRY_GROUPS = (1, 4)
_HPLIB_REGULATED = (1, 2)
_HPLIB_LEAST = 0.25
"""Least electric power of a regulated machine over that at -7 degC outdoors, in hplib's own code."""
_HPLIB_COOLING_LEAST_Y = 25.0
"""hplib holds the electric power of cooling below this outdoor temperature [degC]."""
_HPLIB_GENERIC_COOLING = 0.6852
"""Electric power of cooling at 35/7 over that of heating at -7/52, mean of real machines; in hplib's code."""
_HPLIB_COOLEST_SUPPLY, _HPLIB_WARMEST_CHILLED = 24.0, 18.0
"""Lowest supply of the heating points, highest of the cooling points of EN 14825 [degC]; held beyond."""
_UNBOUND_W = 1e12
_GENERIC_BY_GROUP = {
    1: "air_water_regulated",
    2: "brine_water_regulated",
    4: "air_water_on_off",
    5: "brine_water_on_off",
    6: "water_water_on_off",
}


@dataclass(frozen=True)
class Curves:
    """A machine in EnergyPlus' curve form; polynomials as in `heat_pump`, 7 coefficients, x water, y source.

    Attributes
    ----------
    reference_output : float
        Heat or cold [W] by which `capacity` is multiplied.
    reference_ratio : float
        COP or EER that belongs to it.
    capacity, ratio : tuple of float
        Over the temperatures.
    ratio_kind : {"eir", "cop", "power"}
        What `ratio` is, over its value at reference: input over output, output over input, or input.
    load : tuple of float
        Input over the part load, relative to full load: up to 5 coefficients of a polynomial.
    least_share : float
        Least continuous part load.
    x_range, y_range : tuple of float
        Fitted range [degC].
    source : {"dry_bulb", "wet_bulb", "behind"}
    sink : {"supply", "return", "mean"}
    """

    reference_output: float
    reference_ratio: float
    capacity: tuple[float, ...]
    ratio: tuple[float, ...]
    ratio_kind: str
    load: tuple[float, ...]
    least_share: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    source: str
    sink: str = "supply"


@dataclass(frozen=True)
class Operation:
    """Within which limits a machine works, and what it loses besides.

    Attributes
    ----------
    source_least, source_most, supply_least, supply_most : float
        Temperatures of operation [degC].
    supply_slope : float
        Kelvin of highest supply temperature lost per kelvin of source below `supply_knee`.
    supply_knee : float
        [degC].
    cycling : float
        Degradation coefficient C of EN 14825.
    frost : {"none", "dry_coil", "laboratory", "energyplus"}
        Whether the curves are of a dry coil, or through points of a laboratory with its frost; or of a dry
        coil that frosts as EnergyPlus' does.
    standby_share : float
        Electricity at rest over the reference output; of hplib's machines its database tells.
    """

    source_least: float
    source_most: float
    supply_least: float
    supply_most: float
    supply_slope: float = 0.0
    supply_knee: float = 0.0
    cycling: float = 0.9
    frost: str = "none"
    standby_share: float = 0.0


def load_heat_pump(
    key: str,
    rated_w: float,
    serves: str = "space_heat",
    at: tuple[float, float] | None = None,
    fit: str = "dry",
) -> dict[str, float]:
    """Parameters of a heat pump at a size.

    Parameters
    ----------
    key : str
        Key in `data/heat_pumps.yaml`, or ``hplib:`` and the name of a model in hplib's database.
    rated_w : float
        Most heat that it gives at its rating point [W]. For a reversed machine (`serves` chilled water) this
        is the heat of the same machine when it heats, so that both rows of one machine have one size; for
        one that can only cool, its cold.
    serves : {"space_heat", "hot_water", "chilled_water"}
    at : tuple of float, optional
        Source and supply temperature of the rating [degC]; the product's own where not given.
    fit : {"dry", "hplib"}
        Of hplib's air/water machines that heat: a dry machine that frosts, or hplib's own planes, of which
        frost is what actual humidity changes.

    Returns
    -------
    dict
        By the names of `heat_pump_machine`.

    Raises
    ------
    TwinError
        If the product is unknown, cannot serve this carrier, or cannot give heat at the rating point; if the
        size is not positive, or there is no such fit.
    """
    if fit not in FITS:
        raise TwinError(f"There is no fit {fit!r}.", f"Use one of: {', '.join(FITS)}.", key="fit")
    values = heat_pump_product(key)
    size = positive(rated_w, "heat pump capacity")
    if serves not in values["serves"]:
        raise TwinError(
            f"The heat pump {key!r} does not serve {serves}.",
            f"It serves {', '.join(values['serves'])}.",
            key="serves",
        )
    cooling = serves == "chilled_water"
    mode = "cooling" if cooling else "heating"
    parameters = _unscaled(key, values, mode, fit)
    rated_mode = "heating" if "heating" in values else "cooling"
    base = parameters if rated_mode == mode else _unscaled(key, values, rated_mode, fit)
    point = at if at is not None else tuple(values["rating"])
    if len(point) != 2:
        raise TwinError(f"A rating point has two temperatures, not {at}.", "Give (source, supply).", key="at")
    output = output_at(base, *point)
    if output <= 0.0:
        raise TwinError(
            f"The heat pump {key!r} gives nothing at {point[0]} degC source and {point[1]} degC supply.",
            "Rate it at temperatures that it reaches.",
            key="at",
        )
    return _scaled(parameters, size / output)


def load_heat_pump_curves(
    curves: Curves, operation: Operation, rated_w: float, at: tuple[float, float] | None = None
) -> dict[str, float]:
    """Parameters of a machine of a user's own curves, such as those of `buildings.idf.heat_pump_curves`.

    Parameters
    ----------
    curves : Curves
    operation : Operation
    rated_w : float
        Output at the rating point [W].
    at : tuple of float, optional
        Source and supply temperature of the rating [degC]; without, `rated_w` is the reference output.

    Raises
    ------
    TwinError
        If the curves give nothing there, or a size is not positive.
    """
    size = positive(rated_w, "heat pump capacity")
    parameters = _from_curves(curves, operation)
    output = curves.reference_output if at is None else output_at(parameters, *at)
    if output <= 0.0:
        raise TwinError("The curves give no output at the rating point.", "Rate it elsewhere.", key="at")
    return _scaled(parameters, size / output)


def heat_pump_product(key: str) -> dict[str, Any]:
    """What is known of a product: names, source, what it serves and draws on, its limits.

    Raises
    ------
    TwinError
        If it is unknown.
    """
    if not key.startswith("hplib:"):
        return entry("heat_pumps", key)
    model = key.removeprefix("hplib:").strip()
    group = int(_hplib_row(model, None)["Group"])
    if model == "Generic" or group not in _GENERIC_BY_GROUP:
        raise TwinError(
            f"hplib's {model!r} of group {group} is none to load by name.",
            f"Use one of: {', '.join(sorted(read_library('heat_pumps')))}.",
            key=key,
        )
    values = dict(entry("heat_pumps", _GENERIC_BY_GROUP[group]))
    del values["group"]
    cools = group == 1 and np.isfinite(_hplib_row(model, None)["P_th_c_ref [W]"])
    serves = [carrier for carrier in values["serves"] if cools or carrier != "chilled_water"]
    names = {
        "name_en": model,
        "name_zh": model,
        "source": f"hplib 1.9, {model}; limits as of its group's mean",
    }
    return values | names | {"hplib": model, "serves": serves}


def _operation(values: Mapping[str, Any], mode: str) -> Operation:
    given = dict(values[mode])
    given.pop("curves", None)
    return Operation(**given)


def _unscaled(key: str, values: Mapping[str, Any], mode: str, fit: str) -> dict[str, float]:
    operation = _operation(values, mode)
    if "hplib" in values:
        row = _hplib_row(values["hplib"], values.get("group"))
        if mode == "cooling":
            return _hplib_cooling(key, row, operation)
        by_hplib = _hplib_heating(row, operation)
        if fit == "hplib" or int(row["Group"]) not in _DRY_GROUPS:
            return by_hplib
        return by_hplib | _dry(row, operation, values.get("certified_cop"))
    curves = values[mode]["curves"]
    made = Curves(
        reference_output=curves["reference_output"],
        reference_ratio=curves["reference_ratio"],
        capacity=tuple(curves["capacity"]),
        ratio=tuple(curves["ratio"]),
        ratio_kind=curves["ratio_kind"],
        load=tuple(curves["load"]),
        least_share=curves["least_share"],
        x_range=tuple(curves["x_range"]),
        y_range=tuple(curves["y_range"]),
        source=curves["source"],
        sink=curves["sink"],
    )
    if "anchor" in curves:
        x, y = curves["anchor"]
        made = replace(
            made,
            capacity=_over(made.capacity, _value(made.capacity, x, y)),
            ratio=_over(made.ratio, _value(made.ratio, x, y)),
        )
    return _from_curves(made, operation)


def _value(coefficients: tuple[float, ...], x: float, y: float) -> float:
    c = coefficients
    return c[0] + x * (c[1] + x * c[2] + y * c[5]) + y * (c[3] + y * (c[4] + y * c[6]))


def _over(coefficients: tuple[float, ...], divisor: float) -> tuple[float, ...]:
    return tuple(c / divisor for c in coefficients)


def _blank(operation: Operation) -> dict[str, float]:
    """All parameters, set from the operation or at what has no effect."""
    parameters = dict.fromkeys(PARAMETERS, 0.0)
    parameters |= {
        "bound_0": _UNBOUND_W,
        "least_share": 1.0,
        "load_1": 1.0,
        "cycling": operation.cycling,
        "y_power_least": -100.0,
        "source_least": operation.source_least,
        "source_most": operation.source_most,
        "supply_least": operation.supply_least,
        "supply_most": operation.supply_most,
        "supply_slope": operation.supply_slope,
        "supply_knee": operation.supply_knee,
        "frost": _FROST[operation.frost],
    }
    if operation.frost != "none":
        parameters["frost_capacity"], parameters["frost_cop"] = frost_losses("air_water")
    return parameters


def _polynomial(name: str, coefficients: tuple[float, ...]) -> dict[str, float]:
    return {f"{name}_{i}": float(c) for i, c in enumerate(coefficients)}


def _from_curves(curves: Curves, operation: Operation) -> dict[str, float]:
    """Parameters at the curves' own size."""
    q, cop = curves.reference_output, curves.reference_ratio
    factor = {"cop": cop, "eir": 1.0 / cop, "power": q / cop}[curves.ratio_kind]
    x_least, x_most = curves.x_range
    y_least, y_most = curves.y_range
    parameters = _blank(operation)
    parameters |= _polynomial("a", tuple(q * c for c in curves.capacity))
    parameters |= _polynomial("b", tuple(factor * c for c in curves.ratio))
    parameters |= _polynomial("load", curves.load)
    parameters |= {
        "source": _SOURCES[curves.source],
        "sink": _SINKS[curves.sink],
        "ratio_form": _RATIOS[curves.ratio_kind],
        "least_share": curves.least_share,
        "x_least": x_least,
        "x_most": x_most,
        "y_least": y_least,
        "y_most": y_most,
        "frost_rated": q,
        "standby": operation.standby_share * q,
    }
    return parameters


@cache
def hplib_database() -> pd.DataFrame:
    """hplib's table of models and fitted parameters, as installed."""
    from hplib.hplib import load_database  # slow to import, and few need it

    table: pd.DataFrame = load_database()
    return table


@kept(64)
def _hplib_row(model: str, group: int | None) -> Any:
    table = hplib_database()
    found = table[table["Model"] == model]
    if group is not None:
        found = found[found["Group"] == group]
    if found.empty:
        raise TwinError(
            f"hplib's database has no heat pump {model!r}.",
            "Use a name of its column Model (`hplib_database()`).",
            key=model,
        )
    return found.iloc[0]


def _linear(row: Any, name: str, unit: str, *, air: bool) -> tuple[float, ...]:
    """hplib's four parameters as a polynomial; an air machine's source is its outdoor air."""
    p1, p2, p4 = (float(row[f"p{i}_{name} [{unit}]"]) for i in (1, 2, 4))
    constant = float(row[f"p3_{name} [-]"])
    if air:
        return (constant, p2, 0.0, p1 + p4, 0.0, 0.0, 0.0, 0.0)
    return (constant, p2, 0.0, p1, 0.0, 0.0, 0.0, p4)


def _at_reference(coefficients: tuple[float, ...], group: int) -> float:
    """At supply 52, the group's source and outdoor air -7 degC."""
    return _value(coefficients, 52.0, _HPLIB_REFERENCE[group]) - 7.0 * coefficients[7]


def _hplib_powers(row: Any, group: int) -> tuple[float, float]:
    """Reference heat and electricity [W]; of a generic machine, of 1 W electricity."""
    if row["Model"] != "Generic":
        return float(row["P_th_h_ref [W]"]), float(row["P_el_h_ref [W]"])
    cop = _linear(row, "COP", "-", air=group in (1, 4))
    return _at_reference(cop, group), 1.0


def _hplib_heating(row: Any, operation: Operation) -> dict[str, float]:
    group = int(row["Group"])
    air = group in (1, 4)
    heat, electricity = _hplib_powers(row, group)
    power = tuple(electricity * c for c in _linear(row, "P_el_h", "1/°C", air=air))
    cop = _linear(row, "COP", "-", air=air)
    parameters = _blank(operation) | _polynomial("a", power) | _polynomial("b", cop)
    parameters |= {
        "source": OUTDOOR_DRY if air else BEHIND,
        "power_form": 1.0,
        "ratio_form": 1.0,
        "x_least": _HPLIB_COOLEST_SUPPLY,
        "x_most": operation.supply_most,
        "y_least": operation.source_least,
        "y_most": min(operation.source_most, _HPLIB_WARMEST[group]),
        "frost_rated": heat,
        "standby": 0.0 if row["Model"] == "Generic" else float(row["PSB [W]"]),
    }
    if group in _HPLIB_REGULATED:
        constant, x, y, z = power[0], power[1], power[3], power[7]
        # at -7 degC outdoors: the source of an air machine, the outdoor air of the others
        least = (constant - 7.0 * y, x, 0.0) if air else (constant - 7.0 * z, x, y)
        parameters |= {f"least_{n}": _HPLIB_LEAST * c for n, c in zip("0xy", least, strict=True)}
        parameters |= _polynomial("bound", _displacement(group, heat)) | {"rated_power": electricity}
    return parameters


def _dry(row: Any, operation: Operation, certified: list[float] | None) -> dict[str, float]:
    """What of an air machine of hplib changes where frost is taken out of its planes."""
    group = int(row["Group"])
    heat, electricity = _hplib_powers(row, group)
    losses = frost_losses("air_water")
    cop = _linear(row, "COP", "-", air=True)
    e0, e1, e2, e3 = dry_input_ratio(
        str(row["Model"]),
        (cop[0], cop[1], cop[3]),
        _reference_cop(row, group),
        losses,
        (_HPLIB_COOLEST_SUPPLY, operation.supply_most),
        (operation.source_least, _DRY_WARMEST),
        certified,
    )
    power = _linear(row, "P_el_h", "1/°C", air=True)
    made = _polynomial("b", (e0, e1, 0.0, e2, 0.0, e3, 0.0, 0.0))
    made |= _polynomial("a", _dried(power, "input", electricity))
    made |= {"ratio_form": 0.0, "frost": FROST_FULL, "y_most": min(operation.source_most, _DRY_WARMEST)}
    if group in _HPLIB_REGULATED:
        bound = _displacement(group, heat)
        made |= _polynomial("bound", _dried(bound, "output", 1.0))
    return made


def _dried(plane: tuple[float, ...], of: str, factor: float) -> tuple[float, ...]:
    """The plane without the frost of the points that it was drawn through."""
    c0, x, y = without_frost((plane[0], plane[1], plane[3]), of, frost_losses("air_water"))
    return (factor * c0, factor * x, 0.0, factor * y, 0.0, 0.0, 0.0, 0.0)


def _reference_cop(row: Any, group: int) -> float:
    """Certified COP at A-7/W52; of a generic machine the mean of those that it stands for."""
    if row["Model"] != "Generic":
        return float(row["COP_ref"])
    table = hplib_database()
    return float(table[(table["Group"] == group) & (table["Model"] != "Generic")]["COP_ref"].mean())


def _displacement(group: int, heat: float) -> tuple[float, ...]:
    """Most heat of a compressor at full speed: as that of hplib's generic machine of one speed varies.

    hplib itself bounds the electric power only, which at 7/35 gives more than twice the heat of -7/52.
    """
    fixed = 4 if group == 1 else 5
    shape = _linear(_hplib_row("Generic", fixed), "P_th", "1/°C", air=fixed == 4)
    # hplib heads its columns of P_th as those of P_el
    return tuple(heat * c / _at_reference(shape, fixed) for c in shape)


def _hplib_cooling(key: str, row: Any, operation: Operation) -> dict[str, float]:
    generic = row["Model"] == "Generic"
    eer = _linear(row, "EER", "-", air=True)
    electricity, cold = float(row["P_el_c_ref [W]"]), float(row["P_th_c_ref [W]"])
    if generic:
        electricity = _HPLIB_GENERIC_COOLING
        cold = electricity * _value(eer, 7.0, 35.0)
    if not (np.isfinite(electricity) and np.isfinite(cold)):
        raise TwinError(f"hplib knows no cooling of {key!r}.", "Choose another heat pump.", key=key)
    power = tuple(electricity * c for c in _linear(row, "P_el_c", "1/°C", air=True))
    # the most cold at full speed varies as that of an air-cooled chiller
    shape = tuple(entry("hvac_curves", "air_cooled_chiller")["capacity_low"])
    bound = tuple(cold * c / _value(shape, 7.0, 35.0) for c in shape)
    parameters = _blank(operation) | _polynomial("a", power) | _polynomial("b", eer)
    parameters |= _polynomial("bound", bound)
    return parameters | {
        "source": OUTDOOR_DRY,
        "power_form": 1.0,
        "ratio_form": 1.0,
        "rated_power": electricity,
        "least_0": _HPLIB_LEAST * electricity,
        "x_least": operation.supply_least,
        "x_most": _HPLIB_WARMEST_CHILLED,
        # EN 14825's cooling points begin at 20 degC outdoors
        "y_least": 20.0,
        "y_most": operation.source_most,
        "y_power_least": _HPLIB_COOLING_LEAST_Y,
        "standby": 0.0 if generic else float(row["PSB [W]"]),
    }


def output_at(parameters: Mapping[str, float], source: float, supply: float) -> float:
    """Most output at a source and supply temperature, with the frost of a laboratory's air [W].

    Nothing where the machine does not work. Outdoor air is the source, of a machine with another behind it
    -7 degC where hplib asks for it.
    """
    p = np.array([0.0, *(parameters[name] for name in PARAMETERS)])
    c = np.zeros(len(CONDITIONS))
    c[TEMP_OUT] = c[TEMP_SOURCE] = source
    if parameters["source"] == BEHIND and parameters["power_form"] == 1.0:
        c[TEMP_OUT] = -7.0
    c[WET_BULB_OUT] = c[TEMP_OUT] - LABORATORY_DEPRESSION
    c[TEMP_SUPPLY] = c[TEMP_RETURN] = supply
    if not within_reach(p, c):
        return 0.0
    most, _, ratio = machine(p, c)
    return float(most * frost_effect(p, c, most, ratio)[0]) if most > 0.0 else 0.0


_SCALES = ("rated_power", "least_0", "least_x", "least_y", "frost_rated", "standby")


def _scaled(parameters: Mapping[str, float], factor: float) -> dict[str, float]:
    """The machine `factor` times as large."""
    names = [*_SCALES, *(f"{name}_{i}" for name in ("a", "bound") for i in range(8))]
    if parameters["ratio_form"] == 2.0:
        names += [f"b_{i}" for i in range(8)]
    scaled = dict(parameters)
    for name in names:
        scaled[name] *= factor
    return scaled
