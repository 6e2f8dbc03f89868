"""Acceptance 7: what a user can break ends with one paragraph (where, what is right) and without a Run."""

from __future__ import annotations

import itertools
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from command_process import forked

TWIN = str(Path(sys.executable).with_name("twin"))
OFFICE = """schema: 1
name: office
timestep: 60
buildings:
  - name: office
    archetype: office
    era: gb50189-2005
    floor_area: 400 m2
    floors: 2
"""
ROOM = """schema: 1
name: room
timestep: 60
buildings:
  - name: room
    zones:
      - {name: hall, floor_area: 100, height: 3, use: office}
    surfaces:
      - {name: floor, zone: hall, kind: floor, area: 100, construction: ground_slab, boundary: ground}
      - {name: south, zone: hall, kind: wall, area: 30, azimuth: 180, construction: outside,
         windows: [{name: glass, area: 10, glazing: pane}]}
    constructions:
      outside:
        layers: [{material: reinforced_concrete, thickness: 0.2}, {material: cement_mortar, thickness: 0.02}]
    glazings:
      pane: {u_value: 2.2, shgc: 0.4}
"""
FOIL = (
    "{thickness: 0.02, conductivity: 0.000001, solar_transmittance: 0.1, solar_reflectance_front: 0.1,"
    " solar_reflectance_back: 0.1}"
)


def office(old: str = "", new: str = "", *, more: str = "") -> dict[str, bytes]:
    """The office with one piece of text replaced, or text added to its end."""
    assert old in OFFICE
    return {"project.yaml": (OFFICE.replace(old, new) if old else OFFICE + more).encode()}


def with_line(text: str) -> dict[str, bytes]:
    """The office with a key more in its building."""
    return office(more=f"    {text}\n")


def room(*changes: str) -> dict[str, bytes]:
    """The room with pieces of text replaced: old, new, old, new."""
    text = ROOM
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    return {"project.yaml": text.encode()}


def call(text: str) -> dict[str, bytes]:
    """The office with a call."""
    return {"project.yaml": f"{OFFICE}event: {{{text}}}\n".encode()}


@dataclass(frozen=True)
class Broken:
    """Files to write, words that the error must say, and how to call the command.

    `epw` breaks a sound weather file; `says` are searched in the paragraph without regard to case.
    """

    name: str
    files: dict[str, bytes] = field(default_factory=office)
    says: tuple[str, ...] = ()
    file: str | None = "project.yaml"
    epw: Callable[[bytes], bytes] | None = None
    options: tuple[str, ...] = ()


def with_epw(name: str, change: Callable[[bytes], bytes], *says: str) -> Broken:
    """A run with a broken weather file."""
    return Broken(name, says=says, file="bad.epw", epw=change, options=("--weather", "bad.epw"))


def lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    """A change of the lines of a file."""
    return lambda text: b"\n".join(change(text.split(b"\n")))


def field_of(line: int, column: int, value: bytes) -> Callable[[bytes], bytes]:
    """One field of one line replaced."""

    def change(all_lines: list[bytes]) -> list[bytes]:
        fields = all_lines[line].split(b",")
        fields[column] = value
        return [*all_lines[:line], b",".join(fields), *all_lines[line + 1 :]]

    return lines(change)


def half_hours(text: bytes) -> bytes:
    """Two records in every hour."""
    header, data = text.split(b"\n")[:8], [x for x in text.split(b"\n")[8:] if x.strip()]
    header[7] = header[7].replace(b"DATA PERIODS,1,1,", b"DATA PERIODS,1,2,")
    return b"\n".join([*header, *(line for line in data for _ in range(2)), b""])


BOMB = "schema: 1\nname: x\na: &a [x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in itertools.pairwise("abcdefghi")
)

TABLE = (
    # the file itself
    Broken("missing file", {}, ("does not exist",)),
    Broken("directory", {"project.yaml/inside": b""}, ("folder",)),
    Broken("empty file", {"project.yaml": b""}, ("empty", "schema")),
    Broken("binary file", {"project.yaml": bytes(range(256)) * 20}, ()),
    Broken(
        "wrong encoding", {"project.yaml": OFFICE.replace("office", "办公楼").encode("gb18030")}, ("utf-8",)
    ),
    Broken("3 MB", {"project.yaml": OFFICE.encode() + b"# " + b"x" * 3_000_000}, ("2 mb",)),
    Broken("yaml bomb", {"project.yaml": BOMB.encode()}, ("anchors", "line 3")),
    Broken("not yaml", {"project.yaml": b"schema: 1\nname: [unclosed\n"}, ("not yaml",)),
    Broken(
        "tab indentation",
        {"project.yaml": b"schema: 1\nname: x\nbuildings:\n\t- name: y\n"},
        ("tab", "line 4"),
    ),
    Broken(
        "nesting", {"project.yaml": b"schema: 1\nname: x\nsite: " + b"[" * 300 + b"]" * 300}, ("nesting",)
    ),
    Broken(
        "duplicate key", office("floors: 2\n", "floors: 2\n    floors: 3\n"), ("floors", "line 9", "line 10")
    ),
    Broken("two documents", office(more="---\nschema: 1\n"), ("second document",)),
    Broken("a list on top", {"project.yaml": b"- schema: 1\n"}, ("keys with values",)),
    Broken("control characters", {"project.yaml": OFFICE.encode() + b"#\x07\n"}, ()),
    # keys, units, numbers
    Broken("unknown key", office("floors: 2", "floor_count: 2"), ("floor_count", "unknown", "line 9")),
    Broken("unknown key deep", with_line("battery: {capacity: 5, power: 2, soc: 0.5}"), ("battery.soc",)),
    Broken("wrong unit", office("400 m2", "400 kWh"), ("floor_area", "kwh", "m2")),
    Broken("no number", office("400 m2", "large"), ("floor_area", "large")),
    Broken("negative area", office("400 m2", "-400 m2"), ("floor_area", "-400")),
    Broken("infinite area", office("400 m2", ".inf"), ("floor_area",)),
    Broken("NaN", office("400 m2", ".nan"), ("floor_area",)),
    Broken("huge number", office("400 m2", "1e400"), ("floor_area",)),
    Broken("true as number", office("floors: 2", "floors: true"), ("floors",)),
    Broken("missing key", office("    floors: 2\n", ""), ("floors", "missing")),
    Broken("no buildings", office(OFFICE[OFFICE.index("buildings") :], "buildings: []\n"), ("buildings",)),
    Broken("schema of the future", office("schema: 1", "schema: 99"), ("schema", "99")),
    Broken("step of 7 min", office("timestep: 60", "timestep: 7"), ("timestep", "15")),
    Broken("name as a path", office("name: office\ntimestep", "name: ../x\ntimestep"), ("name", "../x")),
    Broken("same name twice", office(more=OFFICE[OFFICE.index("  - name") :]), ("two buildings", "office")),
    # geometry and library
    Broken(
        "zone without floor",
        room(
            "kind: floor, area: 100, construction: ground_slab, boundary: ground",
            "kind: roof, area: 100, construction: outside",
        ),
        ("hall", "no floor", "zones"),
    ),
    Broken("window beyond its wall", room("area: 10, glazing", "area: 31, glazing"), ("windows", "31")),
    Broken(
        "unknown material",
        room("material: reinforced_concrete,", "material: concret,"),
        ("concret", "constructions"),
    ),
    Broken(
        "shade between panes of nothing that conducts",
        room(
            "glass, area: 10, glazing: pane}]}",
            "glass, area: 10, glazing: pane, shading: {shade: blind}}]}",
            "pane: {u_value: 2.2, shgc: 0.4}",
            f"pane: {{layers: [{FOIL}, {{thickness: 0.02}}, {FOIL}]}}\n"
            "    shades:\n"
            "      blind: {place: between, solar_transmittance: 0, solar_reflectance: 0}",
        ),
        ("windows.glass.shading.shade", "do not settle", "conductivity"),
        file=None,
    ),
    Broken("unknown construction", room("construction: outside,", "construction: wand,"), ("wand",)),
    Broken("unknown glazing", room("glazing: pane", "glazing: glass"), ("glass", "glazing")),
    Broken("unknown use", room("use: office", "use: offce"), ("offce", "office")),
    Broken(
        "unknown schedule", room("use: office}", "use: office, thermostat: {cooling: nightly}}"), ("nightly",)
    ),
    Broken("surface of no zone", room("zone: hall, kind: wall", "zone: hal, kind: wall"), ("hal", "zone")),
    Broken("unknown era", office("gb50189-2005", "gb50189-2006"), ("era", "gb50189-2005")),
    Broken("unknown archetype", office("archetype: office", "archetype: ofice"), ("archetype", "office")),
    Broken(
        "unknown equipment",
        with_line("hvac: {equipment: vrf_2099}"),
        ("hvac.equipment", "vrf_2099", "vrf_2010"),
    ),
    Broken("unknown tariff", office("timestep: 60", "tariff: cheap"), ("tariff", "cheap", "shanghai")),
    # systems
    Broken(
        "unknown converter",
        with_line("dc_bus: {interface: afe_magic}"),
        ("dc_bus.interface", "afe_magic", "afe_median"),
    ),
    Broken(
        "unknown module", with_line("pv: [{name: r, capacity: 5, module: magic}]"), ("pv[0].module", "magic")
    ),
    Broken(
        "unknown cell",
        with_line("battery: {capacity: 5, power: 2, equipment: magic}"),
        ("battery.equipment", "magic", "lfp"),
    ),
    Broken("negative battery", with_line("battery: {capacity: -5, power: 2}"), ("battery.capacity", "-5")),
    Broken(
        "soc_min above soc_max", with_line("battery: {capacity: 5, power: 2, soc_min: 0.95}"), ("soc_min",)
    ),
    Broken("droop without bus", with_line("control: {type: droop}"), ("control.type", "dc_bus")),
    Broken("chargers by halves", with_line("ev: {chargers: 1.5}"), ("ev.chargers", "1.5")),
    Broken(
        "converter of a bus battery",
        with_line("dc_bus: {}\n    battery: {capacity: 5, power: 2, converter: magic}"),
        ("battery.converter", "magic", "dcdc_good"),
    ),
    # calendar and calls
    Broken("year without holidays", office("timestep: 60", "timestep: 60\nyear: 2099"), ("2099", "year")),
    Broken(
        "call outside the year", call("date: 2024-07-01, reduction: 5"), ("event.date", "2024-07-01", "2025")
    ),
    Broken("call without size", call("date: 2025-07-01"), ("event", "reduction")),
    Broken(
        "call over midnight",
        call("date: 2025-07-01, start: '23:00', duration: 3, reduction: 5"),
        ("event", "own day"),
    ),
    Broken("call before any workday", call("date: 2025-01-02, reduction: 5"), ("event", "baseline", "later")),
    Broken("call off the steps", call("date: 2025-07-01, start: '13:10', reduction: 5"), ("event", "13:10")),
    # one file on another
    Broken(
        "extends what is not there",
        {"project.yaml": b"extends: base.yaml\n"},
        ("does not exist",),
        "base.yaml",
    ),
    Broken("extends itself", {"project.yaml": b"extends: project.yaml\n"}, ("circle", "extends")),
    Broken(
        "extends in a circle",
        {"project.yaml": b"extends: b.yaml\n", "b.yaml": b"extends: project.yaml\n"},
        ("circle",),
    ),
    Broken(
        "extends out of the folder", {"project.yaml": b"extends: ../base.yaml\n"}, ("same folder", "extends")
    ),
    # weather
    Broken(
        "weather that nobody knows",
        office("timestep: 60", "weather: atlantis"),
        ("weather", "atlantis", "shanghai"),
    ),
    Broken(
        "weather that nobody knows, by option",
        says=("atlantis", "shanghai"),
        file=None,
        options=("--weather", "atlantis"),
    ),
    Broken("no such EPW", office("timestep: 60", "weather: none.epw"), (), "none.epw"),
    Broken("a place off the earth", office("timestep: 60", "weather: 'pvgis:95,200'"), ("weather", "95,200")),
    with_epw("EPW cut in the middle", lambda text: text[: len(text) // 2 + 17]),
    with_epw("EPW cut to its head", lambda text: text[:700]),
    with_epw("EPW with NaN", field_of(100, 6, b"NaN"), "line 101"),
    with_epw("EPW with a word", field_of(4000, 13, b"sunny"), "line 4001", "sunny"),
    with_epw("EPW beyond physics", field_of(4000, 6, b"88.0"), "line 4001"),
    with_epw("EPW in UTF-16", lambda text: text.decode("utf-8").encode("utf-16")),
    with_epw("EPW of ten years", lines(lambda rows: [*rows[:8], *[r for r in rows[8:] if r] * 10])),
    with_epw("EPW by half hours", half_hours),
    with_epw("EPW empty", lambda text: b"", "empty"),
    with_epw("EPW binary", lambda text: bytes(range(256)) * 4000),
    with_epw("EPW that is HTML", lambda text: b"<!DOCTYPE html><html>not found</html>\n" * 30),
    # the command's own options
    Broken("another engine", says=("engine", "fast"), file=None, options=("--engine", "warp")),
    Broken("name as a path, by option", says=("name", "file name"), file=None, options=("--name", "../x")),
)


@pytest.fixture(scope="session")
def sound_epw(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A sound EPW file."""
    from weather import load_weather, write_epw

    path = tmp_path_factory.mktemp("epw") / "sound.epw"
    write_epw(load_weather("shanghai"), path)
    return path.read_bytes()


def lay_out(case: Broken, folder: Path, sound: bytes) -> None:
    for name, content in case.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    if case.epw is not None:
        (folder / "bad.epw").write_bytes(case.epw(sound))


def twin(
    folder: Path,
    *options: str,
    env: dict[str, str] | None = None,
    preexec_fn: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TWIN, "run", *options],
        cwd=folder, env=env, preexec_fn=preexec_fn,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def check_complaint(done: subprocess.CompletedProcess[str], says: tuple[str, ...], file: str | None) -> str:
    """One paragraph on stderr, exit code 2, no traceback; returns the paragraph."""
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 2, (done.returncode, done.stderr)
    told = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("marching ")]
    assert len(told) == 1, done.stderr
    paragraph = told[0]
    assert paragraph.startswith("error: ")
    assert paragraph.rstrip().endswith((".", ")", "'", "?"))
    assert 20 < len(paragraph) < 1200
    if file is not None:
        assert file in paragraph
    for word in says:
        assert word.lower() in paragraph.lower(), paragraph
    return paragraph


def left_behind(folder: Path) -> list[str]:
    out = folder / "runs"
    return sorted(str(path.relative_to(folder)) for path in out.rglob("*")) if out.exists() else []


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 20
    assert len({case.name for case in TABLE}) == len(TABLE)


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.name)
def test_a_broken_input_is_told_in_one_paragraph(case: Broken, tmp_path: Path, sound_epw: bytes) -> None:
    lay_out(case, tmp_path, sound_epw)
    done = forked("run", "project.yaml", "--out", "runs", *case.options, cwd=tmp_path)
    check_complaint(done, case.says, case.file)
    assert done.stdout == ""
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("name", ["unknown key", "EPW empty", "call over midnight"])
def test_with_json_the_error_is_one_object_on_stdout(name: str, tmp_path: Path, sound_epw: bytes) -> None:
    case = next(case for case in TABLE if case.name == name)
    lay_out(case, tmp_path, sound_epw)
    done = forked("run", "project.yaml", "--out", "runs", "--json", *case.options, cwd=tmp_path)
    check_complaint(done, case.says, case.file)
    error = json.loads(done.stdout)["error"]
    assert set(error) == {"what", "remedy", "file", "key", "line"}
    assert case.file is not None
    assert error["file"].endswith(case.file)
    assert error["what"]
    assert error["remedy"]


def test_offline_weather_says_so(tmp_path: Path) -> None:
    """No way out: every proxy points at a closed port."""
    lay_out(Broken("", office("timestep: 60", "weather: 'pvgis:31.2,121.4'")), tmp_path, b"")
    closed = dict.fromkeys(
        ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"), "http://127.0.0.1:9"
    )
    env = {**os.environ, **closed, "no_proxy": "", "NO_PROXY": "", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = twin(tmp_path, "project.yaml", "--out", "runs", env=env)
    check_complaint(done, ("pvgis",), None)
    assert left_behind(tmp_path) == []


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    """A file stands where the Runs should go (root may write anywhere, so permissions prove nothing here)."""
    lay_out(Broken("", {"project.yaml": OFFICE.encode()}), tmp_path, b"")
    (tmp_path / "runs").write_text("a file", encoding="utf-8")
    done = forked("run", "project.yaml", "--out", "runs", cwd=tmp_path)
    check_complaint(done, ("runs",), None)
    assert (tmp_path / "runs").read_text(encoding="utf-8") == "a file"


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """Files may not grow beyond 100 kB, as on a full disk or beyond a quota."""
    lay_out(Broken("", {"project.yaml": OFFICE.encode()}), tmp_path, b"")

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = twin(
        tmp_path,
        "project.yaml",
        "--out",
        "runs",
        preexec_fn=no_room,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    check_complaint(done, ("could not be written", "runs"), None)
    assert [name for name in left_behind(tmp_path) if not name.endswith(".lock")] == []
