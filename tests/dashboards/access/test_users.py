"""Accounts: names, passwords, roles, and the file when several write it or one is killed."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from dashboards.access import passwords
from dashboards.access.accounts import FILE, Accounts
from dashboards.access.passwords import weakness
from dashboards.access.users import Users, name_of
from weather.errors import TwinError

GOOD = "a long walk by the Huangpu"


@pytest.fixture
def users(tmp_path: Path) -> Users:
    return Accounts(tmp_path).users


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Zhang.Wei", "zhang.wei"),
        ("ＺＨＡＮＧ", "zhang"),  # full width
        ("ﬁn", "fin"),  # a ligature
        (" li ", "li"),
        ("li\n", "li"),
        ("STRASSE", "strasse"),
        ("straße", "strasse"),
        ("王小明", "王小明"),
        ("a@b-c_d.e", "a@b-c_d.e"),
        ("x" * 64, "x" * 64),
    ],
)
def test_a_name_is_one_name_however_it_is_typed(given: str, kept: str) -> None:
    assert name_of(given) == kept
    assert name_of(kept) == kept


@pytest.mark.parametrize(
    "given",
    ["", "  ", "a b", "a/b", "../a", "a\nb", "<b>", "-a", ".a", "x" * 65, "a\u202eb", "a\u200bb", "a,b"],
)
def test_what_could_be_mistaken_is_no_name(given: str) -> None:
    with pytest.raises(TwinError, match="no name of a user"):
        name_of(given)


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        ("elevenchars", "short"),
        ("twelve chars", None),
        ("水" * 11, "short"),
        ("我爱吃小笼包和生煎馒头呀", None),
        ("x" + "ab cd" * 51, None),
        ("ab cd" * 52, "long"),
        ("zhangwei2026", "named"),
        ("ZhangWei-pedf-twin", "named"),
        ("zhangwei by the river", None),
        ("123456789012", "guessed"),
        ("098765432109", "guessed"),
        ("qwertyuiopas", "guessed"),
        ("abcabcabcabc", "guessed"),
        ("aaaaaaaaaaaa", "guessed"),
        ("1qaz2wsx3edc", "guessed"),
        ("no digits no capitals", None),
    ],
)
def test_a_password_is_judged_by_length_and_shape_alone(password: str, wrong: str | None) -> None:
    assert weakness(password, "zhangwei") == wrong


def test_a_password_is_the_same_in_whatever_form_it_is_sent(users: Users) -> None:
    users.add("li", "cafe\u0301 on the corner", ["viewer"])
    assert users.proven("LI", "caf\u00e9 on the corner") is not None
    assert users.proven("li", "cafe on the corner") is None


@pytest.mark.usefixtures("real_cost")
def test_hashes_are_argon2id_and_differ_for_one_password(tmp_path: Path) -> None:
    users = Accounts(tmp_path).users
    users.add("a", GOOD, ["viewer"])
    users.add("b", GOOD, ["viewer"])
    hashes = {users.proven(name, GOOD).hash for name in "ab"}  # type: ignore[union-attr]
    assert len(hashes) == 2
    assert all(text.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for text in hashes)
    content = b"".join(p.read_bytes() for p in (tmp_path / FILE).parent.iterdir())
    assert GOOD.encode() not in content


@pytest.mark.usefixtures("real_cost")
def test_an_old_hash_is_made_anew_at_the_next_log_in(users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
    with monkeypatch.context() as at:
        at.setattr(passwords, "_HASHER", cheap)
        users.add("a", GOOD, ["viewer"])
    first = users.proven("a", GOOD)
    assert first is not None
    assert "m=65536,t=3" in first.hash
    assert users.proven("a", GOOD) == first


@pytest.mark.usefixtures("real_cost")
def test_an_unknown_name_costs_as_much_as_a_wrong_password(
    users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords._nobodys.cache_clear()
    users.add("known", GOOD, ["viewer"])
    users.proven("nobody", GOOD)  # the hash of nobody is made once
    costs: list[str] = []
    real = PasswordHasher.verify

    def counted(self: PasswordHasher, hash: str, password: str) -> bool:  # noqa: A002
        costs.append(hash.rpartition("$")[0].rpartition("$")[0])
        return bool(real(self, hash, password))

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    monkeypatch.setattr(PasswordHasher, "hash", lambda *_: pytest.fail("a hash is made for a refusal"))
    seen = []
    for name, password in (
        ("known", "wrong and long enough"),
        ("nobody", "wrong and long enough"),
        ("<no name>", "x"),
        ("known", "x" * 5000),
        ("nobody", "x" * 5000),
    ):
        costs.clear()
        assert users.proven(name, password) is None
        seen.append(tuple(costs))
    assert len(set(seen)) == 1
    assert seen[0] == ("$argon2id$v=19$m=65536,t=3,p=4",)


def test_the_hash_of_nobody_lets_nobody_in(users: Users) -> None:
    for password in ("", "x", "nobody"):
        assert users.proven("nobody", password) is None


def test_a_name_is_taken_once(users: Users) -> None:
    users.add("Zhang", GOOD, ["viewer"])
    with pytest.raises(TwinError, match="has an account already"):
        users.add("ZHANG", GOOD, ["engineer"])
    assert [user.roles for user in users.listed()] == [frozenset({"viewer"})]


@pytest.mark.parametrize(
    ("roles", "projects", "words"),
    [
        ([], [], "needs a role"),
        (["boss"], [], "no role is called boss"),
        (["engineer"], ["tower"], "every other role sees all"),
        (["owner", "viewer"], ["tower"], "every other role sees all"),
    ],
)
def test_roles_that_make_no_sense_are_refused(
    users: Users, roles: list[str], projects: list[str], words: str
) -> None:
    with pytest.raises(TwinError, match=words):
        users.add("a", GOOD, roles, projects)
    assert not users.any()


def test_an_owner_sees_his_own_and_others_see_all(users: Users) -> None:
    owner = users.add("o", GOOD, ["owner"], ["Cafe\u0301 tower", "上海办公楼"])
    assert owner == users.named("o")
    assert owner.may_see("Caf\u00e9 tower")
    assert owner.may_see("上海办公楼")
    assert not owner.may_see("Tower")
    assert not owner.may_see("")
    assert users.set_roles("o", ["owner"]).may_see("上海办公楼") is False
    for role in ("engineer", "operator", "viewer", "administrator"):
        assert users.set_roles("o", [role]).may_see("anything")
    assert users.set_roles("o", ["owner", "viewer"]).may_see("anything")


def test_only_the_owner_of_the_file_reads_it(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "new")
    accounts.users.add("a", GOOD, ["viewer"])
    folder = (tmp_path / "new" / FILE).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_the_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text("notes")
    with pytest.raises(TwinError, match="file of accounts cannot be used"):
        Accounts(tmp_path)
    assert (tmp_path / FILE).read_text() == "notes"


_ADD = """
import sys
from pathlib import Path
from dashboards.access import passwords
from argon2 import PasswordHasher
passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
from dashboards.access.accounts import Accounts
from weather.errors import TwinError
users = Accounts(Path(sys.argv[1])).users
print("ready", flush=True)
for k in range(int(sys.argv[3])):
    for name in (f"{sys.argv[2]}{k}", f"both{k}"):
        try:
            users.add(name, "a long walk by the Huangpu", [sys.argv[4]])
            print(name, flush=True)
        except TwinError:
            pass
"""


def _adding(root: Path, who: str, count: int, role: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _ADD, str(root), who, str(count), role], stdout=subprocess.PIPE, text=True
    )


def test_two_processes_write_users_at_once(tmp_path: Path) -> None:
    many = 60
    processes = [_adding(tmp_path, who, many, role) for who, role in (("a", "viewer"), ("b", "engineer"))]
    told = [set(process.communicate(timeout=120)[0].split()) - {"ready"} for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    users = Accounts(tmp_path).users
    found = {user.name: user for user in users.listed()}
    both = {f"both{k}" for k in range(many)}
    assert set(found) == both | {f"{who}{k}" for who in "ab" for k in range(many)}
    # Each name that both wanted went to exactly one, the one that was told so.
    assert told[0] & told[1] == set()
    for name in both:
        winner = "viewer" if name in told[0] else "engineer"
        assert found[name].roles == {winner}


def test_what_was_told_stays_when_the_process_is_killed(tmp_path: Path) -> None:
    process = _adding(tmp_path, "a", 10_000, "viewer")
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(20)]
    time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    told += process.stdout.read().split()
    process.wait()
    users = Accounts(tmp_path).users
    names = {user.name for user in users.listed()}
    assert names >= set(told) - {"ready"}
    assert len(names) - (len(set(told)) - 1) <= 1  # at most the one that was on its way
    users.add("after", GOOD, ["viewer"])
    assert users.proven("after", GOOD) is not None
