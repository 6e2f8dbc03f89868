"""A user's model over days of our choice: one run period, enough warm-up, everything else as it is."""

from __future__ import annotations

from pathlib import Path

from buildings.energyplus.dictionary import engine_version, idf_class
from buildings.energyplus.version import check_version

WARMUP_DAYS = 60


def write_with_run_period(
    idf: Path, target: Path, first: tuple[int, int], last: tuple[int, int], weekday: str
) -> Path:
    """Copy a model with one run period in place of its own.

    Parameters
    ----------
    idf, target : pathlib.Path
    first, last : (month, day)
    weekday : str
        English name of the first day's weekday.

    Returns
    -------
    pathlib.Path
        `target`.

    Raises
    ------
    TwinError
        A file that is no model of the installed engine's version.
    """
    check_version(idf, engine_version())
    model = idf_class()(str(idf))
    model.idfobjects["RUNPERIOD"].clear()
    model.newidfobject(
        "RUNPERIOD",
        Name="days",
        Begin_Month=first[0],
        Begin_Day_of_Month=first[1],
        End_Month=last[0],
        End_Day_of_Month=last[1],
        Day_of_Week_for_Start_Day=weekday,
        Use_Weather_File_Holidays_and_Special_Days="No",
        Use_Weather_File_Daylight_Saving_Period="No",
        Apply_Weekend_Holiday_Rule="No",
        Use_Weather_File_Rain_Indicators="No",
        Use_Weather_File_Snow_Indicators="No",
    )
    for control in model.idfobjects["SIMULATIONCONTROL"]:
        control.Run_Simulation_for_Sizing_Periods = "No"
        control.Run_Simulation_for_Weather_File_Run_Periods = "Yes"
    for building in model.idfobjects["BUILDING"]:
        building.Maximum_Number_of_Warmup_Days = WARMUP_DAYS
    model.outputtype = "nocomment"  # units beside every field take eppy longer than the engine takes
    model.saveas(str(target), encoding="utf-8")
    return target
