"""Questions to a district's year where it lies (街区结果查询): DuckDB reads its Parquet, never all at once.

A year of ten thousand buildings holds 350 million rows. What comes back is small: a series, a table by use or
month. Sums run on one thread, so that the same year answers with the same digits.
"""

from __future__ import annotations

import glob
import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from twin.district.year import SCHEMA
from weather.errors import TwinError

if TYPE_CHECKING:
    import duckdb

MEMORY_MB = 1000
"""What DuckDB may take; what does not fit it lays aside on disk."""
_NET = "CAST(grid_import_kw AS DOUBLE) - grid_export_kw"
_WEIGHTS = ("peak_kw", "least_kw", "floor_area_m2")
"""Columns of the buildings by which they may be ranked, besides their energies (`..._kwh`)."""


class DistrictQueries:
    """A year that `march_district` wrote, open for questions; a context manager.

    Parameters
    ----------
    folder : path-like
        Of the year.

    Raises
    ------
    TwinError
        No whole year of a district lies there.

    Examples
    --------
    >>> with DistrictQueries("runs/district") as year:  # doctest: +SKIP
    ...     year.largest(10)
    ...     year.by_use()
    """

    def __init__(self, folder: str | Path) -> None:
        import duckdb

        path = Path(folder)
        try:
            manifest = json.loads((path / "manifest.json").read_text("utf-8"))
            parts = [path / name for name in sorted(manifest["files"]) if name.startswith("series/part-")]
            self._hours, schema = manifest["step_min"] / 60.0, manifest["schema"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TwinError(
                "The folder holds no year of a district.", "Give one that `twin district` wrote.", file=path
            ) from error
        if schema != SCHEMA:
            raise TwinError(
                f"The year was written in form {schema}; this version reads {SCHEMA}.",
                "March the district again.",
                file=path / "manifest.json",
            )
        missing = next((part for part in parts if not part.is_file()), None)
        if missing is not None:
            raise TwinError("A part of the year is missing.", "March the district again.", file=missing)
        self._duckdb: duckdb.DuckDBPyConnection = duckdb.connect(
            config={"threads": 1, "memory_limit": f"{MEMORY_MB}MB"}
        )
        self._duckdb.execute(f"CREATE VIEW series AS SELECT * FROM read_parquet([{_listed(parts)}])")
        rows = _listed([path / "buildings.parquet"])
        self._duckdb.execute(f"CREATE VIEW buildings AS SELECT * FROM read_parquet([{rows}])")
        zone = pd.read_parquet(path / "sums.parquet", columns=["time"])["time"].dt.tz
        # months are those of the place
        self._duckdb.execute(f"SET TimeZone = '{zone}'")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._duckdb.close()

    def building(self, name: str) -> pd.DataFrame:
        """Series of one building.

        Parameters
        ----------
        name : str

        Returns
        -------
        DataFrame, shape (n, columns of `SERIES`)
            Powers [kW] by time.

        Raises
        ------
        TwinError
            No such building.
        """
        self._must_know(name)
        found = self._table("SELECT * EXCLUDE building FROM series WHERE building = ? ORDER BY time", [name])
        return found.set_index("time")

    def largest(self, count: int = 10, by: str = "peak_kw") -> pd.DataFrame:
        """Buildings by rank.

        Parameters
        ----------
        count : int
        by : str
            `peak_kw`, `least_kw`, `floor_area_m2` or an energy such as `grid_import_kwh`.

        Returns
        -------
        DataFrame
            Name, use, era, floor area [m2] and what was asked for; the largest first.

        Raises
        ------
        TwinError
            Buildings have no such figure.
        """
        known = [row[0] for row in self._duckdb.execute("DESCRIBE buildings").fetchall()]
        ranks = [name for name in known if name in _WEIGHTS or name.endswith("_kwh")]
        if by not in ranks:
            raise TwinError(
                f"{by!r} is no figure of a building.", f"Use one of: {', '.join(ranks)}.", key="by"
            )
        columns = dict.fromkeys(["name", "use", "era", "floor_area_m2", by])
        return self._table(
            f"SELECT {', '.join(columns)} FROM buildings ORDER BY {by} DESC, name LIMIT ?", [count]
        )

    def by_use(self) -> pd.DataFrame:
        """What each use takes, and how its buildings coincide (分业态同时系数).

        Returns
        -------
        DataFrame, by use
            `buildings`, `floor_area_m2`; `load_kwh`, `import_kwh`, `export_kwh` at the meters; `peak_kw` of
            the net import of all its buildings together and when (`peak_at`); `sum_of_peaks_kw` of its
            buildings' own and `coincidence_factor`, the one over the other; `at_peak_kw`, its net import at
            the peak of the whole district.
        """
        return self._table(
            f"""
            WITH together AS (
                SELECT use, time, sum({_NET}) AS net, sum(CAST(load_kw AS DOUBLE)) AS load,
                    sum(CAST(grid_import_kw AS DOUBLE)) AS taken, sum(CAST(grid_export_kw AS DOUBLE)) AS given
                FROM series JOIN buildings ON building = name GROUP BY use, time
            ),
            district AS (
                SELECT time FROM together GROUP BY time ORDER BY sum(net) DESC, time LIMIT 1
            ),
            marched AS (
                SELECT use, ? * sum(load ORDER BY time) AS load_kwh,
                    ? * sum(taken ORDER BY time) AS import_kwh,
                    ? * sum(given ORDER BY time) AS export_kwh,
                    max(net) AS peak_kw, min(time) FILTER (net = most) AS peak_at
                FROM (SELECT *, max(net) OVER (PARTITION BY use) AS most FROM together) GROUP BY use
            ),
            described AS (
                SELECT use, count(*) AS buildings, sum(floor_area_m2) AS floor_area_m2,
                    sum(peak_kw) AS sum_of_peaks_kw
                FROM buildings GROUP BY use
            )
            SELECT use, buildings, floor_area_m2, load_kwh, import_kwh, export_kwh, marched.peak_kw, peak_at,
                sum_of_peaks_kw, marched.peak_kw / sum_of_peaks_kw AS coincidence_factor, net AS at_peak_kw
            FROM described JOIN marched USING (use) JOIN together USING (use) JOIN district USING (time)
            ORDER BY load_kwh DESC, use
            """,
            [self._hours] * 3,
        ).set_index("use")

    def load_by_use(self) -> pd.DataFrame:
        """Load of all buildings of each use together [kW], (n, uses) by time."""
        found = self._table(
            "SELECT time, use, sum(CAST(load_kw AS DOUBLE)) AS load_kw FROM series "
            "JOIN buildings ON building = name GROUP BY time, use ORDER BY time"
        )
        return found.pivot(index="time", columns="use", values="load_kw")

    def duration(self, name: str | None = None) -> pd.Series:
        """Load duration (负荷持续曲线): net import from the largest down.

        Parameters
        ----------
        name : str, optional
            Of a building; default the whole district.

        Returns
        -------
        Series
            Net import [kW] by the hours of the year in which it is reached or surpassed.

        Raises
        ------
        TwinError
            No such building.
        """
        if name is not None:
            self._must_know(name)
        found = self._table(
            f"SELECT sum({_NET}) AS net_kw FROM series {'WHERE building = ?' if name is not None else ''} "
            "GROUP BY time ORDER BY net_kw DESC",
            [name] if name is not None else [],
        )["net_kw"]
        found.index = pd.Index(self._hours * (found.index.to_numpy() + 1.0), name="hours")
        return found

    def monthly(self) -> pd.DataFrame:
        """Energy of each month by use [kWh]: load, import and export at the meters, by month and use."""
        energies = ", ".join(
            f"? * sum(CAST({power} AS DOUBLE)) AS {power.replace('_kw', '_kwh')}"
            for power in ("load_kw", "grid_import_kw", "grid_export_kw")
        )
        found = self._table(
            f"SELECT month(time) AS month, use, {energies} FROM series "
            "JOIN buildings ON building = name GROUP BY ALL ORDER BY month, use",
            [self._hours] * 3,
        )
        return found.set_index(["month", "use"])

    def _must_know(self, name: str) -> None:
        if not self._duckdb.execute("SELECT 1 FROM buildings WHERE name = ?", [name]).fetchall():
            raise TwinError(
                f"There is no building {name!r} in the year.",
                "`largest` tells names; case and spaces count.",
                key="name",
            )

    def _table(self, query: str, values: Sequence[Any] = ()) -> pd.DataFrame:
        return self._duckdb.execute(query, list(values)).df()


def _listed(files: Sequence[Path]) -> str:
    """Names of files as SQL, none of their characters a pattern."""
    return ", ".join("'" + glob.escape(str(file.absolute())).replace("'", "''") + "'" for file in files)
