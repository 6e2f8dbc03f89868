"""The same controller object in EnergyPlus and in the fast engine."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from buildings.description.complete import complete
from buildings.description.loading import parse_project
from buildings.description.schema import Project
from buildings.energyplus import Days, write_model
from controllers.peak_setpoints import PeakSetpoints
from controllers.protocol import ZoneActions, ZoneObservation
from twin.driven import Driven, drive_energyplus, drive_fast
from weather import load_weather
from weather.climate_year import ClimateYear
from weather.epw_writer import write_epw
from weather.errors import TwinError

WEEK = ((7, 7), (7, 13))
SPAN = ((6, 1), (7, 13))
"""Long enough for the heavy north room to forget where each engine began."""
DAYS = 43


def _project() -> Project:
    """Two heavy rooms; only the south one has equipment and plant."""
    wool = {"conductivity": 0.04, "density": 50.0, "specific_heat": 800.0, "thickness": 0.1}
    stone = {"conductivity": 1.5, "density": 2000.0, "specific_heat": 900.0, "thickness": 0.15}
    gains = {
        "people_density": 0, "sensible_per_person": 0, "latent_per_person": 0, "lighting_power": 0,
        "fresh_air_per_person": 0, "fresh_air_changes": 0,
    }  # fmt: skip
    wall = {"kind": "wall", "construction": "wall"}
    zone = {"floor_area": 40, "height": 3, "infiltration": 0.3}
    building: dict[str, Any] = {
        "name": "pair",
        "zones": [
            {"name": "south", **zone, "gains": {**gains, "equipment_power": 20},
             "thermostat": {"heating": 18, "cooling": 27}},
            {"name": "north", **zone, "gains": {**gains, "equipment_power": 0}, "conditioned": False},
        ],
        "constructions": {"wall": {"layers": [wool, stone]}},
        "glazings": {"pane": {"u_value": 2.2, "shgc": 0.45, "coating": "low_e"}},
        "surfaces": [
            {"name": "s", "zone": "south", "area": 30, "azimuth": 180, **wall,
             "windows": [{"name": "w", "area": 8, "glazing": "pane"}]},
            {"name": "n", "zone": "north", "area": 30, "azimuth": 0, **wall},
            {"name": "between", "zone": "south", "kind": "partition", "area": 30, "construction": "wall",
             "boundary": "north"},
            {"name": "fs", "zone": "south", "kind": "floor", "area": 40, "construction": "wall",
             "boundary": "adiabatic"},
            {"name": "fn", "zone": "north", "kind": "floor", "area": 40, "construction": "wall",
             "boundary": "adiabatic"},
        ],
        "hvac": {"type": "ideal", "cooling_capacity": "20 kW", "heating_capacity": "20 kW"},
    }  # fmt: skip
    return parse_project(json.dumps({"schema": 1, "name": "t", "buildings": [building]}))


@pytest.fixture(scope="module")
def climate() -> ClimateYear:
    return load_weather("shanghai", seed=0, year=2025)


@pytest.fixture(scope="module")
def files(climate: ClimateYear, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The pair as a model of that week, and its weather."""
    folder = tmp_path_factory.mktemp("pair")
    project = _project()
    model = write_model(complete(project.buildings[0]), climate, project.site, minutes=15, days=Days(*SPAN))
    return model.save(folder), write_epw(climate, folder / "weather.epw")


@dataclass
class Steps:
    """Alternates two cooling set-points in the south, switches equipment, remembers what it saw."""

    interval_min: float = 60.0
    seen: list[ZoneObservation] = field(default_factory=list)

    def act(self, observation: ZoneObservation) -> ZoneActions:
        self.seen.append(observation)
        day = 8 <= observation.time.hour < 18
        south = np.array([name == "south" for name in observation.zones])
        return ZoneActions(
            cooling_setpoint_c=np.where(south, 24.0 if day else 26.0, np.nan),
            equipment_factor=np.where(south & (observation.time.hour >= 12), 0.5, np.nan),
        )


@pytest.mark.long
def test_one_object_drives_both_engines(
    climate: ClimateYear, files: tuple[Path, Path], tmp_path: Path
) -> None:
    fast_steps, reference_steps = Steps(), Steps()
    fast = drive_fast(_project(), climate, fast_steps, first=SPAN[0], last=SPAN[1])
    reference = drive_energyplus(*files, reference_steps, tmp_path / "out")
    for driven, steps in ((fast, fast_steps), (reference, reference_steps)):
        assert driven.calls == DAYS * 24 == len(steps.seen)
        assert list(driven.temp_air_c.columns) == ["south", "north"]
        assert str(steps.seen[0].time) == "2025-06-01 00:00:00+08:00"
        south = driven.temp_air_c["south"]
        hour = driven.temp_air_c.index.hour
        # The order of 08:00 holds from then on: it shows at 09:00, and that of 18:00 at 19:00.
        assert float(south[hour == 17].max()) == pytest.approx(24.0, abs=0.05)
        assert float(south[hour == 12].max()) == pytest.approx(24.0, abs=0.05)
        assert float(south.iloc[1:].max()) < 26.1
        assert float(south[hour == 23].mean()) > 24.3
        assert np.isnan(driven.cooling_setpoint_c["north"]).all()
        assert driven.engine_s > 0.0
        assert driven.overhead > 0.0
    both = (fast.temp_air_c - reference.temp_air_c).iloc[-7 * 24 :]
    assert float(np.sqrt((both["north"] ** 2).mean())) < 1.0
    assert float(np.sqrt((both["south"] ** 2).mean())) < 0.5
    # Equipment runs at half its 800 W from noon.
    power = reference.electricity_kw
    assert float(power[(power.index.hour > 12)].mean()) == pytest.approx(0.4, abs=1e-6)
    assert float(power[(power.index.hour > 0) & (power.index.hour <= 12)].iloc[1:].mean()) == pytest.approx(
        0.8, abs=1e-6
    )


def test_availability_switches_the_plant_off(climate: ClimateYear) -> None:
    @dataclass
    class Off:
        interval_min: float = 15.0

        def act(self, observation: ZoneObservation) -> ZoneActions:
            return ZoneActions(available=np.zeros(len(observation.zones)))

    off = drive_fast(_project(), climate, Off(), first=(7, 7), last=(7, 7))
    assert off.sensible_kw is not None
    assert not off.sensible_kw.to_numpy().any()


def test_leaving_all_to_the_schedules_changes_nothing(climate: ClimateYear) -> None:
    @dataclass
    class Idle:
        interval_min: float = 30.0

        def act(self, observation: ZoneObservation) -> ZoneActions:
            n = len(observation.zones)
            return ZoneActions(heating_setpoint_c=np.full(n, np.nan), equipment_factor=np.full(n, np.nan))

    from twin.zone_loads import zone_year

    driven = drive_fast(_project(), climate, Idle(), first=(7, 7), last=(7, 8))
    plain = zone_year(_project(), climate)
    assert driven.sensible_kw is not None
    np.testing.assert_allclose(
        1e3 * driven.sensible_kw, plain.sensible.loc[driven.sensible_kw.index], rtol=0, atol=1e-9
    )


def test_peak_setpoints_move_cooling_out_of_the_peak(climate: ClimateYear) -> None:
    flat = PeakSetpoints(precool_k=0.0, drift_k=0.0)
    moved = PeakSetpoints()

    def peak_and_before(controller: PeakSetpoints) -> tuple[float, float]:
        driven: Driven = drive_fast(_project(), climate, controller, first=WEEK[0], last=WEEK[1])
        assert driven.sensible_kw is not None
        cooling = -driven.sensible_kw["south"].clip(upper=0.0)
        hour = cooling.index.hour
        return float(cooling[(hour >= 13) & (hour < 17)].sum()), float(
            cooling[(hour >= 10) & (hour < 13)].sum()
        )

    (peak, before), (peak_moved, before_moved) = peak_and_before(flat), peak_and_before(moved)
    assert peak_moved < 0.8 * peak
    assert before_moved > 1.1 * before


@pytest.mark.parametrize(
    ("actions", "says"),
    [
        (ZoneActions(cooling_setpoint_c=np.array([24.0])), "shape"),
        (ZoneActions(cooling_setpoint_c=np.array([24.0, np.inf])), "infinite"),
        (ZoneActions(equipment_factor=np.array([-1.0, np.nan])), "negative"),
        (ZoneActions(equipment_factor=np.array([1.0, 1.0])), "no electric equipment"),
    ],
)
def test_orders_that_cannot_be_followed(
    climate: ClimateYear, files: tuple[Path, Path], tmp_path: Path, actions: ZoneActions, says: str
) -> None:
    @dataclass
    class Wrong:
        interval_min: float = 15.0

        def act(self, observation: ZoneObservation) -> ZoneActions:
            return actions

    with pytest.raises(TwinError, match=says):
        drive_fast(_project(), climate, Wrong(), first=(7, 7), last=(7, 7))
    with pytest.raises(TwinError, match=says):
        drive_energyplus(*files, Wrong(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_exception_of_the_controller_is_the_callers(files: tuple[Path, Path], tmp_path: Path) -> None:
    @dataclass
    class Breaks:
        interval_min: float = 15.0
        calls: int = 0

        def act(self, observation: ZoneObservation) -> ZoneActions:
            self.calls += 1
            if self.calls == 5:
                raise LookupError("no forecast")
            return ZoneActions()

    breaks = Breaks()
    with pytest.raises(LookupError, match="no forecast"):
        drive_energyplus(*files, breaks, tmp_path / "out")
    assert breaks.calls == 5
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("interval", [20.0, 0.0, 7.5])
def test_intervals_off_the_step_are_refused(
    climate: ClimateYear, files: tuple[Path, Path], tmp_path: Path, interval: float
) -> None:
    with pytest.raises(TwinError, match="multiple of the step"):
        drive_fast(_project(), climate, Steps(interval))
    with pytest.raises(TwinError, match="multiple of the step"):
        drive_energyplus(*files, Steps(interval), tmp_path / "out")


def test_a_set_point_for_a_zone_without_thermostat(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="no thermostat"):
        drive_energyplus(*files, PeakSetpoints(), tmp_path / "out")


def test_a_zone_that_the_model_lacks(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="no zone 'attic'"):
        drive_energyplus(*files, PeakSetpoints(), tmp_path / "out", zones=["attic"])
