"""`twin drive`: the medium office of the reference models and its fast twin under one controller."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from controllers.peak_setpoints import PeakSetpoints
from controllers.protocol import ZoneActions, ZoneObservation
from twin.commands.drive import drive_model
from twin.drive import Pair, drive_both, shared_interval_min
from twin.drive_page import write_drive_page
from weather import load_weather
from weather.climate_year import ClimateYear
from weather.errors import TwinError


@dataclass
class Listening:
    """Peak set-points that count who asked."""

    rule: PeakSetpoints = field(default_factory=PeakSetpoints)
    interval_min: float = 30.0
    zones: list[tuple[str, ...]] = field(default_factory=list)

    def act(self, observation: ZoneObservation) -> ZoneActions:
        self.zones.append(observation.zones)
        return self.rule.act(observation)


@pytest.fixture(scope="module")
def climate() -> ClimateYear:
    return load_weather("shanghai", seed=0, year=2025)


def _office() -> Path:
    from pyenergyplus.dataset import ashrae_models

    return Path(ashrae_models["office_medium"])


@pytest.mark.long
def test_one_object_drives_the_office_and_its_twin(climate: ClimateYear, tmp_path: Path) -> None:
    controller = Listening()
    pair = drive_both(_office(), climate, controller, first=(7, 8), days=2)
    assert isinstance(pair, Pair)
    assert len(controller.zones) == 3 * 2 * 48
    assert pair.energyplus.calls == pair.ideal.calls == pair.fast.calls == 96
    assert len(pair.names) == 15
    day = (pair.fast.temp_air_c.index.to_series().dt.hour.isin(range(10, 13))).to_numpy()
    for theirs in pair.names.values():
        ordered = pair.energyplus.cooling_setpoint_c[theirs].to_numpy()[day]
        np.testing.assert_allclose(ordered, 23.5)
        assert float(pair.energyplus.temp_air_c[theirs].to_numpy()[day].mean()) < 25.0
    assert float(pair.rmse_k(pair.ideal).max()) < 0.6
    assert float(pair.rmse_k(pair.energyplus).max()) < 4.0
    assert pair.energyplus.overhead > 0.0
    page = write_drive_page(pair, "office", tmp_path / "drive.html")
    text = page.read_text(encoding="utf-8")
    assert "Core_mid" in text
    assert "同一控制器" in text


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("Timestep,6;", 30.0),
        ("Timestep,4;", 15.0),
        ("Timestep, 12 ; ! five", 15.0),
        ("", 30.0),
        ("Timestep,1;", 60.0),
    ],
)
def test_a_controller_is_asked_where_the_steps_of_both_engines_meet(
    tmp_path: Path, written: str, minutes: float
) -> None:
    model = tmp_path / "model.idf"
    model.write_text(f"Version,25.2;\n{written}\n", encoding="utf-8")
    assert shared_interval_min(model) == minutes


def test_the_command_suits_models_of_either_step() -> None:
    """Reference models step 10 or 15 min, the twin 15 min: the command's own controller must suit them."""
    assert shared_interval_min(_office()) == 15.0
    assert shared_interval_min(_office().with_name("RefBldgMediumOfficeNew2004_Chicago.idf")) == 30.0


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="does not exist"):
        drive_model(
            tmp_path / "no.idf", weather="shanghai", seed=0, year=2025, first="07-07", days=1, page=None,
            progress=lambda share: None,
        )  # fmt: skip


@pytest.mark.parametrize(("first", "days"), [((2, 30), 3), ((12, 30), 7), ((7, 1), 0)])
def test_days_outside_the_year(climate: ClimateYear, first: tuple[int, int], days: int) -> None:
    with pytest.raises(TwinError) as caught:
        drive_both(_office(), climate, PeakSetpoints(), first=first, days=days)
    assert caught.value.key in ("--first", "--days")


def test_a_negative_drift_is_refused() -> None:
    with pytest.raises(TwinError, match="drift"):
        PeakSetpoints(drift_k=-1.0)
