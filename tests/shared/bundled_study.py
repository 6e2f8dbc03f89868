"""Search packages for the bundled office as the pages show them before anybody searched: `make examples`.

Takes about a quarter of an hour on two cores, EnergyPlus included, so that `tests/twin/test_bundled_study.py`
marches only what was chosen again.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from twin.crew import DaskCrew
from twin.project import load
from twin.retrofit.study import Settings, study

PROJECT = "office_2005"
PACKAGES, DRAWS = 60, 8
EXAMPLES = Path(str(files("twin") / "examples"))
BUNDLED = EXAMPLES / "studies" / PROJECT / "study.json.gz"


def keep(made: Mapping[str, Any], path: Path = BUNDLED) -> None:
    """Write a study in a gzip that is the same for the same study."""
    text = json.dumps(made, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))


def main() -> None:
    """Make the study and write it where the package keeps its examples."""
    loaded = load(EXAMPLES / "retrofit" / f"{PROJECT}.yaml")
    with TemporaryDirectory() as folder, DaskCrew(None) as crew:
        settings = Settings(Path(folder), packages=PACKAGES, draws=DRAWS, energyplus=True)
        keep(study(loaded, settings, crew, lambda stage, share: None))


if __name__ == "__main__":
    main()
