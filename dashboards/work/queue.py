"""The queue: one job at a time and a few that a clock paces, in processes that outlive the server.

Where the server was killed, the next one finds the process of the job still at work and goes on watching
it, or finds it gone; a job whose process is gone without a word is begun once more, since every command
stores nothing or a whole result and long ones go on where they were.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import psutil

from dashboards.work.folder import ENDED, ERR, FILES, OUT, PROGRESS, read_json, tail
from dashboards.work.job import Job
from dashboards.work.store import JobStore
from twin.terminal import PROGRESS_FILE

_LOOK_S = 0.25
_PATIENCE_S = 10.0
"""Between asking a command to stop and ending it."""
_ATTEMPTS = 2
_PACED_AT_ONCE = 4
_INTERRUPTED = 130


class Queue:
    """Work of one workspace.

    Parameters
    ----------
    root : Path
        The workspace: commands run in it.
    own : Path
        Folder of the server's records.

    Raises
    ------
    TwinError
        The list cannot be used.
    """

    def __init__(self, root: Path, own: Path) -> None:
        self._root, self._folder = root, own / "work"
        self._store = JobStore(own / "work.sqlite")
        self._stop, self._new = Event(), Event()
        self._asked_to_stop: dict[str, float] = {}
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._thread = Thread(target=self._run, name="queue", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; a job at work goes on, and the next server finds it."""
        self._stop.set()
        self._new.set()
        if self._thread.is_alive():
            self._thread.join()
        self._store.close()

    def submit(self, argv: Sequence[str], *, title_zh: str, title_en: str, asked_by: str = "") -> str:
        """Ask for a piece of work.

        Parameters
        ----------
        argv : sequence of str
            Command of `twin` with its arguments; made here, never by a browser.
        title_zh, title_en : str
        asked_by : str

        Returns
        -------
        str
            Id of the job.
        """
        name = self._store.add(argv, title_zh, title_en, asked_by)
        self._new.set()
        return name

    def jobs(self, limit: int = 100) -> list[Job]:
        """The jobs, the latest first, with how far those at work are."""
        return [self._with_progress(job) for job in self._store.jobs(limit)]

    def job(self, name: str) -> Job | None:
        """One of them."""
        found = self._store.job(name)
        return None if found is None else self._with_progress(found)

    def cancel(self, name: str) -> None:
        """Stop a job: one that waits is not begun, one at work is asked to end, then made to."""
        job = self._store.job(name)
        if job is None:
            return
        if job.state == "queued":
            self._store.ended(name, "cancelled", "")
        elif job.state == "running":
            self._asked_to_stop.setdefault(name, 0.0)
            self._new.set()

    def again(self, name: str) -> None:
        """Begin a job anew that failed, was cancelled or was interrupted."""
        job = self._store.job(name)
        if job is not None and job.state in ("failed", "cancelled", "interrupted"):
            self._store.again(name)
            self._new.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            at_work = [job for job, pid, born in self._store.running() if self._look(job, pid, born)]
            turn = whose_turn(at_work, self._store.waiting())
            if turn is not None:
                self._begin(turn)
                continue
            self._new.wait(_LOOK_S if at_work else None)
            self._new.clear()

    def _begin(self, job: Job) -> None:
        folder = self._folder / job.id
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            (folder / name).unlink(missing_ok=True)
        self._root.mkdir(parents=True, exist_ok=True)
        with (folder / OUT).open("wb") as out, (folder / ERR).open("wb") as err:
            try:
                child = subprocess.Popen(
                    [sys.executable, "-P", "-m", "dashboards.work.child", str(folder.resolve()), *job.argv],
                    cwd=self._root, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True,
                    env=os.environ | {PROGRESS_FILE: str((folder / PROGRESS).resolve())},
                )  # fmt: skip
            except OSError as error:
                self._store.ended(job.id, "failed", f"no process could be started: {error.strerror}.")
                return
        self._children[job.id] = child
        self._store.begun(job.id, child.pid, _born(child.pid))

    def _look(self, job: Job, pid: int, born: float) -> bool:
        """Whether a job is still at work; writes down how it ended."""
        if job.id in self._children:
            self._children[job.id].poll()  # else it stays a zombie
        if _born(pid) == born and not (self._folder / job.id / ENDED).exists():
            self._hurry(job, pid)
            return True
        # Looked at once more: it may have ended between the two questions.
        ended = read_json(self._folder / job.id / ENDED)
        self._children.pop(job.id, None)
        cancelled = self._asked_to_stop.pop(job.id, None) is not None
        if not ended and not cancelled and job.attempts < _ATTEMPTS:
            self._store.again(job.id)
        elif not ended:
            self._store.ended(job.id, "cancelled" if cancelled else "interrupted", "")
        elif ended["code"] == 0:
            self._store.ended(job.id, "done", tail(self._folder / job.id / OUT))
        elif cancelled and ended["code"] == _INTERRUPTED:
            self._store.ended(job.id, "cancelled", "")
        else:
            self._store.ended(job.id, "failed", tail(self._folder / job.id / ERR)[-4000:])
        return False

    def _hurry(self, job: Job, pid: int) -> None:
        """Ask a job to end that somebody wants ended, and end it when it does not."""
        if job.id not in self._asked_to_stop:
            return
        since = self._asked_to_stop[job.id]
        with contextlib.suppress(ProcessLookupError):
            if since == 0.0:
                self._asked_to_stop[job.id] = time.monotonic()
                os.killpg(pid, signal.SIGINT)
            elif time.monotonic() - since > _PATIENCE_S:
                os.killpg(pid, signal.SIGKILL)

    def _with_progress(self, job: Job) -> Job:
        if job.state != "running":
            return job
        found = read_json(self._folder / job.id / PROGRESS)
        return replace(job, stage=str(found.get("stage", "")), share=float(found.get("share", 0.0)))


def whose_turn(at_work: Sequence[Job], waiting: Sequence[Job]) -> Job | None:
    """The oldest for which there is room: one job at a time, and so many that a clock paces."""
    paced = sum(job.paced for job in at_work)
    room = {False: len(at_work) == paced, True: paced < _PACED_AT_ONCE}
    return next((job for job in waiting if room[job.paced]), None)


def _born(pid: int) -> float:
    """When a process began; 0 where there is none, or only what is left of one."""
    try:
        found = psutil.Process(pid)
        return 0.0 if found.status() == psutil.STATUS_ZOMBIE else float(found.create_time())
    except psutil.Error:
        return 0.0
