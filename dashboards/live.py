"""Live streams: the minutes of an operated call, sent to the browser as they are written.

Server-sent events: one direction is all that is needed (words go through the pages, which check them), every
request passes the same guard as a page, and a browser that lost the line asks by itself for what it missed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from dashboards.calls import OperatedCall, call_of
from dashboards.workspace import Workspace
from weather.errors import TwinError

_LOOK_S = 0.05
_AT_ONCE = 120
"""Minutes in one message, so that a long day does not come as one lump."""
_ALIVE_S = 15.0
"""A comment so often, else whatever stands between may close a line on which nothing happens."""


class Lines:
    """Whole lines that have been added to a file since the last look.

    Parameters
    ----------
    path : Path
    known : int
        Lines that are not to be read again.
    """

    def __init__(self, path: Path, known: int = 0) -> None:
        self._path, self._at, self._skip = path, 0, known
        self.count = 0

    def new(self) -> tuple[bool, list[str]]:
        """Whether the file was begun anew, and its new lines."""
        try:
            with self._path.open("rb") as file:
                anew = file.seek(0, 2) < self._at
                if anew:
                    self._at = self._skip = self.count = 0
                file.seek(self._at)
                text = file.read()
        except FileNotFoundError:
            return False, []
        whole = text[: text.rfind(b"\n") + 1]
        self._at += len(whole)
        lines = whole.decode("utf-8", "replace").split("\n")[:-1]
        unread = lines[max(self._skip - self.count, 0) :]
        self.count += len(lines)
        return anew, unread


def _whole(line: str) -> bool:
    """Whether a line can be read: a full disk or a killed process may have cut it."""
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def streams(workspace: Workspace) -> APIRouter:
    """The streams of a workspace."""
    router = APIRouter()

    @router.get("/live/calls/{name:path}")
    async def call(name: str, last_event_id: Annotated[int, Header(ge=0)] = 0) -> Response:
        """Scene, then minutes: those that are there at once, then each as it comes; `over` at the end."""
        try:
            found = await run_in_threadpool(call_of, workspace, name)
        except TwinError as error:
            return PlainTextResponse(workspace.told(error), status_code=404)
        head = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_told(found, last_event_id), media_type="text/event-stream", headers=head)

    return router


async def _told(call: OperatedCall, known: int) -> AsyncIterator[str]:
    lines = Lines(call.moments, known)
    scene = await run_in_threadpool(lambda: call.scene)
    yield _event("scene", {"scene": scene, "over": call.over}, known)
    quiet = 0.0
    while True:
        over = call.over
        anew, new = await run_in_threadpool(lines.new)
        if anew:
            yield _event("anew", {}, 0)
        before = lines.count - len(new)
        for first in range(0, len(new), _AT_ONCE):
            part = new[first : first + _AT_ONCE]
            told = ",".join(filter(_whole, part))
            yield f"id: {before + first + len(part)}\nevent: moments\ndata: [{told}]\n\n"
        if over and not new:
            yield _event("over", {}, lines.count)
            return
        quiet = 0.0 if new else quiet + _LOOK_S
        if quiet > _ALIVE_S:
            quiet = 0.0
            yield ": \n\n"
        await asyncio.sleep(_LOOK_S)


def _event(name: str, content: dict[str, object], known: int) -> str:
    return f"id: {known}\nevent: {name}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n"
