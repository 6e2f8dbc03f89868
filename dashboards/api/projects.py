"""Projects of the workspace: list, read, save whole or not at all, check, take away."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import PlainTextResponse

from dashboards.access.user import asking
from dashboards.api.words import DeclinedError, Limit, Skip, asked_in
from dashboards.workspace import Workspace
from twin.workshop.intake import read_apart
from twin.workshop.shelf import Card, Shelf, plain_name
from weather.errors import TwinError

YAML = "application/yaml"
Name = Annotated[str, Path(description="File of the project, without its ending.", max_length=100)]
Text = Annotated[bytes, Body(media_type=YAML, description="The project file (YAML, UTF-8).")]


class ProjectEntry(BaseModel):
    """A project in the list."""

    name: str = Field(description="File without its ending.")
    title: str
    title_zh: str
    about: str
    about_zh: str
    district: bool = Field(description="Whether `twin district` marches it rather than `twin run`.")
    trouble: str | None = Field(description="Why it cannot be read; null where it can.")


class ProjectList(BaseModel):
    """Projects that who asks may see."""

    projects: list[ProjectEntry]
    total: int = Field(description="Entries of the whole list.")


class Checked(BaseModel):
    """Whether a project can be used."""

    valid: bool
    title: str = Field(description="Its name; empty where it is not valid.")
    trouble: str | None = Field(description="The first thing that is wrong, with line, key and remedy.")


def project_routes(workspace: Workspace) -> APIRouter:
    """The routes of projects."""
    routes = APIRouter(prefix="/projects", tags=["projects"])
    shelf = Shelf(workspace.projects)

    def entry(card: Card) -> ProjectEntry:
        trouble = None if card.trouble is None else workspace.told(card.trouble)
        return ProjectEntry(
            name=card.name,
            title=card.title,
            title_zh=card.title_zh,
            about=card.about,
            about_zh=card.about_zh,
            district=card.district,
            trouble=trouble,
        )

    def seen(name: str) -> str:
        """A name of the list of who asks; another's is told as one that is not there."""
        shelf.path(name)
        user = asking()
        titles = {card.name: card.title for card in ([] if user.sees_all else shelf.cards())}
        if not (user.sees_all or user.may_see(name) or user.may_see(titles.get(name, ""))):
            raise TwinError(
                f"there is no project called {name[:60]!r} here.", "Choose one of the list, or upload it."
            )
        return name

    @routes.get("")
    def list_projects(limit: Limit = 100, skip: Skip = 0) -> ProjectList:
        """The projects, the latest changed first."""
        user = asking()
        cards = [card for card in shelf.cards() if user.may_see(card.name) or user.may_see(card.title)]
        return ProjectList(projects=[entry(card) for card in cards[skip : skip + limit]], total=len(cards))

    @routes.get(
        "/{name}",
        response_class=PlainTextResponse,
        responses={200: {"content": {YAML: {"schema": {"type": "string"}}}}},
    )
    def read(name: Name) -> Response:
        """The text of a project; its ETag goes back with a change, in If-Match."""
        text = shelf.text(seen(name))
        return Response(text, media_type=YAML, headers={"ETag": f'"{shelf.version(name)}"'})

    @routes.put("/{name}", status_code=204)
    def save(
        name: Name, content: Text, if_match: Annotated[str | None, Header(max_length=100)] = None
    ) -> Response:
        """Create or replace a project, when it is valid."""
        if plain_name(name) != name:
            raise DeclinedError(
                422,
                f"A project may be called {plain_name(name)!r}.",
                f"项目可以取名为 {plain_name(name)!r}。",
            )
        there = name in shelf.names()
        if if_match is not None and (not there or if_match.strip('"') != shelf.version(name)):
            raise DeclinedError(
                409, "The project was changed elsewhere since it was read.", "读取之后项目已在别处被改动。"
            )
        text = _text(content)
        _read_apart(shelf, name, text)
        shelf.save(name, text)
        return Response(status_code=204, headers={"ETag": f'"{shelf.version(name)}"'})

    @routes.delete("/{name}", status_code=204)
    def remove(name: Name) -> Response:
        """Take a project away; its Runs stay."""
        shelf.path(name).unlink(missing_ok=True)
        return Response(status_code=204)

    @routes.post("/{name}/check")
    def check(name: Name, asked: Request) -> Checked:
        """Whether a project of the workspace can be used as it is."""
        seen(name)
        try:
            return Checked(valid=True, title=shelf.project(name).name, trouble=None)
        except TwinError as error:
            return Checked(valid=False, title="", trouble=workspace.told(error, asked_in(asked)))

    @routes.post("")
    def check_text(content: Text, asked: Request) -> Checked:
        """Whether a text would be a valid project of the workspace; nothing is kept."""
        try:
            title = _read_apart(shelf, "text", _text(content))
        except TwinError as error:
            return Checked(valid=False, title="", trouble=workspace.told(error, asked_in(asked)))
        return Checked(valid=True, title=title, trouble=None)

    return routes


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DeclinedError(422, "The text is not UTF-8.", "文本不是 UTF-8 编码。") from None


def _read_apart(shelf: Shelf, name: str, text: str) -> str:
    """Read a text in a process with limits, beside the projects that it may build on; its title."""
    with shelf.draft(name, text) as draft:
        return str(read_apart("project", draft, f"{name}.yaml")["title"])
