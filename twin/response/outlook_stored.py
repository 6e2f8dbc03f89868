"""The outlook of a fleet as plain data, as tables and on disk: what command, pages and REST all read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from twin.flexibility.envelope import DIRECTIONS, SOURCES
from twin.flexibility.words import LABELS
from twin.report.style import Language, pick
from twin.response.folder import csv_bytes, write_folder
from twin.response.outlook import MINUTES, SURE, Floats, Outlook
from weather.errors import TwinError

FILE = "outlook.json"
SCHEMA = 1
ON_THE_DAY, SIMILAR_DAYS = "day", "similar_days"
_DIGITS = 3
_HEADS = {
    "time": ("时刻", "time"),
    "direction": ("方向", "direction"),
    "minutes": ("持续，min", "lasts, min"),
    "baseline_kw": ("基线，kW", "baseline, kW"),
    "total_kw": ("合计，kW", "total, kW"),
    "kept_battery_kw": ("满电备用可增，kW", "batteries kept full add, kW"),
}
WAYS = {"down": ("减少用电", "less import"), "up": ("增加用电", "more import")}
SCENARIO_WORDS = {
    "reliable": ("全部可靠", "all reliable"),
    "usual": ("5 % 拒绝、5 % 失联、5 % 迟到", "5 % refuse, 5 % silent, 5 % late"),
    "unreliable": ("20 % 失联、10 % 迟到、5 % 虚报", "20 % silent, 10 % late, 5 % overstate"),
}


def plain_outlook(outlook: Outlook, *, asked: str, project: str, titles: tuple[str, str]) -> dict[str, Any]:
    """An outlook as data for JSON.

    Parameters
    ----------
    outlook : Outlook
    asked : str
        Day as it was asked for.
    project : str
        File of the project, without its ending.
    titles : tuple of str
        Chinese and English.

    Returns
    -------
    dict
        Below `down` (less import) and `up` (more) and the minutes that it lasts: `total_kw`, `sources_kw`
        (they sum to it), `alone_kw` (each source by itself), `mean_by_building_kw` (over the day, as
        `names`), `kept_battery_kw` (less import alone), and
        `sure_kw` by scenario, on the `day` and over `similar_days` (null where there are too few): what is
        reached with each of `probabilities`. All [kW], but for the mean one value for each of `times`.
    """
    ways: dict[str, Any] = {
        way: {str(minutes): _lasting(outlook, k, m) for m, minutes in enumerate(MINUTES)}
        for k, way in enumerate(DIRECTIONS)
    }
    return {
        "schema": SCHEMA,
        "title": titles[1],
        "title_zh": titles[0],
        "project": project,
        "asked": asked,
        "day": outlook.day.isoformat(),
        "past_days": [day.isoformat() for day in outlook.past_days],
        "participants": len(outlook.names),
        "names": list(outlook.names),
        "floor_area_m2": round(outlook.area_m2, 1),
        "minutes": list(MINUTES),
        "probabilities": list(SURE),
        "times": [moment.isoformat() for moment in outlook.times],
        "baseline_kw": _rounded(outlook.meter_kw),
        **ways,
        "assumptions": [one.as_dict() for one in outlook.assumptions],
    }


def _lasting(outlook: Outlook, k: int, m: int) -> dict[str, Any]:
    """One direction and time that it lasts."""
    found: dict[str, Any] = {
        "total_kw": _rounded(outlook.total_kw[k, m]),
        "sources_kw": {name: _rounded(outlook.source_kw[k, s, m]) for s, name in enumerate(SOURCES)},
        "alone_kw": {name: _rounded(outlook.alone_kw[k, s, m]) for s, name in enumerate(SOURCES)},
        "mean_by_building_kw": _rounded(outlook.mean_kw[k, m]),
        "sure_kw": {
            name: {
                ON_THE_DAY: [_rounded(row) for row in sure[:, k, m]],
                SIMILAR_DAYS: [_rounded(row) for row in outlook.sure_past_kw[name][:, k, m]]
                if name in outlook.sure_past_kw
                else None,
            }
            for name, sure in outlook.sure_kw.items()
        },
    }
    if DIRECTIONS[k] == "down":
        found["kept_battery_kw"] = _rounded(outlook.kept_kw[m])
    return found


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), _DIGITS) for value in values]


def outlook_table(told: Mapping[str, Any]) -> pd.DataFrame:
    """A row for each quarter-hour, direction and time that it lasts [kW].

    Parameters
    ----------
    told : mapping
        Of `plain_outlook`.
    """
    parts = []
    for way in DIRECTIONS:
        for minutes in told["minutes"]:
            own = told[way][str(minutes)]
            columns: dict[str, Any] = {
                "time": told["times"],
                "direction": way,
                "minutes": minutes,
                "baseline_kw": told["baseline_kw"],
                "total_kw": own["total_kw"],
            }
            columns |= {f"{name}_kw": own["sources_kw"][name] for name in SOURCES}
            columns |= {f"{name}_alone_kw": own["alone_kw"][name] for name in SOURCES}
            columns["kept_battery_kw"] = own.get("kept_battery_kw", [0.0] * len(told["times"]))
            columns |= dict(_sure_rows(own, told))
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _sure_rows(own: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[tuple[str, list[float]]]:
    for scenario, by_days in own["sure_kw"].items():
        for days, rows in by_days.items():
            for share, row in zip(told["probabilities"], rows or (), strict=False):
                yield f"{scenario}_{days}_reached_{100.0 * share:.0f}_kw", row


def worded_outlook(table: pd.DataFrame, language: Language) -> pd.DataFrame:
    """The table with words for its heads and directions."""
    heads = {key: pick(language, *words) for key, words in _HEADS.items()}
    for name in SOURCES:
        en, zh = LABELS[name]
        heads[f"{name}_kw"] = f"{pick(language, zh, en)}{pick(language, '，kW', ', kW')}"
        heads[f"{name}_alone_kw"] = pick(language, f"{zh}单独，kW", f"{en} by itself, kW")
    for column in table.columns:
        if "_reached_" in column:
            before, share = column.removesuffix("_kw").split("_reached_")
            scenario, _, days = before.partition("_")
            zh, en = SCENARIO_WORDS[scenario]
            when = ("当日", "on the day") if days == ON_THE_DAY else ("相似日", "over similar days")
            heads[column] = pick(
                language,
                f"{share} % 把握（{zh}，{when[0]}），kW",
                f"reached with {share} % ({en}, {when[1]}), kW",
            )
    words = {way: pick(language, *WAYS[way]) for way in DIRECTIONS}
    return table.assign(direction=table["direction"].map(words)).rename(columns=heads)


def compact(told: Mapping[str, Any]) -> bytes:
    """Plain data as a JSON file without room between its figures."""
    text = json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return (text + "\n").encode()


def write_outlook(told: Mapping[str, Any], out: str | Path, wall_s: float) -> Path:
    """Write an outlook as a folder.

    Parameters
    ----------
    told : mapping
        Of `plain_outlook`.
    out : path-like
        Not there yet. `outlook.json`, `outlook.csv` and `outlook_zh.csv` (`outlook_table`), `manifest.json`.
    wall_s : float
        What it took [s].

    Raises
    ------
    TwinError
        The folder is there, or nothing can be written.
    """
    table = outlook_table(told)
    contents = {
        FILE: compact(told),
        "outlook.csv": csv_bytes(worded_outlook(table, "en")),
        "outlook_zh.csv": csv_bytes(worded_outlook(table, "zh")),
    }
    return write_folder(out, contents, {"wall_s": wall_s})


def read_outlook(file: str | Path) -> dict[str, Any]:
    """An outlook that was written.

    Raises
    ------
    TwinError
        No such file, or one that is no outlook of this version.
    """
    path = Path(file)
    try:
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if told["schema"] == SCHEMA:
            return told
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise TwinError("The file holds no outlook.", "Make it again with `twin outlook`.", file=path)
