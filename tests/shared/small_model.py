"""Text of a small EnergyPlus model: a room, a loft, and places for variants."""

from __future__ import annotations

BOX = """
Version,{version};  ! a comment; with a semicolon
Building,Box,30,Suburbs,0.04,0.2,{solar},25,6;
GlobalGeometryRules,UpperLeftCorner,CounterClockWise,Relative;
Timestep,4;
Site:GroundTemperature:BuildingSurface,10,11,12,13,14,15,16,17,18,19,20,21;
Zone,Room,0,0,0,0,1,{multiplier};
Zone,Loft,0,0,0,3,1,{multiplier};
Material,Brick,Rough,0.2,0.8,1800,840,0.9,0.7,0.7;
Material,Slab,MediumRough,0.15,1.7,2300,900,0.9,0.6,0.6;
Material:NoMass,Wool,Smooth,2.5,0.9,0.5,0.5;
Construction,Wall,Wool,Brick;
Construction,Deck,Slab;
Construction,Roofing,Wool;
WindowMaterial:SimpleGlazingSystem,Glass,1.8,0.4;
Construction,Window,Glass;
BuildingSurface:Detailed,South,Wall,Wall,Room,{space}Outdoors,,SunExposed,WindExposed,,4,
  0,0,3, 0,0,0, 8,0,0, 8,0,3;
BuildingSurface:Detailed,East,Wall,Wall,Room,{space}Outdoors,,SunExposed,WindExposed,,4,
  8,0,3, 8,0,0, 8,5,0, 8,5,3;
BuildingSurface:Detailed,North,Wall,Wall,Room,{space}Outdoors,,SunExposed,WindExposed,,4,
  8,5,3, 8,5,0, 0,5,0, 0,5,3;
BuildingSurface:Detailed,West,Wall,Wall,Room,{space}Adiabatic,,NoSun,NoWind,,4,
  0,5,3, 0,5,0, 0,0,0, 0,0,3;
BuildingSurface:Detailed,Ground floor,Floor,Deck,Room,{space}Ground,,NoSun,NoWind,,4,
  0,0,0, 0,5,0, 8,5,0, 8,0,0;
BuildingSurface:Detailed,Room ceiling,Ceiling,Deck,Room,{space}Surface,Loft floor,NoSun,NoWind,,4,
  0,5,3, 0,0,3, 8,0,3, 8,5,3;
BuildingSurface:Detailed,Loft floor,Floor,Deck,Loft,{space}Surface,Room ceiling,NoSun,NoWind,,4,
  0,0,0, 0,5,0, 8,5,0, 8,0,0;
BuildingSurface:Detailed,Roof,Roof,Roofing,Loft,{space}Outdoors,,SunExposed,WindExposed,,4,
  0,5,1, 0,0,1, 8,0,1, 8,5,1;
BuildingSurface:Detailed,Loft south,Wall,Wall,Loft,{space}Outdoors,,SunExposed,WindExposed,,4,
  0,0,1, 0,0,0, 8,0,0, 8,0,1;
BuildingSurface:Detailed,Loft east,Wall,Wall,Loft,{space}Outdoors,,SunExposed,WindExposed,,4,
  8,0,1, 8,0,0, 8,5,0, 8,5,1;
BuildingSurface:Detailed,Loft north,Wall,Wall,Loft,{space}Outdoors,,SunExposed,WindExposed,,4,
  8,5,1, 8,5,0, 0,5,0, 0,5,1;
BuildingSurface:Detailed,Loft west,Wall,Wall,Loft,{space}Outdoors,,SunExposed,WindExposed,,4,
  0,5,1, 0,5,0, 0,0,0, 0,0,1;
FenestrationSurface:Detailed,Pane: south,Window,Window,South,,,,1,4,
  2,0,2.5, 2,0,1, 6,0,1, 6,0,2.5;
FenestrationSurface:Detailed,Door,Door,Wall,East,,,,1,4,
  8,1,2, 8,1,0, 8,2,0, 8,2,2;
InternalMass,Furniture,Deck,Room,{space}20;
ScheduleTypeLimits,Any;
Schedule:Compact,Office hours,Any,Through: 6/30,For: Weekdays SummerDesignDay,Until: 8:00,0,Until: 18:00,1,
  Until: 24:00,0.1,For: AllOtherDays,Until: 24:00,0,
  Through: 12/31,For: Weekdays,Until: 9:00,0,Until: 17:00,0.8,Until: 24:00,0,
  For: AllOtherDays,Until: 24:00,0.05;
Schedule:Constant,Activity,Any,120;
Schedule:Constant,Four,Any,4;
Schedule:Constant,Always,Any,1;
Schedule:Constant,Twenty,Any,20;
Schedule:Compact,Cool hours,Any,Through: 12/31,For: Weekdays,Until: 7:30,99,Until: 18:00,26,Until: 24:00,99,
  For: AllOtherDays,Until: 24:00,99;
People,Crowd,Room,Office hours,Area/Person,,,10,0.3,autocalculate,Activity;
Lights,Lamps,Room,Office hours,Watts/Area,,9,,0,0.4,0.2,1;
ElectricEquipment,Plugs,Room,Office hours,EquipmentLevel,400,,,0,0.5,0;
GasEquipment,Stove,Room,Always,EquipmentLevel,200,,,0.2,0.3,0.4;
ZoneInfiltration:DesignFlowRate,Cracks,Room,Office hours,Flow/ExteriorWallArea,,,0.0003,,0,0,0.224,0;
ZoneInfiltration:DesignFlowRate,Door leak,Room,Always,Flow/Zone,0.01,,,,1,0,0,0;
ZoneInfiltration:DesignFlowRate,Loft air,Loft,Always,AirChanges/Hour,,,,1.5,1,0,0,0;
ThermostatSetpoint:DualSetpoint,Both,Twenty,Cool hours;
ZoneControl:Thermostat,Room control,Room,Four,ThermostatSetpoint:DualSetpoint,Both;
Exterior:Lights,Car park,Office hours,500,ScheduleNameOnly;
"""
