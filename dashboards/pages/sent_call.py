"""Calls of real buildings: sent to a VTN of OpenADR, listed while they stand there, taken back."""

from __future__ import annotations

import json
from pathlib import Path

import dash_mantine_components as dmc
from dash.development.base_component import Component

from dashboards.access.user import require
from dashboards.visit import Visit
from dashboards.work.job import Job
from dashboards.workspace import Workspace
from twin.response.invitation import Invitation

VTN = "openadr.yaml"
"""File of the workspace that says to which VTN calls go, and as whom."""
SEND, _CANCEL = ("serve", "openadr-call"), "openadr-cancel"
_SHOWN = 4


def _set_up(visit: Visit) -> bool:
    return (visit.workspace.root / VTN).is_file()


def button(visit: Visit) -> Component:
    """Sends the call; asleep where no VTN is known."""
    words = visit.say("call.send")
    return dmc.Button(words, id="call-send", color="orange", disabled=not _set_up(visit))


def help_text(visit: Visit) -> Component:
    """What the button does, or what it lacks."""
    words = visit.say("call.send_help" if _set_up(visit) else "call.send_missing", file=VTN)
    return dmc.Text(words, size="xs", c="dimmed")


def refuse_unsendable(invitation: Invitation) -> None:
    """Refuse what no real building could be called for, before it waits in the queue.

    Raises
    ------
    TwinError
        A day of a simulated year only, or no capacity.
    """
    from twin.commands.openadr_call import call_of_invitation

    call_of_invitation(invitation, Path("call.yaml"))


def sending(file: str) -> list[str]:
    """The command that sends a call of the workspace."""
    return [*SEND, file, "--to", VTN, "--json"]


def _sends(visit: Visit) -> list[Job]:
    """Calls that a VTN has by this workspace, the latest first; those that were taken back are left out."""
    done = [job for job in visit.workspace.queue.jobs() if job.argv[:1] == SEND[:1] and job.state == "done"]
    back = {job.argv[2] for job in done if job.argv[1] == _CANCEL}
    return [job for job in done if job.argv[1] == SEND[1] and json.loads(job.said)["event"] not in back]


def standing(visit: Visit) -> list[Component]:
    """The latest calls at the VTN, each with the button that takes it back."""
    return [_sent(visit, json.loads(job.said)) for job in _sends(visit)[:_SHOWN]]


def _sent(visit: Visit, told: dict[str, object]) -> Component:
    name = visit.say("call.stands", name=told["name"], kw=f"{told['kw']:,.0f}")
    where = visit.say("call.stands_id", id=told["event"], vtn=told["vtn"])
    back = {"call": "back", "of": told["event"]}
    return dmc.Paper(
        dmc.Group(
            [
                dmc.Text(name, fw=600),
                dmc.Text(where, size="sm", c="dimmed"),
                dmc.Button(visit.say("call.back"), id=back, variant="subtle", color="red", size="xs"),
            ]
        ),
        withBorder=True,
        p="md",
        mb="sm",
    )


def take_back(workspace: Workspace, visit: Visit, event: str) -> None:
    """Ask for a call to be taken away; of those only that stand there by this workspace."""
    user = require("operator")
    if event not in {json.loads(job.said)["event"] for job in _sends(visit)}:
        return
    workspace.queue.submit(
        [SEND[0], _CANCEL, event, "--to", VTN, "--json"],
        title_zh=Visit("zh", workspace).say("call.taking_back", name=event),
        title_en=Visit("en", workspace).say("call.taking_back", name=event),
        asked_by=user.name,
    )
