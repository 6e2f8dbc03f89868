"""Figures of a day: what its readings alone tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from twin.watch.channels import CHANNELS, Days, days_of, watch_data
from watched_hall import BEGIN, CAPACITY_KWH, ZONE, weeks


@pytest.fixture(scope="module")
def sound() -> Days:
    """A sound hall."""
    return days_of(weeks(), ZONE)


def _worn(days: Days, name: str) -> float:
    return float(days.values[name].iloc[BEGIN:].mean())


def test_every_channel_stands_in_the_data_and_the_other_way_round() -> None:
    assert set(CHANNELS) == set(watch_data()["channels"])
    named = {row[way] for row in watch_data()["channels"].values() for way in ("up", "down") if way in row}
    assert named == set(watch_data()["faults"])


def test_a_sound_hall_is_as_described(sound: Days) -> None:
    assert len(sound.values) == 49
    assert "heating" not in sound.values, "it is never heated"
    means = sound.values.mean()
    assert means.drop(["battery", "fans_resting"]).abs().max() < 0.1
    assert means["battery"] == pytest.approx(np.log(CAPACITY_KWH), abs=0.05)


def test_errors_are_those_of_the_readings(sound: Days) -> None:
    """Days scatter as their standard errors say; set-points, PV and machines by what was put in, too."""
    for name in ("meter", "battery", "fans_resting"):
        scatter = float(sound.values[name].std())
        assert scatter == pytest.approx(float(sound.errors[name].mean()), rel=0.5), name


@pytest.mark.parametrize(
    ("fault", "size", "channel", "figure"),
    [
        ("pv", 0.8, "pv", -0.2),
        ("hvac", 1.25, "cooling", -0.2),
        ("fans", 1.5, "fans_running", 0.5),
        ("fans_at_night_kw", 0.9, "fans_resting", 0.9),
        ("meter", 1.05, "meter", 0.05),
        ("capacity", 0.7, "battery", np.log(0.7 * CAPACITY_KWH)),
        ("warmer_k", -2.0, "cooling_setpoint", -2.0),
        ("moisture", 2.0, "moisture", 2.0),
    ],
)
def test_a_fault_moves_its_channel_by_its_size(fault: str, size: float, channel: str, figure: float) -> None:
    days = days_of(weeks(**{fault: size}), ZONE)  # type: ignore[arg-type]
    assert _worn(days, channel) == pytest.approx(figure, abs=0.06 if abs(figure) < 1.0 else 0.15)


def test_slow_parameters_that_took_a_fault_over_are_taken_out_again() -> None:
    """A filter that has learned of lost PV expects less; the channel shows the loss all the same."""
    table = weeks(pv=0.8)
    learned = np.where(np.arange(len(table)) >= 96 * BEGIN, np.log(0.8), 0.0)
    read = table["pv_kw"] + table["pv_kw residual"]
    table["pv"], table["pv_kw"] = learned, table["pv_kw"] * np.exp(learned)
    table["pv_kw residual"] = read - table["pv_kw"]
    assert _worn(days_of(table, ZONE), "pv") == pytest.approx(-0.2, abs=0.03)


def test_what_nobody_reads_is_not_watched() -> None:
    days = days_of(weeks(silent=("battery_kw", "pv_kw", "fans_kw")), ZONE)
    assert not {"battery", "pv", "fans_running", "fans_resting"} & set(days.values)
    assert {"cooling", "meter"} <= set(days.values)
    alone = ("lighting_kw", "equipment_kw", "fans_kw", "hvac_kw", "ev_charge_kw")
    assert "meter" not in days_of(weeks(silent=alone), ZONE).values, "there are no sub-meters to compare with"


def test_days_that_tell_nothing_keep_silent() -> None:
    table = weeks()
    resting = (np.arange(len(table)) // 96) % 7 >= 5
    for name in ("battery_kw", "hvac_kw", "pv_kw"):
        table.loc[resting, f"{name} residual"] -= table.loc[resting, name]
        table.loc[resting, name] = 0.0
    table.loc[resting, "cooling_kw expected"] = 0.0
    days = days_of(table, ZONE)
    rest = np.arange(49) % 7 >= 5
    assert days.values.loc[rest, ["battery", "cooling", "pv"]].isna().all(axis=None)
    assert days.values.loc[~rest, ["battery", "cooling", "pv"]].notna().all(axis=None)


def test_broken_days_are_left_out() -> None:
    table = weeks(days=30).iloc[40:-10]
    days = days_of(table, ZONE)
    assert len(days.values) == 28
    assert str(days.values.index[0]) == "2025-06-02"


def test_gaps_leave_the_capacity_as_it_is() -> None:
    table = weeks()
    draw = np.random.default_rng(4)
    for name in ("battery_kw residual", "battery_soc residual"):
        table[name] = table[name].mask(pd.Series(draw.random(len(table)) < 0.2, index=table.index))
    assert days_of(table, ZONE).values["battery"].mean() == pytest.approx(np.log(CAPACITY_KWH), abs=0.05)
