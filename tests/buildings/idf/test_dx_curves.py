"""A user's own split or VRF unit: EnergyPlus' equations by hand, in a plant, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from buildings.idf.dx_curves import direct_expansion_from_idf
from buildings.systems.performance_curves import machine_capacity_w, machine_input_w
from buildings.systems.plant import cooling_power_w, heating_power_w, load_plant
from weather.errors import TwinError

BEFORE = "Exterior:Lights,Car park"
CURVES = """
Curve:Biquadratic,CapFT,0.76,0.0147,0.00001,0.0015,-0.00006,-0.0002,12,24,18,46;
Curve:Biquadratic,EirFT,0.34,0.035,-0.0006,0.005,0.0004,-0.0007,12,23,20,46;
Curve:Cubic,HeatCapFT,0.76,0.0276,0.00015,0.0000035,-20,20;
Curve:Cubic,HeatEirFT,1.19,-0.03,0.001,-0.00002,-18,20;
Curve:Linear,Plf,0.85,0.15,0,1;
Curve:Quadratic,Bent,0.75,0.35,-0.1,0,1;
Curve:Quadratic,Falling,1.2,-0.3,0.1,0,1;
Curve:Biquadratic,Flat,1,0,0,0,0,0,10,30,-20,50;
Curve:Biquadratic,Hot,1.2,0,0,-0.01,0,0,10,30,-20,50;
Curve:Linear,Edge,20,0,10,30;
Curve:Linear,OtherEdge,25,0,10,30;
Curve:Cubic,LowPlr,0.1,0.7,0.1,0.1,0.2,1;
"""
COOLING = """
Coil:Cooling:DX:SingleSpeed,Split,,{size},0.75,3.2,0.3,,,in,out,{cap},Plf,EirFT,Plf,{plf};
"""
HEATING = """
Coil:Heating:DX:SingleSpeed,Split,,8000,3.5,0.3,,,in,out,HeatCapFT,Plf,HeatEirFT,Plf,Plf;
"""
VRF = """
AirConditioner:VariableRefrigerantFlow,Roof,,30000,3.3,-5,43,Flat,Edge,Hot,Flat,{edge},Hot,LowPlr,,,Plf,
  32000,1,3.6,-20,16,Flat,,,Flat,,,{bulb},LowPlr,,,Plf,0.2;
"""


def file(box: Callable[..., Path], objects: str, version: str = "25.2", **fields: str) -> Path:
    usual = {"size": "7000", "cap": "CapFT", "plf": "Plf", "edge": "Edge", "bulb": "DryBulbTemperature"}
    return box((BEFORE, CURVES + objects.format(**(usual | fields)) + BEFORE), version=version)


def test_a_coil_cools_as_energyplus_equations(box: Callable[..., Path]) -> None:
    """Total capacity over entering wet bulb and outdoor air, input by run time with PLF = 0.85 + 0.15 r."""
    read = direct_expansion_from_idf(file(box, COOLING), "split")
    assert read.cooling is not None
    assert read.heating is None
    machine = read.cooling.load()[0]
    for x, y, r in ((19.0, 35.0, 1.0), (17.0, 30.0, 0.4)):
        capacity = 7000.0 * (
            0.76 + 0.0147 * x + 0.00001 * x**2 + 0.0015 * y - 0.00006 * y**2 - 0.0002 * x * y
        )
        eir = 0.34 + 0.035 * x - 0.0006 * x**2 + 0.005 * y + 0.0004 * y**2 - 0.0007 * x * y
        assert machine_capacity_w(y, 24.0, x, machine) == pytest.approx(capacity)
        power = capacity / 3.2 * eir * r / (0.85 + 0.15 * r)
        assert machine_input_w(r, capacity, y, 24.0, x, machine) == pytest.approx(power)
    # the narrower of both ranges
    assert tuple(machine["range"]) == (12.0, 23.0, 20.0, 46.0)


def test_a_coil_heats_over_the_outdoor_air_alone(box: Callable[..., Path]) -> None:
    read = direct_expansion_from_idf(file(box, HEATING), "Split")
    assert read.heating is not None
    assert read.cooling is None
    machine = read.heating.load(16e3)[0]
    y = -4.0
    capacity = 16e3 * (0.76 + 0.0276 * y + 0.00015 * y**2 + 0.0000035 * y**3)
    assert machine_capacity_w(y, -5.0, 0.0, machine) == pytest.approx(capacity)
    eir = 1.19 - 0.03 * y + 0.001 * y**2 - 0.00002 * y**3
    power = machine_input_w(1.0, capacity, y, -5.0, 0.0, machine)
    assert power == pytest.approx(capacity / 3.5 * eir)


def test_a_vrf_unit_in_a_plant(box: Callable[..., Path]) -> None:
    read = direct_expansion_from_idf(file(box, VRF), "roof")
    assert read.cooling is not None
    assert read.heating is not None
    plant = load_plant("vrf_2010", 30e3)
    plant["cooling"], plant["heating"] = read.cooling.load()[0], read.heating.load()[0]
    plant["terminal_fan"] = plant["chilled_pump"] = 0.0
    # above 20 degC the second pair of curves, both 1.2 - 0.01 y
    q = 30e3 * (1.2 - 0.3)
    assert machine_capacity_w(30.0, 25.0, 19.0, plant["cooling"]) == pytest.approx(q)
    assert cooling_power_w(q, 30.0, 25.0, 19.0, plant) == pytest.approx(q / 3.3 * 0.9)
    assert machine_capacity_w(15.0, 12.0, 19.0, plant["cooling"]) == pytest.approx(30e3)
    assert plant["heating"]["y_source"] == 0
    half = 0.1 + 0.7 * 0.5 + 0.1 * 0.25 + 0.1 * 0.125
    assert heating_power_w(16e3, 10.0, 8.0, plant)[0] == pytest.approx(32e3 / 3.6 * half)


def test_what_is_told(box: Callable[..., Path]) -> None:
    texts = [note.text for note in direct_expansion_from_idf(file(box, COOLING, plf="Bent"), "Split").notes]
    assert any("'Bent'" in text for text in texts)
    assert any("defrosting" in text for text in texts)


@pytest.mark.parametrize(
    ("objects", "name", "fields", "match"),
    [
        (COOLING, "Other", {}, "no VRF unit named 'Other'"),
        (COOLING, "Split", {"version": "24.1"}, "Upgrade the file"),
        (COOLING, "Split", {"cap": "Edge"}, "SPLIT.*|no curve 'Edge'"),
        (COOLING, "Split", {"plf": "Falling"}, "'Falling' is"),
        (COOLING, "Split", {"size": "many"}, "no number"),
        (VRF, "Roof", {"edge": "OtherEdge"}, "same boundary"),
    ],
)
def test_what_is_refused(
    box: Callable[..., Path], objects: str, name: str, fields: dict[str, str], match: str
) -> None:
    with pytest.raises(TwinError, match=match) as told:
        direct_expansion_from_idf(file(box, objects, **fields), name)
    assert told.value.file is not None
