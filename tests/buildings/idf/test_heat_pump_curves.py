"""A user's own heat pump: curves by name, a plant-loop machine, and what is wrong with either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from buildings.idf.heat_pump_curves import curves_from_idf, heat_pump_from_idf
from buildings.systems.component import (
    CONDITIONS,
    ELECTRICITY,
    N_CONDITIONS,
    N_FLOWS,
    SPACE_HEAT,
    TEMP_OUT,
    TEMP_SUPPLY,
    WET_BULB_OUT,
)
from buildings.systems.heat_pump import HEAT_PUMP
from buildings.systems.heat_pump_products import Operation, load_heat_pump_curves
from weather.errors import TwinError

BEFORE = "Exterior:Lights,Car park"
CURVES = """
Curve:Biquadratic,CapFT,0.95,-0.004,0.00002,0.03,0.0001,-0.0001,25,55,-15,20;
Curve:Biquadratic,EirFT,0.8,0.012,0.0001,-0.02,0.0003,-0.0002,25,60,-20,20;
Curve:Biquadratic,WaterHeater,0.563,0.0437,0.000039,0.0055,-0.000148,-0.000145,0,40,10,65;
Curve:Cubic,EirFPLR,0.1,0.7,0.1,0.1,0.3,1;
Curve:Bicubic,Table,1,0,0,0,0,0,0,0,0,0,25,55,-15,20;
"""
MACHINE = """
HeatPump:PlantLoop:EIR:Heating,Roof unit,in,out,AirSource,air in,air out,,,,0.005,3.0,,{size},3.3,,CapFT,
  {eir},EirFPLR,,,,,0.25,-18,35,,,,,OnDemand;
"""


def model(box: Callable[..., Path], size: str = "40000", eir: str = "EirFT", version: str = "25.2") -> Path:
    return box((BEFORE, CURVES + MACHINE.format(size=size, eir=eir) + BEFORE), version=version)


def by_hand(x: float, y: float, r: float) -> tuple[float, float]:
    """Capacity of 40 kW and input of the curves above, EnergyPlus' equations."""
    capacity = 40e3 * (0.95 - 0.004 * x + 0.00002 * x**2 + 0.03 * y + 0.0001 * y**2 - 0.0001 * x * y)
    eir = 0.8 + 0.012 * x + 0.0001 * x**2 - 0.02 * y + 0.0003 * y**2 - 0.0002 * x * y
    return capacity, r * capacity / 3.3 * eir * (0.1 + 0.7 * r + 0.1 * r**2 + 0.1 * r**3)


def ran(p: np.ndarray, t_out: float, supply: float, share: float) -> tuple[float, np.ndarray]:
    """Most output, and the flows at a share of it."""
    c = np.zeros(N_CONDITIONS)
    assert len(c) == len(CONDITIONS)
    c[TEMP_OUT], c[WET_BULB_OUT], c[TEMP_SUPPLY] = t_out, t_out - 1.0, supply
    none, flows = np.zeros(0), np.zeros(N_FLOWS)
    most = HEAT_PUMP.limits(p, none, c)[1]
    HEAT_PUMP.step(p, none, share * most, c, flows)
    return most, flows


def test_a_machine_runs_as_energyplus_equations(box: Callable[..., Path]) -> None:
    read = heat_pump_from_idf(model(box), "ROOF unit")
    assert (read.serves, read.operation.frost, read.operation.source_least) == (
        "space_heat",
        "energyplus",
        -18.0,
    )
    # both curves' ranges hold; the least load is the machine's own and not the curve's
    assert (read.curves.x_range, read.curves.y_range, read.curves.least_share) == ((25, 55), (-15, 20), 0.25)
    p = HEAT_PUMP.pack("space_heat", load_heat_pump_curves(read.curves, read.operation, 40e3))
    for t_out, supply, share in ((8.0, 40.0, 1.0), (12.0, 50.0, 0.6), (19.0, 30.0, 0.3)):
        capacity, power = by_hand(supply, t_out, share)
        most, flows = ran(p, t_out, supply, share)
        assert most == pytest.approx(capacity)
        assert flows[SPACE_HEAT] == pytest.approx(share * capacity)
        assert -flows[ELECTRICITY] == pytest.approx(power)
    assert ran(p, 8.0, 56.0, 1.0)[0] == 0.0


def test_a_machine_that_energyplus_sizes_takes_the_size_asked_for(box: Callable[..., Path]) -> None:
    read = heat_pump_from_idf(model(box, size="autosize"), "Roof unit")
    p = HEAT_PUMP.pack("space_heat", load_heat_pump_curves(read.curves, read.operation, 25e3, (7.0, 45.0)))
    assert ran(p, 7.0, 45.0, 1.0)[0] == pytest.approx(25e3)


def test_curves_by_name_in_an_older_file_and_either_order(box: Callable[..., Path]) -> None:
    path = box((BEFORE, CURVES + BEFORE), version="9.4")
    plant = curves_from_idf(path, "capft", "EIRFT", "EirFPLR", reference_output=40e3, reference_ratio=3.3)
    assert plant.least_share == 0.3
    p = HEAT_PUMP.pack("space_heat", load_heat_pump_curves(plant, Operation(-20.0, 35.0, 5.0, 55.0), 40e3))
    assert ran(p, 10.0, 40.0, 0.5)[0] == pytest.approx(by_hand(40.0, 10.0, 0.5)[0])
    heater = curves_from_idf(
        path, "WaterHeater", "WaterHeater", "EirFPLR", reference_output=3e3, reference_ratio=4.0,
        source="wet_bulb", sink="return", ratio_kind="cop", water_first=False,
    )  # fmt: skip
    assert heater.capacity == (0.563, 0.0055, -0.000148, 0.0437, 0.000039, -0.000145, 0.0)
    assert (heater.x_range, heater.y_range) == ((10.0, 65.0), (0.0, 40.0))
    assert replace(heater, ratio_kind="eir").capacity == heater.capacity


@pytest.mark.parametrize(
    ("eir", "version", "name", "match"),
    [
        ("EirFT", "25.2", "Cellar unit", "no HeatPump:PlantLoop:EIR named 'Cellar unit'"),
        ("Table", "25.2", "Roof unit", "no curve 'Table' of class CURVE:BIQUADRATIC"),
        ("EirFT", "9.4", "Roof unit", "version"),
    ],
)
def test_what_cannot_be_read_is_said(
    box: Callable[..., Path], eir: str, version: str, name: str, match: str
) -> None:
    with pytest.raises(TwinError, match=match):
        heat_pump_from_idf(model(box, eir=eir, version=version), name)
