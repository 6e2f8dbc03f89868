"""Runs on disk: one folder each, complete or absent, the same bytes for the same series.

A Run is written into a hidden sibling folder, every file is forced to the disk, and one rename makes it
appear. A killed process leaves at most a hidden folder, which the next save of that name sweeps away. A
lock held by the operating system (so that it dies with its process) keeps two writers apart.

    <root>/<name>/manifest.json      schema, versions, hashes, seed, engine, wall time, facts of buildings
                  series/<building>.parquet    one column per variable of `twin.variables`
                  zones/<building>.parquet     columns "zone/variable"
                  weather.parquet
                  summary.json       what the judges said
                  project.yaml       the project as resolved
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import importlib.metadata
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from twin import variables
from twin.market.days import evenly_stepped
from weather.errors import TwinError

SCHEMA = 2
"""Version of the folder's layout. Raise it when an older `open` would misread a newer folder."""

RESIDUAL_LIMIT = 1e-6
"""Largest relative residual of a balance with which a Run is stored."""

_LIBRARIES = ("pedf-twin", "numpy", "numba", "pandas", "pvlib", "pyarrow", "scipy", "pythermalcomfort")
_NAME = re.compile(r"[\w-][\w .+=@()-]*")
_RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{i}" for d in ("com", "lpt") for i in range(1, 10))}
_MAX_NAME_BYTES = 200
_HIDDEN = ".saving-"
_REPLACED = ".replaced-"
_NO_ROOM = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up"}
_NO_ROOM[errno.EFBIG] = "the file would exceed the size limit of this process or file system"


@dataclass
class Run:
    """The time series and totals of one march.

    Parameters
    ----------
    manifest : dict
        See `manifest_of`; `save` adds the schema version and the files' hashes.
    series : dict of DataFrame, each (n, variables)
        Building to its columns (`twin.variables`), index of interval starts, tz-aware.
    zones : dict of DataFrame, each (n, zones * variables)
        Building to a frame with two column levels, zone and variable.
    weather : DataFrame, (n, columns)
    summary : dict
        What the judges said; must hold `residuals`, name to relative residual of each balance.
    project : str
        Resolved project, YAML.
    path : Path, optional
        Folder it was saved to or opened from.
    """

    manifest: dict[str, Any]
    series: dict[str, pd.DataFrame]
    zones: dict[str, pd.DataFrame]
    weather: pd.DataFrame
    summary: dict[str, Any] = field(default_factory=dict)
    project: str = ""
    path: Path | None = None


def frame_sha256(frame: pd.DataFrame) -> str:
    """Hash of a frame's stamps (as UTC nanoseconds), column names and values; independent of file formats."""
    digest = hashlib.sha256()
    index = frame.index
    if isinstance(index, pd.DatetimeIndex):
        stamps = index.tz_convert("UTC") if index.tz is not None else index
        digest.update(stamps.as_unit("ns").asi8.astype("<i8").tobytes())
    for name in frame.columns:
        digest.update(str(name).encode() + b"\0")
        digest.update(np.ascontiguousarray(frame[name].to_numpy(float), "<f8").tobytes())
    return digest.hexdigest()


def same_weather(one: Run, other: Run) -> bool:
    """Whether two Runs were driven by the same weather.

    By its hash, or by its values: of the same year two processors compute other last bits.
    """
    if one.manifest.get("weather_sha256") == other.manifest.get("weather_sha256"):
        return True
    ours, theirs = one.weather, other.weather
    return (
        list(ours.columns) == list(theirs.columns)
        and ours.index.equals(theirs.index)
        and np.allclose(ours.to_numpy(float), theirs.to_numpy(float), rtol=1e-6, atol=1e-6, equal_nan=True)
    )


def manifest_of(
    *,
    project: str,
    weather: pd.DataFrame,
    seed: int,
    engine: str,
    wall_time_s: float,
    **facts: Any,
) -> dict[str, Any]:
    """Write down what a Run came from.

    Parameters
    ----------
    project : str
        Resolved project text.
    weather : DataFrame
        Weather that drove the march.
    seed : int
    engine : str
        `fast` or `energyplus`.
    wall_time_s : float
        Seconds the march took.
    **facts
        Further entries, such as `buildings` (facts that judges need, see `twin.judges.subject`).

    Returns
    -------
    dict
        Ready for JSON.
    """
    return {
        "versions": {name: importlib.metadata.version(name) for name in _LIBRARIES},
        "project_sha256": hashlib.sha256(project.encode()).hexdigest(),
        "weather_sha256": frame_sha256(weather),
        "seed": seed,
        "engine": engine,
        "wall_time_s": round(wall_time_s, 6),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        **facts,
    }


class RunStore:
    """A folder that holds Runs.

    Parameters
    ----------
    root : path-like
        Folder of the Runs; made on the first save.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)

    def save(self, run: Run, name: str, *, replace: bool = False) -> Path:
        """Write a Run so that it is there in full or not at all.

        Parameters
        ----------
        run : Run
        name : str
            Name of its folder.
        replace : bool
            Put it in the place of a Run of the same name; without it such a Run is left alone.

        Returns
        -------
        Path
            The Run's folder; also set as `run.path`.

        Raises
        ------
        TwinError
            Unsafe name, name taken or being written, unsound table, residual above the limit, no
            permission or no room. Nothing of the Run is left behind then.
        """
        _refuse_unsafe(name, "name of the Run")
        _refuse_unsound(run)
        target = self.root / name
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with self._writing(name):
                self._sweep(name)
                if target.exists() and not replace:
                    raise TwinError(
                        f"a Run called {name!r} exists already.",
                        "Choose another name, remove that folder, or ask to replace it.",
                        file=target,
                    )
                self._write_then_show(run, target)
        except OSError as error:
            reason = _NO_ROOM.get(error.errno or 0, error.strerror or str(error))
            raise TwinError(
                f"the Run could not be written: {reason}. Nothing of it was left behind.",
                "Free some room or choose a folder that you may write to.",
                file=target,
            ) from error
        run.path = target
        return target

    def _write_then_show(self, run: Run, target: Path) -> None:
        hidden = self.root / f"{_HIDDEN}{target.name}.{secrets.token_hex(4)}"
        old = self.root / f"{_REPLACED}{target.name}"
        try:
            hidden.mkdir()
            _write(run, hidden)
            if target.exists():
                target.rename(old)
            hidden.rename(target)
            _force(self.root)
        except BaseException:  # also an interrupt must leave nothing behind
            shutil.rmtree(hidden, ignore_errors=True)
            if old.exists() and not target.exists():
                old.rename(target)
            raise
        if old.exists():
            shutil.rmtree(old)

    def _sweep(self, name: str) -> None:
        """Remove what a killed writer of this name left; its lock is ours, so nobody is writing it."""
        for stale in self.root.glob(f"{_HIDDEN}*"):
            if stale.name[len(_HIDDEN) :].rpartition(".")[0] == name:
                shutil.rmtree(stale, ignore_errors=True)
        old = self.root / f"{_REPLACED}{name}"
        if old.exists():
            if (self.root / name).exists():
                shutil.rmtree(old)
            else:  # killed between the two renames: the old Run comes back
                old.rename(self.root / name)

    @contextmanager
    def _writing(self, name: str) -> Iterator[None]:
        lock = self.root / f".{name}.lock"
        while True:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                raise TwinError(
                    f"another process is writing the Run {name!r}.",
                    "Wait until it is done, or choose another name.",
                    file=self.root / name,
                ) from None
            if _still_there(lock, handle):
                break
            os.close(handle)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)
            os.close(handle)

    def names(self) -> list[str]:
        """Names of the complete Runs, sorted."""
        if not self.root.is_dir():
            return []
        found = (entry for entry in self.root.iterdir() if not entry.name.startswith("."))
        return sorted(entry.name for entry in found if (entry / "manifest.json").is_file())

    def list(self) -> list[dict[str, Any]]:
        """Manifests of the complete Runs, each with its `name`, sorted by name."""
        return [{"name": name, **_read_manifest(self.root / name)} for name in self.names()]

    def open(self, run: str | Path, *, buildings: Sequence[str] | None = None) -> Run:
        """Read a Run.

        Parameters
        ----------
        run : str or path-like
            Name of a Run in this store, or the path of a Run's folder anywhere.
        buildings : sequence of str, optional
            Read only these buildings' series.

        Raises
        ------
        TwinError
            No such Run, another schema, or a file that is missing or does not match its hash.
        """
        text = os.fspath(run)
        folder = Path(run)
        if not isinstance(run, Path) and os.sep not in text:
            _refuse_unsafe(text, "name of the Run")
            folder = self.root / text
        manifest = _read_manifest(folder)
        return _read(folder, manifest, buildings)


def open_run(path: str | Path) -> Run:
    """Read a Run from its folder; see `RunStore.open`."""
    folder = Path(path).resolve()
    return RunStore(folder.parent).open(folder)


# --- refusing -----------------------------------------------------------------------------------------


def _refuse_unsafe(name: str, what: str) -> None:
    plain = name.split(".")[0].casefold()
    if (
        not _NAME.fullmatch(name)
        or name[-1] in " ."
        or plain in _RESERVED
        or len(name.encode()) > _MAX_NAME_BYTES
    ):
        shown = name if len(name) <= 60 else name[:57] + "..."
        raise TwinError(
            f"{shown!r} cannot be the {what}, because it becomes a file name.",
            "Use letters (also Chinese), digits, spaces, '-', '_' and dots; begin with a letter or "
            f"digit, end with neither dot nor space, and stay within {_MAX_NAME_BYTES} bytes.",
        )


def _refuse_unsound(run: Run) -> None:
    for building in (*run.series, *run.zones):
        _refuse_unsafe(building, "name of a building")
    folded = [b.casefold() for b in run.series]
    if len(set(folded)) < len(folded):
        raise TwinError("two buildings differ only in upper and lower case.", "Give them different names.")
    if not run.series or not set(run.zones) <= set(run.series):
        raise TwinError(
            f"the Run has series of {sorted(run.series)} and zones of {sorted(run.zones)}.",
            "A Run needs the series of at least one building, and zones only of buildings with series.",
        )
    _refuse_residuals(run.summary)
    steps = _checked_index(run.weather, "weather")
    _refuse_faults(variables.faults(run.weather, "weather"), "weather")
    for building, table in run.series.items():
        _same_index(_checked_index(table, f"series of {building}"), steps, building)
        _refuse_faults(variables.faults(table, "building"), f"series of {building}")
    for building, table in run.zones.items():
        _same_index(_checked_index(table, f"zones of {building}"), steps, building)
        if table.columns.nlevels != 2:
            raise TwinError(f"zones of {building}: {table.columns.nlevels} column levels.", "Two are needed.")
        for zone in table.columns.unique(0):
            one = pd.DataFrame(table[zone])
            _refuse_faults(variables.faults(one, "zone"), f"zone {zone} of {building}")


def _refuse_residuals(summary: Mapping[str, Any]) -> None:
    residuals = summary.get("residuals")
    if not isinstance(residuals, Mapping) or not residuals:
        raise TwinError(
            "the Run carries no residuals of its balances.",
            "Fill summary['residuals'] with the relative residual of each balance before saving.",
            key="residuals",
        )
    for name, entry in residuals.items():
        value = entry["relative"] if isinstance(entry, Mapping) else entry
        if not abs(value) <= RESIDUAL_LIMIT:  # written so that NaN is refused too
            raise TwinError(
                f"the balance {name!r} is open by {value:.3g} of its throughput; "
                f"a Run is stored up to {RESIDUAL_LIMIT:g}.",
                "The march is not sound; do not use these figures. Report the project that caused it.",
                key=f"residuals.{name}",
            )


def _refuse_faults(found: list[str], table: str) -> None:
    if found:
        more = f" and {len(found) - 3} further faults" if len(found) > 3 else ""
        raise TwinError(
            f"unsound values in the {table}: {'; '.join(found[:3])}{more}.",
            "A Run with such values is not stored; the part that computed them is at fault.",
        )


def _checked_index(table: pd.DataFrame, what: str) -> pd.DatetimeIndex:
    index = table.index
    sound = (
        isinstance(index, pd.DatetimeIndex)
        and index.tz is not None
        and len(index) >= 2
        and evenly_stepped(index)
        and index[1] > index[0]
        and table.columns.is_unique
    )
    if not sound:
        raise TwinError(
            f"the {what} has no regular, increasing, time-zone aware index, or a column twice.",
            "Give each column once and the interval starts as a DatetimeIndex of one step width.",
        )
    assert isinstance(index, pd.DatetimeIndex)  # for the type checker; tested above
    return index


def _same_index(index: pd.DatetimeIndex, other: pd.DatetimeIndex, building: str) -> None:
    if not index.equals(other):
        raise TwinError(
            f"the tables of {building} and the weather are on different time stamps.",
            "Bring weather, series and zones to the same steps.",
        )


# --- writing ------------------------------------------------------------------------------------------


def _write(run: Run, folder: Path) -> None:
    files: dict[str, str] = {}

    def keep(path: Path) -> None:
        _force(path)
        files[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()

    for part in ("series", "zones"):
        (folder / part).mkdir()
        for building, table in sorted(getattr(run, part).items()):
            path = folder / part / f"{building}.parquet"
            _write_table(table, path)
            keep(path)
        _force(folder / part)
    _write_table(run.weather, folder / "weather.parquet")
    keep(folder / "weather.parquet")
    (folder / "project.yaml").write_text(run.project, encoding="utf-8", newline="")
    keep(folder / "project.yaml")
    _write_json(run.summary, folder / "summary.json", "summary")
    keep(folder / "summary.json")
    _write_json({**run.manifest, "schema": SCHEMA, "files": files}, folder / "manifest.json", "manifest")
    _force(folder / "manifest.json")
    _force(folder)


def _write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a Parquet file whose bytes depend on the values alone.

    pandas' own metadata is left out (it carries library versions); units travel as field metadata, so
    that any other reader sees them.
    """
    index = table.index
    assert isinstance(index, pd.DatetimeIndex)
    times = pa.array(index.as_unit("us").asi8, pa.timestamp("us", tz=str(index.tz)))
    arrays, fields = [times], [pa.field("time", times.type, nullable=False)]
    for column in table.columns:
        name = "/".join(column) if isinstance(column, tuple) else str(column)
        var = variables.VARIABLES.get(name.rpartition("/")[2])
        values = pa.array(np.ascontiguousarray(table[column].to_numpy()))
        arrays.append(values)
        fields.append(
            pa.field(name, values.type, metadata={"unit": var.unit, "kind": var.kind} if var else None)
        )
    pq.write_table(
        pa.Table.from_arrays(arrays, schema=pa.schema(fields)),
        path,
        version="2.6",
        compression="zstd",
        compression_level=3,
        use_dictionary=False,
        column_encoding={f.name: "BYTE_STREAM_SPLIT" for f in fields[1:] if pa.types.is_floating(f.type)},
        write_statistics=True,
        store_schema=True,
    )


def _write_json(content: Mapping[str, Any], path: Path, what: str) -> None:
    try:
        text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False, default=_plain)
    except (ValueError, TypeError) as error:
        raise TwinError(
            f"the {what} of the Run holds a value that JSON cannot carry: {error}.",
            "Use null where a figure does not exist, and plain numbers, texts, lists and tables elsewhere.",
        ) from error
    path.write_text(text + "\n", encoding="utf-8", newline="")


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, pd.Timestamp | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not plain data")


def _force(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _still_there(lock: Path, handle: int) -> bool:
    """Whether the locked file is the one in the folder; the previous holder removes it when done."""
    try:
        return os.fstat(handle).st_ino == lock.stat().st_ino
    except FileNotFoundError:
        return False


# --- reading ------------------------------------------------------------------------------------------


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    if not path.is_file():
        raise TwinError(
            "this is not the folder of a complete Run.",
            "Give the name or folder of a Run; `manifest.json` must lie in it.",
            file=folder,
        )
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise TwinError(
            f"the manifest cannot be read ({error}).", "Run the project again.", file=path
        ) from error
    schema = manifest.get("schema") if isinstance(manifest, dict) else None
    if schema != SCHEMA:
        version = manifest.get("versions", {}).get("pedf-twin", "?") if isinstance(manifest, dict) else "?"
        newer = isinstance(schema, int) and schema > SCHEMA
        raise TwinError(
            f"the Run has schema {schema!r} (written by pedf-twin {version}); this program reads {SCHEMA}.",
            "Upgrade pedf-twin to open it." if newer else "Run its project.yaml again with this version.",
            file=path,
            key="schema",
        )
    if not isinstance(manifest.get("files"), dict):
        raise TwinError("the manifest names no files.", "Run the project again.", file=path, key="files")
    return dict(manifest)


def _read(folder: Path, manifest: dict[str, Any], buildings: Sequence[str] | None) -> Run:
    files: dict[str, str] = manifest["files"]
    names = sorted(f[len("series/") : -len(".parquet")] for f in files if f.startswith("series/"))
    for name in names:
        _refuse_unsafe(name, "name of a building")
    if buildings is not None:
        missing = sorted(set(buildings) - set(names))
        if missing:
            raise TwinError(f"the Run has no building {missing}.", f"It has {names}.", file=folder)
        names = [n for n in names if n in set(buildings)]
    zones = [n for n in names if f"zones/{n}.parquet" in files]
    return Run(
        manifest=manifest,
        series={n: _read_table(folder, f"series/{n}.parquet", files) for n in names},
        zones={n: _two_levels(_read_table(folder, f"zones/{n}.parquet", files)) for n in zones},
        weather=_read_table(folder, "weather.parquet", files),
        summary=json.loads(_checked_bytes(folder, "summary.json", files)),
        project=_checked_bytes(folder, "project.yaml", files).decode(),
        path=folder,
    )


def _checked_bytes(folder: Path, name: str, files: Mapping[str, str]) -> bytes:
    path = folder / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TwinError(
            f"a file of the Run cannot be read ({error.strerror}).", "Run the project again.", file=path
        ) from error
    if hashlib.sha256(content).hexdigest() != files.get(name):
        raise TwinError(
            "the file is not the one that the Run was stored with.",
            "It was changed or damaged; run the project again.",
            file=path,
        )
    return content


def _read_table(folder: Path, name: str, files: Mapping[str, str]) -> pd.DataFrame:
    table = pq.read_table(pa.BufferReader(_checked_bytes(folder, name, files)))
    times = table.column("time")
    stamps = times.cast(pa.int64()).to_numpy()
    index = pd.DatetimeIndex(stamps.view("M8[us]")).tz_localize("UTC").tz_convert(times.type.tz)
    step = index[1] - index[0]
    whole = index[-1] - index[0] == (len(index) - 1) * step  # not in a leap year, which lacks its 29th
    freq = pd.tseries.frequencies.to_offset(step) if whole else None
    index = index.rename("time") if freq is None else pd.DatetimeIndex(index, freq=freq, name="time")
    columns = {n: table.column(n).to_numpy() for n in table.column_names if n != "time"}
    return pd.DataFrame(columns, index=index)


def _two_levels(table: pd.DataFrame) -> pd.DataFrame:
    pairs = [(name.rpartition("/")[0], name.rpartition("/")[2]) for name in table.columns]
    table.columns = pd.MultiIndex.from_tuples(pairs, names=["zone", "variable"])
    return table
