"""A whole study of a small building: searched, judged, stored, resumed; one process or many."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sysconfig
import time
from dataclasses import replace
from pathlib import Path

import pytest

from buildings.description.loading import parse_project
from twin.crew import Alone
from twin.project import Loaded, load
from twin.retrofit.confirm import confirm
from twin.retrofit.march_store import MarchStore
from twin.retrofit.study import Settings, study
from twin.store import RunStore, open_run
from weather.errors import TwinError

pytestmark = pytest.mark.long

MEASURES = ("wall_eps_100", "windows_low_e", "led", "pv_roof_70", "battery_pv_1")
PROJECT = f"""
schema: 1
name: box
timestep: 60 min
retrofit:
  only: [{", ".join(MEASURES)}]
buildings:
  - {{name: box, archetype: office, era: gb50189-2005, floor_area: 900 m2, floors: 1}}
"""
TIMES = ("created", "counts")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    path = tmp_path_factory.mktemp("project") / "box.yaml"
    path.write_text(PROJECT)
    return load(path)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study")


def silent(stage: str, share: float) -> None:
    assert 0.0 <= share <= 1.0, stage


@pytest.fixture(scope="module")
def made(loaded: Loaded, out: Path) -> dict:
    return study(loaded, Settings(out, packages=100, draws=3), Alone(), silent)


def test_every_package_is_tried_and_can_be_built(made):
    """2^5 choices; the battery of one kWh per kWp stands only with PV, so 24 are different packages."""
    assert made["counts"]["packages"] == 24
    assert made["counts"]["refused"] == 0
    assert made["method"]["search"] == "exhaustive"
    packages = {tuple(p["keys"]): p for p in made["packages"]}
    assert () in packages
    assert all("pv_roof_70" in keys for keys in packages if "battery_pv_1" in keys)
    assert packages[("pv_roof_70",)]["carbon_t"] < packages[()]["carbon_t"]
    assert packages[("led",)]["eui"] < packages[()]["eui"]


def test_the_front_holds_what_nothing_beats(made):
    front = [p for p in made["packages"] if p["front_cost_carbon"]]
    for one in made["packages"]:
        better = [p for p in front if p["npv_cny"] >= one["npv_cny"] and p["carbon_t"] <= one["carbon_t"]]
        assert better
    assert len(front) < len(made["packages"])


def test_states_are_runs_that_can_be_opened(made, out):
    """Every figure of a state stands in the Run that it names."""
    assert made["baseline"]["run"] == "baseline"
    for state in (made["baseline"], *made["chosen"]):
        run = open_run(out / "runs" / state["run"])
        assert (
            run.summary["buildings"]["box"]["energy"]["electricity_kwh"] == state["energy"]["electricity_kwh"]
        )
        assert 1e-3 * run.summary["buildings"]["box"]["carbon"]["physical"]["total_kg"] == pytest.approx(
            state["figures"]["carbon_t"]
        )


def test_the_search_saw_what_the_runs_say(made):
    """The project's step is that of the search here, so both marches are the same."""
    seen = {p["id"]: p for p in made["packages"]}
    for state in made["chosen"]:
        assert state["figures"]["carbon_t"] == pytest.approx(seen[state["id"]]["carbon_t"], rel=1e-9)
        assert state["figures"]["eui_electric_kwh_m2"] == pytest.approx(seen[state["id"]]["eui"], rel=1e-9)
        assert state["economics"]["npv_cny"] == pytest.approx(seen[state["id"]]["npv_cny"], rel=1e-6)


def test_levels_rest_on_unverified_limits_and_are_no_badge(made):
    for state in made["chosen"]:
        said = [v for v in state["verdicts"] if v["key"].startswith("nearly_zero.")]
        assert said
        assert {v["status"] for v in said} <= {"assumed", "not_judged"}


def test_every_verdict_has_a_chinese_source(made):
    """Also those of the pilot; and what is assumed alike in every zone is said once."""
    chinese = re.compile(r"[\u4e00-\u9fff]")
    pilot = [v for kind in made["pilot"]["types"] for v in kind["verdicts"]]
    for state in (made["baseline"], *made["chosen"]):
        keys = [v["key"] for v in state["verdicts"]]
        assert len(keys) == len(set(keys))
        assert {"envelope.trade_off", "envelope.gb55015-2021.wall.u", "benchmark.db31.guide"} <= set(keys)
        for verdict in (*state["verdicts"], *pilot):
            assert chinese.search(verdict["source_zh"]), verdict["key"]
        leaks = [a for a in state["assumptions"] if a["key"].endswith(".infiltration")]
        assert len(leaks) == len({(a["value"], a["source"], a["key"].split(".")[0]) for a in leaks})


def test_abatement_adds_up_to_its_package(made):
    first = made["chosen"][0]
    rows = made["abatement"]
    assert {row["measure"] for row in rows} == set(first["keys"])
    money = first["economics"]
    assert sum(row["tonnes_a"] for row in rows) == pytest.approx(money["levelised_tonnes_a"], rel=1e-6)
    cost = sum(row["tonnes_a"] * row["cny_per_tonne"] for row in rows if row["cny_per_tonne"] is not None)
    if all(row["cny_per_tonne"] is not None for row in rows):
        assert cost == pytest.approx(money["annual_net_cost_cny"], rel=1e-6)


def test_ranges_hold_their_middle(made):
    for state in made["chosen"]:
        for name in ("carbon_t", "total_cny", "carbon_saved_t", "npv_cny"):
            span = state["ranges"][name]
            assert span["p10"] <= span["p50"] <= span["p90"], name
        assert state["ranges"]["draws"] == 3
        assert state["ranges"]["tornado"]


def test_the_study_is_plain_data(made):
    again = json.loads(json.dumps(made, ensure_ascii=False, allow_nan=False))
    assert again["levels"] == made["levels"]


def test_a_second_study_marches_no_package_again(made, loaded, out):
    again = study(loaded, Settings(out, packages=100, draws=0), Alone(), silent)
    assert again["counts"]["marches"] == 0
    assert again["counts"]["from_store"] >= 24
    assert again["packages"] == made["packages"]


def test_other_terms_of_money_march_no_package_again(made, loaded, out):
    dearer = parse_project(PROJECT.replace("  only:", "  finance: {discount_rate: 0.12}\n  only:"))
    again = study(replace(loaded, project=dearer), Settings(out, packages=100, draws=0), Alone(), silent)
    assert again["counts"]["marches"] == 0
    before, after = ({tuple(p["keys"]): p["npv_cny"] for p in s["packages"]} for s in (made, again))
    assert after["pv_roof_70",] < before["pv_roof_70",]


def test_what_falls_due_anyway_helps_only_what_replaces_it(made, loaded, out):
    """Lamps due in the year of the works: packages with new lamps gain the same, no other one moves."""
    due = "  finance: {start_year: 2026, renewal_due: {lighting: 2026}}\n  only:"
    later = parse_project(PROJECT.replace("  only:", due))
    again = study(replace(loaded, project=later), Settings(out, packages=100, draws=2), Alone(), silent)
    assert again["counts"]["marches"] == 0
    before, after = ({tuple(p["keys"]): p["npv_cny"] for p in s["packages"]} for s in (made, again))
    gained = {keys: after[keys] - before[keys] for keys in before}
    assert gained["led",] > 0.5 * 35.0 * 900.0
    for keys, gain in gained.items():
        assert gain == pytest.approx(gained["led",] if "led" in keys else 0.0, abs=1e-6)
    seen = {p["id"]: p for p in again["packages"]}
    lit = [state for state in again["chosen"] if "led" in state["keys"]]
    assert lit
    for state in lit:
        assert state["economics"]["npv_cny"] == pytest.approx(seen[state["id"]]["npv_cny"], rel=1e-6)
        assert state["economics"]["table"]["avoided_renewal"][0] == pytest.approx(35.0 * 900.0)
        assert "renewal.lighting.Luminaires of the same kind" in {a["key"] for a in state["assumptions"]}
        moved = {row["input"] for row in state["ranges"]["tornado"]}
        assert "renewal.lighting.Luminaires of the same kind" in moved


def test_a_killed_study_goes_on_where_it_was(made, out, tmp_path):
    """Killed with its workers after some marches: those are found again; bytes are those of one process."""
    one_process = out
    project = tmp_path / "box.yaml"
    project.write_text(PROJECT)
    command = [
        str(Path(sysconfig.get_path("scripts")) / "twin"),
        "retrofit",
        str(project),
        "--json",
        "--draws",
        "3",
    ]
    out = tmp_path / "out"
    running = subprocess.Popen(
        [*command, "--out", str(out)],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 400
    while len(list((out / "marches").glob("??/*.json"))) < 5:
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    kept = len(MarchStore(out / "marches"))
    assert kept >= 5
    done = subprocess.run(
        [*command, "--out", str(out)], capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)["counts"]
    assert counts["packages"] == 24
    assert counts["from_store"] >= kept
    assert counts["marches"] + kept == made["counts"]["marches"]
    kept_study = json.loads((out / "study.json").read_text("utf-8"))
    assert {k: v for k, v in kept_study.items() if k not in TIMES} == json.loads(
        json.dumps({k: v for k, v in made.items() if k not in TIMES})
    )
    mine = {p.name: p.read_bytes() for p in (one_process / "marches").glob("??/*.json")}
    theirs = {p.name: p.read_bytes() for p in (out / "marches").glob("??/*.json")}
    assert theirs == mine
    store = RunStore(out / "runs")
    assert "baseline" in store.names()
    for name in store.names():
        assert open_run(out / "runs" / name).summary["buildings"]
    assert not [p for p in (out / "runs").iterdir() if p.name.startswith(".saving")]


def test_a_state_is_confirmed_in_energyplus(made, loaded, out):
    """The least-carbon package, its arrays free-standing; loads within the targets of the crosscheck."""
    state = min(made["chosen"], key=lambda s: s["figures"]["carbon_t"])
    run = open_run(out / "runs" / state["run"])
    rows = confirm(state["id"], parse_project(run.project), loaded.climate)
    assert {row["id"] for row in rows} == {state["id"]}
    judged = [row for row in rows if row["within"] is not None]
    assert len(judged) >= 3
    assert all(row["within"] for row in judged), rows
    assert all(row["energyplus"] > 0.0 for row in judged if row["unit"])


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (PROJECT.replace("led,", "no_such_measure,"), "no_such_measure"),
        (PROJECT + "  - {name: two, archetype: office, era: nzeb, floor_area: 900 m2, floors: 1}\n", "2"),
        (PROJECT.replace("only: [", "only: [green_"), "green_"),
    ],
)
def test_what_cannot_be_studied_is_told(text, match, loaded, tmp_path):
    with pytest.raises(TwinError, match=match):
        study(replace(loaded, project=parse_project(text)), Settings(tmp_path), Alone(), silent)
