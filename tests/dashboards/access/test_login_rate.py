"""The rate of tries: what is free, how waiting grows, what it is counted by, and that it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dashboards.access import login_rate as module
from dashboards.access.accounts import FILE, Accounts
from dashboards.access.login_rate import (
    FORGOTTEN_SECONDS,
    FREE_OF_ADDRESS,
    FREE_OF_NAME,
    LONGEST_SECONDS,
    LoginRate,
)
from still_clock import StillClock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    found = StillClock()
    monkeypatch.setattr(module, "time", found)
    return found


@pytest.fixture
def rate(tmp_path: Path, clock: StillClock) -> LoginRate:
    return Accounts(tmp_path).rate


def _addresses() -> Iterator[str]:
    return (f"10.0.{k // 250}.{k % 250 + 1}" for k in range(10_000))


def test_waiting_for_a_name_doubles_from_whatever_address(rate: LoginRate, clock: StillClock) -> None:
    addresses = _addresses()
    for _ in range(FREE_OF_NAME):
        assert rate.ask("Li", next(addresses)) == 0
    waits = []
    for _ in range(12):
        wait = rate.ask("li", next(addresses))
        waits.append(wait)
        clock.now += wait
        assert rate.ask("LI", next(addresses)) == 0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, LONGEST_SECONDS, LONGEST_SECONDS]


def test_waiting_is_not_shortened_by_asking(rate: LoginRate, clock: StillClock) -> None:
    for _ in range(FREE_OF_NAME + 3):
        while wait := rate.ask("li", "10.0.0.1"):
            clock.now += wait
    wait = rate.ask("li", "10.0.0.1")
    assert wait == 8
    for _ in range(50):
        assert rate.ask("li", "10.0.0.1") == wait  # neither shorter nor longer
    clock.now += wait - 0.5
    assert rate.ask("li", "10.0.0.1") == 1
    clock.now += 0.5
    assert rate.ask("li", "10.0.0.1") == 0


def test_an_address_that_tries_many_names_waits(rate: LoginRate) -> None:
    for k in range(FREE_OF_ADDRESS):
        assert rate.ask(f"user{k}", "10.0.0.1") == 0
    assert rate.ask("another", "10.0.0.1") == 1
    assert rate.ask("another", "10.0.0.2") == 0


def test_a_network_of_one_holder_counts_as_one(rate: LoginRate) -> None:
    for k in range(FREE_OF_ADDRESS):
        assert rate.ask(f"user{k}", f"2001:db8:1:2::{k:x}") == 0
    assert rate.ask("another", "2001:db8:1:2:ffff::1") == 1
    assert rate.ask("another", "2001:db8:1:3::1") == 0
    assert rate.ask("more", "::ffff:10.0.0.9") == 0
    for k in range(FREE_OF_ADDRESS - 1):
        rate.ask(f"again{k}", "10.0.0.9")
    assert rate.ask("more", "::ffff:10.0.0.9") == 1


def test_the_right_password_clears_the_name(rate: LoginRate) -> None:
    for _ in range(FREE_OF_NAME):
        assert rate.ask("li", "10.0.0.1") == 0
    rate.succeeded("LI", "10.0.0.1")
    for _ in range(FREE_OF_NAME):
        assert rate.ask("li", "10.0.0.2") == 0
    assert rate.ask("li", "10.0.0.2") == 1


def test_an_account_of_ones_own_gains_no_tries_at_others(rate: LoginRate) -> None:
    tried = 0
    for k in range(200):
        if rate.ask("mine", "10.0.0.3") == 0:
            rate.succeeded("mine", "10.0.0.3")
        if rate.ask(f"victim{k}", "10.0.0.3") == 0:
            tried += 1
    assert tried == FREE_OF_ADDRESS


def test_an_honest_office_does_not_wait(rate: LoginRate) -> None:
    for k in range(200):
        assert rate.ask(f"user{k}", "10.0.0.1") == 0
        rate.succeeded(f"user{k}", "10.0.0.1")


def test_counts_outlive_the_server(tmp_path: Path, clock: StillClock) -> None:
    accounts = Accounts(tmp_path)
    for _ in range(FREE_OF_NAME):
        accounts.rate.ask("li", "10.0.0.1")
    accounts.close()
    again = Accounts(tmp_path)
    assert again.rate.ask("li", "10.0.0.2") == 1


def test_counts_are_forgotten_after_a_quiet_day(rate: LoginRate, clock: StillClock) -> None:
    for _ in range(FREE_OF_NAME):
        rate.ask("li", "10.0.0.1")
    clock.now += FORGOTTEN_SECONDS + 1
    for _ in range(FREE_OF_NAME):
        assert rate.ask("li", "10.0.0.1") == 0


def test_a_clock_that_was_set_back_locks_nobody_out_for_long(rate: LoginRate, clock: StillClock) -> None:
    for _ in range(FREE_OF_NAME):
        rate.ask("li", "10.0.0.1")
    clock.now -= 10 * 86400
    assert 0 < rate.ask("li", "10.0.0.1") <= LONGEST_SECONDS


def test_many_at_once_count_as_many(tmp_path: Path) -> None:
    rates = [Accounts(tmp_path).rate for _ in range(4)]  # as four processes
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda k: rates[k % 4].ask("li", f"10.0.1.{k}"), range(64)))
    assert waits.count(0) == FREE_OF_NAME


def test_what_is_typed_for_a_name_is_not_kept_in_clear(tmp_path: Path, clock: StillClock) -> None:
    Accounts(tmp_path).rate.ask("My-Secret-Typed-In-The-Wrong-Field", "10.0.0.1")
    content = b"".join(path.read_bytes() for path in (tmp_path / FILE).parent.iterdir()).lower()
    assert b"my-secret" not in content
    assert b"10.0.0.1" not in content


@pytest.mark.parametrize("name", ["", "\udcff", "x" * 100_000, "a b", "\x00"])
def test_names_that_are_none_are_counted_too(rate: LoginRate, name: str) -> None:
    for _ in range(FREE_OF_NAME):
        assert rate.ask(name, "") == 0
    assert rate.ask(name, "") == 1
