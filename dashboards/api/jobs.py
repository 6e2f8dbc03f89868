"""Work in the queue: what there is, asking for more, cancelling."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from dashboards.access.user import RefusedError, asking
from dashboards.api.words import DeclinedError, Limit
from dashboards.work.job import Job
from dashboards.work.rights import may_see, may_steer
from dashboards.workspace import Workspace
from twin.workshop.shelf import Shelf, is_district

MOST_WAITING = 50
JobId = Annotated[str, Path(description="Id of a job.", pattern="^[0-9a-f]{16}$")]


class JobEntry(BaseModel):
    """A piece of work."""

    id: str
    title: str
    title_zh: str
    command: str = Field(description="The line that does the same in a terminal.")
    asked_by: str = Field(description="Name of the user; empty on loopback without accounts.")
    state: str = Field(description="queued, running, done, failed, cancelled or interrupted.")
    stage: str = Field(description="What it does now.")
    share: float = Field(description="How far that is, 0 to 1.")
    created: float = Field(description="s since 1970-01-01 UTC.")
    started: float = Field(description="s since 1970-01-01 UTC; 0 where it has not begun.")
    ended: float = Field(description="s since 1970-01-01 UTC; 0 where it has not ended.")


class JobList(BaseModel):
    """Work that who asks may see, the latest first."""

    jobs: list[JobEntry]


class Wanted(BaseModel):
    """Work to be done on a project of the workspace."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["march", "retrofit"] = Field(description="March a year, or search packages of measures.")
    project: str = Field(description="File of the project, without its ending.", max_length=100)
    packages: int = Field(300, description="Packages to march in a search, number.", ge=1, le=20_000)


class Begun(BaseModel):
    """Work that was taken."""

    id: str


def job_routes(workspace: Workspace) -> APIRouter:
    """The routes of work."""
    routes = APIRouter(prefix="/jobs", tags=["jobs"])
    shelf = Shelf(workspace.projects)

    def found(name: str) -> Job:
        job = workspace.queue.job(name)
        if job is None or not may_see(asking(), job):
            raise DeclinedError(404, f"there is no job {name}.", f"没有任务 {name}。")
        return job

    @routes.get("")
    def list_jobs(limit: Limit = 100) -> JobList:
        """The jobs."""
        user = asking()
        return JobList(jobs=[_entry(job) for job in workspace.queue.jobs(limit) if may_see(user, job)])

    @routes.post("", status_code=201)
    def submit(wanted: Wanted) -> Begun:
        """Put work at the end of the queue."""
        shelf.project(wanted.project)  # what is wrong is told here, not by a job that failed
        if sum(job.state == "queued" for job in workspace.queue.jobs(500)) >= MOST_WAITING:
            raise DeclinedError(
                409,
                f"{MOST_WAITING} jobs wait already; cancel some, or wait.",
                f"已有 {MOST_WAITING} 个任务在排队；请取消一些，或稍候。",
            )
        content = shelf.written(wanted.project)
        name = str(content.get("name", wanted.project))
        zh = str(content.get("name_zh") or name)
        made = workspace.queue.submit(
            _command(wanted, is_district(content)),
            title_zh=f"{zh}：{'改造搜索' if wanted.kind == 'retrofit' else '全年模拟'}",
            title_en=f"{name}: {'search of packages' if wanted.kind == 'retrofit' else 'one year'}",
            asked_by=asking().name,
        )
        return Begun(id=made)

    @routes.get("/{name}")
    def read(name: JobId) -> JobEntry:
        """One of them."""
        return _entry(found(name))

    @routes.post("/{name}/cancel", status_code=204)
    def cancel(name: JobId) -> Response:
        """Stop it."""
        job = found(name)
        if not may_steer(asking(), job):
            raise RefusedError("the job is somebody else's.")
        workspace.queue.cancel(job.id)
        return Response(status_code=204)

    return routes


def _entry(job: Job) -> JobEntry:
    return JobEntry(
        id=job.id,
        title=job.title_en,
        title_zh=job.title_zh,
        command=job.command,
        asked_by=job.asked_by,
        state=job.state,
        stage=job.stage,
        share=job.share,
        created=job.created,
        started=job.started,
        ended=job.ended,
    )


def _command(wanted: Wanted, district: bool) -> list[str]:
    file = f"projects/{wanted.project}.yaml"
    if wanted.kind == "retrofit":
        study = ["--out", f"studies/{wanted.project}", "--packages", str(wanted.packages)]
        return ["retrofit", file, *study, "--report", "--json"]
    if district:
        return ["district", file, "--out", f"studies/{wanted.project}", "--json"]
    return ["run", file, "--out", "runs", "--json"]
