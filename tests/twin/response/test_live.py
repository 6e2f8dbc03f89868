"""A call that is operated: the bytes of a draw where nobody speaks, other orders where somebody does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from twin.response.live import Operation
from twin.response.operated import HEEDED, MOMENTS, SAID, SCENE, Speed, Target, operate_call, say
from twin.response.operation import operate
from twin.response.study import Called
from weather.errors import TwinError

TITLES = ("楼宇群", "fleet")


class Clock:
    """A clock that only naps advance; something may happen at a nap."""

    def __init__(self) -> None:
        self.now, self.naps = 0.0, 0
        self.then: dict[int, Any] = {}

    def __call__(self) -> float:
        return self.now

    def nap(self, seconds: float) -> None:
        self.now += seconds
        self.naps += 1
        if self.naps in self.then:
            self.then[self.naps]()


class Killed(BaseException):
    """As if the process had ended."""


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def quiet(called: Called, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day in which nobody spoke, as fast as it goes."""
    folder = tmp_path_factory.mktemp("operated") / "day"
    clock = Clock()
    operate_call(called, folder, seed=0, speed=1000.0, titles=TITLES, clock=clock, nap=clock.nap)
    return folder


def test_without_a_word_the_day_is_the_draw(called: Called) -> None:
    wanted = operate(called.fleet, 0)["went"]
    operation = Operation(called, 0)
    while not operation.over:
        moment = operation.next()
        row = moment.step - 1
        np.testing.assert_array_equal(moment.meter_kw, wanted.meter_kw[:, row])
    found = operation.outcome().went
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_equal(one, other)


def test_every_minute_is_told_with_what_a_console_needs(called: Called, quiet: Path) -> None:
    scene, moments = json.loads((quiet / SCENE).read_text("utf-8")), _lines(quiet / MOMENTS)
    assert scene["names"] == list(called.names)
    steps = [moment["step"] for moment in moments]
    assert steps == list(range(scene["first_step"] + 1, scene["last_step"] + 1))
    assert list(dict.fromkeys(one["phase"] for one in moments))[-2:] == ["call", "behind"]
    during = [one for one in moments if one["phase"] == "call"]
    assert len(during) == 90 // 5
    for one in during:
        assert one["given_kw"] == pytest.approx(one["without_kw"] - one["fleet_kw"])
        assert one["given_kw"] == pytest.approx(sum(one["of"]), abs=0.05 * len(one["of"]))
        assert one["target_kw"] == pytest.approx(called.fleet.target_kw)
        assert sum(one["asked_of"].values()) == pytest.approx(one["asked_kw"], abs=0.5)
    told = json.loads((quiet / "result" / "summary.json").read_text("utf-8"))
    mean = np.mean([one["given_kw"] for one in during])
    assert told["given_kw"]["mean"] == pytest.approx(mean)
    settled = [one["settled_kw"] for one in during]
    assert during[-1]["delivered"] == pytest.approx(np.mean(settled) / called.fleet.target_kw)
    assert told["settled_kw"]["mean"] == pytest.approx(np.mean(settled))
    assert moments[-1]["rebound_kwh"] == pytest.approx(told["rebound_kwh"]["mean"])
    assert all(one["rebound_kwh"] is None for one in moments if one["phase"] != "behind")
    assert all(one["delivered"] is None for one in moments if one["phase"] in ("known", "ahead"))


def test_a_word_changes_what_is_asked_and_given(called: Called, quiet: Path, tmp_path: Path) -> None:
    """Half of it from the middle of the call on; the meters follow within minutes."""
    before = [one for one in _lines(quiet / MOMENTS) if one["phase"] == "call"]
    operation = Operation(called, 0)
    while operation.step < operation.times.start + 9:
        operation.next()
    half = 0.5 * called.fleet.target_kw
    operation.retarget(half)
    later = [operation.next().as_dict() for _ in range(8)]
    assert all(one["target_kw"] == half for one in later)
    assert before[-2]["settled_kw"] == pytest.approx(2.0 * half, rel=0.05)
    assert np.mean([one["settled_kw"] for one in later[2:]]) == pytest.approx(half, rel=0.1)
    assert later[-1]["given_kw"] < before[-1]["given_kw"]
    with pytest.raises(TwinError, match="cannot be asked for"):
        operation.retarget(-1.0)
    operation.retarget(0.0)
    assert operation.next().target_kw == 0.0
    while operation.step < operation.times.end:
        operation.next()
    with pytest.raises(TwinError, match="is over"):
        operation.retarget(100.0)


def test_words_are_heeded_in_the_step_in_which_they_come(called: Called, tmp_path: Path) -> None:
    clock, folder = Clock(), tmp_path / "day"
    clock.then = {
        1: lambda: say(folder, Speed(times=500.0)),
        40: lambda: say(folder, Target(kw=10.0)),
        41: lambda: (folder / SAID).open("a").write('{"do": "sing"}\nno word\n'),
    }
    operate_call(called, folder, seed=0, speed=1.0, titles=TITLES, clock=clock, nap=clock.nap)
    heeded = _lines(folder / HEEDED)
    assert [line["word"]["do"] for line in heeded] == ["speed", "target", "nothing", "nothing"]
    assert heeded[0]["step"] == json.loads((folder / SCENE).read_text("utf-8"))["first_step"]
    changed = heeded[1]["step"]
    targets = {one["step"]: one["target_kw"] for one in _lines(folder / MOMENTS) if one["phase"] == "call"}
    assert {kw for step, kw in targets.items() if step > changed} == {10.0}


def test_a_day_that_is_broken_off_goes_on_to_the_same_end(called: Called, tmp_path: Path) -> None:
    def run(folder: Path, killed: Iterator[int]) -> None:
        clock = Clock()

        def kill() -> None:
            raise Killed

        clock.then = {20: lambda: say(folder, Target(kw=30.0))}
        clock.then |= dict.fromkeys(killed, kill)
        operate_call(called, folder, seed=0, speed=600.0, titles=TITLES, clock=clock, nap=clock.nap)

    run(tmp_path / "whole", iter(()))
    with pytest.raises(Killed):
        run(tmp_path / "broken", iter((45,)))
    with (tmp_path / "broken" / MOMENTS).open("a") as file:
        file.write('{"step": 3, "cut')
    with (tmp_path / "broken" / "states.f32").open("ab") as file:
        file.write(b"\0" * 11)
    clock = Clock()
    operate_call(called, tmp_path / "broken", seed=0, speed=600.0, titles=TITLES, clock=clock, nap=clock.nap)
    same = (MOMENTS, HEEDED, "states.f32", "feeder.f32", "result/summary.json", "result/settlement.csv")
    for name in same:
        assert (tmp_path / "broken" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_a_day_that_was_halted_when_it_broke_off_can_be_let_go_on(called: Called, tmp_path: Path) -> None:
    """What was heeded before is heeded once: a later word is not undone by it."""
    clock = Clock()

    def kill() -> None:
        raise Killed

    clock.then = {10: lambda: say(tmp_path, Speed(times=0.0)), 20: kill}
    with pytest.raises(Killed):
        operate_call(called, tmp_path, seed=0, speed=600.0, titles=TITLES, clock=clock, nap=clock.nap)
    clock = Clock()
    clock.then = {3: lambda: say(tmp_path, Speed(times=900.0)), 10_000: kill}
    operate_call(called, tmp_path, seed=0, speed=600.0, titles=TITLES, clock=clock, nap=clock.nap)


def test_a_folder_of_another_day_is_refused(called: Called, quiet: Path) -> None:
    clock = Clock()
    with pytest.raises(TwinError, match="is over"):
        operate_call(called, quiet, seed=0, speed=1.0, titles=TITLES, clock=clock, nap=clock.nap)
    with pytest.raises(TwinError, match="another call"):
        operate_call(called, quiet, seed=1, speed=1.0, titles=TITLES, clock=clock, nap=clock.nap)
    with pytest.raises(TwinError, match="no call is operated"):
        say(quiet / "result", Speed(times=1.0))


def test_one_process_operates_a_day(called: Called, tmp_path: Path) -> None:
    clock, refused = Clock(), []

    def second() -> None:
        with pytest.raises(TwinError, match="another process") as caught:
            operate_call(called, tmp_path, seed=0, speed=600.0, titles=TITLES)
        refused.append(caught.value)
        raise Killed

    clock.then = {5: second}
    with pytest.raises(Killed):
        operate_call(called, tmp_path, seed=0, speed=600.0, titles=TITLES, clock=clock, nap=clock.nap)
    assert refused


def test_the_clock_of_a_moment_is_the_end_of_its_step(called: Called) -> None:
    moment = Operation(called, 0).next()
    assert moment.at - pd.Timestamp(called.stamps[moment.step - 1]) == pd.Timedelta(minutes=5)
