"""Make the preview that an owner's page opens with: `make examples`.

The study goes into the package without its Runs, its figures with seven digits.
`tests/twin/preview/test_bundled_preview.py` makes it again and finds what has become stale.
"""

from __future__ import annotations

import json
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

from twin.commands.preview import FIELDS_FILE, PROJECT_FILE, STUDY_FILE, preview_building

DIGITS = 7
PREVIEWS = Path(str(files("twin") / "examples" / "previews"))
EXAMPLE = "office"
DRAWS = 16


def made(draws: int = DRAWS) -> tuple[dict[str, Any], str]:
    """The study as the command makes it, and the project that it made of six fields."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        done = preview_building(
            PREVIEWS / f"{EXAMPLE}.yaml", out=out, draws=draws, seed=0, report=False, progress=lambda *_: None
        )
        return done.study, (out / PROJECT_FILE).read_text("utf-8")


def shortened(content: Any) -> Any:
    """Plain data with its numbers rounded."""
    if isinstance(content, float):
        return float(f"{content:.{DIGITS}g}")
    if isinstance(content, dict):
        return {key: shortened(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [shortened(value) for value in content]
    return content


def main() -> None:
    """Write it where the package keeps its examples."""
    study, project = made()
    folder = PREVIEWS / EXAMPLE
    folder.mkdir(exist_ok=True)
    text = json.dumps(
        shortened(study), ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str
    )
    (folder / STUDY_FILE).write_text(text + "\n", "utf-8")
    (folder / PROJECT_FILE).write_text(project, "utf-8")
    (folder / FIELDS_FILE).write_text((PREVIEWS / f"{EXAMPLE}.yaml").read_text("utf-8"), "utf-8")


if __name__ == "__main__":
    main()
