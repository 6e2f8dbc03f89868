"""The wheel carries the five packages with their data, and none of our tests."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {"weather", "buildings", "controllers", "twin", "dashboards"}


@pytest.mark.long
def test_the_wheel_holds_the_packages_and_their_data(tmp_path: Path) -> None:
    source = tmp_path / "source"
    clone = ["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(source)]
    subprocess.run(clone, check=True, timeout=120)
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*build, "--wheel-dir", str(tmp_path), str(source)], check=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == PACKAGES
    tracked = subprocess.run(
        ["git", "-C", str(source), "ls-files", *PACKAGES], check=True, capture_output=True, text=True
    ).stdout.split("\n")
    missing = {name for name in tracked if name} - set(names)
    assert not missing
