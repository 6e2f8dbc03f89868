"""A district's year over the number of its buildings: wall, CPU and memory of `twin district`.

python tests/benchmarks/scale_of_districts.py 1000 3000 10000 --out FOLDER

Buildings are drawn from the kinds and rows of the bundled district of Lingang, each with its own size, turn
and habits. The memory of the command and its workers is looked at every half second.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import shutil
import subprocess
import sys
import time
from importlib.resources import as_file, files
from pathlib import Path

import psutil

TWIN = str(Path(sys.executable).with_name("twin"))


def write_district(folder: Path, count: int, seed: int = 1) -> Path:
    """Write a project of so many buildings and say where.

    Parameters
    ----------
    folder : Path
        Is made.
    count : int
    seed : int
        Of rows, sizes and turns.
    """
    folder.mkdir(parents=True)
    with as_file(files("twin") / "examples" / "districts") as bundled:
        text = (bundled / "lingang_300.yaml").read_text("utf-8")
        rows = list(csv.DictReader((bundled / "lingang_300.csv").open(encoding="utf-8")))
    drawn = random.Random(seed)
    with (folder / "buildings.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, list(rows[0]))
        table.writeheader()
        for i in range(count):
            row = dict(drawn.choice(rows))
            row |= {"name": f"B{i:05d}", "orientation": f"{drawn.uniform(-45.0, 45.0):.0f}"}
            row["floor_area"] = f"{float(row['floor_area']) * drawn.uniform(0.8, 1.25):.0f}"
            table.writerow(row)
    (folder / "district.yaml").write_text(text.replace("lingang_300.csv", "buildings.csv"), "utf-8")
    return folder / "district.yaml"


def march(project: Path, out: Path) -> dict[str, float]:
    """March a project by the command; its figures and the memory [MB] that it took, by process and in all."""
    begin = time.perf_counter()
    with subprocess.Popen(
        [TWIN, "district", str(project), "--out", str(out), "--json"], stdout=subprocess.PIPE, text=True
    ) as running:
        command = psutil.Process(running.pid)
        most = {"process": 0.0, "command": 0.0, "all": 0.0}
        while running.poll() is None:
            sizes = [_size_mb(one) for one in (command, *_children(command))]
            most["command"] = max(most["command"], sizes[0])
            most["process"] = max(most["process"], *sizes)
            most["all"] = max(most["all"], sum(sizes))
            time.sleep(0.5)
        told = json.loads(running.stdout.read() if running.stdout is not None else "{}")
    counts = told["counts"]
    return {
        "buildings": counts["buildings"],
        "wall_s": time.perf_counter() - begin,
        "march_s": counts["wall_s"],
        "cpu_s": counts["cpu_s"],
        "cpu_ms_per_building": 1e3 * counts["cpu_s"] / counts["buildings"],
        **{f"memory_of_{name}_mb": size for name, size in most.items()},
        "disk_mb": sum(file.stat().st_size for file in out.rglob("*") if file.is_file()) / 1e6,
    }


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _size_mb(process: psutil.Process) -> float:
    try:
        return process.memory_info().rss / 1e6
    except psutil.NoSuchProcess:
        return 0.0


def main() -> None:
    """Print a line for each number of buildings."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("counts", type=int, nargs="+")
    asked.add_argument("--out", type=Path, required=True)
    asked.add_argument("--keep", action="store_true", help="keep the series")
    given = asked.parse_args()
    for count in given.counts:
        folder = given.out / str(count)
        figures = march(write_district(folder, count), folder / "year")
        told = "  ".join(f"{key} {value:.1f}" for key, value in figures.items())
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()
        if not given.keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
