"""Sums of days: their rate of false alarms, what is told of a fault, and what it costs."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from marches import PEDF, hall
from twin.cli import app
from twin.watch.alarms import alarms_of, days_of, detector, priced, standard_days, watch_data
from twin.watch.cusum import run_length, sums, threshold

TRAINING = 14


@pytest.mark.parametrize(("limit", "two_sided"), [(4.0, 168.0), (5.0, 465.0)])
def test_run_lengths_are_those_of_the_tables(limit: float, two_sided: float) -> None:
    """Montgomery, Introduction to Statistical Quality Control, table of tabular CUSUM, k = 1/2."""
    assert run_length(limit, 0.5) / 2.0 == pytest.approx(two_sided, rel=0.01)


def test_the_threshold_keeps_its_rate_of_false_alarms() -> None:
    draw = np.random.default_rng(0)
    limit = threshold(1.0, 2, 0.5)
    lengths = []
    for _ in range(400):
        up, down = sums(draw.standard_normal(400), 0.5)
        over = np.flatnonzero((up > limit) | (down > limit))
        lengths.append(over[0] + 1 if len(over) else 400)
    assert np.mean(lengths) == pytest.approx(30.4, rel=0.15)


def test_days_without_a_figure_leave_the_sums() -> None:
    up, down = sums(np.array([2.0, np.nan, 2.0, -9.0]), 0.5)
    assert up.tolist() == [1.5, 1.5, 3.0, 0.0]
    assert down.tolist() == [0.0, 0.0, 0.0, 8.5]


def test_so_few_days_of_training_still_keep_the_rate_of_false_alarms() -> None:
    """Two hundred times twenty sound days; one alarm in a month is asked for."""
    draw, limit = np.random.default_rng(5), threshold(1.0, 2, 0.5)
    alarms = 0
    for _ in range(200):
        days = standard_days(0.1 * draw.standard_normal(TRAINING + 20), TRAINING, 0.0)
        assert np.isnan(days[:TRAINING]).all()
        alarms += any((one > limit).any() for one in sums(days[TRAINING:], 0.5))
    # with exponential run lengths 1 - exp(-20 / 30.4) of them would alarm; sums begin at nought, thus fewer
    assert 0.3 * 200 < alarms < 0.55 * 200


def _days(changes: dict[str, float], days: int = 34, begin: int = 24) -> pd.DataFrame:
    draw = np.random.default_rng(1)
    index = [date(2025, 6, 1 + i) if i < 30 else date(2025, 7, i - 29) for i in range(days)]
    table = pd.DataFrame(
        {name: 0.03 * draw.standard_normal(days) for name in watch_data()["channels"]}, index=index
    )
    for name, change in changes.items():
        table.loc[table.index[begin] :, name] += change
    return table


@pytest.mark.parametrize(
    ("channel", "change", "fault"),
    [
        ("pv", -0.2, "pv_loss"),
        ("fans", 3.0, "filter"),
        ("setpoint", -1.0, "setpoint"),
        ("cooling_ratio", -0.3, "refrigerant"),
        ("charge", 0.5, "battery_fade"),
    ],
)
def test_a_fault_is_told_by_its_channel_within_days(channel: str, change: float, fault: str) -> None:
    found = alarms_of(_days({channel: change}))
    assert [(one.channel, one.fault) for one in found] == [(channel, fault)]
    assert found[0].since <= date(2025, 6, 25) <= found[0].day <= date(2025, 6, 28)
    assert found[0].now - found[0].usual == pytest.approx(change, abs=0.1)


def test_sound_days_and_a_gain_of_pv_raise_no_alarm() -> None:
    assert alarms_of(_days({})) == []
    assert alarms_of(_days({"pv": 0.3})) == []
    assert alarms_of(_days({"pv": -0.5}).iloc[:TRAINING]) == []
    assert detector("training_days") == TRAINING


def _estimates(days: int = 20, lost_from: int = 16) -> pd.DataFrame:
    """A PV factor that falls to 0.8; 10 kW of PV on average, of which 8 are left."""
    index = pd.date_range("2025-05-31 16:00", periods=days * 24, freq="h", tz="UTC", name="time")
    draw = np.random.default_rng(3)
    lost = np.arange(len(index)) >= 24 * lost_from
    factor = np.where(lost, np.log(0.8), 0.0) + 0.005 * draw.standard_normal(len(index))
    return pd.DataFrame({"pv": factor, "pv_kw": np.where(lost, 8.0, 10.0)}, index=index)


def test_lost_sun_costs_what_it_would_have_brought() -> None:
    estimates = _estimates()
    days = days_of(estimates, "Asia/Shanghai")
    assert len(days) == 20
    (alarm,) = priced(alarms_of(days), estimates, "Asia/Shanghai", 0.5)
    assert alarm.since == date(2025, 6, 17)
    assert alarm.cost_cny == pytest.approx(24.0 * 2.0 * 0.5, rel=0.05)


def test_the_command_tells_alarms_of_a_live_folder(tmp_path: Path) -> None:
    live = tmp_path / "live"
    (live / "days").mkdir(parents=True)
    _estimates().to_parquet(live / "days" / "all.parquet")
    (live / "live.json").write_text(json.dumps({"start": "2025-06-01"}), "utf-8")
    project = {"schema": 1, "name": "hall", "year": 2025, "timestep": 15, "buildings": [hall(**PEDF)]}
    (tmp_path / "project.yaml").write_text(json.dumps(project), "utf-8")
    ran = ["watch", str(tmp_path / "project.yaml"), str(live), "--json"]
    done = CliRunner().invoke(app, ran)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert [one["fault"] for one in found["alarms"]] == ["pv_loss"]
    assert found["alarms"][0]["cost_cny"] == pytest.approx(48.0 * found["price_cny_per_kwh"], rel=0.05)
    empty = CliRunner().invoke(app, ["watch", str(tmp_path / "project.yaml"), str(tmp_path)])
    assert "no whole days" in str(empty.exception)
