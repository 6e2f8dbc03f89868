"""The paired AC twin: both sides are the march itself, causes add up, and the office's place in its range."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from buildings.systems.dc_network import DcCable, DcConverter, DcNode, dc_network
from twin.ac_cables import AttachedNetwork, ac_loss_w, read_attached_network
from twin.ac_twin import CAUSES, CLASSES, PUBLISHED, PairedBuilding, ac_twin, paired_project
from twin.ac_twin_words import explained
from twin.cli import app
from twin.commands.ac_twin import Paired
from twin.project import load
from weather.errors import TwinError


def network() -> AttachedNetwork:
    """Bus, plant and roof at 750 V, a floor at 375 V."""
    nodes = [DcNode("bus", 750.0), DcNode("plant", 750.0), DcNode("roof", 750.0), DcNode("floor", 375.0)]
    cables = [DcCable("bus", "plant", "cu_16", 40.0), DcCable("bus", "roof", "cu_16", 30.0)]
    made = dc_network([*nodes], cables, [DcConverter("plant", "floor", "dcdc_good", 20.0)], "bus")
    attach = {
        "hvac": {"plant": 1.0},
        "pv": {"roof": 1.0},
        "lighting": {"floor": 1.0},
        "equipment": {"floor": 0.7},
    }
    return AttachedNetwork(made, attach)


@pytest.fixture(scope="module")
def pair(marches: ModuleType) -> PairedBuilding:
    """The 光储直柔 hall."""
    (done,) = ac_twin(marches.project_of(marches.hall(**marches.PEDF)), marches.shanghai())
    return done


@pytest.fixture(scope="module")
def wired(marches: ModuleType) -> PairedBuilding:
    """The same with cables."""
    project = marches.project_of(marches.hall(**marches.PEDF))
    (done,) = ac_twin(project, marches.shanghai(), network=network())
    return done


# --- what is compared -------------------------------------------------------------------------------------


@pytest.mark.parametrize("bus", [True, False])
def test_a_side_of_the_pair_is_the_march_itself(marches: ModuleType, pair: PairedBuilding, bus: bool) -> None:
    """Without vehicles (drawn anew for both) import, export and PV are the march's to the last digits."""
    own = {k: v for k, v in marches.PEDF.items() if k != "ev"} | {"control": {"type": "rules"}}
    (without,) = ac_twin(marches.project_of(marches.hall(**own)), marches.shanghai())
    if not bus:
        own = {k: v for k, v in own.items() if k != "dc_bus"}
    march = marches.march_of(marches.hall(**own))
    side = without.dc if bus else without.ac
    for name in ("grid_import", "grid_export", "pv", "conversion_loss", "battery_loss"):
        expected = float(march.column(f"{name}_kw").sum()) * march.hours()
        assert getattr(side, name) == pytest.approx(expected, rel=1e-9, abs=1e-6), name


def test_both_sides_serve_the_same(pair: PairedBuilding) -> None:
    assert pair.dc.ev_delivered == pytest.approx(pair.ac.ev_delivered, rel=1e-9)
    assert pair.dc.ev_delivered > 0.0
    assert pair.useful_kwh == pytest.approx(sum(pair.useful_parts.values()))
    assert pair.dc.not_served < 1e-3 * pair.useful_kwh
    assert pair.ac.not_served == 0.0


def test_net_energy_is_useful_energy_and_losses(pair: PairedBuilding) -> None:
    """On DC: net + PV = useful + interface + battery + lamps' and chargers' losses; nothing is left."""
    dc = pair.dc
    lamps = pair.useful_parts["lighting"] * (1.0 / 0.94 - 1.0)
    rest = dc.net + dc.pv - pair.useful_kwh - dc.conversion_loss - dc.battery_loss - lamps
    charged = pair.useful_parts["ev"]
    assert 0.02 * charged < rest < 0.12 * charged  # what is left is the chargers' loss


def test_causes_add_up_in_every_class(pair: PairedBuilding, wired: PairedBuilding) -> None:
    for one in (pair, wired):
        assert sum(c.percent for c in one.causes) == pytest.approx(one.saving_percent, abs=1e-9)
        assert sum(c.kwh for c in one.causes) == pytest.approx(one.ac.net - one.dc.net, abs=1e-6)
        for name in CLASSES:
            assert sum(one.class_causes[name].values()) == pytest.approx(one.by_class[name], abs=1e-9)
        assert all(c.by_order <= 0.05 * abs(c.percent) + 0.05 for c in one.causes)
    assert [c.name for c in wired.causes] == list(CAUSES)
    assert [c.name for c in pair.causes] == [c for c in CAUSES if c not in ("levels", "cables")]


def test_signs_that_physics_demands(pair: PairedBuilding, wired: PairedBuilding) -> None:
    """A stage more costs, a stage less saves; better products of a side move the saving to that side."""
    percent = {c.name: c.percent for c in wired.causes}
    assert percent["interface"] < 0.0 < percent["lighting"]
    assert percent["drives"] > 0.0
    assert percent["ev"] > 0.0
    assert percent["levels"] < 0.0 < percent["cables"]
    grid = pair.grid
    for a in CLASSES:
        assert grid["best", a, "good"] > grid["median", a, "good"] > grid["older", a, "good"]
        assert grid["median", a, "good"] > grid["median", a, "average"]
    for i in CLASSES:
        assert grid[i, "best", "good"] < grid[i, "median", "good"] < grid[i, "older", "good"]
    low, high = pair.class_range
    assert low <= min(pair.by_class.values()) <= max(pair.by_class.values()) <= high
    # the described converters are the median interface and the good DC/DC stage
    assert grid["median", "median", "good"] == pytest.approx(pair.saving_percent, abs=1e-9)


def test_lighting_saves_what_its_drivers_do(pair: PairedBuilding) -> None:
    """86 against 94 %, through an interface of a few per cent loss."""
    light = next(c for c in pair.causes if c.name == "lighting")
    at_lamp = pair.useful_parts["lighting"] * (1.0 / 0.86 - 1.0 / 0.94)
    assert at_lamp < light.kwh < 1.05 * at_lamp
    assert light.assumed


# --- cables -----------------------------------------------------------------------------------------------


def test_cable_ratios_of_dc_to_ac() -> None:
    """The project's table, same conductor and power: 0.51 (750 V), 0.34 (375 V), 20.7 (48 V on 230 V)."""
    watts, ohm = np.array([2000.0]), 0.1
    for level, ratio in ((750.0, 0.513), (375.0, 0.339), (48.0, 20.7)):
        dc = ohm * (watts / level) ** 2
        assert float(dc[0] / ac_loss_w(watts, ohm, level)[0]) == pytest.approx(ratio, rel=5e-3)


def test_a_network_loses_and_its_loss_is_supplied(pair: PairedBuilding, wired: PairedBuilding) -> None:
    assert pair.dc.network_loss == 0.0
    assert wired.dc.network_loss > 0.0
    assert wired.ac.network_loss > 0.0
    more = wired.dc.net - pair.dc.net
    assert more == pytest.approx(wired.dc.network_loss, rel=0.05)
    assert wired.ac.net - pair.ac.net == pytest.approx(wired.ac.network_loss, rel=0.05)


def test_limits_of_the_network_are_told(marches: ModuleType) -> None:
    thin = network()
    cables = [replace(c, cable="cu_2_5", length=150.0) for c in thin.network.cables]
    small = dc_network(thin.network.nodes, cables, thin.network.converters, "bus")
    project = marches.project_of(marches.hall(**marches.PEDF))
    (done,) = ac_twin(project, marches.shanghai(), network=AttachedNetwork(small, thin.attach))
    assert ("roof", "high_voltage") in {(f.element, f.kind) for f in done.findings}


# --- words ------------------------------------------------------------------------------------------------


def test_words_in_both_languages_carry_the_figures(pair: PairedBuilding, wired: PairedBuilding) -> None:
    for one in (pair, wired):
        words = explained(one)
        assert len(words["en"]) == len(words["zh"]) >= 7
        for language in ("en", "zh"):
            text = "\n".join(words[language])
            assert f"{one.saving_percent:+.2f}" in text
            assert f"{one.class_range[0]:+.2f}" in text
            assert "rules" in text
            assert "droop" in text
    low, high = PUBLISHED
    for saving, word, wort in ((low - 1.0, "below", "之下"), (high + 1.0, "above", "之上")):
        words = explained(replace(pair, saving_percent=saving))
        assert word in words["en"][0]
        assert wort in words["zh"][0]


def test_json_has_everything_and_no_nan(wired: PairedBuilding) -> None:
    content = json.loads(json.dumps(Paired((wired,)).as_dict(), allow_nan=False))
    (building,) = content["buildings"]
    assert building["saving_percent"] == wired.saving_percent
    assert len(building["by_combination"]) == 18
    assert building["labels"]["cables"] == {"en": "cables", "zh": "电缆"}
    assert building["control"] == "rules"
    assert building["control_described"] == "droop"


def test_the_command(marches: ModuleType, tmp_path: Path) -> None:
    plain = {"schema": 1, "name": "small", "timestep": 60, "buildings": [marches.hall(**marches.PEDF)]}
    path = tmp_path / "hall.yaml"
    path.write_text(yaml.safe_dump(json.loads(json.dumps(plain)), allow_unicode=True), encoding="utf-8")
    done = CliRunner().invoke(app, ["ac-twin", str(path)])
    assert done.exit_code == 0, done.output
    for word in ("grid interface", "并网变换器", "sum 合计", "here the earlier office", "有效用能构成"):
        assert word in " ".join(done.output.split())  # lines are broken to the width of the terminal
    told = CliRunner().invoke(app, ["ac-twin", str(path), "--control", "fixed", "--json"])
    assert told.exit_code == 0
    (building,) = json.loads(told.stdout)["buildings"]
    assert building["control"] == "fixed"
    assert math.isfinite(building["saving_percent"])


# --- refusals ---------------------------------------------------------------------------------------------


def test_what_cannot_be_paired_is_refused(marches: ModuleType) -> None:
    with pytest.raises(TwinError, match="no building has a DC bus"):
        paired_project(marches.project_of(marches.hall()))
    project = marches.project_of(marches.hall(**marches.PEDF))
    with pytest.raises(TwinError, match="cannot be paired"):
        paired_project(project, "droop")
    off: dict[str, Any] = marches.PEDF | {"dc_bus": {"loads": ["hvac"]}}
    with pytest.raises(TwinError, match="is not on the bus"):
        ac_twin(marches.project_of(marches.hall(**off)), marches.shanghai(), network=network())
    both = marches.project_of(marches.hall("a", **marches.PEDF), marches.hall("b", **marches.PEDF))
    with pytest.raises(TwinError, match="one building"):
        ac_twin(both, marches.shanghai(), network=network())


@pytest.mark.parametrize(
    ("attach", "words"),
    [
        ("", "no loads"),
        ("attach: {hvac: a}\nmore: 1\n", "it has more"),
        ("attach: {lamps: a}\n", "'lamps' cannot be attached"),
        ("attach: {hvac: x}\n", "no node 'x'"),
        ("attach: {hvac: {a: 0.7, b: 0.6}}\n", "add up to 1.3"),
        ("attach: {hvac: {a: much}}\n", "are no numbers"),
    ],
)
def test_a_network_file_that_is_not_one_is_refused(tmp_path: Path, attach: str, words: str) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(
        "source: a\nnodes: {a: 750, b: 750}\ncables: [{start: a, end: b, cable: cu_16, length: 9}]\n"
        + attach,
        encoding="utf-8",
    )
    with pytest.raises(TwinError, match=words) as caught:
        read_attached_network(path)
    assert caught.value.file == str(path)


# --- the office of the demo -------------------------------------------------------------------------------


@pytest.mark.long
def test_the_office_of_the_demo_lies_in_the_range() -> None:
    """-1.7 to +2.7 % of useful energy; without what is assumed it loses; limits of its network are kept."""
    with as_file(files("twin") / "examples") as folder:
        loaded = load(folder / "shanghai_office_pedf.yaml")
        attached = read_attached_network(folder / "networks" / "shanghai_office_dc.yaml")
        (plain,) = ac_twin(loaded.project, loaded.climate)
        (cabled,) = ac_twin(loaded.project, loaded.climate, network=attached)
    low, high = PUBLISHED
    for one in (plain, cabled):
        assert low < one.saving_percent < high
        assert all(low < one.by_class[name] < high for name in CLASSES)
        assert one.saving_percent - sum(c.percent for c in one.causes if c.assumed) < 0.0
        assert one.dc.not_served == 0.0
    assert not cabled.findings
