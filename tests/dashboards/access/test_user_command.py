"""`twin user`, as it is called."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dashboards.access import command as module
from dashboards.access.accounts import Accounts
from dashboards.access.command import command
from weather.errors import TwinError

PASSWORD = "a long walk by the Huangpu"


def _twin_user(root: Path, *arguments: str, typed: str = "") -> str:
    done = CliRunner().invoke(
        command, [*arguments, "--workspace", str(root)], input=typed, catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_user_is_added_shown_changed_and_removed(tmp_path: Path) -> None:
    root = tmp_path / "工作区"
    said = _twin_user(
        root,
        "add",
        "Li.Ming",
        "--role",
        "owner",
        "--project",
        "上海办公楼",
        "--password-stdin",
        typed=PASSWORD + "\n",
    )
    assert "li.ming may log in as owner" in said
    assert PASSWORD not in said
    listed = json.loads(_twin_user(root, "list", "--json"))
    assert listed == {"users": [{"name": "li.ming", "roles": ["owner"], "projects": ["上海办公楼"]}]}
    assert "上海办公楼" in _twin_user(root, "list")
    _twin_user(root, "roles", "LI.MING", "--role", "engineer", "--role", "operator")
    assert json.loads(_twin_user(root, "list", "--json"))["users"][0] == {
        "name": "li.ming", "roles": ["engineer", "operator"], "projects": "all",
    }  # fmt: skip
    drawn = json.loads(_twin_user(root, "password", "li.ming", "--generate", "--json"))["password"]
    users = Accounts(root).users
    assert users.proven("li.ming", PASSWORD) is None
    assert users.proven("li.ming", drawn) is not None
    assert json.loads(_twin_user(root, "remove", "li.ming", "--json")) == {"removed": "li.ming"}
    assert not users.any()


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (("add", "li", "--role", "viewer", "--password-stdin"), "short\n", "too short"),
        (("add", "li", "--role", "boss", "--generate"), "", "no role is called boss"),
        (("add", "li", "--role", "viewer"), "", "no terminal"),
        (("add", "li", "--role", "viewer", "--generate", "--password-stdin"), "", "either read or drawn"),
        (("add", "../li", "--role", "viewer", "--generate"), "", "no name of a user"),
        (("remove", "li"), "", "nobody has an account"),
        (("list",), "", "nobody has an account"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, arguments: tuple[str, ...], typed: str, words: str) -> None:
    with pytest.raises(TwinError, match=words):
        _twin_user(tmp_path, *arguments, typed=typed)


def test_a_name_that_nobody_has_is_told(tmp_path: Path) -> None:
    _twin_user(tmp_path, "add", "li", "--role", "viewer", "--generate")
    for arguments in (
        ("remove", "wang"),
        ("roles", "wang", "--role", "viewer"),
        ("password", "wang", "--generate"),
    ):
        with pytest.raises(TwinError, match="nobody is called 'wang'"):
            _twin_user(tmp_path, *arguments)


def test_a_password_is_asked_for_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class _Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers = iter([PASSWORD, "something else", PASSWORD, PASSWORD])
    monkeypatch.setattr(module.getpass, "getpass", lambda _: next(answers))
    monkeypatch.setattr(module.sys, "stdin", _Terminal())
    with pytest.raises(TwinError, match="two passwords differ"):
        module.add("li", ["viewer"], None, tmp_path)
    module.add("li", ["viewer"], None, tmp_path)
    assert Accounts(tmp_path).users.proven("li", PASSWORD) is not None


def test_the_command_is_one_of_twin_and_starts_light(tmp_path: Path) -> None:
    code = (
        "import sys, importlib.metadata as m, twin.cli as cli, dashboards.access.command as c;"
        "heavy = [n for n in ('dash', 'plotly', 'pandas', 'fastapi', 'argon2') if n in sys.modules];"
        "point = m.EntryPoint('user', 'dashboards.access.command:command', 'twin.commands');"
        "cli.entry_points = lambda group: [point];"
        "sys.argv = ['twin', 'user', 'list', '--workspace', sys.argv[1]];"
        "print(heavy, flush=True); cli.main()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n"
    assert done.returncode == 2
    assert "nobody has an account in this workspace" in done.stderr
    assert "Traceback" not in done.stderr
