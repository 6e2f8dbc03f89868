"""Hours of use that a meter tells, and weather that a station tells, against a building that is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from buildings.description.loading import parse_project, project_text
from buildings.description.schema import GainOverrides, GainSchedules, Project, Schedule
from buildings.retrofit.base import base_of
from twin.calibration.guideline14 import figures
from twin.calibration.lived import lived_through, weather_said
from twin.calibration.simulated import Shared, hours_of, march_variant, sizes_of
from twin.calibration.use_hours import unlike, with_hours_of_use
from twin.meters.measured import Measured
from twin.meters.points import points
from twin.project import Loaded
from weather import generate
from weather.climate_year import ClimateYear
from weather.errors import TwinError

PROJECT = Project.model_validate(
    {
        "schema": 1,
        "name": "shop",
        "timestep": 60,
        "buildings": [
            {
                "name": "shop", "archetype": "retail", "era": "gb50189-2005", "floor_area": 120, "floors": 1,
                "hvac": {"type": "vrf", "equipment": "split_multi_2005"},
            }
        ],
    }
)  # fmt: skip
WORKDAY = tuple([0.4] * 6 + [0.5, 0.7, 0.9] + [1.0] * 8 + [0.8, 0.6] + [0.4] * 5)
REST_DAY = tuple([0.35] * 10 + [0.5] * 6 + [0.35] * 8)


@pytest.fixture(scope="module")
def climate() -> ClimateYear:
    return generate(0, 2025)


@pytest.fixture(scope="module")
def truth(climate: ClimateYear) -> tuple[Shared, Project, pd.DataFrame, pd.DataFrame]:
    """The shop as described, as it is used, its meter, and what its lights and plugs take."""
    base = base_of(PROJECT.buildings[0])
    key = "truth"
    zones = tuple(
        zone.model_copy(
            update={
                "gains": GainOverrides(
                    lighting_power=base.zones[zone.name].gains.lighting_power * 1.3,
                    equipment_power=base.zones[zone.name].gains.equipment_power * 1.3,
                    schedules=GainSchedules(lighting=key, equipment=key),
                )
            }
        )
        for zone in base.building.zones
    )
    schedules = {**base.building.schedules, key: Schedule(workday=WORKDAY, rest_day=REST_DAY)}
    used = base.building.model_copy(update={"zones": zones, "schedules": schedules})
    project = PROJECT.model_copy(update={"buildings": (used,)})
    described = Shared(PROJECT, climate, sizes_of(PROJECT, climate), ("net_import_kw",))
    told = march_variant(
        replace(described, project=project, series=("net_import_kw", "lighting_kw", "equipment_kw")), {}
    )["series"]
    times = hours_of(climate, PROJECT)
    rng = np.random.default_rng(1)
    noisy = told[:, 0] * (1.0 + 0.05 * rng.normal(size=len(told)))
    meter = pd.DataFrame({"net_import_kw": noisy}, times)
    return described, project, meter, pd.DataFrame({"use": told[:, 1] + told[:, 2]}, times)


def test_the_meter_tells_when_a_building_is_used(
    truth: tuple[Shared, Project, pd.DataFrame, pd.DataFrame],
) -> None:
    described, _, meter, use = truth
    odd = meter.where((pd.DatetimeIndex(meter.index).month % 2 == 1)[:, None])
    project, found = with_hours_of_use(described, odd)
    top = float(use["use"].max())
    np.testing.assert_allclose(found.workday, np.array(WORKDAY) * top, atol=0.08 * top)
    np.testing.assert_allclose(found.rest_day, np.array(REST_DAY) * top, atol=0.08 * top)
    assert 0.8 < found.machines < 1.25
    even = odd["net_import_kw"].isna()
    before = march_variant(described, {})["series"][:, 0]
    after = march_variant(replace(described, project=project), {})["series"][:, 0]
    judged = [
        figures(meter.loc[even, "net_import_kw"], pd.Series(series, meter.index)[even])["hourly"]
        for series in (before, after)
    ]
    assert not judged[0]["within"]
    assert judged[1]["within"]
    assert abs(judged[1]["nmbe"]) < 3.0
    assert judged[1]["cv_rmse"] < 12.0
    assert parse_project(project_text(project)).buildings[0] == project.buildings[0]


def test_an_hour_that_was_never_measured_is_refused(
    truth: tuple[Shared, Project, pd.DataFrame, pd.DataFrame],
) -> None:
    described, _, meter, _ = truth
    blind = meter.where((pd.DatetimeIndex(meter.index).hour != 3)[:, None])
    with pytest.raises(TwinError, match="hour 3 of workdays was never measured") as caught:
        with_hours_of_use(described, blind)
    assert "工作日 3 时" in caught.value.told("zh")


def test_without_a_meter_of_the_whole_there_is_nothing_to_learn_from(
    truth: tuple[Shared, Project, pd.DataFrame, pd.DataFrame],
) -> None:
    described, _, meter, _ = truth
    with pytest.raises(TwinError, match="whole building's electricity") as caught:
        with_hours_of_use(described, meter.rename(columns={"net_import_kw": "cooling_kw"}))
    assert "总电表" in caught.value.told("zh")


def test_mean_days_apart_are_told_apart() -> None:
    kind = np.tile(np.arange(24), 50)
    rng = np.random.default_rng(0)
    flat = np.full(len(kind), 10.0)
    assert unlike(flat + rng.normal(size=len(kind)), flat, kind) < 0.03
    shifted = np.where(kind < 12, 15.0, 5.0)
    assert unlike(shifted, flat, kind) == pytest.approx(0.5)
    holes = np.where(np.arange(len(kind)) % 7 == 0, np.nan, shifted)
    assert unlike(holes, flat, kind) == pytest.approx(0.5)


def test_a_station_beside_the_meter_is_marched_on(climate: ClimateYear) -> None:
    times = pd.DatetimeIndex(climate.data.index)
    table = pd.DataFrame({"net_import_kw": 1.0, "temp_air": climate.data["temp_air"] + 5.0}, index=times)
    named = {name: points()[name] for name in table}
    loaded, hours = lived_through(Loaded(PROJECT, climate), Measured(table, named, ()))
    assert hours == {"temp_air": 8760}
    np.testing.assert_allclose(loaded.climate.data["temp_air"], climate.data["temp_air"] + 5.0)
    said = weather_said(hours)
    assert "Outdoor dry bulb 8760 h" in said["en"]
    assert "sun and clouds are those of the project's own year" in said["en"]
    assert "室外干球温度 8760 h" in said["zh"]
    alone = table[["net_import_kw"]]
    same, none = lived_through(Loaded(PROJECT, climate), Measured(alone, {}, ()))
    assert same.climate is climate
    assert none == {}
    assert "自带年份" in weather_said(none)["zh"]
