"""Compile the kernels that most tests share: workers that begin on an empty cache would each compile them."""

from __future__ import annotations

from importlib.resources import as_file, files

from twin.clock import march
from twin.plant import prepare
from twin.project import load

if __name__ == "__main__":
    with as_file(files("twin") / "examples") as folder:
        loaded = load(folder / "shanghai_all_systems.yaml")
    march(prepare(loaded.project, loaded.climate))
