"""The door, with a file and a mapping written for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from measured_files import Door
from twin.meters.measured import Measured, read_meters


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """Write lines and a mapping, and read them."""

    def through(
        lines: Sequence[str], readings: Sequence[dict[str, object]], encoding: str = "utf-8", **more: object
    ) -> Measured:
        (tmp_path / "a.csv").write_bytes("\n".join(lines).encode(encoding))
        own = {key: more.pop(key) for key in ("rows",) if key in more}
        keys = {key: more.pop(key) for key in ("label", "format", "zone", "shift") if key in more}
        time = {"column": "time", **keys}
        content = {
            "schema": 1,
            **more,
            "meters": [{"file": "a.csv", "time": time, "readings": list(readings), **own}],
        }
        (tmp_path / "m.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
        return read_meters(tmp_path / "m.yaml")

    return through
