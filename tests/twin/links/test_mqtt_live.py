"""A building's telemetry at a real Mosquitto is followed by `twin live` in a process, through kills of it."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from live_hall import Truth, hall_as_it_is
from marches import PEDF, hall
from mqtt_broker import USERS, Broker, client
from openadr_vtn import TWIN, Files, certificates, wait_until
from twin.links.mqtt.heard import Heard
from twin.links.mqtt.listener import Listener
from twin.links.mqtt.settings import ListenSettings, read_listen_settings
from twin.live.following import Following, Settings
from twin.project import load
from weather.errors import TwinError

STEP = pd.Timedelta("15min")
POINTS = ("hall/temp_air_c", "net_import_kw", "pv_kw")
TOPIC = "site/hall"
YEAR = (pd.Timestamp("2024-12-31T16:00Z"), pd.Timestamp("2025-12-31T16:00Z"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """An authority with what it signed."""
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def broker(tmp_path: Path, files: Files) -> Iterator[Broker]:
    """Mosquitto, ended in any case."""
    here = Broker(tmp_path / "broker", files)
    yield here
    here.kill()


def payload(start: pd.Timestamp, row: dict[str, float], step: pd.Timedelta = STEP) -> str:
    """What a building says of an interval."""
    units = {"temp_air_c": "degC", "temp_air": "degC"}
    values = {k: {"value": v, "unit": units.get(k.split("/")[-1], "kW")} for k, v in row.items()}
    told = {"start": start.isoformat(), "end": (start + step).isoformat(), "values": values}
    return json.dumps(told)


def publish(broker: Broker, files: Files, table: pd.DataFrame) -> None:
    """A building management system tells of rooms and of meters, each below a topic of its own."""
    made = client(files, "bms", "twin")
    made.connect("127.0.0.1", broker.port)
    made.loop_start()
    for start, row in zip(table.index, table.to_dict("records"), strict=True):
        known = {name: value for name, value in row.items() if np.isfinite(value)}
        for kind, names in (("rooms", POINTS[:1]), ("meters", POINTS[1:])):
            values = {name: known[name] for name in names if name in known}
            said = made.publish(f"{TOPIC}/{kind}", payload(start, values), qos=1)
            said.wait_for_publish(30)
    made.disconnect()
    made.loop_stop()


def begin(folder: Path, topic: str) -> subprocess.Popen[str]:
    """`twin live` in a process of its own, once it listens."""
    paths = [str(folder / name) for name in ("project.yaml", "mqtt.yaml")]
    ran = [TWIN, "live", *paths, "--out", str(folder / "live"), "--step", "15", "--members", "8", "--json"]
    process = subprocess.Popen(ran, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = [process.stderr.readline()]
    while topic not in said[-1]:
        assert said[-1], "".join(said)
        said.append(process.stderr.readline())
    return process


def until(folder: Path) -> pd.Timestamp | None:
    """Where it stands."""
    path = folder / "live" / "told.json"
    return pd.Timestamp(json.loads(path.read_text())["until"]) if path.is_file() else None


def reached(folder: Path, moment: pd.Timestamp) -> None:
    """Wait until it has followed so far."""
    wait_until(f"{moment}", 120, lambda: until(folder) == moment)


@pytest.mark.long
def test_what_is_said_while_the_twin_is_killed_is_followed_afterwards(
    tmp_path: Path, files: Files, broker: Broker
) -> None:
    truth: Truth = hall_as_it_is()
    project = {"schema": 1, "name": "hall", "year": 2025, "timestep": 15, "buildings": [hall(**PEDF)]}
    (tmp_path / "project.yaml").write_text(json.dumps(project), "utf-8")
    (tmp_path / "user.json").write_text(json.dumps({"username": "reader", "password": USERS["reader"]}))
    told = {
        "broker": f"mqtts://127.0.0.1:{broker.port}", "credentials": "user.json",
        "authority": str(files.authority), "prefix": "site", "meter": "hall", "points": list(POINTS),
    }  # fmt: skip
    (tmp_path / "mqtt.yaml").write_text(yaml.safe_dump(told))
    table = truth.readings[list(POINTS)].iloc[:40]
    table["pv_kw"] = table["pv_kw"].clip(lower=0.0)
    stamps = table.index
    first = begin(tmp_path, f"{TOPIC}/+")
    try:
        publish(broker, files, table.iloc[:20])
        reached(tmp_path, stamps[19])
    finally:
        first.kill()
        first.communicate()
    publish(broker, files, table.iloc[20:30])  # nobody listens
    second = begin(tmp_path, f"{TOPIC}/+")
    try:
        reached(tmp_path, stamps[29])
        publish(broker, files, table.iloc[30:])
        reached(tmp_path, stamps[39])
        second.send_signal(signal.SIGTERM)
        out, said = second.communicate(timeout=120)
    finally:
        second.kill()
    assert second.returncode == 0, said
    loaded = load(tmp_path / "project.yaml")
    day = f"{stamps[0].tz_convert('Asia/Shanghai'):%Y-%m-%d}"
    whole = Following(loaded, tmp_path / "whole", Settings(day, 8, 15, 0, POINTS))
    whole.follow(table, stamps[39])
    found: dict[str, Any] = json.loads(out)
    assert found["steps"] == whole.step
    assert whole.last is not None
    means = [found["estimates"][name]["mean"] for name in ("hall/temp_air_c", "battery_soc")]
    columns = [whole.filter.columns.index(name) for name in ("hall/temp_air_c", "battery_soc")]
    np.testing.assert_array_equal(means, whole.last[0][columns])


def listener(folder: Path, **more: Any) -> Listener:
    """One that is not connected."""
    settings = ListenSettings(broker="mqtt://127.0.0.1:1883", meter="hall", points=POINTS, **more)
    return Listener(settings, None, Heard(folder / "heard.db"), STEP, YEAR)


def test_what_cannot_be_believed_is_left_out(tmp_path: Path) -> None:
    here = listener(tmp_path)
    start = pd.Timestamp("2025-07-01T00:00Z")
    for said in (
        b"\xff", "[]",
        payload(pd.Timestamp("2031-07-01T00:00Z"), {"pv_kw": 1.0}),
        payload(start, {"pv_kw": 1.0}, pd.Timedelta("1h")),
        payload(start, {"hvac_kw": 1.0}),
        payload(start, {"pv_kw": -500.0}),
    ):  # fmt: skip
        here._take(said if isinstance(said, bytes) else said.encode())
    assert here._heard.span() is None
    assert sum(here.left_out.values()) == 6
    here._take(payload(start, {"pv_kw": 1.0, "net_import_kw": 2.0}).encode())
    here._take(payload(start, {"pv_kw": 3.0}).encode())  # told again
    assert here._heard.span() == (start, start + STEP)
    told = here._heard.since(start)
    assert told.loc[start].to_dict() == {"net_import_kw": 2.0, "pv_kw": 3.0}


def test_a_clock_that_runs_far_ahead_does_not_carry_the_twin_away(tmp_path: Path) -> None:
    here = listener(tmp_path)
    here._year = (YEAR[0], pd.Timestamp("2200-01-01T00:00Z"))
    now = pd.Timestamp.now("UTC").floor("15min")
    here._take(payload(now - STEP, {"pv_kw": 1.0}).encode())
    here._take(payload(now + pd.Timedelta("3D"), {"pv_kw": 1.0}).encode())
    span = here._heard.span()
    assert span is not None
    assert span[1] == now
    assert here.left_out == {"an interval that is still to come": 1}


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"points": []}, "points"),
        ({"meter": "a/+"}, "no topic"),
        ({"broker": "mqtt://broker.example"}, "in clear"),
        ({"certificate": "c.pem"}, "goes with its key"),
    ],
)
def test_settings_that_cannot_be_used(tmp_path: Path, change: dict[str, Any], match: str) -> None:
    told = {"broker": "mqtts://broker.example", "meter": "hall", "points": ["pv_kw"]}
    (tmp_path / "mqtt.yaml").write_text(yaml.safe_dump(told | change))
    with pytest.raises(TwinError, match=match):
        read_listen_settings(tmp_path / "mqtt.yaml")
