"""A district's year on its feeder (街区配网): each building at its connection, every step a power flow."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from buildings.description.schema import BuildingSystems, Project
from buildings.districts.feeder import Feeder, feeder_text
from buildings.districts.feeder_layout import Load, lay_out
from twin.district.power_flow import FeederYear, flow, reactive_power
from twin.district.year import DistrictYear
from twin.judges.feeder import judge_feeder
from twin.market.assumption import Assumption
from twin.progress import Progress, part_of
from weather.errors import TwinError

LAID_OUT = Assumption(
    "feeder.laid_out",
    "没有给出配网，按各建筑最大负荷、同时系数与常用截面布置了一个典型放射式配网。",
    "No feeder was given: a typical radial one was laid out by the buildings' peaks, their coincidence and "
    "usual sections.",
    None,
    "",
    "buildings.districts.feeder_layout",
    "assumed",
)
_HELD_MVA = 5000.0
"""Fault level of a bus whose voltage a tap changer holds [MVA]: the most that a feeder may have, so that the
grid behind the bus hardly counts. A district of 70 MW would pull a bus of 300 MVA down by a quarter."""
HELD = Assumption(
    "feeder.held_bus",
    "10 kV 母线由变电站有载调压维持电压，母线以上的阻抗不计。",
    "The tap changer of the substation holds the voltage of its 10 kV bus; what lies behind it is left out.",
    _HELD_MVA,
    "MVA",
    "usual of 110/10 kV substations; a described feeder gives its own fault level",
    "assumed",
)
UNITY = Assumption(
    "feeder.unity",
    "直流母线经并网接口以功率因数 1 运行；其他建筑的无功按负荷与连接点功率因数计。",
    "Buildings on a DC bus draw at power factor 1 through their interface; others by the power factor of "
    "their connection and their load.",
    1.0,
    "1",
    "active front ends are set to power factor 1 unless told otherwise",
    "assumed",
)


@dataclass(frozen=True)
class OnFeeder:
    """What a feeder went through, judged."""

    year: FeederYear
    figures: dict[str, Any]
    verdicts: tuple[Any, ...]
    assumptions: tuple[Assumption, ...]


def laid_out(project: Project, year: DistrictYear) -> Feeder:
    """A feeder for buildings, and behind them for what they share, by the peaks that they had.

    Raises
    ------
    TwinError
        A building that no transformer of the series carries.
    """
    most = year.buildings.set_index("name")[["peak_kw", "least_kw"]].abs().max(axis=1)
    loads = [building_load(one.name, one, float(most[one.name])) for one in project.buildings]
    return held_feeder([*loads, *(_shared_load(asset) for asset in year.manifest["shared"])])


def held_feeder(loads: Sequence[Load]) -> Feeder:
    """A feeder laid out for loads, on a bus whose voltage a tap changer holds.

    Raises
    ------
    TwinError
        A load that no transformer of the series carries.
    """
    feeder = lay_out(loads)
    held = feeder.source.model_copy(update={"short_circuit_power": _HELD_MVA})
    return feeder.model_copy(update={"source": held})


def building_load(name: str, systems: BuildingSystems, peak_kw: float) -> Load:
    """A building as a load, by its greatest power at the meter either way [kW]."""
    dwellings = systems.meters if systems.meters > 1 else 0
    factor = 1.0 if systems.dc_bus is not None else None
    return Load(name, max(peak_kw, 0.1), dwellings=dwellings, power_factor=factor)


def _shared_load(asset: Mapping[str, Any]) -> Load:
    """A shared asset as a load: converters of storage and PV run at power factor 1."""
    most = max(abs(asset["most_kw"]), abs(asset["least_kw"]), 0.1)
    turns = asset["kind"] in ("ev_hub", "energy_station", "ambient_loop")
    return Load(asset["name"], most, power_factor=None if turns else 1.0)


def on_feeder(
    year: DistrictYear, feeder: Feeder, *, given: bool, progress: Progress | None = None
) -> OnFeeder:
    """Solve a feeder through the year of a district, judge it, and write both beside the year.

    Parameters
    ----------
    year : DistrictYear
    feeder : Feeder
        With a connection for each building and shared asset.
    given : bool
        Whether it was described; false where it was laid out.
    progress : callable, optional

    Returns
    -------
    OnFeeder
        `feeder.yaml` and `feeder.json` hold it in the folder of the year.

    Raises
    ------
    TwinError
        Connections that are not the district's buildings.
    """
    _refuse_others(year, feeder)
    place = {connection.building: j for j, connection in enumerate(feeder.connections)}
    shape = (len(year.sums), len(place))
    with TemporaryDirectory(dir=year.folder.parent) as folder:
        # files, since thousands of buildings take gigabytes
        net = np.lib.format.open_memmap(Path(folder) / "net.npy", "w+", np.float64, shape)
        load = np.lib.format.open_memmap(Path(folder) / "load.npy", "w+", np.float64, shape)
        parts = sorted((year.folder / "series").glob("*.parquet"))
        told = part_of(progress, 0.0, 0.3)
        for i, path in enumerate(parts):
            file = pq.ParquetFile(path)
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                j = place[table["building"][0].as_py()]
                given_kw, taken_kw = (table[name].to_numpy() for name in ("grid_export_kw", "grid_import_kw"))
                net[:, j] = taken_kw.astype(float) - given_kw
                load[:, j] = table["load_kw"].to_numpy()
            told((i + 1) / len(parts))
        flowed = flow(
            feeder,
            net,
            reactive_power(feeder, load),
            step_minutes=float(year.manifest["step_min"]),
            progress=part_of(progress, 0.3, 1.0),
        )
    figures, verdicts, assumed = judge_feeder(flowed)
    assumptions = (*(() if given else (LAID_OUT, HELD)), UNITY, *assumed)
    (year.folder / "feeder.yaml").write_text(feeder_text(feeder), "utf-8")
    content = {
        "figures": figures,
        "verdicts": [verdict.as_dict() for verdict in verdicts],
        "assumptions": [one.as_dict() for one in assumptions],
        "cpu_s": flowed.cpu_s,
    }
    (year.folder / "feeder.json").write_text(
        json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8"
    )
    return OnFeeder(flowed, figures, verdicts, assumptions)


def _refuse_others(year: DistrictYear, feeder: Feeder) -> None:
    hung = {connection.building for connection in feeder.connections}
    there = {*year.buildings["name"], *(asset["name"] for asset in year.manifest["shared"])}
    if hung != there:
        missing, unknown = sorted(there - hung), sorted(hung - there)
        what = f"'{missing[0]}' hangs nowhere" if missing else f"'{unknown[0]}' is not in the district"
        raise TwinError(
            f"Of the feeder's connections, {what} ({len(missing)} missing, {len(unknown)} unknown).",
            "Give each building of the district, and each asset that it shares, one connection.",
            key="connections",
        )
