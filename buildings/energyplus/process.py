"""EnergyPlus in processes of their own: started, watched, ended, and their errors turned into ours.

A crash, a hang or a cancelled run of one takes nothing else down and leaves nothing behind: the engine works
in a temporary folder, which becomes the output folder only when all went well.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TypeVar

from buildings.energyplus.dictionary import engine_version, library_path
from buildings.energyplus.messages import Message, finished, read_messages, refuse
from buildings.energyplus.version import check_version
from weather.errors import TwinError

TIMEOUT_S = 3600.0
"""Default limit of a run [s]; a hospital of 55 zones takes about 150 s."""
_GRACE_S = 2.0
_Done = TypeVar("_Done")
Converse = Callable[[IO[str], IO[str]], None]
"""Reads what a worker says and answers; an exception ends the worker and goes on to the caller."""
_ROOT = Path(__file__).resolve().parents[2]
"""Where the packages lie, so that the worker finds them from any folder."""


@dataclass(frozen=True)
class EnergyPlusOutput:
    """A run that came to its end without severe errors.

    Attributes
    ----------
    folder : pathlib.Path
        All that the engine wrote.
    sql : pathlib.Path
        `eplusout.sql`; absent where the input asks for none.
    messages : tuple of Message
        Warnings.
    cpu_s, wall_s : float
        CPU time of the engine alone, and wall time with the start of its process [s].
    """

    folder: Path
    sql: Path
    messages: tuple[Message, ...]
    cpu_s: float
    wall_s: float

    @property
    def warnings(self) -> tuple[str, ...]:
        """Texts of the warnings."""
        return tuple(m.text for m in self.messages if m.level == "warning")


def run_idf(
    idf_path: str | Path,
    epw_path: str | Path,
    out_dir: str | Path,
    *,
    timeout: float = TIMEOUT_S,
    accepted: tuple[str, ...] = (),
    module: str = "buildings.energyplus.worker",
    order: Mapping[str, object] | None = None,
    converse: Converse | None = None,
) -> EnergyPlusOutput:
    """Run an IDF or epJSON through the installed engine.

    Parameters
    ----------
    idf_path, epw_path : path-like
        Files that the input names (such as `Schedule:File`) are sought beside the IDF.
    out_dir : path-like
        Made by the run, with all outputs; a folder that is there already is replaced, if it is empty or an
        earlier run's.
    timeout : float
        [s].
    accepted : tuple of str
        Words of severe errors that are to count as warnings.
    module, order, converse
        Worker to start, further entries of its order, and who talks with it; for runtime coupling.

    Returns
    -------
    EnergyPlusOutput

    Raises
    ------
    TwinError
        A file that is missing, empty, of another version or not an input file; severe or fatal errors of the
        engine (also where it exits with 0); a crash; the time limit.
    """
    idf, epw, out = Path(idf_path).resolve(), Path(epw_path).resolve(), Path(out_dir).absolute()
    _check_files(idf, epw)
    check_version(idf, engine_version())
    _check_folder(out)
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="pedf-twin-ep-") as scratch:
        work = Path(scratch) / "out"
        work.mkdir()
        request = Path(scratch) / "order.json"
        text = {"idf": str(idf), "epw": str(epw), "out": str(work), "parent": os.getpid(), **(order or {})}
        request.write_text(json.dumps(text), encoding="utf-8")
        command = [sys.executable, "-m", module, str(request)]
        code = _run_process(command, idf, Path(scratch), timeout, converse)
        done = request.with_suffix(".done")
        report = json.loads(done.read_text(encoding="utf-8")) if done.is_file() else None
        messages = read_messages(work / "eplusout.err")
        messages = refuse(messages, idf, epw, accepted)
        if report is None:
            _refuse_crash(code, idf, Path(scratch))
        elif report["code"] != 0 or not finished(work / "eplusout.err"):
            raise TwinError(
                f"EnergyPlus ended with code {report['code']} and without a word of success or failure.",
                "Check that the model is a complete IDF or epJSON file.",
                file=idf,
            )
        _move(work, out)
    return EnergyPlusOutput(
        out, out / "eplusout.sql", messages, float(report["cpu_s"]) if report else 0.0,
        time.perf_counter() - begin,
    )  # fmt: skip


def run_many(jobs: Sequence[Callable[[], _Done]], workers: int | None = None) -> list[_Done | TwinError]:
    """Run several jobs, each in its own engine process, at most `workers` at a time.

    Parameters
    ----------
    jobs : sequence of callable
        Such as `functools.partial(run_idf, ...)` or `functools.partial(simulate_zones, ...)`.
    workers : int, optional
        Default one per processor.

    Returns
    -------
    list
        In the order of the jobs: what each returns, or the error that only it met. Where the caller is
        interrupted, all engine processes are ended before the interrupt goes on.
    """

    def one(job: Callable[[], _Done]) -> _Done | TwinError:
        try:
            return job()
        except TwinError as error:
            return error

    pool = ThreadPoolExecutor(max_workers=workers or os.cpu_count() or 1)
    try:
        return list(pool.map(one, jobs))
    except BaseException:
        cancel_all()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _check_files(idf: Path, epw: Path) -> None:
    for path, kind in ((idf, "model"), (epw, "weather file")):
        if not path.is_file():
            raise TwinError(f"there is no {kind} {path.name}.", f"Give the path of the {kind}.", file=path)
        if path.stat().st_size == 0:
            raise TwinError(f"the {kind} {path.name} is empty.", f"Give a complete {kind}.", file=path)
    library_path()


def _check_folder(out: Path) -> None:
    """The output folder may be new, empty or an earlier run's."""
    if out.is_dir() and any(out.iterdir()) and not (out / "eplusout.err").is_file():
        raise TwinError(
            f"the folder {out} holds files that no EnergyPlus run wrote.",
            "Name a new or empty folder for the outputs.",
            file=out,
        )
    if out.exists() and not out.is_dir():
        raise TwinError(f"{out} is a file.", "Name a folder for the outputs.", file=out)


def _move(work: Path, out: Path) -> None:
    """Put the finished run in its place."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
        try:
            for part in work.iterdir():
                shutil.move(part, draft / part.name)
            if out.is_dir():
                shutil.rmtree(out)
            draft.chmod(0o755)
            draft.rename(out)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    except OSError as error:
        raise TwinError(
            f"the outputs of EnergyPlus cannot be kept ({error.strerror}).",
            "Give a folder that can be written.",
            file=out,
        ) from error


# --- processes ------------------------------------------------------------------------------------------

_running: dict[int, subprocess.Popen[bytes]] = {}


def cancel_all() -> None:
    """End every engine process that this process started."""
    for child in list(_running.values()):
        _end(child)


def _run_process(
    command: list[str], idf: Path, scratch: Path, timeout: float, converse: Converse | None
) -> int:
    """Start a worker and wait for it; whatever happens, it is gone afterwards."""
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    with (scratch / "console.txt").open("wb") as console:
        child = subprocess.Popen(
            command,
            cwd=scratch,
            stdin=subprocess.DEVNULL if converse is None else subprocess.PIPE,
            stdout=console if converse is None else subprocess.PIPE,
            stderr=console,
            env=environment,
            start_new_session=True,
        )
        _running[child.pid] = child
        try:
            if converse is not None:
                _converse(child, converse, idf, timeout)
            return _wait(child, idf, timeout)
        finally:
            _end(child)
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            _running.pop(child.pid, None)


def _converse(child: subprocess.Popen[bytes], converse: Converse, idf: Path, timeout: float) -> None:
    """Let a caller talk with the worker; where that lasts too long, the worker is ended."""
    if child.stdin is None or child.stdout is None:
        raise TypeError("a worker without pipes cannot be talked with")
    late = threading.Event()

    def end() -> None:
        late.set()
        _end(child)

    watch = threading.Timer(timeout, end)
    watch.daemon = True
    watch.start()
    told = TextIOWrapper(child.stdout, encoding="utf-8")
    say = TextIOWrapper(child.stdin, encoding="utf-8")
    try:
        converse(told, say)
    except BrokenPipeError:
        pass  # the worker died: its exit code and messages say why
    finally:
        watch.cancel()
    if late.is_set():
        raise _too_long(idf, timeout)


def _wait(child: subprocess.Popen[bytes], idf: Path, timeout: float) -> int:
    try:
        return child.wait(timeout)
    except subprocess.TimeoutExpired:
        raise _too_long(idf, timeout) from None


def _too_long(idf: Path, timeout: float) -> TwinError:
    return TwinError(
        f"EnergyPlus did not finish within {timeout:g} s and was ended.",
        "Give it more time, a shorter run period or fewer zones.",
        file=idf,
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a process and its children; nothing is left when this returns."""
    if child.poll() is not None:
        return
    _signal(child, signal.SIGTERM)
    try:
        child.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        _signal(child, signal.SIGKILL)
        child.wait()


def _signal(child: subprocess.Popen[bytes], which: signal.Signals) -> None:
    try:
        os.killpg(child.pid, which)
    except (ProcessLookupError, PermissionError):
        child.kill()


def _refuse_crash(code: int, idf: Path, scratch: Path) -> None:
    """The worker died before it could report."""
    words = (scratch / "console.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    last = f" Its last words: {words[-1].strip()}" if words else ""
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        how = f"was ended by {name}"
        if -code == signal.SIGSEGV:
            how = "crashed (segmentation fault)"
    else:
        how = f"stopped with exit code {code}"
    raise TwinError(
        f"the EnergyPlus process {how} before it finished.{last}",
        "Check that the model is complete (sizing objects for autosized equipment, all schedules); "
        "if the process was killed for memory, run fewer at a time.",
        file=idf,
    )
