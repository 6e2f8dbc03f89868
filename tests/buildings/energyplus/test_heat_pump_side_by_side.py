"""A plant-loop heat pump of EnergyPlus beside ours, read from the very same IDF, step by step."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from buildings.energyplus.dictionary import engine_version
from buildings.energyplus.process import run_idf
from buildings.idf.heat_pump_curves import heat_pump_from_idf
from buildings.systems.component import (
    ELECTRICITY,
    N_CONDITIONS,
    N_FLOWS,
    TEMP_OUT,
    TEMP_SUPPLY,
    WET_BULB_OUT,
)
from buildings.systems.frost import frost_factors
from buildings.systems.heat_pump import HEAT_PUMP
from buildings.systems.heat_pump_products import load_heat_pump_curves
from weather import load_weather
from weather.epw_writer import write_epw

Series = dict[str, NDArray[np.float64]]

IDF = """
Version,{version};
Timestep,4;
Building,Plant alone,0,Suburbs,0.04,0.04,FullExterior,25,6;
GlobalGeometryRules,UpperLeftCorner,CounterClockWise,Relative;
SimulationControl,No,No,No,No,Yes;
RunPeriod,Season,{month},1,2025,{month},28,2025,Wednesday,No,No,No,No,No;
ScheduleTypeLimits,Any;
Schedule:Constant,Always,Any,1;
Schedule:Constant,Supply,Any,{supply};
Schedule:Compact,Load,Any,Through: 12/31,For: AllDays,Until: 4:00,{sign}6000,Until: 8:00,{sign}12000,
  Until: 12:00,{sign}20000,Until: 16:00,{sign}9000,Until: 20:00,{sign}26000,Until: 24:00,{sign}3000;
PlantLoop,Loop,Water,,Operation,Supply out,80,1,0.004,0,0.2,Supply in,Supply out,Supply branches,,Demand in,
  Demand out,Demand branches,,SequentialLoad;
SetpointManager:Scheduled,Set,Temperature,Supply,Supply out;
PlantEquipmentOperationSchemes,Operation,PlantEquipmentOperation:{mode}Load,Range,Always;
PlantEquipmentOperation:{mode}Load,Range,0,1000000,Machines;
PlantEquipmentList,Machines,HeatPump:PlantLoop:EIR:{mode},Roof unit;
BranchList,Supply branches,Supply branch;
Branch,Supply branch,,Pump:ConstantSpeed,Pump,Supply in,Between,
  HeatPump:PlantLoop:EIR:{mode},Roof unit,Between,Supply out;
Pump:ConstantSpeed,Pump,Supply in,Between,0.004,1000,6,1,0,Continuous;
BranchList,Demand branches,Demand branch;
Branch,Demand branch,,LoadProfile:Plant,Profile,Demand in,Demand out;
LoadProfile:Plant,Profile,Demand in,Demand out,Load,0.004,Always;
OutdoorAir:Node,Air in;
HeatPump:PlantLoop:EIR:{mode},Roof unit,Between,Supply out,AirSource,Air in,Air out,,,,0.004,3.0,,40000,3.3,,
  CapFT,EirFT,EirFPLR,{sizing}Load,ConstantFlow,0.25,-18,48{defrost};
{curves}
Curve:Cubic,EirFPLR,0.9,-0.5,0.4,0.2,0.0,1;
Output:SQLite,Simple;
Output:Variable,*,Heat Pump Electricity Rate,Timestep;
Output:Variable,*,Heat Pump Load Side Heat Transfer Rate,Timestep;
Output:Variable,*,Heat Pump Part Load Ratio,Timestep;
Output:Variable,*,Site Outdoor Air Drybulb Temperature,Timestep;
Output:Variable,*,Site Outdoor Air Wetbulb Temperature,Timestep;
"""
HEATING = """
Curve:Biquadratic,CapFT,0.95,-0.004,0.00002,0.03,0.0001,-0.0001,25,55,-15,20;
Curve:Biquadratic,EirFT,0.8,0.012,0.0001,-0.02,0.0003,-0.0002,25,60,-20,20;
"""
COOLING = """
Curve:Biquadratic,CapFT,1.0433825,0.0407073,0.0004506,-0.0041514,-0.0000886,-0.0003467,5,10,12.7,51.67;
Curve:Biquadratic,EirFT,0.5961907,-0.0099493,0.0007888,0.0004506,0.0004875,-0.0007623,5,10,12.7,51.67;
"""
WINTER = {
    "mode": "Heating", "month": "1", "supply": "45", "sign": "", "sizing": ",,", "curves": HEATING,
}  # fmt: skip
SUMMER = {
    "mode": "Cooling", "month": "7", "supply": "7", "sign": "-", "sizing": "", "curves": COOLING,
}  # fmt: skip


def energyplus(folder: Path, fields: dict[str, str], defrost: str) -> tuple[Path, Series]:
    """The model's file, and its series."""
    model = folder / "model.idf"
    model.write_text(IDF.format(version=engine_version(), defrost=defrost, **fields))
    epw = write_epw(load_weather("shanghai"), folder / "weather.epw")
    done = run_idf(model, epw, folder / "out")
    series: Series = {}
    with sqlite3.connect(done.sql) as book:
        names = book.execute("select ReportDataDictionaryIndex, Name from ReportDataDictionary").fetchall()
        for index, name in names:
            query = "select Value from ReportData where ReportDataDictionaryIndex = ? order by TimeIndex"
            series[name] = np.array([row[0] for row in book.execute(query, (index,))])
    return model, series


def ours(model: Path, series: Series, supply: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Electricity for the same heat or cold, and the most output [W]; EnergyPlus loses nothing by cycling."""
    read = heat_pump_from_idf(model, "Roof unit")
    parameters = load_heat_pump_curves(read.curves, read.operation, 40e3) | {"cycling": 1.0}
    p, none = HEAT_PUMP.pack(read.serves, parameters), np.zeros(0)
    output = series["Heat Pump Load Side Heat Transfer Rate"]
    used, most = np.zeros(len(output)), np.zeros(len(output))
    c, flows = np.zeros(N_CONDITIONS), np.zeros(N_FLOWS)
    c[TEMP_SUPPLY] = supply
    for k, load in enumerate(np.abs(output)):
        c[TEMP_OUT] = series["Site Outdoor Air Drybulb Temperature"][k]
        c[WET_BULB_OUT] = series["Site Outdoor Air Wetbulb Temperature"][k]
        most[k] = HEAT_PUMP.limits(p, none, c)[1]
        HEAT_PUMP.step(p, none, min(load, most[k]), c, flows)
        used[k] = -flows[ELECTRICITY]
    return used, most


@pytest.mark.parametrize("fields", [WINTER, SUMMER], ids=["January", "July"])
def test_electricity_is_energyplus_own(
    tmp_path: Path, figure: Callable[[str], None], fields: dict[str, str]
) -> None:
    """28 days of Shanghai, from cycling to two thirds of the capacity."""
    model, series = energyplus(tmp_path, fields, "")
    used, most = ours(model, series, float(fields["supply"]))
    theirs = series["Heat Pump Electricity Rate"]
    share = np.abs(series["Heat Pump Load Side Heat Transfer Rate"]) / most
    worst = np.abs(used / theirs - 1.0).max()
    figure(f"{fields['mode']} beside EnergyPlus: largest difference of a step {worst:.1e}")
    assert len(theirs) == 28 * 96
    assert share.min() < 0.2
    assert share.max() > 0.5
    assert worst < 1e-9


def test_frost_takes_the_capacity_that_energyplus_takes(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """Heat over part load is their frosted capacity. Their electricity is not compared.

    It falls as frost grows: EnergyPlus 25.2 multiplies the input of the heat delivered by the factor of the
    frosted coil's input, and does not divide it by that of the output.
    """
    defrost = ",,,,5,OnDemand,,DefrostEIR;\nCurve:Biquadratic,DefrostEIR,0.1528,0,0,0,0,0,-100,100,-100,100"
    model, series = energyplus(tmp_path, WINTER, defrost)
    _, most = ours(model, series, 45.0)
    part = series["Heat Pump Part Load Ratio"]
    outdoor = (series[f"Site Outdoor Air {bulb} Temperature"] for bulb in ("Drybulb", "Wetbulb"))
    # where the air is too dry to frost ours is dry, and EnergyPlus' coil is not
    frosted = np.array([frost_factors(*pair)[0] < 1.0 for pair in zip(*outdoor, strict=True)])
    known = frosted & (part > 0.26) & (part < 0.99)
    theirs = series["Heat Pump Load Side Heat Transfer Rate"][known] / part[known]
    difference = 100.0 * (most[known] / theirs - 1.0)
    figure(f"frosted capacity: {difference.min():+.1f} to {difference.max():+.1f} %")
    assert known.sum() > 200
    assert most[known] == pytest.approx(theirs, rel=0.02)
