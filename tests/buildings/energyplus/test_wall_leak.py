"""Conduction functions that no longer cancel, as EnergyPlus reports them."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildings.energyplus.wall_leak import wall_leak
from weather.errors import TwinError

HEAD = "! <CTF>,Time,Outside,Cross,Inside,Flux (except final one)\n"


def test_the_worst_construction_counts(tmp_path: Path) -> None:
    report = tmp_path / "eplusout.eio"
    report.write_text(
        HEAD
        + " Construction CTF,SOUND,1,1,2,0.25,2.0,0.9,0.9,0.7,0.7,Rough\n"
        + " CTF,   1, 0.5, 0.4, 0.5, 0.6\n CTF,   0, 0.5, 0.6, 0.5\n"
        + " Construction CTF,WORN,2,1,2,0.25,2.0,0.9,0.9,0.7,0.7,Rough\n"
        + " CTF,   1, 0.5, 0.41, 0.5, 0.6\n CTF,   0, 0.5, 0.6, 0.5\n"
    )
    assert wall_leak(report) == pytest.approx(0.01 / 0.4)


def test_no_walls_and_no_report(tmp_path: Path) -> None:
    report = tmp_path / "eplusout.eio"
    report.write_text(HEAD)
    assert wall_leak(report) == 0.0
    with pytest.raises(TwinError, match="cannot be read"):
        wall_leak(tmp_path / "none.eio")
