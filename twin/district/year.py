"""A year of thousands of buildings in parts (街区全年推进): marched by a crew, written as they come.

A part is a few buildings that are prepared and marched together; which ones is decided by the project alone,
so that whoever marches a part writes the same bytes. Only sums and one row per building stay in memory. A
folder is written under another name and gets its own when it is whole; begun again, it keeps the
parts that are there.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from buildings.description.equipment import DISTRICT_SUBSTATION
from buildings.description.schema import ArchetypeBuilding, Building, Project
from twin.crew import Crew
from twin.district.assumed import district_assumptions, heat_island_assumptions, shared_assumptions
from twin.district.behind import march_behind
from twin.district.building_series import SERIES, series_bytes
from twin.district.substations import NET, Loads, all_loads, district_loads, row_with, series_with
from twin.market.assumption import Assumption
from twin.power_columns import END_USES
from twin.progress import Progress
from twin.project import Loaded
from twin.store import RESIDUAL_LIMIT
from weather.climate_year import ClimateYear
from weather.errors import TwinError

DISTRICT_COLUMNS = ("district_heat_kw", "district_cold_kw")
"""Columns of the sums: what buildings take from the energy station, thermal [kW]."""
_IN_A_PART = 16
"""Buildings that are marched together: their series at 15 min take 0.3 GB."""
_STATES = ("battery_soc", "battery_temp_c", "bus_voltage_pu", "grid_target_kw", "bus_residual_kw")
SCHEMA = 3


class Part(NamedTuple):
    """Buildings that are marched together, and their places in the project."""

    places: tuple[int, ...]
    buildings: tuple[Building, ...]


class Shared(NamedTuple):
    """What all parts have in common; `each` asks for heat and cold of every building on the district's."""

    project: Project
    climate: ClimateYear
    folder: str | None
    each: bool


@dataclass(frozen=True)
class DistrictYear:
    """A year that was marched.

    Attributes
    ----------
    folder : Path
        `buildings.parquet` (a row for each), `sums.parquet` (all buildings together at each step, kW),
        `balance.parquet` (source, grid, load and storage of the district at each step, kW), `series/`
        (`SERIES` of each building, in `part-*.parquet`), `manifest.json`; where assets are shared,
        `shared.parquet` (all of a kind together) and `series/shared.parquet` (each, under its own name among
        `building`). The parts add up to `sums`, parts and `series/shared.parquet` to the net import of
        `balance`: with a storage of some MW these differ by as much.
    buildings : DataFrame
        Use and era, energy of the year by column [kWh], `peak_kw` of net import, area [m2], largest residual
        [-]; sun on facades and roof and PV with and without neighbours (`twin.district.shade`) [kWh].
        `twin.district.queries` asks for more, series too.
    sums : DataFrame, shape (n, columns)
        Powers of all buildings together, without what they share [kW].
    balance : DataFrame, shape (n, columns)
        `twin.district.balance` [kW].
    manifest : dict
        Under `shared` the figures of every shared asset.
    """

    folder: Path
    buildings: pd.DataFrame
    sums: pd.DataFrame
    balance: pd.DataFrame
    manifest: dict[str, Any]


def march_district(
    loaded: Loaded, out: str | Path, crew: Crew, progress: Progress | None = None, *, part: int = _IN_A_PART
) -> DistrictYear:
    """March all buildings of a project through its year.

    Parameters
    ----------
    loaded : Loaded
        Buildings do not act on each other, but for the grid and the shade that they throw.
    out : path-like
        Folder that is not there yet.
    crew : Crew
        Who marches the parts.
    progress : callable, optional
    part : int
        Buildings that are marched together. The figures do not depend on it but for the last digits.

    Raises
    ------
    TwinError
        A project with an event, a folder that is there, a full disk, or anything wrong with a building.
    """
    final = Path(out)
    _refuse(loaded, final)
    draft = final.with_name(f"{final.name}.partial")
    parts = district_parts(loaded.project, part)
    keys = [_key(loaded, one) for one in parts]
    began = time.perf_counter()
    try:
        (draft / "parts").mkdir(parents=True, exist_ok=True)
        (draft / "series").mkdir(exist_ok=True)
        missing = [i for i, key in enumerate(keys) if not _is_whole(draft, i, key)]
        folder = str(loaded.path.parent.resolve()) if loaded.path is not None else None
        alike = loaded.project.model_copy(update={"buildings": (), "shared": None})
        shared = Shared(alike, loaded.climate, folder, _asks_each(loaded.project))
        for done, (place, found) in enumerate(crew.each(march_part, shared, [parts[i] for i in missing])):
            if "error" in found:
                raise TwinError(**found["error"])
            _keep(draft, missing[place], keys[missing[place]], parts[missing[place]].places, found)
            if progress is not None:
                progress((len(parts) - len(missing) + done + 1) / len(parts))
        counts = {"parts": len(parts), "parts_kept": len(parts) - len(missing)}
        return _finish(loaded, draft, final, keys, counts | {"wall_s": time.perf_counter() - began})
    except OSError as error:
        raise TwinError(
            f"The year could not be written: {error.strerror or error}.",
            "Free some room; parts that are done are kept and are not marched again.",
            file=draft,
        ) from error


def open_district(folder: str | Path) -> DistrictYear:
    """A year that was written.

    Raises
    ------
    TwinError
        No such year there, or one that was changed.
    """
    path = Path(folder)
    try:
        manifest = json.loads((path / "manifest.json").read_text("utf-8"))
        for name, digest in manifest["files"].items():
            if hashlib.sha256((path / name).read_bytes()).hexdigest() != digest:
                raise TwinError("The file was changed.", "March the district again.", file=path / name)
        sums, balance = (
            pq.read_table(path / f"{name}.parquet").to_pandas().set_index("time")
            for name in ("sums", "balance")
        )
        rows = pq.read_table(path / "buildings.parquet").to_pandas()
        return DistrictYear(path, rows, sums, balance, manifest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TwinError(
            "The folder holds no year of a district.", "Give one that `twin district` wrote.", file=path
        ) from error


def march_part(shared: Shared, part: Part) -> dict[str, Any]:
    """March one part; what came of it as plain data, errors of users too."""
    from twin.clock import march
    from twin.plant import prepare
    from twin.supervision import supervisors_of

    project = shared.project.model_copy(update={"buildings": part.buildings})
    try:
        plant = prepare(project, shared.climate)
        folder = Path(shared.folder) if shared.folder is not None else None
        supervisors = supervisors_of(plant, folder)
        outcome = march(plant, supervisors=supervisors, zones=bool(supervisors))
        found = _told(plant, outcome)
        return found | ({"loads": district_loads(plant, outcome)} if shared.each else {})
    except TwinError as error:
        file = None if error.file is None else str(error.file)
        key = in_project(error.key, part.places)
        return {"error": {"what": error.what, "remedy": error.remedy, "key": key, "file": file}}


def in_project(key: str | None, places: Sequence[int]) -> str | None:
    """The key of the project, where a part counts its own buildings."""
    if key is None:
        return None
    return re.sub(r"^buildings\[(\d+)\]", lambda found: f"buildings[{places[int(found[1])]}]", key)


def _told(plant: Any, outcome: Any) -> dict[str, Any]:
    """Sums, rows and series of a part."""
    from twin.building_batch import PV_IN
    from twin.district.shade import shade_columns
    from twin.outcome import (
        BALANCE,
        balance_residuals,
        battery_kwh,
        columns_of,
        main_use,
        unbalanced,
    )
    from twin.outcome_sums import LEAST, N_PEAKS, PEAK, PEAK_STEP, add_up
    from twin.plant import surroundings

    n, count, columns = outcome.buildings.shape
    sums, energy, peaks = np.empty((n, columns)), np.empty((count, columns)), np.empty((count, N_PEAKS))
    series = np.empty((count, len(SERIES), n), np.float32)
    shown, load = columns_of(*SERIES[:-1]), columns_of(*END_USES, "ev_charge_kw")
    found, hours = unbalanced(plant, outcome), plant.dt_s / 3600.0
    add_up(
        outcome.buildings, shown, load, BALANCE, battery_kwh(plant), hours,
        sums, energy, peaks, found, series,
    )  # fmt: skip
    energy *= hours
    powers = _powers()
    at = columns_of(*powers)
    around, inputs = surroundings(plant.project), plant.buildings.inputs[:, :, PV_IN].sum(axis=0)
    rows = []
    for b, prepared in enumerate(plant.prepared):
        residuals = balance_residuals(plant, outcome, b, found[b])
        described = prepared.description
        row: dict[str, Any] = {"name": described.name, "use": main_use(described), "era": described.era}
        row["floor_area_m2"] = described.floor_area
        row |= {name.replace("_kw", "_kwh"): float(energy[b, i]) for name, i in zip(powers, at, strict=True)}
        row |= {"peak_kw": float(peaks[b, PEAK]), "peak_step": int(peaks[b, PEAK_STEP])}
        row["least_kw"] = float(peaks[b, LEAST])
        row |= shade_columns(prepared.thermal, plant.table, plant.weather, around, hours * inputs[b])
        worst = max(residuals, key=residuals.__getitem__)
        rows.append(row | {"residual": residuals[worst], "residual_of": worst})
        if not rows[-1]["residual"] <= RESIDUAL_LIMIT:
            raise TwinError(
                f"The {rows[-1]['residual_of']} balance of {rows[-1]['name']} is off by "
                f"{rows[-1]['residual']:.1e}.",
                "Report it with the project: such a year is not kept.",
                key=rows[-1]["name"],
            )
    names = [prepared.description.name for prepared in plant.prepared]
    told = [*powers, *DISTRICT_COLUMNS]
    added = np.column_stack([sums[:, at], *_from_district(plant, outcome)])
    used = np.asarray(added.any(axis=0))  # what no building of the part has need not be handed on
    return {
        "columns": [name for name, there in zip(told, used, strict=True) if there],
        "sums": added[:, used],
        "rows": rows,
        "series": series_bytes(names, plant.weather.times, series),
    }


def _from_district(plant: Any, outcome: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Heat and cold of the buildings that take both from the district [kW], shape (n,) each."""
    from twin.outcome import columns_of

    equipment = [prepared.description.hvac.equipment for prepared in plant.prepared]
    served = outcome.buildings[:, [name == DISTRICT_SUBSTATION for name in equipment]].sum(axis=1)
    heat, sensible, latent = columns_of("space_heating_kw", "sensible_cooling_kw", "latent_cooling_kw")
    return served[:, heat], served[:, sensible] + served[:, latent]


def _powers() -> list[str]:
    """Columns of an outcome that can be added up over steps and buildings."""
    from twin.outcome import OUTCOME_COLUMNS

    return [name for name in OUTCOME_COLUMNS if name.endswith("_kw") and name not in _STATES]


def _refuse(loaded: Loaded, final: Path) -> None:
    if loaded.project.event is not None:
        raise TwinError(
            "A district is not marched under a call of its project.", "Leave it out.", key="event"
        )
    if final.exists():
        raise TwinError("The folder is there already.", "Remove it, or give another.", file=final)


def district_parts(project: Project, size: int) -> list[Part]:
    """Buildings of one shape stand together: eight of them march abreast in the lanes of a processor.

    Among them those of one era that face alike: the same sun strikes the same glass.
    """
    buildings = project.buildings
    order = sorted(range(len(buildings)), key=lambda i: (_shape(buildings[i]), *_light(buildings[i]), i))
    chosen = (tuple(order[first : first + size]) for first in range(0, len(order), size))
    return [Part(places, tuple(buildings[i] for i in places)) for places in chosen]


def _shape(building: Building) -> tuple[str, int, str]:
    """What decides how many rooms and planes a building has."""
    if isinstance(building, ArchetypeBuilding):
        return building.archetype, min(building.floors, 3), building.zoning
    return "", len(building.zones), ""


def _light(building: Building) -> tuple[str, float]:
    return building.era, building.orientation if isinstance(building, ArchetypeBuilding) else 0.0


def _key(loaded: Loaded, part: Part) -> str:
    from twin.retrofit.march_store import inputs_hash

    own = {"buildings": part.buildings, "shared": None}  # what is shared changes nothing in a building
    key = inputs_hash(loaded.project.model_copy(update=own), loaded.climate)
    return f"{key}-each" if _asks_each(loaded.project) else key


def _asks_each(project: Project) -> bool:
    """Whether substations at a loop need what each of their buildings asks for, not only the sum."""
    station = project.shared.energy_station if project.shared is not None else None
    return station is not None and station.ambient_loop is not None


def _assumptions(loaded: Loaded) -> list[Assumption]:
    project = loaded.project
    shared = () if project.shared is None else shared_assumptions(project.shared)
    return [*district_assumptions(project.buildings), *shared, *heat_island_assumptions(loaded.climate)]


def _weather(climate: ClimateYear) -> dict[str, Any]:
    """What weather it was."""
    island = climate.heat_island
    return {
        "name": climate.name,
        "source": climate.source,
        "digest": climate.digest,
        "heat_island": None if island is None else asdict(island),
    }


def _inputs(loaded: Loaded, keys: Sequence[str]) -> str:
    """Hash of all parts and of what is shared."""
    shared = loaded.project.shared
    told = "" if shared is None else shared.model_dump_json()
    return hashlib.sha256(("".join(keys) + told).encode()).hexdigest()


def _files(draft: Path, number: int) -> tuple[Path, Path, Path]:
    parts = draft / "parts"
    return (
        draft / "series" / f"part-{number:05d}.parquet",
        parts / f"{number:05d}.npy",
        parts / f"{number:05d}.json",
    )


def _loads_file(draft: Path, number: int) -> Path:
    return draft / "parts" / f"{number:05d}.loads.npy"


def _digest_if_there(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _is_whole(draft: Path, number: int, key: str) -> bool:
    """Whether a part is there, of these very inputs."""
    series, sums, told = _files(draft, number)
    try:
        known = json.loads(told.read_text("utf-8"))
        return bool(
            known["key"] == key
            and hashlib.sha256(series.read_bytes()).hexdigest() == known["series"]
            and hashlib.sha256(sums.read_bytes()).hexdigest() == known["sums"]
            and known["loads"] == _digest_if_there(_loads_file(draft, number))
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _keep(draft: Path, number: int, key: str, places: Sequence[int], found: Mapping[str, Any]) -> None:
    """Write a part; the file that vouches for the others comes last."""
    series, sums, told = _files(draft, number)
    known = {"key": key, "columns": found["columns"], "rows": found["rows"], "places": list(places)}
    known |= {"loads": None, "on_loop": {}}
    written = {"series": (series, found["series"]), "sums": (sums, _array_bytes(found["sums"]))}
    if "loads" in found:
        known["on_loop"] = {name: found["loads"][name] for name in ("names", "design_kw")}
        written["loads"] = _loads_file(draft, number), _array_bytes(found["loads"]["values"])
    for name, (path, content) in written.items():
        _write(path, content)
        known[name] = hashlib.sha256(content).hexdigest()
    _write(told, json.dumps(known, ensure_ascii=False, allow_nan=False).encode())


def _array_bytes(values: NDArray[np.float64]) -> bytes:
    target = io.BytesIO()
    np.save(target, values, allow_pickle=False)
    return target.getvalue()


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _finish(
    loaded: Loaded, draft: Path, final: Path, keys: list[str], counts: dict[str, Any]
) -> DistrictYear:
    """Add the parts up in their order and give the folder its name."""
    rows: dict[int, dict[str, Any]] = {}
    times = loaded.climate.at_step(
        int(loaded.project.timestep), loaded.project.variability, loaded.project.weather_seed
    ).times
    columns = [*_powers(), *DISTRICT_COLUMNS]
    total = np.zeros((len(times), len(columns)))
    for i in range(len(keys)):
        _, sums, told = _files(draft, i)
        known, part = json.loads(told.read_text("utf-8")), np.load(sums, allow_pickle=False)
        rows |= dict(zip(known["places"], known["rows"], strict=True))
        total[:, [columns.index(name) for name in known["columns"]]] += part
    loads = _loads(draft, len(keys)) if _asks_each(loaded.project) else None
    behind = march_behind(loaded, pd.DataFrame(total, times, columns), loads)
    sums_table = behind.sums
    changed: dict[str, str] = {}
    if loads is not None and behind.substations_kw is not None:
        changed = _add_substations(draft, rows, loads, behind.substations_kw, loaded.project.timestep / 60.0)
    by_building = pd.DataFrame([rows[place] for place in sorted(rows)])
    stamps = pa.array(times.as_unit("us").asi8, pa.timestamp("us", tz=str(times.tz)))
    arrays = [stamps, *(pa.array(sums_table[name].to_numpy()) for name in columns)]
    written = {
        "sums.parquet": pa.Table.from_arrays(arrays, ["time", *columns]),
        "buildings.parquet": pa.Table.from_pandas(
            by_building, preserve_index=False
        ).replace_schema_metadata(),
    }
    files = {}
    for name, table in written.items():
        target = io.BytesIO()
        pq.write_table(table, target, version="2.6", compression="zstd", compression_level=3)
        _write(draft / name, target.getvalue())
        files[name] = hashlib.sha256(target.getvalue()).hexdigest()
    for name, content in behind.files.items():
        _write(draft / name, content)
        files[name] = hashlib.sha256(content).hexdigest()
    for i in range(len(keys)):
        series, _, told = _files(draft, i)
        was = json.loads(told.read_text("utf-8"))["series"]
        files[f"series/{series.name}"] = changed.get(series.name, was)
    manifest = {
        "schema": SCHEMA,
        "title": loaded.project.name,
        "title_zh": loaded.project.name_zh or loaded.project.name,
        "inputs_sha256": _inputs(loaded, keys),
        "year": loaded.project.year,
        "step_min": int(loaded.project.timestep),
        "seed": loaded.project.weather_seed,
        "counts": {"buildings": len(rows), **counts},
        "shared": behind.assets,
        "shared_residual": behind.residual,
        "weather": _weather(loaded.climate),
        "assumptions": [one.as_dict() for one in _assumptions(loaded)],
        "files": files,
    }
    _write(draft / "manifest.json", (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())
    shutil.rmtree(draft / "parts")
    draft.replace(final)
    return DistrictYear(final, by_building, sums_table, behind.balance, manifest)


def _loads(draft: Path, count: int) -> Loads:
    """What the buildings of all parts ask of the loop."""
    told = [json.loads(_files(draft, i)[2].read_text("utf-8"))["on_loop"] for i in range(count)]
    return all_loads(
        [(one, np.load(_loads_file(draft, i), allow_pickle=False)) for i, one in enumerate(told)]
    )


def _add_substations(
    draft: Path, rows: dict[int, dict[str, Any]], loads: Loads, power_kw: NDArray[np.float64], hours: float
) -> dict[str, str]:
    """Put the electricity of substations into rows and series of their buildings; hashes of changed files.

    A part whose series were changed is not whole any more: it is marched again if the year stops here.
    """
    place = {row["name"]: number for number, row in rows.items()}
    for b, name in enumerate(loads.names):
        row = rows[place[name]]
        rows[place[name]] = row_with(row, loads.values[b, :, NET], power_kw[:, b], hours)
    changed = {}
    for path in sorted((draft / "series").glob("part-*.parquet")):
        content = path.read_bytes()
        more = series_with(content, loads, power_kw)
        if more is not content:
            _write(path, more)
            changed[path.name] = hashlib.sha256(more).hexdigest()
    return changed
