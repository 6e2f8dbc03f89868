"""Make the outlook that the page of calls opens with, 300 buildings over a day: `make examples`.

`tests/twin/response/test_bundled_outlook.py` marches some of the buildings and finds what has become stale.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from twin.crew import DaskCrew
from twin.project import load
from twin.response.outlook import HOTTEST, outlook_of
from twin.response.outlook_stored import FILE, compact, plain_outlook

EXAMPLE = "lingang_300"
FOLDER = Path(str(files("twin") / "examples" / "outlooks")) / EXAMPLE


def main() -> None:
    """Write it where the package keeps its examples; minutes of work."""
    with as_file(files("twin") / "examples" / "districts") as there:
        loaded = load(there / f"{EXAMPLE}.yaml")
        with DaskCrew(None) as crew:
            outlook = outlook_of(loaded, HOTTEST, crew)
    titles = loaded.project.name_zh or loaded.project.name, loaded.project.name
    FOLDER.mkdir(parents=True, exist_ok=True)
    told = plain_outlook(outlook, asked=HOTTEST, project=EXAMPLE, titles=titles)
    (FOLDER / FILE).write_bytes(compact(told))


if __name__ == "__main__":
    main()
