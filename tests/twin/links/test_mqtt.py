"""Telemetry to a real Mosquitto between processes: every message comes, through kills of both sides."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from mqtt_broker import USERS, Broker, Subscriber, client
from openadr_vtn import TWIN, Files, certificates, wait_until
from runs import a_run
from twin.cli import app
from twin.links.mqtt.queue import Message, Queue
from twin.links.mqtt.settings import read_mqtt_settings
from twin.links.mqtt.states import read_series
from twin.links.mqtt.telemetry import Telemetry
from twin.store import RunStore
from weather.errors import TwinError

START = pd.Timestamp("2025-07-01", tz="Asia/Shanghai")
STEP = pd.Timedelta(minutes=15)


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


def settings(folder: Path, stored: Path, files: Files, port: int, **more: Any) -> Path:
    """Settings of the publisher."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "user.json").write_text(json.dumps({"username": "twin", "password": USERS["twin"]}))
    told = {
        "broker": f"mqtts://127.0.0.1:{port}", "credentials": "user.json", "authority": str(files.authority),
        "prefix": "test/上海", "source": str(stored),
    }  # fmt: skip
    path = folder / "mqtt.yaml"
    path.write_text(yaml.safe_dump(told | more, allow_unicode=True))
    return path


def publisher(path: Path) -> subprocess.Popen[str]:
    """`twin serve mqtt` in a process of its own."""
    return subprocess.Popen(
        [TWIN, "serve", "mqtt", str(path), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def told(subscriber: Subscriber, level: str) -> dict[str, str]:
    """Payloads by start, of the topics that end with a level."""
    found = [one for one in subscriber.messages() if one["topic"].endswith(f"/{level}")]
    return {f"{one['topic']} {json.loads(one['payload'])['start']}": one["payload"] for one in found}


@pytest.mark.long
def test_nothing_is_lost_when_broker_and_publisher_are_killed(
    tmp_path: Path, files: Files, broker: Broker, figure: Callable[[str], None]
) -> None:
    run = a_run(buildings=("office", "塔楼"), days=2)
    folder = RunStore(tmp_path).save(run, "run")
    count = 2 * 96
    subscriber = Subscriber(tmp_path / "reader", files, broker.port, "test/上海/#")
    path = settings(
        tmp_path / "twin", folder, files, broker.port, clock={"start": START.isoformat(), "speed": 15000.0}
    )
    began = time.monotonic()
    process = publisher(path)
    try:
        wait_until("the first messages", 120, lambda: len(told(subscriber, "meter")) >= 40)
        broker.kill()
        at_kill = len(told(subscriber, "meter"))
        time.sleep(1.0)
        broker.start()
        wait_until("more messages", 120, lambda: len(told(subscriber, "meter")) >= at_kill + 40)
        process.kill()  # no handler runs: the last will says so
        process.communicate()

        def statuses() -> list[Any]:
            return [
                json.loads(m["payload"]) for m in subscriber.messages() if m["topic"] == "test/上海/status"
            ]

        wait_until("the last will", 120, lambda: statuses()[-1]["status"] == "offline")
        assert statuses()[-1]["why"] == "lost"
        process = publisher(path)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0
        assert USERS["twin"] not in out + err
        assert json.loads(out.splitlines()[-1])["waiting"] == 0
        wait_until("the end", 120, lambda: statuses()[-1].get("why") == "the source is over")
    finally:
        process.kill()
        subscriber.process.kill()
    meters, states = told(subscriber, "meter"), told(subscriber, "state")
    for building in ("office", "塔楼"):
        table = run.series[building]
        net = table["grid_import_kw"] - table["grid_export_kw"]
        for place, start in enumerate(table.index):
            key = f"test/上海/{building}/meter {start.isoformat()}"
            said = json.loads(meters[key])
            assert said["end"] == (start + STEP).isoformat()
            assert said["end"].endswith("+08:00")
            assert said["values"]["net_import_kw"] == {
                "value": pytest.approx(net.iloc[place], abs=1e-3), "unit": "kW"
            }  # fmt: skip
        last = json.loads(states[f"test/上海/{building}/state {table.index[-1].isoformat()}"])["values"]
        assert last["pv_kw"]["unit"] == "kW"
        assert last["battery_soc"] == {"value": 0.5, "unit": "-"}
        assert "bus_voltage_pu" not in last  # there is no bus
    assert len(meters) == len(states) == 2 * count
    came = [m for m in subscriber.messages() if not m["topic"].endswith("status")]
    assert {m["qos"] for m in came} == {1}
    retained = _retained(files, broker.port)
    assert json.loads(retained["test/上海/塔楼/meter"])["start"] == run.series["塔楼"].index[-1].isoformat()
    assert json.loads(retained["test/上海/status"])["status"] == "offline"
    figure(
        f"MQTT: {len(meters) + len(states)} of {4 * count} messages came ({len(came)} with what came"
        f" twice), through a kill of Mosquitto and one of the publisher, in {time.monotonic() - began:.0f} s"
    )


def _retained(files: Files, port: int) -> dict[str, str]:
    """What a client gets that comes late."""
    found: dict[str, str] = {}
    late = client(files, "late")
    late.on_connect = lambda c, *_: c.subscribe("test/上海/#", qos=1)
    late.on_message = lambda c, d, m: found.setdefault(m.topic, m.payload.decode())
    late.connect("127.0.0.1", port)
    late.loop_start()
    wait_until("retained messages", 120, lambda: len(found) == 5)
    late.disconnect()
    late.loop_stop()
    return found


@pytest.mark.long
def test_set_points_are_refused_in_words(tmp_path: Path, files: Files, broker: Broker) -> None:
    folder = RunStore(tmp_path).save(a_run(days=1), "run")
    clock = {"start": START.isoformat()}
    process = publisher(settings(tmp_path / "twin", folder, files, broker.port, clock=clock))
    answers: list[Any] = []
    ready = threading.Event()
    asking = client(files, "asking")
    asking.on_message = lambda c, d, m: answers.append(json.loads(m.payload))
    asking.on_subscribe = lambda *_: ready.set()
    asking.connect("127.0.0.1", broker.port)
    asking.subscribe("test/上海/office/set/answer", qos=1)
    asking.loop_start()
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["broker"].startswith("mqtts://")
        assert ready.wait(120)
        time.sleep(0.5)
        for body in (b'{"limit_kw": 100}', b"100", b'{"limit', b"[" * 50_000, b"x" * 200_000):
            asking.publish("test/上海/office/set", body, qos=1).wait_for_publish(30)
        wait_until("answers", 120, lambda: len(answers) == 5)
        assert {one["accepted"] for one in answers} == {False}
        for found, about in zip(
            answers, ("has happened", "no JSON object", "no JSON", "no JSON", "200000 bytes"), strict=True
        ):
            assert about in found["why"]
        process.terminate()
        process.communicate(timeout=120)
        assert process.returncode == 0
    finally:
        asking.loop_stop()
        process.kill()


@pytest.mark.long
def test_who_is_another_or_not_known_is_told(tmp_path: Path, files: Files, broker: Broker) -> None:
    folder = RunStore(tmp_path).save(a_run(days=1), "run")

    def command(**more: Any) -> Any:
        clock = {"start": START.isoformat()}
        path = settings(tmp_path / "twin", folder, files, broker.port, clock=clock, **more)
        return CliRunner().invoke(app, ["serve", "mqtt", str(path)])

    strange = certificates(tmp_path / "strange")
    (tmp_path / "twin").mkdir()
    (tmp_path / "twin" / "wrong.json").write_text('{"username": "twin", "password": "geraten"}')
    for more, about in (
        ({"authority": str(strange.authority)}, "not who it says it is"),
        ({"credentials": "wrong.json"}, "refuses this client"),
        ({"credentials": None}, "refuses this client"),
    ):
        error = command(**more).exception
        assert isinstance(error, TwinError)
        assert about in error.what
        assert "geraten" not in str(error)


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"broker": "mqtt://broker.example"}, "in clear"),
        ({"broker": "mqtts://twin:secret@broker.example"}, "holds a user"),
        ({"broker": "broker.example:8883"}, "no address"),
        ({"broker": "mqtts://broker.example:0"}, "no address"),
        ({"broker": "mqtts://broker.example:99999"}, "no address"),
        ({"prefix": "a/#"}, "no topic"),
        ({"prefix": "$SYS"}, "no topic"),
        ({"meters": ["attic"]}, "no meter 'attic'"),
        ({"brocker": "x"}, "Did you mean 'broker'"),
        ({"certificate": "x.pem"}, "goes with its key"),
        ({"credentials": "mqtt.yaml"}, "no username and password"),
        ({"source": "nothing"}, "no kind of meter file"),
        ({"authority": "user.json"}, "certificate cannot be used"),
        ({"clock": {"start": "2025-07-02T00:00:00+08:00"}}, "the source ends on 2025-07-02"),
        ({"queue": "/no/such/folder/queue.db"}, "queue cannot be used"),
    ],
)
def test_settings_that_cannot_be_used(
    tmp_path: Path, files: Files, change: dict[str, Any], about: str
) -> None:
    folder = RunStore(tmp_path).save(a_run(days=1), "run")
    path = settings(tmp_path / "twin", folder, files, 9, **{"clock": {"start": START.isoformat()}} | change)
    done = CliRunner().invoke(app, ["serve", "mqtt", str(path)])
    assert isinstance(done.exception, TwinError)
    assert about in str(done.exception)
    assert "secret@" not in str(done.exception)


def test_intervals_are_told_once_they_are_over_and_once_only(tmp_path: Path) -> None:
    folder = RunStore(tmp_path).save(a_run(days=1), "run")
    series = read_series(folder)
    queue = Queue(tmp_path / "queue.db")

    def telling(begin: pd.Timestamp) -> Telemetry:
        return Telemetry(series, "p", queue, begin=begin.to_pydatetime())

    telemetry = telling(START + 10 * STEP)
    assert telemetry.tell((START + 10 * STEP).to_pydatetime()) == 0
    assert telemetry.next_end() == START + 11 * STEP
    assert telemetry.tell((START + 12 * STEP - pd.Timedelta(seconds=1)).to_pydatetime()) == 2
    telemetry = telling(START)  # a new process goes on where the last one was
    assert telemetry.tell((START + 12 * STEP).to_pydatetime()) == 2
    starts = [json.loads(m.payload)["start"] for m in queue.after(0, 100)]
    assert starts == [(START + n * STEP).isoformat() for n in (10, 10, 11, 11)]
    assert telemetry.tell((START + pd.Timedelta(days=30)).to_pydatetime()) == 2 * 84
    assert telemetry.over
    assert telemetry.next_end() is None


def test_the_queue_keeps_its_order_until_each_is_acknowledged(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "queue.db")
    queue.put([Message("t", str(n)) for n in range(5)], {"m": START.to_pydatetime()})
    first = queue.after(0, 2)
    assert [m.payload for m in first] == ["0", "1"]
    queue.acknowledged([first[1].number])
    queue.close()
    queue = Queue(tmp_path / "queue.db")
    assert [m.payload for m in queue.after(0, 10)] == ["0", "2", "3", "4"]
    assert queue.count() == 4
    assert queue.told() == {"m": START.to_pydatetime()}


def test_a_meter_file_has_units_too_and_a_name_that_is_no_level_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(
        "time,meter,kw,baseline_kw\n2025-07-01T00:00+08:00,a/b,1,2\n2025-07-01T00:15+08:00,a/b,3,\n"
    )
    series = read_series(path)
    assert series["a/b"].units == {"net_import_kw": "kW", "baseline_kw": "kW", "available_kw": "kW"}
    with pytest.raises(TwinError, match="no part of a topic"):
        Telemetry(series, "p", Queue(tmp_path / "q.db"), begin=START.to_pydatetime())


def test_settings_know_their_address(tmp_path: Path, files: Files) -> None:
    for text, address in (
        ("mqtts://broker.example", ("broker.example", 8883, True)),
        ("mqtt://127.0.0.1", ("127.0.0.1", 1883, False)),
        ("mqtts://[::1]:9", ("::1", 9, True)),
    ):
        assert read_mqtt_settings(settings(tmp_path, tmp_path, files, 9, broker=text)).address == address
