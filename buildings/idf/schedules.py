"""Schedules of a model over one year, at any of EnergyPlus' forms, at quarters of an hour."""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from buildings.idf.model import Model, Record

STEPS_PER_DAY = 96
DAYS = 365
Values = NDArray[np.float64]
"""Values at quarters of an hour, shape (365, 96)."""

_KINDS = ("SCHEDULE:COMPACT", "SCHEDULE:CONSTANT", "SCHEDULE:YEAR", "SCHEDULE:FILE")
_WEEK_DAYS = ("SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_OTHER_DAYS = ("HOLIDAY", "SUMMERDESIGNDAY", "WINTERDESIGNDAY", "CUSTOMDAY1", "CUSTOMDAY2")
_GROUPS = {
    "ALLDAYS": _WEEK_DAYS,
    "WEEKDAYS": _WEEK_DAYS[1:6],
    "WEEKDAY": _WEEK_DAYS[1:6],
    "WEEKENDS": ("SUNDAY", "SATURDAY"),
    "WEEKEND": ("SUNDAY", "SATURDAY"),
}


class Schedules:
    """Every schedule of a model as values of one year without special days.

    Parameters
    ----------
    model : Model
    year : int
        Calendar year, not a leap year, that gives the weekdays.
    """

    def __init__(self, model: Model, year: int) -> None:
        self.model = model
        first = datetime.date(year, 1, 1)
        dates = [first + datetime.timedelta(days=d) for d in range(DAYS)]
        self.weekday = np.array([(d.weekday() + 1) % 7 for d in dates])  # 0 is Sunday, as EnergyPlus counts
        self.day_of = {(d.month, d.day): i for i, d in enumerate(dates)}
        self.day_of[2, 29] = self.day_of[2, 28]
        self._records = {r.name.upper(): r for r in model.all(*_KINDS)}
        self._days = {
            r.name.upper(): r
            for r in model.all("SCHEDULE:DAY:HOURLY", "SCHEDULE:DAY:INTERVAL", "SCHEDULE:DAY:LIST")
        }
        self._weeks = {r.name.upper(): r for r in model.all("SCHEDULE:WEEK:DAILY", "SCHEDULE:WEEK:COMPACT")}
        self._known: dict[str, Values] = {}

    def values(self, name: str, asked: Record) -> Values:
        """Values of a schedule; without a name it is always 1.

        Raises
        ------
        TwinError
            The schedule does not exist or cannot be read.
        """
        key = name.strip().upper()
        if not key:
            return np.ones((DAYS, STEPS_PER_DAY))
        if key not in self._known:
            record = self._records.get(key)
            if record is None:
                raise asked.wrong(f"its schedule '{name}' does not exist.", "Name a schedule of the model.")
            read = {
                "SCHEDULE:COMPACT": self._compact,
                "SCHEDULE:CONSTANT": self._constant,
                "SCHEDULE:YEAR": self._year,
                "SCHEDULE:FILE": self._file,
            }[record.kind]
            self._known[key] = read(record)
        return self._known[key]

    def _constant(self, record: Record) -> Values:
        return np.full((DAYS, STEPS_PER_DAY), record.number("Hourly_Value", 0.0))

    # --- compact ---------------------------------------------------------------------------------------

    def _compact(self, record: Record) -> Values:
        values = np.full((DAYS, STEPS_PER_DAY), np.nan)
        begin, end = 0, -1
        days: set[str] = set()
        seen: set[str] = set()
        minutes, at, interpolate = np.zeros(1440), 0, "NO"
        waiting: int | None = None
        for word in record.rest("Field_1"):
            text = word.strip()
            upper = text.upper()
            if upper.startswith("THROUGH"):
                begin, end = end + 1, self._date(_after(text, "THROUGH"), record)
                seen = set()
            elif upper.startswith("FOR"):
                days, at, interpolate = self._day_names(_after(text, "FOR"), seen, record), 0, "NO"
                minutes = np.zeros(1440)
                seen |= days
            elif upper.startswith("INTERPOLATE"):
                interpolate = _after(upper, "INTERPOLATE") or "NO"
            elif upper.startswith("UNTIL"):
                waiting = _minute(_after(text, "UNTIL"), record)
            elif waiting is not None:
                minutes[at:waiting] = _number(text, record)
                at, waiting = waiting, None
                if at == 1440:
                    self._lay(values, begin, end, days, _quarters(minutes, interpolate, self.model))
            else:
                raise record.wrong(
                    f"'{text}' stands where Through, For or Until is due.", "Mend the schedule."
                )
        return _complete(values, record)

    def _date(self, text: str, record: Record) -> int:
        found = _month_day(text)
        if found is None or found not in self.day_of:
            raise record.wrong(f"'{text}' is no day of the year.", "Write month/day such as 12/31.")
        return self.day_of[found]

    def _day_names(self, text: str, seen: set[str], record: Record) -> set[str]:
        found: set[str] = set()
        words = re.split(r"[\s,]+", text.strip().upper())
        for word in words:
            if not word:
                continue
            if word in _GROUPS:
                found |= set(_GROUPS[word])
                if word == "ALLDAYS":
                    found |= set(_OTHER_DAYS)
            elif word in ("ALLOTHERDAYS", "ALLOTHERDAY"):
                found |= {day for day in (*_WEEK_DAYS, *_OTHER_DAYS) if day not in seen}
            elif word in _WEEK_DAYS or word.rstrip("S") in (*_WEEK_DAYS, *_OTHER_DAYS):
                found.add(word if word in _WEEK_DAYS else word.rstrip("S"))
            else:
                raise record.wrong(f"'{word}' is no kind of day.", "Write Weekdays, AllOtherDays and so on.")
        return found

    def _lay(self, values: Values, begin: int, end: int, days: set[str], day: Values) -> None:
        for i in range(begin, end + 1):
            if _WEEK_DAYS[self.weekday[i]] in days:
                values[i] = day

    # --- year, week, day -------------------------------------------------------------------------------

    def _year(self, record: Record) -> Values:
        values = np.full((DAYS, STEPS_PER_DAY), np.nan)
        words = record.rest("ScheduleWeek_Name_1")
        for k in range(0, len(words) - 4, 5):
            first, last = (self._date(f"{words[k + a]}/{words[k + b]}", record) for a, b in ((1, 2), (3, 4)))
            week = self._week(words[k], record)
            span = range(first, last + 1) if first <= last else [*range(first, DAYS), *range(last + 1)]
            for i in span:
                values[i] = week[self.weekday[i]]
        return _complete(values, record)

    def _week(self, name: str, asked: Record) -> list[Values]:
        record = self._weeks.get(name.upper())
        if record is None:
            raise asked.wrong(f"its week '{name}' does not exist.", "Name a Schedule:Week.")
        if record.kind == "SCHEDULE:WEEK:DAILY":
            names = record.rest("Sunday_ScheduleDay_Name")[:7]
            return [self._day(day, record) for day in names]
        words = record.rest("DayType_List_1")
        found: dict[str, Values] = {}
        seen: set[str] = set()
        for days, day in zip(words[::2], words[1::2], strict=False):
            kinds = self._day_names(_after(days, "FOR"), seen, record)
            seen |= kinds
            found |= {kind: self._day(day, record) for kind in kinds}
        missing = [day for day in _WEEK_DAYS if day not in found]
        if missing:
            raise record.wrong(
                f"it has no {missing[0].title()}.", "Give every day of the week a day schedule."
            )
        return [found[day] for day in _WEEK_DAYS]

    def _day(self, name: str, asked: Record) -> Values:
        record = self._days.get(name.upper())
        if record is None:
            raise asked.wrong(f"its day '{name}' does not exist.", "Name a Schedule:Day.")
        if record.kind == "SCHEDULE:DAY:HOURLY":
            words = record.rest("Hour_1")
            if len(words) != 24:
                raise record.wrong(f"it has {len(words)} values.", "Give 24 hourly values.")
            return np.repeat([_number(word, record) for word in words], 4)
        interpolate = record.text("Interpolate_to_Timestep", "No").upper()
        minutes = np.zeros(1440)
        if record.kind == "SCHEDULE:DAY:LIST":
            per = int(record.number("Minutes_per_Item", 60.0))
            words = record.rest("Value_1")
            if per * len(words) != 1440:
                raise record.wrong(f"{len(words)} values of {per} min are no day.", "Fill 24 h.")
            minutes = np.repeat([_number(word, record) for word in words], per)
            return _quarters(minutes, interpolate, self.model)
        words, at = record.rest("Time_1"), 0
        for until, value in zip(words[::2], words[1::2], strict=False):
            end = _minute(_after(until, "UNTIL"), record)
            minutes[at:end] = _number(value, record)
            at = end
        if at != 1440:
            raise record.wrong("it does not reach 24:00.", "End it with Until: 24:00.")
        return _quarters(minutes, interpolate, self.model)

    def _file(self, record: Record) -> Values:
        name = record.text("File_Name")
        path = self.model.path.parent / name
        column = int(record.number("Column_Number"))
        skip = int(record.number("Rows_to_Skip_at_Top", 0.0))
        separator = {"COMMA": ",", "TAB": "\t", "SPACE": " ", "SEMICOLON": ";"}[
            record.text("Column_Separator", "Comma").upper()
        ]
        per = int(record.number("Minutes_per_Item", 60.0))
        try:
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
                rows = list(csv.reader(stream, delimiter=separator))[skip:]
        except OSError as error:
            raise record.wrong(
                f"its file '{name}' cannot be read ({error.strerror}).", "Put it beside the model."
            ) from None
        need = DAYS * 1440 // per
        try:
            column_values = [float(row[column - 1]) for row in rows[:need]]
        except (IndexError, ValueError):
            raise record.wrong(
                f"column {column} of '{name}' holds no number in every row.", "Mend the file."
            ) from None
        if len(column_values) < need:
            raise record.wrong(f"'{name}' has {len(column_values)} of {need} rows.", "Give the whole year.")
        minutes = np.repeat(column_values, per).reshape(DAYS, 1440)
        interpolate = record.text("Interpolate_to_Timestep", "No").upper()
        return np.array([_quarters(day, interpolate, self.model) for day in minutes])


def _after(text: str, word: str) -> str:
    """What follows a key word and its colon."""
    return text.strip()[len(word) :].lstrip(" :\t") if text.strip().upper().startswith(word) else text.strip()


def _number(text: str, record: Record) -> float:
    try:
        return float(text)
    except ValueError:
        raise record.wrong(f"'{text}' is no number.", "Write a number.") from None


def _minute(text: str, record: Record) -> int:
    match = re.fullmatch(r"(\d{1,2})\s*:\s*(\d{1,2})", text.strip())
    minute = int(match.group(1)) * 60 + int(match.group(2)) if match else -1
    if not 0 < minute <= 1440:
        raise record.wrong(f"'{text}' is no time of day.", "Write Until: 18:00.")
    return minute


def _month_day(text: str) -> tuple[int, int] | None:
    parts = [part for part in re.split(r"[/\-\s]+", text.strip().upper()) if part]
    if len(parts) != 2:
        return None
    if all(re.fullmatch(r"\d+(\.0*)?", part) for part in parts):
        return int(float(parts[0])), int(float(parts[1]))
    for month, day in (parts, parts[::-1]):
        if month[:3] in _MONTHS and day.isdigit():
            return _MONTHS.index(month[:3]) + 1, int(day)
    return None


def _quarters(minutes: Values, interpolate: str, model: Model) -> Values:
    """Minutes of a day at quarters of an hour: the value at the end of each, or the mean where averaged."""
    quarters = minutes.reshape(STEPS_PER_DAY, 15)
    if interpolate in ("AVERAGE", "YES"):
        return quarters.mean(axis=1)
    if interpolate == "LINEAR":
        model.notes.add(
            "nearest", "schedules", "linear interpolation in time as means of quarters of an hour"
        )
        return quarters.mean(axis=1)
    return quarters[:, -1].copy()


def _complete(values: Values, record: Record) -> Values:
    if np.isnan(values).any():
        day = int(np.argwhere(np.isnan(values).any(axis=1))[0, 0])
        raise record.wrong(f"day {day + 1} of the year has no values.", "Let it cover every day.")
    return values


def daily(values: Sequence[Values]) -> Values:
    """Days that differ among several schedules, shape (365, k * 96)."""
    return np.hstack(list(values))
