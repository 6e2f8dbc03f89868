"""An EnergyPlus model under construction: eppy's IDF, names that both sides understand, and series.

EnergyPlus ignores case and reads Latin letters best; our names may hold any script. A name that both can bear
stays as it is, another becomes `zone 3`; `Names` remembers both, so that messages can speak the user's words.
"""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.energyplus.dictionary import engine_version, idf_class

SERIES_FILE = "schedules.csv"
_ANY = "any number"


class Names:
    """Names in the model of things that the description names; unique without regard to case."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()
        self.meaning: dict[str, str] = {}

    def of(self, kind: str, name: str) -> str:
        """Name in the model of the `kind` (zone, surface, window, ...) called `name`."""
        key = (kind, name)
        if key not in self._given:
            wanted = name if name.isascii() else f"{kind} {len(self._given) + 1}"
            given, number = wanted, 1
            while f"{kind}/{given.upper()}" in self._taken:
                number += 1
                given = f"{wanted} {number}"
            self._taken.add(f"{kind}/{given.upper()}")
            self._given[key] = given
            self.meaning[given.upper()] = name
        return self._given[key]


class Model:
    """eppy's IDF with the series that its schedules read.

    Attributes
    ----------
    idf : eppy IDF
    names : Names
    """

    def __init__(self, minutes: int) -> None:
        self.idf: Any = idf_class()(StringIO(f"Version,{engine_version()};\n"))
        self.names = Names()
        self.minutes = minutes
        self._series: dict[bytes, str] = {}
        self._columns: list[NDArray[np.float64]] = []
        self._column_names: list[str] = []
        self.add("ScheduleTypeLimits", Name=_ANY)

    def add(self, kind: str, **fields: Any) -> Any:
        """Add an object of a class; field names with underscores, as eppy spells them."""
        return self.idf.newidfobject(kind.upper(), **fields)

    def series(self, label: str, values: NDArray[np.float64]) -> str:
        """Name of the schedule that holds a year of values at the marching step; equal series share one.

        A value that never changes becomes `Schedule:Constant`, others a column of one CSV file.
        """
        values = np.ascontiguousarray(values, dtype=float)
        key = values.tobytes()
        if key in self._series:
            return self._series[key]
        name = f"{label if label.isascii() else 'series'} {len(self._series) + 1}"
        if np.all(values == values[0]):
            self.add(
                "Schedule:Constant", Name=name, Schedule_Type_Limits_Name=_ANY, Hourly_Value=float(values[0])
            )
        else:
            self._columns.append(values)
            self._column_names.append(name)
            self.add(
                "Schedule:File",
                Name=name,
                Schedule_Type_Limits_Name=_ANY,
                File_Name=SERIES_FILE,
                Column_Number=len(self._columns),
                Rows_to_Skip_at_Top=1,
                Number_of_Hours_of_Data=8760,
                Column_Separator="Comma",
                Interpolate_to_Timestep="No",
                Minutes_per_Item=self.minutes,
                Adjust_Schedule_for_Daylight_Savings="No",
            )
        self._series[key] = name
        return name

    def constant(self, value: float) -> str:
        """Name of a schedule of one value."""
        return self.series(f"constant {value:g}", np.full(1, float(value)))

    def save(self, folder: Path, name: str = "in.idf") -> Path:
        """Write the model and its series into a folder; returns the path of the IDF."""
        path = folder / name
        self.idf.saveas(str(path), encoding="utf-8")
        if self._columns:
            import pandas as pd

            table = pd.DataFrame(dict(zip(self._column_names, self._columns, strict=True)))
            table.to_csv(folder / SERIES_FILE, index=False, float_format="%.7g")
        return path
