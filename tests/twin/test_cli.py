"""The command line as processes: what it prints, what it writes, and what an interrupt leaves.

Starts are from nothing where the start or a signal is the point; else a server forks the command.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from importlib.resources import as_file, files
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pandas as pd
import pytest
import yaml

from command_process import forked
from twin.store import RunStore, frame_sha256, open_run

TWIN = str(Path(sys.executable).with_name("twin"))
COMMANDS = (
    "run", "demo", "describe", "weather", "schema", "bench", "contest", "kpis", "flexibility", "retrofit",
    "pilot",
)  # fmt: skip
EXAMPLES = sorted(e.name for e in files("twin").joinpath("examples").iterdir() if e.name.endswith(".yaml"))


def twin(*options: str | Path, cwd: Path | None = None, **more: Any) -> subprocess.CompletedProcess[str]:
    """Call the command."""
    return subprocess.run(
        [TWIN, *map(str, options)], cwd=cwd, capture_output=True, text=True, timeout=500, check=False, **more
    )


def told(done: subprocess.CompletedProcess[str]) -> Any:
    """The one JSON object on stdout of a call that went well."""
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    content = json.loads(done.stdout, parse_constant=lambda word: pytest.fail(f"{word} in JSON"))
    assert isinstance(content, dict)
    return content


@pytest.fixture(scope="session")
def project(marches: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project file, hourly."""
    plain = {"schema": 1, "name": "small", "timestep": 60, "buildings": [marches.hall(**marches.PEDF)]}
    path = tmp_path_factory.mktemp("项目") / "hall.yaml"
    path.write_text(yaml.safe_dump(json.loads(json.dumps(plain)), allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def marched(project: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Folder of a Run that the command wrote, and what it said."""
    out = tmp_path_factory.mktemp("runs") / "here [and] 这里"
    return out, told(twin("run", project, "--out", out, "--json"))


# --- help -----------------------------------------------------------------------------------------------


def test_help_lists_the_commands_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['twin', '--help']\n"
        "from twin.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('LOADED', *sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    text, _, loaded = done.stdout.partition("LOADED")
    for command in COMMANDS:
        assert f"  {command} " in text
    heavy = {"numpy", "pandas", "numba", "scipy", "pvlib", "pyarrow", "plotly", "pydantic", "simpy"}
    assert not heavy & set(loaded.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    done = twin(command, "--help")
    assert done.returncode == 0
    assert "--json" in done.stdout


# --- run ------------------------------------------------------------------------------------------------


def test_run_writes_a_run_and_says_one_object(marched: tuple[Path, Any], marches: ModuleType) -> None:
    out, said = marched
    (run,) = said["runs"]
    assert run["name"] == "hall"
    stored = open_run(out / "hall")
    assert Path(run["path"]) == out / "hall"
    assert run["summary"] == json.loads((out / "hall" / "summary.json").read_text(encoding="utf-8"))
    known = marches.march_of(marches.hall(**marches.PEDF)).run
    assert frame_sha256(stored.series["hall"]) == frame_sha256(known.series["hall"])
    residuals = stored.summary["residuals"].values()
    assert max(r["relative"] if isinstance(r, dict) else r for r in residuals) < 1e-9
    assert sorted(p.name for p in out.iterdir()) == ["hall"]


def test_run_without_json_shows_a_table_and_where_to_look(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "[bold]runs"
    done = forked("run", project, "--out", out, "--page", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    assert "small" in done.stdout
    assert f"Run   {out / 'hall'}" in done.stdout
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<html" in page
    assert f"Page  {tmp_path / 'page.html'}" in done.stdout


def test_a_second_run_takes_the_next_name_unless_told_to_replace(project: Path, tmp_path: Path) -> None:
    names = [told(forked("run", project, "--out", tmp_path, "--json"))["runs"][0]["name"] for _ in range(2)]
    assert names == ["hall", "hall-2"]
    first = (tmp_path / "hall" / "manifest.json").stat().st_mtime_ns
    again = told(forked("run", project, "--out", tmp_path, "--json", "--replace"))
    assert again["runs"][0]["name"] == "hall"
    assert (tmp_path / "hall" / "manifest.json").stat().st_mtime_ns > first
    assert RunStore(tmp_path).names() == ["hall", "hall-2"]
    for part in ("series/hall.parquet", "zones/hall.parquet", "weather.parquet", "project.yaml"):
        assert (tmp_path / "hall" / part).read_bytes() == (tmp_path / "hall-2" / part).read_bytes()


def test_a_name_of_ones_own_is_never_overwritten(project: Path, tmp_path: Path) -> None:
    assert (
        told(forked("run", project, "--out", tmp_path, "--json", "--name", "甲"))["runs"][0]["name"] == "甲"
    )
    done = forked("run", project, "--out", tmp_path, "--name", "甲")
    assert done.returncode == 2
    assert "甲" in done.stderr
    assert RunStore(tmp_path).names() == ["甲"]


def test_another_seed_is_another_year(project: Path, marched: tuple[Path, Any], tmp_path: Path) -> None:
    told(forked("run", project, "--out", tmp_path, "--json", "--seed", "3"))
    other, known = open_run(tmp_path / "hall"), open_run(marched[0] / "hall")
    assert other.manifest["seed"] == 3
    assert not other.weather["temp_air"].equals(known.weather["temp_air"])


DROP_POWER = """
import os, sys
from twin import store
from twin.cli import main
save = store.RunStore.save
def as_nobody(*a, **k):
    if os.geteuid() == 0:  # root writes anywhere, so it steps down for the moment of writing
        os.setegid(65534)
        os.seteuid(65534)
    return save(*a, **k)
store.RunStore.save = as_nobody
sys.argv[0] = "twin"
main()
"""


def test_a_folder_without_permission(project: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", DROP_POWER, "run", str(project), "--out", str(locked)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "could not be written" in done.stderr
    assert list(locked.iterdir()) == []


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("wait_s", [0.2, 3.0])
def test_an_interrupt_leaves_no_run(
    project: Path, tmp_path: Path, kind: signal.Signals, wait_s: float
) -> None:
    slow = tmp_path / "slow.yaml"
    slow.write_text(
        project.read_text(encoding="utf-8").replace("timestep: 60", "timestep: 1"), encoding="utf-8"
    )
    out = tmp_path / "runs"
    # A test run started in the background inherits an ignored SIGINT; the command must hear it all the same.
    heard = "import os, signal as s, sys; s.signal(s.SIGINT, s.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    command = [sys.executable, "-c", heard, TWIN, "run", str(slow), "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("marching")
        time.sleep(wait_s)
        process.send_signal(kind)
        _, complaint = process.communicate(timeout=300)
    assert process.returncode != 0
    assert "Traceback" not in complaint
    assert RunStore(out).names() == []
    if kind == signal.SIGINT:
        assert "nothing was stored" in complaint
        assert process.returncode == 130


# --- describe and schema --------------------------------------------------------------------------------


def test_describe_gives_every_value_a_source(project: Path) -> None:
    said = told(forked("describe", project, "--json"))
    assert said["name"] == "small"
    assert len(said["values"]) > 10
    for entry in said["values"]:
        assert entry["source"]
        assert entry["confidence"]
        assert entry["path"]
    assert "DC bus 750 V" in said["diagrams"]["hall"]
    unverified = told(forked("describe", project, "--json", "--unverified"))["values"]
    assert unverified
    assert len(unverified) < len(said["values"])
    shown = forked("describe", project)
    assert shown.returncode == 0
    assert "DC bus 750 V" in shown.stdout


@pytest.fixture(scope="session")
def schema() -> Any:
    """What `twin schema` prints."""
    return told(forked("schema"))


def test_the_schema_is_one(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_keep_the_schema(schema: Any, name: str) -> None:
    with as_file(files("twin") / "examples") as folder:
        content = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(json.dumps(content, default=str)))


def test_the_schema_refuses_what_the_reader_refuses(schema: Any, project: Path) -> None:
    content = yaml.safe_load(project.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(content)
    for key, value in (("nmae", "x"), ("timestep", -5), ("buildings", [])):
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({**content, key: value})


# --- weather --------------------------------------------------------------------------------------------

STATISTICS = {
    "hdd18", "hdd18_3", "cdd26", "cdd18_3", "ghi_kwh_m2", "dni_kwh_m2", "dhi_kwh_m2", "temp_air_mean_c",
    "humidity_ratio_mean_g_kg", "lag1_temp_air", "lag1_kt",
}  # fmt: skip
"""Keys that acceptance 2 of the first issue names."""


def test_weather_prints_the_figures_of_the_built_in_year(tmp_path: Path) -> None:
    said = told(forked("weather", "shanghai", "--json", "--out", tmp_path / "上海.epw"))
    assert set(said["annual"]) >= STATISTICS
    monthly = {key for key in STATISTICS if not key.startswith("lag1")}
    assert not monthly - set(said["monthly"])
    assert all(len(said["monthly"][key]) == 12 for key in monthly)
    assert sum(said["monthly"]["ghi_kwh_m2"]) == pytest.approx(said["annual"]["ghi_kwh_m2"], rel=1e-3)
    assert said["published"]
    assert said["files"] == [str(tmp_path / "上海.epw")]
    again = told(forked("weather", tmp_path / "上海.epw", "--json"))
    # EPW holds whole W/m2 and tenths of a kelvin
    for key in ("ghi_kwh_m2", "dhi_kwh_m2", "temp_air_mean_c", "humidity_ratio_mean_g_kg"):
        assert again["annual"][key] == pytest.approx(said["annual"][key], rel=5e-3), key


def test_several_years_are_several_files(tmp_path: Path) -> None:
    said = told(forked("weather", "--json", "--years", "2", "--seed", "5", "--out", tmp_path / "y.epw"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["y-5.epw", "y-6.epw"]
    assert len(said["years"]) == 2
    assert said["years"][0] != said["years"][1]


def test_a_run_on_a_file_of_the_weather_command(project: Path, tmp_path: Path) -> None:
    told(forked("weather", "--json", "--seed", "7", "--out", tmp_path / "seven.epw"))
    told(forked("run", project, "--weather", tmp_path / "seven.epw", "--out", tmp_path / "runs", "--json"))
    from_file = open_run(tmp_path / "runs" / "hall")
    told(forked("run", project, "--seed", "7", "--out", tmp_path / "direct", "--json"))
    direct = open_run(tmp_path / "direct" / "hall")
    pd.testing.assert_series_equal(
        from_file.weather["temp_air"], direct.weather["temp_air"], atol=0.06, rtol=0.0
    )
    total = [run.series["hall"]["grid_import_kw"].sum() for run in (from_file, direct)]
    assert total[0] == pytest.approx(total[1], rel=0.01)


def test_a_weather_file_lies_beside_its_project(project: Path, tmp_path: Path) -> None:
    """The name is relative to the project, not to where the command runs."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    told(forked("weather", "--json", "--seed", "7", "--out", tmp_path / "a" / "seven.epw"))
    text = project.read_text(encoding="utf-8") + "weather: seven.epw\n"
    for folder in ("a", "b"):
        (tmp_path / folder / "p.yaml").write_text(text, encoding="utf-8")
    done = told(forked("run", "a/p.yaml", "--json", cwd=tmp_path))
    assert done["runs"][0]["name"] == "p"
    lost = forked("run", "../b/p.yaml", "--json", cwd=tmp_path / "a")
    assert lost.returncode == 2
    assert json.loads(lost.stdout)["error"]["file"].endswith("seven.epw")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("weather", "none.epw"), "none.epw"),
        (("weather", "none.epw", "--years", "3"), "one year"),
        (("weather", "--out", "missing/folder/x.epw"), "x.epw"),
        (("weather", "atlantis"), "atlantis"),
        (("describe", "none.yaml"), "none.yaml"),
        (("bench", "--zones", "many"), "many"),
        (("run",), "PROJECT"),
        (("march",), "march"),
        (("run", "x.yaml", "--seed", "-1"), "--seed"),
    ],
)
def test_wrong_calls_end_with_two(options: tuple[str, ...], says: str, tmp_path: Path) -> None:
    done = forked(*options, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
