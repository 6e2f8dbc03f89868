"""Which column of which file is which point of the twin: a small YAML beside the measured files (测点映射).

schema: 1
zone: Asia/Shanghai            # of times that do not say their offset
connection: 800 kW             # what the service can carry
meters:
  - file: main.csv             # .csv, .parquet, .xlsx; or a folder that `twin run` wrote
    time: {column: time, label: end}
    rows: {meter: A-17}        # only these rows, where one table holds many meters
    readings:
      - {column: kWh, point: elec meter import, kind: counter, unit: kWh, scale: 80}
      - {column: T_301, point: Zone_Air_Temperature_Sensor, of: office north, unit: degC}
"""

from __future__ import annotations

import zoneinfo
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import AfterValidator, Field, ValidationError, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Key
from buildings.description.cross_checks import refuse
from buildings.description.validation_errors import as_twin_error
from buildings.description.yaml_text import Node, read_yaml
from twin.meters.points import Point, point_named
from weather.errors import TwinError

Kind = Literal["power", "energy", "counter", "state"]
_OFFSET = Annotated[str, Field(pattern=r"^[+-]\d{2}:\d{2}$")]
_UNITS = {"power": "kW", "energy": "kWh", "counter": "kWh"}
_BY_SECONDS = ("unix", "unix_ms")


def _zone(text: str) -> str:
    try:
        pd.Timestamp("2025-01-01", tz=text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, KeyError, TypeError, OSError):
        raise ValueError(f"'{text}' is no time zone; write for example Asia/Shanghai or +08:00") from None
    return text


def _shift(text: str) -> str:
    try:
        known = abs(pd.Timedelta(text)) <= timedelta(days=366)
    except (ValueError, OverflowError):
        known = False
    if not known:
        raise ValueError(f"'{text}' is no shift of a clock; write for example -8 h or 90 min")
    return text


Zone = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_zone)]


class TimeColumn(Described):
    """The times of a file's rows."""

    column: Key | tuple[Key, Key] = Field(description="Column of the times; or those of date and of clock.")
    format: Key | None = Field(
        default=None,
        description="As strptime writes it (%Y/%m/%d %H:%M), or unix or unix_ms; default is to recognise it.",
    )
    zone: Zone | None = Field(default=None, description="Of times without an offset; default the file's.")
    label: Literal["start", "end"] = Field(
        default="start", description="Whether a time is the start or the end of its interval."
    )
    shift: Annotated[str, AfterValidator(_shift)] = Field(
        default="0 min", description="What is added to the times, of a clock that is wrong."
    )


class Reading(Described):
    """One column."""

    column: Key = Field(description="Name of the column.")
    point: Key = Field(description="Point of the twin, Haystack tags, or a Brick class.")
    of: Key | None = Field(default=None, description="Zone of the project, for points of a zone.")
    kind: Kind | None = Field(
        default=None,
        description="power (mean of the interval), energy (of the interval), counter (running), or state.",
    )
    unit: Key | None = Field(default=None, description="Unit of the readings; default that of the point.")
    scale: Annotated[float, Field(gt=0, le=1e6)] = Field(
        default=1.0, description="What readings are multiplied by, such as the ratio of transformers (倍率)."
    )
    rollover: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="Reading at which a counter starts anew at 0, in its unit, before scale."
    )
    decimal: Literal[".", ","] | None = Field(
        default=None, description="Decimal sign of text; default is to recognise it."
    )

    @model_validator(mode="after")
    def _fits(self) -> Reading:
        try:
            point = point_named(self.point)
        except TwinError as error:
            raise refuse(error.what.rstrip("."), error.remedy, "point", zh=error.zh) from None
        if (point.scope == "zone") != (self.of is not None):
            say = "has no zone" if point.scope == "zone" else f"is no point of a zone, but of: {self.of}"
            raise refuse(f"the point {point.name} {say}", "Write of: NAME for points of zones alone.", "of")
        if self.kind is not None and (self.kind == "state") != (point.quantity != "power"):
            raise refuse(
                f"the point {point.name} is a {point.quantity}, which cannot be read as {self.kind}",
                "Powers are power, energy or counter; all else is state.",
                "kind",
            )
        if self.rollover is not None and self.kind != "counter":
            raise refuse(
                "rollover of what is no counter", "Leave it out, or write kind: counter.", "rollover"
            )
        if self.unit is not None:
            try:
                q.convert(1.0, self.unit, self.base_unit)
            except ValueError as error:
                what, _, remedy = str(error).rpartition("; ")
                raise refuse(what or remedy, remedy.capitalize(), "unit") from None
        return self

    @property
    def meant(self) -> Point:
        """The point."""
        return point_named(self.point)

    @property
    def read_as(self) -> Kind:
        """Kind of the readings."""
        return self.kind or ("power" if self.meant.quantity == "power" else "state")

    @property
    def base_unit(self) -> str:
        """What the readings are turned into: kW, kWh, or the point's unit."""
        return _UNITS.get(self.read_as, self.meant.unit)

    @property
    def series(self) -> str:
        """Column of the cleaned table."""
        return self.meant.name if self.of is None else f"{self.of}/{self.meant.name}"

    def to_base(self, value: float) -> float:
        """A reading, with its scale, in `base_unit`."""
        return q.convert(value * self.scale, self.unit or self.base_unit, self.base_unit)


class MeterFile(Described):
    """A file, or several of one form."""

    file: Key | Annotated[tuple[Key, ...], Field(min_length=1, max_length=400)] = Field(
        description="File or files, looked for beside the mapping; or the folder of a Run or a district."
    )
    building: Key | None = Field(
        default=None, description="Building or meter, of a folder that holds several."
    )
    sheet: Key | None = Field(default=None, description="Sheet of a workbook; default the first.")
    time: TimeColumn | None = Field(default=None, description="Times of the rows; a folder knows its own.")
    rows: Annotated[dict[Key, Key], Field(min_length=1, max_length=8)] | None = Field(
        default=None,
        description="Only rows whose columns hold these words, of a table of many meters or stations.",
    )
    readings: Annotated[tuple[Reading, ...], Field(min_length=1, max_length=500)] = Field(
        description="Columns that are read."
    )

    @property
    def files(self) -> tuple[str, ...]:
        """All files."""
        return (self.file,) if isinstance(self.file, str) else self.file


class Mapping(Described):
    """Everything that is measured at a building."""

    schema_version: Literal[1] = Field(default=1, alias="schema", description="Version of this form.")
    zone: Zone = Field(default="Asia/Shanghai", description="Zone of times that do not say their offset.")
    connection: q.ElectricPower | None = Field(
        default=None, description="Power that the service can carry [kW]; readings far beyond are no power."
    )
    step: Literal["1 min", "5 min", "10 min", "15 min", "30 min", "60 min"] = Field(
        default="60 min", description="Interval of the cleaned series."
    )
    meters: Annotated[tuple[MeterFile, ...], Field(min_length=1, max_length=200)] = Field(
        description="The files."
    )

    @model_validator(mode="after")
    def _once(self) -> Mapping:
        seen: set[str] = set()
        for i, one in enumerate(self.meters):
            for j, reading in enumerate(one.readings):
                if reading.series in seen:
                    raise refuse(
                        f"'{reading.series}' is told by two columns",
                        "Leave one out.",
                        "meters", i, "readings", j, "point",
                    )  # fmt: skip
                seen.add(reading.series)
        return self


def read_mapping(path: Path) -> tuple[Mapping, Node]:
    """Read a mapping.

    Parameters
    ----------
    path : Path

    Returns
    -------
    mapping : Mapping
    node : Node
        The file, for errors that name a line.

    Raises
    ------
    TwinError
        The first thing that is wrong, with file, line, key, value and remedy.
    """
    node = read_yaml(path)
    try:
        return Mapping.model_validate(node.plain()), node
    except ValidationError as error:
        raise as_twin_error(error, node, Mapping) from None
