"""Crosscheck the bundled office as the pages show it before anybody checked: `make examples`.

Takes some minutes of EnergyPlus, so that `tests/twin/test_bundled_study.py` marches only our own side again.
"""

from __future__ import annotations

import gzip
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from twin.commands.crosscheck import crosscheck_projects
from twin.crosscheck.stored import FILE

PROJECT = "office_2005"
EXAMPLES = Path(str(files("twin") / "examples"))
BUNDLED = EXAMPLES / "studies" / PROJECT / f"{FILE}.gz"


def keep(stored: Path, path: Path = BUNDLED) -> None:
    """Put a stored crosscheck into a gzip that is the same for the same content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(stored.read_bytes(), mtime=0))


def main() -> None:
    """Check the project and write what pages show where the package keeps its examples."""
    project = EXAMPLES / "crosscheck" / f"{PROJECT}.yaml"
    with TemporaryDirectory() as folder:
        out = Path(folder)
        crosscheck_projects(
            project, every=False, weather=None, free_float=True, page=None, out=out, progress=lambda _: None
        )
        keep(out / FILE)


if __name__ == "__main__":
    main()
