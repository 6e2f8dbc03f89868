"""The command `twin user`: who may log in to the pages of a workspace, and as what."""

from __future__ import annotations

import getpass
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.terminal import AsJson, tell
from weather.errors import TwinError

if TYPE_CHECKING:
    from dashboards.access.user import User
    from dashboards.access.users import Users

command = typer.Typer(help="Who may log in to the pages, and as what (用户与角色).", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The user's name.", metavar="NAME")]
Workspace = Annotated[Path, typer.Option(help="Folder that the pages are served from.")]
Roles = Annotated[
    list[str],
    typer.Option("--role", help="engineer, owner, operator, viewer or administrator; may be repeated."),
]
Projects = Annotated[
    list[str] | None,
    typer.Option("--project", help="Project or building that an owner may see; may be repeated."),
]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin.")
]
Generate = Annotated[bool, typer.Option("--generate", help="Draw a password and print it, this once.")]

_GENERATED_BYTES = 15


@dataclass(frozen=True)
class Told:
    """A user, with the password where it was drawn here."""

    user: User
    sentence: str
    password: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        drawn = {} if self.password is None else {"password": self.password}
        return {**_content(self.user), **drawn}

    def show(self) -> None:
        """Say what was done."""
        sys.stdout.write(self.sentence + "\n")
        if self.password is not None:
            sys.stdout.write(
                f"password: {self.password}\n"
                "It is stored as a hash only and cannot be shown again (密码只显示这一次，请妥善保存).\n"
            )


@dataclass(frozen=True)
class Removed:
    """A user who may not come in any more."""

    name: str

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"removed": self.name}

    def show(self) -> None:
        """Say so."""
        sys.stdout.write(f"{self.name} is removed; the sessions have ended (已移除，登录随即失效).\n")


@dataclass(frozen=True)
class Listed:
    """All users."""

    users: tuple[User, ...]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"users": [_content(user) for user in self.users]}

    def show(self) -> None:
        """A table."""
        from rich.table import Table

        from twin.commands.console import table_console

        table = Table()
        for name in ("name 用户名", "roles 角色", "projects 可见项目"):
            table.add_column(name)
        for user in self.users:
            seen = "all 全部" if user.sees_all else ", ".join(sorted(user.projects))
            table.add_row(user.name, ", ".join(sorted(user.roles)), seen)
        table_console().print(table)


@command.command()
def add(
    name: Name,
    role: Roles,
    project: Projects = None,
    workspace: Workspace = Path(),
    from_stdin: FromStdin = False,
    generate: Generate = False,
    as_json: AsJson = False,
) -> None:
    """Give somebody an account; the password is asked for twice."""
    with _users(workspace, new=True) as users:
        password = _password(from_stdin, generate)
        user = users.add(name, password, role, project or ())
    sentence = f"{user.name} may log in as {', '.join(sorted(user.roles))} (已添加)."
    tell(Told(user, sentence, password if generate else None), as_json)


@command.command("list")
def list_users(workspace: Workspace = Path(), as_json: AsJson = False) -> None:
    """Who has an account, and as what."""
    with _users(workspace) as users:
        listed = tuple(users.listed())
    tell(Listed(listed), as_json)


@command.command()
def remove(name: Name, workspace: Workspace = Path(), as_json: AsJson = False) -> None:
    """Take an account and its sessions away."""
    with _users(workspace) as users:
        kept = users.remove(name)
    tell(Removed(kept), as_json)


@command.command()
def password(
    name: Name,
    workspace: Workspace = Path(),
    from_stdin: FromStdin = False,
    generate: Generate = False,
    as_json: AsJson = False,
) -> None:
    """Give a user another password; all sessions of the user end."""
    with _users(workspace) as users:
        new = _password(from_stdin, generate)
        user = users.named(users.set_password(name, new))
    sentence = f"{user.name} has another password; the sessions have ended (密码已修改，登录随即失效)."
    tell(Told(user, sentence, new if generate else None), as_json)


@command.command()
def roles(
    name: Name,
    role: Roles,
    project: Projects = None,
    workspace: Workspace = Path(),
    as_json: AsJson = False,
) -> None:
    """Give a user other roles, and an owner other projects; in force at once."""
    with _users(workspace) as users:
        user = users.set_roles(name, role, project or ())
    tell(Told(user, f"{user.name} is {', '.join(sorted(user.roles))} (角色已修改)."), as_json)


@contextmanager
def _users(workspace: Path, *, new: bool = False) -> Iterator[Users]:
    from dashboards.access.accounts import FILE, Accounts

    if not new and not (workspace / FILE).is_file():
        raise TwinError(
            "nobody has an account in this workspace.",
            "Add somebody with `twin user add`, or name another with --workspace.",
            file=workspace,
            key="--workspace",
        )
    accounts = Accounts(workspace)
    try:
        yield accounts.users
    finally:
        accounts.close()


def _password(from_stdin: bool, generate: bool) -> str:
    """A password that never stands on a command line, where other users of the machine could read it."""
    if from_stdin and generate:
        raise TwinError("a password is either read or drawn.", "Give one of --password-stdin and --generate.")
    if generate:
        return secrets.token_urlsafe(_GENERATED_BYTES)
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise TwinError(
            "there is no terminal to ask for a password.",
            "Give --password-stdin and the password on stdin, or --generate.",
            key="--password-stdin",
        )
    first = getpass.getpass("password (密码): ")
    if getpass.getpass("once more (再次输入): ") != first:
        raise TwinError("the two passwords differ.", "Type the same one twice.", key="password")
    return first


def _content(user: User) -> dict[str, Any]:
    seen = "all" if user.sees_all else sorted(user.projects)
    return {"name": user.name, "roles": sorted(user.roles), "projects": seen}
