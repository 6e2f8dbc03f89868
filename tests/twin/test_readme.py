"""What the README shows must run as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from buildings.description.loading import parse_project, read_project
from twin import __all__ as public
from twin.cli import app

ROOT = Path(__file__).parents[2]
READMES = [ROOT / "README.md", ROOT / "README.zh.md"]


def blocks(path: Path, language: str) -> list[str]:
    """Code blocks of one language."""
    return re.findall(rf"```{language}\n(.*?)```", path.read_text("utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("path", READMES, ids=lambda p: p.name)
def test_the_project_shown_is_valid(path: Path) -> None:
    text, *_ = blocks(path, "yaml")
    project = parse_project(text, path.name)
    assert project.event is not None
    assert project.buildings[0].dc_bus is not None


@pytest.mark.parametrize("path", READMES, ids=lambda p: p.name)
def test_the_plant_room_shown_is_valid(path: Path) -> None:
    """The second block is a part of a building: it goes behind the first one's keys."""
    text, part, *_ = blocks(path, "yaml")
    lines = text.splitlines()
    end = next(i for i, line in enumerate(lines) if line.startswith("event:"))
    project = parse_project("\n".join([*lines[:end], part.rstrip()]), path.name)
    building = project.buildings[0]
    assert len(building.plant_room) == 6
    assert building.end_uses is not None
    assert building.ventilation.dehumidification is not None


@pytest.mark.parametrize("path", READMES, ids=lambda p: p.name)
def test_the_control_shown_is_valid(path: Path) -> None:
    """The third block holds keys of a building, then of the project."""
    text, _, part, _ = blocks(path, "yaml")
    lines = [line for line in text.splitlines() if not line.strip().startswith(("control:", "dc_bus:"))]
    end = next(i for i, line in enumerate(lines) if line.startswith("event:"))
    whole = "\n".join([*lines[:end], part.rstrip(), "timestep: 1 min"])
    project = parse_project(whole, path.name)
    control = project.buildings[0].control
    assert control.type == "mpc"
    assert control.target is not None
    assert control.mpc.weights.carbon == 0.1
    assert project.faults


@pytest.mark.parametrize("path", READMES, ids=lambda p: p.name)
def test_the_district_shown_is_valid(path: Path, tmp_path: Path) -> None:
    """The fourth block stands in place of a project's buildings."""
    *_, part = blocks(path, "yaml")
    (tmp_path / "d.yaml").write_text(f"schema: 1\nname: d\n{part}", "utf-8")
    (tmp_path / "buildings.csv").write_text(
        "name,kind,year_built,footprint_area,height,pv.roof.capacity,battery.capacity,battery.power\n"
        "A,office,2010,900,40,80,200,100\nB,home,1995,400,18,,,\n",
        "utf-8",
    )
    project = read_project(tmp_path / "d.yaml")
    assert project.shared is not None
    assert project.shared.names == ("night hub", "canopy", "shared storage")
    first, second = project.buildings
    assert first.battery is not None
    assert first.pv[0].capacity == 80.0
    assert second.archetype == "residential"


@pytest.mark.parametrize("path", READMES, ids=lambda p: p.name)
def test_every_command_named_exists(path: Path) -> None:
    named = set(re.findall(r"`twin ([\w-]+)", path.read_text("utf-8")))
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    known = set(group.commands)
    written = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    above = set(written["project"]["entry-points"]["twin.commands"])  # commands of rooms above `twin`
    assert above == {"dashboard", "user"}
    assert named <= known | above


def test_public_names_import() -> None:
    import twin

    for name in public:
        assert getattr(twin, name) is not None


@pytest.mark.long
def test_the_python_shown_runs(tmp_path: Path) -> None:
    (code,), (in_chinese,) = (blocks(path, "python") for path in READMES)
    assert in_chinese == code
    (tmp_path / "twin").symlink_to(ROOT / "twin")
    script = tmp_path / "shown.py"
    script.write_text(code, "utf-8")
    done = subprocess.run(
        [sys.executable, "-P", str(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[0]) > 0.0
    assert (tmp_path / "house.html").stat().st_size > 1_000_000
