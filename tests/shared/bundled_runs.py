"""March what the package shows before anybody marched anything, an office and a fleet: `make examples`.

The Runs go into the package, their numbers rounded to 13 binary digits so that they stay small; summaries
are whole. Of the operated day the rows of states and of the feeder are means over five minutes in half
precision. `tests/twin/test_bundled_runs.py` marches them again and finds what has become stale; of the
fleet's call `tests/twin/response/test_bundled_call.py` marches eight buildings.
"""

from __future__ import annotations

import itertools
import json
import shutil
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pandas as pd

from twin.crew import DaskCrew
from twin.project import load, simulate
from twin.response.invitation import read_invitation
from twin.response.operated import LOCK, SCENE, operate_call
from twin.response.rows import FEEDER, STATES, coarser, read_rows, rows_path, told
from twin.response.states import AT, ENDS
from twin.response.study import call_fleet
from twin.store import Run, RunStore

EXAMPLES = ("shanghai_office_2005", "shanghai_office_pedf", "shanghai_office_pedf_call")
DIGITS = 13
MINUTES = 5
"""Steps in a row of the operated day, which goes by minutes; its hours begin and end with one."""
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


def operated(folder: Path) -> None:
    """Operate the call of the 300 buildings without waiting for the clock; minutes of work."""
    districts = files("twin") / "examples" / "districts"
    with as_file(districts) as there:
        loaded = load(there / "lingang_300.yaml")
        invitation = read_invitation(there / "calls" / "peak_unreliable.yaml")
        with DaskCrew(None) as crew:
            called = call_fleet(loaded, invitation, crew)
    titles = loaded.project.name_zh or loaded.project.name, loaded.project.name
    passed = itertools.count(step=60.0)
    operate_call(
        called, folder, seed=invitation.seed, speed=1000.0, titles=titles,
        clock=lambda: next(passed), nap=lambda _: None,
    )  # fmt: skip


def slimmer(folder: Path) -> None:
    """Rows of an operated day as they are bundled; its moments stay as they are."""
    scene = json.loads((folder / SCENE).read_text("utf-8"))
    for stem, ends in ((STATES, [AT[name] for name in ENDS]), (FEEDER, [])):
        entry = scene[stem]
        values = coarser(read_rows(folder, scene, stem).values, MINUTES, ends)
        rows_path(folder, stem, entry).unlink()
        scene[stem] = entry | told("<f2", tuple(entry["shape"]), MINUTES)
        rows_path(folder, stem, scene[stem]).write_bytes(values.astype("<f2").tobytes())
    (folder / SCENE).write_text(json.dumps(scene, ensure_ascii=False), "utf-8")


def main() -> None:
    """Write them where the package keeps its examples."""
    store = RunStore(BUNDLED)
    for name, run in marched().items():
        store.save(small(run), name, replace=True)
    folder = BUNDLED.parent / "operated" / "lingang_300"
    shutil.rmtree(folder, ignore_errors=True)
    operated(folder)
    slimmer(folder)
    (folder / LOCK).unlink()


if __name__ == "__main__":
    main()
