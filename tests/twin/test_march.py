"""The clock: calls, causality, repeatability, and that cutting a march changes nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from buildings.thermal.blocks import equipment_channel
from twin.building_batch import EQUIPMENT_IN
from twin.clock import NOTICE_HOUR, march
from twin.coupling import coupling_scratch, march_buildings
from twin.plant import Plant, prepare
from twin.store import frame_sha256
from weather.errors import TwinError

CALL: dict[str, Any] = {"date": "2025-07-30", "start": "13:00", "duration": 2, "reduction": "3 kW"}


def stamp(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="Asia/Shanghai")


def pedf(marches: ModuleType, **keys: Any) -> Any:
    """A 光储直柔 hall, with a call or without one."""
    return marches.march_of(marches.hall(**marches.PEDF), **keys)


def net(table: pd.DataFrame) -> pd.Series:
    return table["grid_import_kw"] - table["grid_export_kw"]


# --- a call ---------------------------------------------------------------------------------------------


def test_a_call_does_nothing_before_its_notice(marches: ModuleType) -> None:
    quiet, called = pedf(marches), pedf(marches, event=CALL)
    notice = stamp("2025-07-29").replace(hour=int(NOTICE_HOUR))
    assert called.outcome.event.notice == quiet.run.weather.index.get_loc(notice)
    before = quiet.series().index < notice
    assert before.sum() > 5000
    pd.testing.assert_frame_equal(
        quiet.series()[before], called.series()[before], check_exact=True, obj="before the notice"
    )
    pd.testing.assert_frame_equal(quiet.zone()[before], called.zone()[before], check_exact=True)
    # battery and meter answer between the notice and the start, or the notice would be for nothing
    between = (quiet.series().index >= notice) & (quiet.series().index < stamp(CALL["date"] + " 13:00"))
    assert not np.array_equal(
        quiet.series().loc[between, "battery_soc"], called.series().loc[between, "battery_soc"]
    )


def test_the_meter_holds_the_target_of_the_call(marches: ModuleType) -> None:
    called = pedf(marches, event=CALL)
    event = called.outcome.event
    assert (event.first, event.last - event.first) == (
        called.series().index.get_loc(stamp("2025-07-30 13:00")),
        2,
    )
    during = called.series().iloc[event.first : event.last]
    target = event.baseline_kw[0] - event.committed_kw[0]
    assert event.committed_kw[0] == 3.0
    # Not exactly: the meter errs by its class, and the loop needs some seconds of every step.
    np.testing.assert_allclose(net(during), np.minimum(target, during["grid_target_kw"]), rtol=0.01)
    assert (during["bus_voltage_pu"] > 0.80).all()
    without = net(pedf(marches).series().iloc[event.first : event.last])
    assert (net(during) < without - 1.0).any()


def test_the_baseline_is_the_mean_of_the_meter_on_past_workdays(marches: ModuleType) -> None:
    called = pedf(marches, event=CALL)
    event = called.outcome.event
    meter = net(called.series())
    days = [stamp(day) for day in event.baseline_days[0]]
    assert len(days) == 5
    assert all(day < stamp("2025-07-29") and day.day_of_week < 5 for day in days)
    means = [np.mean([meter[day + pd.Timedelta(hours=h)] for day in days]) for h in (13, 14)]
    np.testing.assert_allclose(event.baseline_kw[0], means, rtol=1e-12)


def test_a_share_of_the_baseline_is_committed(marches: ModuleType) -> None:
    call = {"date": "2025-07-30", "start": "13:00", "duration": 2, "reduction_fraction": 0.5}
    event = marches.march_of(marches.hall(), event=call).outcome.event
    assert event.committed_kw[0] == pytest.approx(0.5 * event.baseline_kw[0].mean(), rel=1e-12)
    with pytest.raises(TwinError, match="commits -") as caught:  # this one exports at that hour
        pedf(marches, event=call)
    assert caught.value.key == "event.reduction_fraction"


def test_the_hottest_workday_is_one(marches: ModuleType) -> None:
    call = {**CALL, "date": "hottest_workday"}
    called = pedf(marches, event=call)
    day = stamp(str(called.outcome.event.day))
    temp = called.run.weather["temp_air"]
    afternoon = temp[(temp.index.hour >= 12) & (temp.index.hour < 18)]
    mean = afternoon.groupby(afternoon.index.date).mean()
    hotter = [d for d in mean.index if mean[d] > mean[day.date()]]
    assert day.day_of_week < 5
    assert all(pd.Timestamp(d).day_of_week >= 5 for d in hotter)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"start": "22:00", "duration": 5}, "must end on its own day"),
        ({"date": "2025-01-01"}, "needs a day before"),
        ({"date": "2025-01-02"}, "No eligible day precedes"),
        ({"start": "13:10"}, "does not fall on steps"),
        ({"duration": 1.4}, "does not fall on steps"),
    ],
)
def test_a_call_that_does_not_fit_is_refused_by_name(
    marches: ModuleType, changes: dict[str, Any], says: str
) -> None:
    project = marches.project_of(marches.hall(), event={**CALL, **changes})
    plant = prepare(project, marches.shanghai())
    with pytest.raises(TwinError, match=says) as caught:
        march(plant)
    assert caught.value.key == "event"


# --- causality ------------------------------------------------------------------------------------------


def with_other_future(marches: ModuleType, plant: Plant, k: int) -> Plant:
    """The Plant with other weather, gains and PV from step k on."""
    other = marches.fresh(plant)
    # A step k-1 ends with temperature and moisture at k: those of row k stay, the step means of row k change.
    other.weather_table[k + 1 :, :2] += np.array([7.0, 0.003])
    other.weather_table[k:, 2:] += np.array([0.02, -4.0])
    other.forcing[k:] *= 1.3
    other.buildings.inputs[k:] *= 1.7
    other.buildings.period[k:] = 3
    other.buildings.wet_bulb_out[k:] += 5.0
    return other


@pytest.mark.parametrize("k", [1, 3000, 4711])
def test_the_future_changes_nothing_before_it(marches: ModuleType, k: int) -> None:
    known = pedf(marches)
    other = march(with_other_future(marches, known.before, k))
    np.testing.assert_array_equal(known.outcome.buildings[:k], other.buildings[:k])
    np.testing.assert_array_equal(known.outcome.zones[:k], other.zones[:k])
    assert not np.array_equal(known.outcome.buildings[k:], other.buildings[k:])


def rise_by(marches: ModuleType, change: Callable[[Plant], None]) -> Callable[[str], np.ndarray]:
    """What a change of the inputs adds to each column of the plain hall."""
    known = marches.march_of(marches.hall())
    other = marches.fresh(known.before)
    change(other)
    rise = march(other).buildings[:, 0] - known.outcome.buildings[:, 0]
    return lambda name: rise[:, marches.OUTCOME_COLUMNS.index(name)]


def test_an_impulse_of_plug_load_shows_in_its_own_step_and_no_other(marches: ModuleType) -> None:
    k = 5051  # 30 July, 11:00

    def change(plant: Plant) -> None:
        plant.buildings.inputs[k, 0, EQUIPMENT_IN] += 2.0

    rise = rise_by(marches, change)
    for column in ("equipment_kw", "grid_import_kw"):
        assert rise(column)[k] == pytest.approx(2.0, abs=1e-9)
        assert np.abs(np.delete(rise(column), k)).max() < 1e-12


def test_an_impulse_of_heat_is_cooled_in_its_own_step(marches: ModuleType) -> None:
    """The thermostat answers within the step, not one step late; what walls took in comes back later."""
    k = 5051
    hall = marches.march_of(marches.hall()).prepared().description

    def change(plant: Plant) -> None:
        column = plant.table.column(equipment_channel(hall.name, hall.zones[0]))
        plant.forcing[k, column] += 2000.0 / (hall.zones[0].gains.equipment_power * 200.0)

    rise = rise_by(marches, change)("sensible_cooling_kw")
    assert not rise[:k].any()
    assert rise[k] > 0.8
    assert 0.0 < rise[k + 1] < 0.3 * rise[k]


# --- repeatability --------------------------------------------------------------------------------------


def test_the_same_plant_marches_to_the_same_bytes(marches: ModuleType) -> None:
    known = pedf(marches)
    again = march(marches.fresh(known.before))
    assert again.buildings.tobytes() == known.outcome.buildings.tobytes()
    assert again.zones.tobytes() == known.outcome.zones.tobytes()


def test_another_process_marches_to_the_same_bytes(marches: ModuleType, tmp_path: Path) -> None:
    project = {"schema": 1, "name": "test", "timestep": 60, "buildings": [marches.hall(**marches.PEDF)]}
    file = tmp_path / "项目.yaml"
    file.write_text(yaml.safe_dump(project, sort_keys=False), encoding="utf-8")
    code = (
        "import sys; from twin.project import load, simulate; from twin.store import frame_sha256;"
        "run = simulate(load(sys.argv[1]));"
        "print(frame_sha256(run.series['hall']), frame_sha256(run.weather))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(file)], check=True, capture_output=True, text=True, timeout=300
    )
    known = pedf(marches).run
    assert found.stdout.split() == [frame_sha256(known.series["hall"]), frame_sha256(known.weather)]


def in_blocks(plant: Plant, cuts: list[int], like: Any) -> tuple[np.ndarray, np.ndarray]:
    """March a Plant from cut to cut."""
    batch = plant.batch
    work = coupling_scratch(batch, len(plant.prepared))
    out, zones = np.zeros_like(like.buildings), np.zeros_like(like.zones)
    totals = np.zeros_like(like.totals)
    for first, last in zip([0, *cuts], [*cuts, plant.n_steps], strict=True):
        march_buildings(
            batch, plant.state, plant.forcing, plant.weather_table, plant.buildings,
            plant.equipment, plant.soc, plant.sessions, first, last, plant.dt_s, work, totals, out, zones,
        )  # fmt: skip
    return out, zones


@pytest.mark.parametrize("pieces", [1, 2, 50])
def test_cutting_the_march_at_events_changes_nothing(marches: ModuleType, pieces: int) -> None:
    known = pedf(marches)
    rng = np.random.default_rng(pieces)
    cuts = sorted(int(k) for k in rng.choice(np.arange(1, 8760), pieces - 1, replace=False))
    out, zones = in_blocks(marches.fresh(known.before), cuts, known.outcome)
    np.testing.assert_array_equal(out, known.outcome.buildings)
    np.testing.assert_array_equal(zones, known.outcome.zones)


def test_progress_rises_to_the_whole(marches: ModuleType) -> None:
    seen: list[float] = []
    march(marches.fresh(marches.march_of(marches.hall()).before), seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) == 12
