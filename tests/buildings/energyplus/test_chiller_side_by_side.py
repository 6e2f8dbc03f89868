"""A chiller with its cooling tower in EnergyPlus beside ours, read from the very same IDF, step by step."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from buildings.energyplus.dictionary import engine_version
from buildings.energyplus.process import run_idf
from buildings.idf.chiller_curves import chiller_from_idf
from buildings.systems.chiller import CHILLER, load_chiller_curves
from buildings.systems.component import (
    ELECTRICITY,
    N_CONDITIONS,
    N_FLOWS,
    TEMP_OUT,
    TEMP_SUPPLY,
    WET_BULB_OUT,
)
from buildings.systems.cooling_tower import load_tower
from weather import load_weather
from weather.epw_writer import write_epw

Array = NDArray[np.float64]
Series = dict[str, Array]
CAPACITY, CONDENSER_WATER, FAN = 1.4066e6, 0.07571, 9000.0

IDF = """
Version,{version};
Timestep,4;
Building,Plant alone,0,Suburbs,0.04,0.04,FullExterior,25,6;
GlobalGeometryRules,UpperLeftCorner,CounterClockWise,Relative;
SimulationControl,No,No,No,No,Yes;
RunPeriod,Summer,7,14,2025,7,20,2025,Monday,No,No,No,No,No;
ScheduleTypeLimits,Any;
Schedule:Constant,Always,Any,1;
Schedule:Constant,Supply,Any,{supply};
Schedule:Constant,Tower,Any,{tower};
Schedule:Compact,Load,Any,Through: 12/31,For: AllDays,Until: 6:00,-90000,Until: 8:00,-300000,
  Until: 11:00,-700000,Until: 14:00,-1000000,Until: 17:00,-1150000,Until: 20:00,-600000,Until: 24:00,-200000;
PlantLoop,Loop,Water,,Operation,Supply out,80,1,0.06057,0,5,Supply in,Supply out,Supply branches,,Demand in,
  Demand out,Demand branches,,SequentialLoad;
SetpointManager:Scheduled,Set,Temperature,Supply,Supply out;
PlantEquipmentOperationSchemes,Operation,PlantEquipmentOperation:CoolingLoad,Range,Always;
PlantEquipmentOperation:CoolingLoad,Range,0,100000000,Machines;
PlantEquipmentList,Machines,Chiller:Electric:EIR,Chiller;
BranchList,Supply branches,Supply branch;
Branch,Supply branch,,Pump:ConstantSpeed,Pump,Supply in,Between,
  Chiller:Electric:EIR,Chiller,Between,Supply out;
Pump:ConstantSpeed,Pump,Supply in,Between,0.06057,100000,9000,1,0,Continuous;
BranchList,Demand branches,Demand branch;
Branch,Demand branch,,LoadProfile:Plant,Profile,Demand in,Demand out;
LoadProfile:Plant,Profile,Demand in,Demand out,Load,0.06057,Always;
Chiller:Electric:EIR,Chiller,1406600,6.04,6.67,29.44,0.06057,0.07571,CapFT,EirFT,EirFPLR,0.20,1.04,1.0,0.20,
  Between,Supply out,{condenser};
Curve:Biquadratic,CapFT,{capacity};
Curve:Biquadratic,EirFT,{eir};
Curve:{load};
{heat}
Output:SQLite,Simple;
Output:Variable,*,Chiller Electricity Rate,Timestep;
Output:Variable,*,Chiller Evaporator Cooling Rate,Timestep;
Output:Variable,*,Chiller Condenser Inlet Temperature,Timestep;
Output:Variable,*,Cooling Tower Fan Electricity Rate,Timestep;
Output:Variable,*,Pump Electricity Rate,Timestep;
Output:Variable,*,Site Outdoor Air Drybulb Temperature,Timestep;
Output:Variable,*,Site Outdoor Air Wetbulb Temperature,Timestep;
"""
TOWER = """
CondenserLoop,Condenser loop,Water,,Condenser operation,Tower out,80,5,0.07571,0,10,Tower in,Tower out,
  Tower branches,Tower connectors,Condenser start,Condenser end,Condenser branches,Condenser connectors,
  SequentialLoad;
SetpointManager:Scheduled,Tower set,Temperature,Tower,Tower out;
CondenserEquipmentOperationSchemes,Condenser operation,PlantEquipmentOperation:CoolingLoad,Tower range,Always;
PlantEquipmentOperation:CoolingLoad,Tower range,0,100000000,Towers;
CondenserEquipmentList,Towers,CoolingTower:VariableSpeed,Cell;
BranchList,Tower branches,Pump branch,Tower branch,Tower exit;
ConnectorList,Tower connectors,Connector:Splitter,Tower splitter,Connector:Mixer,Tower mixer;
Connector:Splitter,Tower splitter,Pump branch,Tower branch;
Connector:Mixer,Tower mixer,Tower exit,Tower branch;
Branch,Pump branch,,Pump:ConstantSpeed,Condenser pump,Tower in,Pumped;
Branch,Tower branch,,CoolingTower:VariableSpeed,Cell,Cell in,Cell out;
Branch,Tower exit,,Pipe:Adiabatic,Tower pipe,Mixed,Tower out;
Pipe:Adiabatic,Tower pipe,Mixed,Tower out;
Pump:ConstantSpeed,Condenser pump,Tower in,Pumped,0.07571,150000,22000,1,0,Continuous;
BranchList,Condenser branches,Condenser entry,Condenser branch,Condenser exit;
ConnectorList,Condenser connectors,Connector:Splitter,Condenser splitter,Connector:Mixer,Condenser mixer;
Connector:Splitter,Condenser splitter,Condenser entry,Condenser branch;
Connector:Mixer,Condenser mixer,Condenser exit,Condenser branch;
Branch,Condenser entry,,Pipe:Adiabatic,Entry pipe,Condenser start,Entered;
Pipe:Adiabatic,Entry pipe,Condenser start,Entered;
Branch,Condenser branch,,Chiller:Electric:EIR,Chiller,Condenser in,Condenser out;
Branch,Condenser exit,,Pipe:Adiabatic,Exit pipe,Left,Condenser end;
Pipe:Adiabatic,Exit pipe,Left,Condenser end;
OutdoorAir:Node,Air;
CoolingTower:VariableSpeed,Cell,Cell in,Cell out,YorkCalc,,28,4,5,0.07571,60,9000,Cube,0.5,0.0,0,2,,
  SaturatedExit,0,,,,,,Air;
Curve:Cubic,Cube,0,0,0,1,0,1;
"""
VSD = {
    "capacity": "1.042261,.002644821,-.001468026,.01366256,-.0008302334,.001573579,4.44,10,12.78,34",
    "eir": "1.026340,-.01612819,-.001092591,-.01784393,.0007961842,-.00009586049,4.44,10,12.78,34",
    "load": "Quadratic,EirFPLR,1.188880E-01,6.723542E-01,2.068754E-01,0,1.04",
}
WATER = {
    **VSD, "supply": "7", "condenser": "Condenser in,Condenser out,WaterCooled,,1.0,2.0,ConstantFlow",
    "heat": TOWER,
}  # fmt: skip
AIR = {
    "supply": "7", "tower": "20", "heat": "OutdoorAir:Node,Air in;",
    "condenser": "Air in,Air out,AirCooled,0,1.0,2.0,ConstantFlow",
    "capacity": "1.0771665463,.0404645861,1.854396e-4,-.0050886345,-7.403e-5,-3.677e-4,5.56,10,4.44,46.11",
    "eir": ".5212180076,-.0110138414,.0004802646,.0053509451,.0003920247,-.0005347635,5.56,10,4.44,46.11",
    "load": "Quadratic,EirFPLR,.0105,.793,.2036,0,1.0",
}  # fmt: skip


def energyplus(folder: Path, fields: dict[str, str]) -> tuple[Path, Series]:
    """The model's file, and its series."""
    model = folder / "model.idf"
    model.write_text(IDF.format(version=engine_version(), **fields))
    epw = write_epw(load_weather("shanghai"), folder / "weather.epw")
    done = run_idf(model, epw, folder / "out")
    series: Series = {}
    with sqlite3.connect(done.sql) as book:
        query = "select ReportDataDictionaryIndex, KeyValue, Name from ReportDataDictionary"
        for index, key, name in book.execute(query).fetchall():
            values = book.execute(
                "select Value from ReportData where ReportDataDictionaryIndex = ? order by TimeIndex",
                (index,),
            )
            series[f"{key} {name}" if name.startswith("Pump") else name] = np.array([v[0] for v in values])
    return model, series


def ours(parameters: dict[str, float], series: Series) -> Array:
    """Electricity for the same cold at the same weather [W]."""
    p, none = CHILLER.pack("chilled_water", parameters), np.zeros(0)
    cold = series["Chiller Evaporator Cooling Rate"]
    used = np.zeros(len(cold))
    c, flows = np.zeros(N_CONDITIONS), np.zeros(N_FLOWS)
    c[TEMP_SUPPLY] = 7.0
    for k, load in enumerate(cold):
        c[TEMP_OUT] = series["Site Outdoor Air Drybulb Temperature"][k]
        c[WET_BULB_OUT] = series["Site Outdoor Air Wetbulb Temperature"][k]
        CHILLER.step(p, none, min(load, CHILLER.limits(p, none, c)[1]), c, flows)
        used[k] = -flows[ELECTRICITY]
    return used


def spread(mine: Array, theirs: Array) -> float:
    """CV(RMSE) of hours [%]."""
    a, b = (x.reshape(-1, 4).mean(axis=1) for x in (mine, theirs))
    return float(100.0 * np.sqrt(np.mean((a - b) ** 2)) / b.mean())


@pytest.mark.parametrize("tower", [29.0, 31.0], ids=["tower mostly at full speed", "tower that slows down"])
def test_water_cooled_chiller_with_its_tower(
    tmp_path: Path, figure: Callable[[str], None], tower: float
) -> None:
    """A week of July in Shanghai, from cycling to four fifths: chiller, tower fan and condenser pump.

    Set-points are above the wet bulb: below it EnergyPlus' tower makes water colder than the wet bulb.
    """
    model, series = energyplus(tmp_path, {**WATER, "tower": str(tower)})
    read = chiller_from_idf(model, "Chiller")
    parameters = load_chiller_curves(read.curves, CAPACITY, like="centrifugal_vsd", supply_least=2.0) | {
        "cycling": 1.0, "chilled_pump": 0.0, "condenser_pump": 22000.0, "fan": FAN, "tower_set": tower,
        "condenser_flow": CONDENSER_WATER * 4.18e6, "tower": load_tower(4.0, 5.0, 28.0), "fan_least": 0.5,
    }  # fmt: skip
    used = ours(parameters, series)
    theirs = series["Chiller Electricity Rate"] + series["Cooling Tower Fan Electricity Rate"]
    theirs = theirs + series["CONDENSER PUMP Pump Electricity Rate"]
    cv, bias = spread(used, theirs), 100.0 * (used.sum() / theirs.sum() - 1.0)
    figure(f"chiller and tower beside EnergyPlus: CV(RMSE) {cv:.2f} %, week {bias:+.2f} %")
    assert len(used) == 7 * 96
    assert cv < 2.0
    assert abs(bias) < 1.0


def test_air_cooled_chiller_is_energyplus_own(tmp_path: Path, figure: Callable[[str], None]) -> None:
    model, series = energyplus(tmp_path, AIR)
    read = chiller_from_idf(model, "Chiller")
    parameters = load_chiller_curves(read.curves, CAPACITY, like="air_scroll", supply_least=2.0)
    used = ours(parameters | {"cycling": 1.0, "chilled_pump": 0.0}, series)
    worst = np.abs(used / series["Chiller Electricity Rate"] - 1.0).max()
    figure(f"air-cooled chiller: largest difference of a step {worst:.1e}")
    assert worst < 1e-6
