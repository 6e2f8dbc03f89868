"""Processes forked from a template: what every start of a command imports is imported once for many.

They are processes like any other, with their own number, streams and end, and they can be killed. What a
start is (entry point, imports, what it inherits) is seen only in a process that is started from nothing.
Run as a script, this file is the template. Once it has marched, those that it forks have the kernels too.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

IMPORTED = (
    "dashboards.app",
    "dashboards.command",
    "twin.cli",
    "twin.commands.climate",
    "twin.commands.crosscheck",
    "twin.commands.describe",
    "twin.commands.kpis",
    "twin.commands.openadr",
    "twin.commands.run",
    "twin.commands.ven",
    "twin.plant",
    "uvicorn",
)
"""What starts import that tests make often."""
_WORD = 8
"""Bytes of a number on the wire."""


class Forked:
    """The command `twin` in a forked process, its two streams kept in files.

    Parameters
    ----------
    arguments : sequence of str
    cwd : Path, optional
    env : mapping, optional
        More environment.
    stdout : int, optional
        Descriptor that becomes its stdout; it stays the caller's to close.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdout: int | None = None,
    ) -> None:
        if "run" in arguments:
            _let_it_march()
        # the environment of the template is as old as the template
        asked = {"argv": list(arguments), "cwd": str(cwd or Path.cwd()), "env": {**os.environ, **(env or {})}}
        self._arguments, self.returncode = tuple(arguments), None
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        ended, told = socket.socketpair()
        line = _template()
        streams = [self._out.fileno() if stdout is None else stdout, self._err.fileno(), told.fileno()]
        _ask(line, asked, streams)
        told.close()
        self._ended = ended
        self.pid = int.from_bytes(_exactly(line, _WORD))

    def wait(self, timeout: float = 500.0) -> int:
        """Its exit code, negative for a signal."""
        if self.returncode is None:
            if not select.select([self._ended], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(["twin", *self._arguments], timeout)
            self.returncode: int | None = int.from_bytes(_exactly(self._ended, _WORD), signed=True)
            self._ended.close()
        assert self.returncode is not None
        return self.returncode

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0.0)
        return self.returncode

    def communicate(self, timeout: float = 500.0) -> tuple[str, str]:
        """What it wrote on stdout and on stderr, once it has ended."""
        self.wait(timeout)
        told = []
        for file in (self._out, self._err):
            file.seek(0)
            told.append(file.read().decode())
        return told[0], told[1]

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """No handler runs."""
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def with_first_line(arguments: Sequence[str]) -> tuple[Forked, str]:
    """A process and the first line on its stdout, empty where it ended without."""
    reading, writing = os.pipe()
    try:
        process = Forked(arguments, stdout=writing)
    finally:
        os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as stream:
        return process, stream.readline()


@cache
def _template() -> socket.socket:
    """The line to the template of this process; it ends when the line does."""
    ours, theirs = socket.socketpair()
    subprocess.Popen([sys.executable, "-P", __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()])
    theirs.close()
    return ours


@cache
def _let_it_march() -> None:
    """Once, when a test asks for a march: others may not want the kernels."""
    line = _template()
    _ask(line, {}, [line.fileno()])
    _exactly(line, _WORD)


def _ask(line: socket.socket, asked: dict, handed: list[int]) -> None:
    text = json.dumps(asked).encode()
    socket.send_fds(line, [len(text).to_bytes(_WORD, "big")], handed)
    line.sendall(text)


def _exactly(line: socket.socket, length: int) -> bytes:
    """So many bytes; an end before them is an error."""
    found = b""
    while len(found) < length:
        part = line.recv(length - len(found))
        if not part:
            raise EOFError("the template of processes has ended")
        found += part
    return found


# --- the template ---------------------------------------------------------------------------------------


def _march() -> None:
    from importlib.resources import as_file, files

    from twin.project import load, simulate

    with as_file(files("twin") / "examples" / "shanghai_house_pedf.yaml") as path:
        simulate(load(path))


def _run(asked: dict, streams: list[int]) -> None:
    """What a forked process does."""
    for number, stream in enumerate(streams, start=1):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv = ["twin", *asked["argv"]]
    from twin.cli import main

    main()


def _exit_code(error: SystemExit) -> int:
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    sys.stderr.write(f"{error.code}\n")
    return 1


def _serve(line: socket.socket) -> None:
    """Fork what is asked for, and tell how each ended."""
    for name in IMPORTED:
        importlib.import_module(name)
    ends: dict[int, int] = {}
    waking, woken = socket.socketpair()
    for end in (waking, woken):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken.fileno())
    while True:
        ready = select.select([line, waking], [], [])[0]
        if waking in ready:
            waking.recv(4096)
            _tell_ends(ends)
        if line not in ready:
            continue
        head, handed, _, _ = socket.recv_fds(line, _WORD, 3)
        if not head:
            return
        *streams, told = handed
        asked = json.loads(_exactly(line, int.from_bytes(head, "big")))
        if not asked:
            os.close(told)
            _march()
            gc.collect()
            gc.freeze()  # what is there now is not written to by collections of those that are forked
            line.sendall(bytes(_WORD))
            continue
        number = os.fork()
        if number == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for end in (waking, woken, line):
                end.close()
            for other in (*ends.values(), told):
                os.close(other)
            code = 1
            try:
                _run(asked, streams)
                code = 0
            except SystemExit as error:
                code = _exit_code(error)
            except BaseException:  # noqa: BLE001  # as the interpreter does at its end
                sys.excepthook(*sys.exc_info())
            finally:
                with contextlib.suppress(Exception):
                    sys.stdout.flush()
                    sys.stderr.flush()
                os._exit(code)
        ends[number] = told
        for stream in streams:
            os.close(stream)
        line.sendall(number.to_bytes(_WORD))


def _tell_ends(ends: dict[int, int]) -> None:
    while ends:
        number, status = os.waitpid(-1, os.WNOHANG)
        if number == 0:
            return
        told = ends.pop(number)
        with contextlib.suppress(BrokenPipeError):
            os.write(told, os.waitstatus_to_exitcode(status).to_bytes(_WORD, signed=True))
        os.close(told)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
