"""March the bundled office as the package shows it before anybody marched anything: `make examples`.

The Runs go into the package, their numbers rounded to 13 binary digits so that they stay small; summaries
are whole. `tests/twin/test_bundled_runs.py` marches them again and finds what has become stale.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pandas as pd

from twin.project import load, simulate
from twin.store import Run, RunStore

EXAMPLES = ("shanghai_office_2005", "shanghai_office_pedf", "shanghai_office_pedf_call")
DIGITS = 13
BUNDLED = Path(str(files("twin") / "examples" / "marched"))


def marched() -> dict[str, Run]:
    """The Runs as a march gives them."""
    runs: dict[str, Run] = {}
    with as_file(files("twin") / "examples") as folder:
        for name in EXAMPLES:
            loaded = load(folder / f"{name}.yaml")
            reference = None if loaded.project.event is None else runs["shanghai_office_pedf"]
            runs[name] = simulate(loaded, reference=reference)
    return runs


def rounded(table: pd.DataFrame) -> pd.DataFrame:
    """The numbers of a table with fewer binary digits: zeros that compress well."""
    mantissa, exponent = np.frexp(table.to_numpy(float))
    short = np.ldexp(np.round(np.ldexp(mantissa, DIGITS)), exponent - DIGITS)
    return pd.DataFrame(short, index=table.index, columns=table.columns)


def small(run: Run) -> Run:
    """A Run as it is bundled."""
    facts = run.manifest | {"digits": DIGITS}
    return replace(
        run,
        manifest=facts,
        series={name: rounded(table) for name, table in run.series.items()},
        zones={name: rounded(table) for name, table in run.zones.items()},
        weather=rounded(run.weather),
    )


def main() -> None:
    """Write them where the package keeps its examples."""
    store = RunStore(BUNDLED)
    for name, run in marched().items():
        store.save(small(run), name, replace=True)


if __name__ == "__main__":
    main()
