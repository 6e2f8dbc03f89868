"""An operated call on disk: what a console reads while the day goes on, and what it says.

    <folder>/scene.json      participants, call, bid; whole before the first minute
             moments.jsonl   a line a minute
             states.f32      the inside of each building, a row a minute (`twin.response.states`)
             feeder.f32      loading of each transformer, a row a minute [-]
             said.jsonl      a line for each word from outside: {"do": "target", "kw": 2000}
             heeded.jsonl    which of them took effect in which step
             result/         the response, once the day is over (`twin.response.folder`)

Lines and rows are appended whole, rows before the line of their minute. A process that is killed leaves all
of it; the next one marches the day again to where it was, each word in the step in which it was heeded, and
goes on.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from buildings.districts.feeder import Feeder
from twin.progress import Progress, part_of
from twin.response.feeder import CallFeeder
from twin.response.folder import write_response
from twin.response.live import Operation
from twin.response.rows import FEEDER, STATES, row_bytes, rows_path, states_told, told
from twin.response.study import Called, Draw, concluded
from weather.errors import TwinError

SCENE, MOMENTS, SAID, HEEDED, RESULT = "scene.json", "moments.jsonl", "said.jsonl", "heeded.jsonl", "result"
LOCK = ".lock"
FASTEST = 1000.0
"""Largest speed, times that of the clock on the wall."""
_NAP_S = 0.05


class Target(BaseModel):
    """Ask the fleet for something else; 0 ends the call."""

    model_config = ConfigDict(extra="forbid")
    do: Literal["target"] = "target"
    kw: float = Field(ge=0.0, le=1e7, allow_inf_nan=False)


class Speed(BaseModel):
    """Let the day go faster or slower than the clock on the wall; 0 halts it."""

    model_config = ConfigDict(extra="forbid")
    do: Literal["speed"] = "speed"
    times: float = Field(ge=0.0, le=FASTEST, allow_inf_nan=False)


_WORD: TypeAdapter[Target | Speed] = TypeAdapter(Target | Speed)


def say(folder: str | Path, word: Target | Speed) -> None:
    """Say something to a day that is operated.

    Parameters
    ----------
    folder : path-like
    word : Target or Speed

    Raises
    ------
    TwinError
        Nothing is operated there, or nothing can be written.
    """
    at = Path(folder)
    if not (at / SCENE).is_file():
        raise TwinError("no call is operated there.", "Start one with `twin operate`.", file=at)
    _append(at / SAID, word.model_dump())


def operate_call(
    called: Called,
    folder: str | Path,
    *,
    seed: int,
    speed: float,
    titles: tuple[str, str],
    feeder: Feeder | None = None,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
    nap: Callable[[float], None] = time.sleep,
) -> Path:
    """Let the day of a call go by, paced by the clock, told in a folder.

    Parameters
    ----------
    called : Called
    folder : path-like
        New, or that of a day that was broken off.
    seed : int
        Of the participants' behaviour.
    speed : float
        Times that of the clock on the wall; 0 waits for a word.
    titles : tuple of str
        Of the project, Chinese and English.
    feeder : Feeder, optional
        That the participants hang on; laid out by their peaks where not given.
    progress : callable, optional
    clock, nap : callable, optional
        Seconds, and how to wait for some.

    Returns
    -------
    Path
        Folder of the response.

    Raises
    ------
    TwinError
        A day that does not fit the folder, a feeder that does not fit the participants, a balance that does
        not close, nothing can be written.
    """
    at, began = Path(folder), time.monotonic()
    at.mkdir(parents=True, exist_ok=True)
    with _alone(at):
        draw = _operated(at, Operation(called, seed, feeder), speed, titles, progress, clock, nap)
        return write_response(concluded(called, [draw], time.monotonic() - began), at / RESULT)


@contextmanager
def _alone(at: Path) -> Iterator[None]:
    """Keep a second process from operating the same day; the lock ends with its process."""
    with (at / LOCK).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TwinError(
                "another process operates this call.", "Watch it, or give a new folder.", file=at
            ) from None
        yield


def _operated(
    at: Path,
    operation: Operation,
    speed: float,
    titles: tuple[str, str],
    progress: Progress | None,
    clock: Callable[[], float],
    nap: Callable[[float], None],
) -> Draw:
    scene = _scene(operation, titles)
    _begin(at, scene)
    heeded = _lines(at / HEEDED)
    reached = max((line["step"] for line in _lines(at / MOMENTS)), default=operation.step)
    states, transformers = rows_path(at, STATES, scene[STATES]), at / f"{FEEDER}.f32"
    for path in (at / MOMENTS, states, transformers):
        path.write_bytes(b"")
    pace, words, first = speed, len(heeded), operation.step
    again = [line for line in heeded if "refused" not in line]
    step_s, last = 60.0 * operation.times.minutes, clock()
    while not operation.over:
        while again and again[0]["step"] <= operation.step:
            word = again.pop(0)["word"]
            _heed(operation, word)
            pace = _paced(word, pace)
        if operation.step >= reached:
            for word in _new_words(at / SAID, words):
                words += 1
                pace = _answered(operation, at, word, pace)
            wait = math.inf if pace == 0.0 else last + step_s / pace - clock()
            if wait > 0.0:
                nap(min(wait, _NAP_S))
                continue
        # Behind by more than a second: the machine is slower than asked, and what is lost is not made up.
        last = max(last + (step_s / pace if pace else 0.0), clock() - 1.0)
        moment = operation.next()
        _write_behind(states, row_bytes(moment.states))
        if moment.feeder is not None:
            _write_behind(transformers, row_bytes(moment.feeder.loading))
        _append(at / MOMENTS, moment.as_dict())
        part_of(progress, 0.5, 1.0)((operation.step - first) / max(operation.last - first, 1))
    return operation.outcome()


def _answered(operation: Operation, at: Path, word: dict[str, Any], pace: float) -> float:
    """Heed a word and tell the pace that holds from now on; one that cannot be heeded is written down too."""
    line: dict[str, Any] = {"step": operation.step, "word": word}
    try:
        _heed(operation, word)
    except TwinError as error:
        _append(at / HEEDED, line | {"refused": f"{error.what} {error.remedy}"})
        return pace
    _append(at / HEEDED, line)
    return _paced(word, pace)


def _paced(word: dict[str, Any], pace: float) -> float:
    return float(word["times"]) if word["do"] == "speed" else pace


def _heed(operation: Operation, word: dict[str, Any]) -> None:
    if word["do"] == "target":
        operation.retarget(float(word["kw"]))


def _new_words(path: Path, known: int) -> list[dict[str, Any]]:
    """Words behind those that are known; what is no word is heeded as nothing."""
    found = []
    for line in _lines(path)[known:]:
        try:
            found.append(_WORD.validate_python(line).model_dump())
        except ValidationError:
            found.append({"do": "nothing"})
    return found


def _scene(operation: Operation, titles: tuple[str, str]) -> dict[str, Any]:
    called, times = operation.called, operation.times
    fleet = called.fleet
    return {
        "title_zh": titles[0],
        "title_en": titles[1],
        "invitation": fleet.invitation.model_dump(mode="json", by_alias=True),
        "seed": operation.seed,
        "start": times.event.start.isoformat(),
        "end": times.event.end.isoformat(),
        "notice": None if times.event.notice_at is None else times.event.notice_at.isoformat(),
        "minutes": times.minutes,
        "first_step": operation.step,
        "start_step": times.start,
        "last_step": operation.last,
        "bid_kw": called.bid.kw,
        "expected_kw": called.bid.expected_kw,
        "target_kw": fleet.target_kw,
        "names": list(called.names),
        "participants": operation.insides.described,
        STATES: states_told(len(called.names)),
        FEEDER: _feeder_told(operation.feeder),
        "start_kw": [round(float(one), 3) for one in called.fine_kw[:, times.start]],
        "able_kw": [round(float(one), 1) for one in fleet.expected_kw[:, -1]],
        "assumptions": [one.as_dict() for one in called.assumptions],
    }


def _feeder_told(on: CallFeeder) -> dict[str, Any]:
    """With the shape of its rows, where there is a feeder."""
    if on.feeder is None:
        return on.described()
    return on.described() | told("<f4", (len(on.feeder.transformers),))


def _begin(at: Path, scene: dict[str, Any]) -> None:
    """Write the scene, or hold it against that of the day that was broken off."""
    text = json.dumps(scene, ensure_ascii=False, allow_nan=False, default=str)
    path = at / SCENE
    if path.is_file():
        if json.loads(path.read_text("utf-8")) != json.loads(text):
            raise TwinError("another call was operated there.", "Give a new folder.", file=at)
        if (at / RESULT).exists():
            raise TwinError("the call that was operated there is over.", "Give a new folder.", file=at)
        return
    draft = at / f".{SCENE}"
    draft.write_text(text, "utf-8")
    draft.replace(path)


def _append(path: Path, content: dict[str, Any]) -> None:
    """One line."""
    _write_behind(path, (json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n").encode())


def _write_behind(path: Path, content: bytes) -> None:
    """By one write."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            os.write(handle, content)
        finally:
            os.close(handle)
    except OSError as error:
        raise TwinError(
            f"the operated call could not be written: {error.strerror or error}.",
            "Free some room.",
            file=path,
        ) from error


def _lines(path: Path) -> list[dict[str, Any]]:
    """Whole lines of a file; the last one may be cut where a process was killed."""
    if not path.is_file():
        return []
    found = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            one = json.loads(line)
        except ValueError:
            one = {}
        found.append(one if isinstance(one, dict) else {})
    return found
