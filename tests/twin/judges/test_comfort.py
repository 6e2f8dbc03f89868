"""Comfort against the standard's own table and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from twin.judges.comfort import clothing, comfort, pmv_ppd
from twin.judges.factors import data
from twin.judges.subject import Subject
from weather.errors import TwinError

# ISO 7730:2005 table D.1 as in the comfort libraries' shared validation data (validation-data-comfort-models,
# ts_pmv_ppd.json), whose own tolerance on PMV is 0.1; it leaves out the table's seventh row.
# air, radiant, relative air speed, RH, met, clo -> PMV, PPD.
TABLE_D1 = [
    (22.0, 22.0, 0.10, 60, 1.2, 0.5, -0.8, 16.9),
    (27.0, 27.0, 0.10, 60, 1.2, 0.5, 0.8, 17.3),
    (27.0, 27.0, 0.30, 60, 1.2, 0.5, 0.4, 8.9),
    (23.5, 25.5, 0.10, 60, 1.2, 0.5, 0.0, 5.0),
    (23.5, 25.5, 0.30, 60, 1.2, 0.5, -0.6, 11.4),
    (19.0, 19.0, 0.10, 40, 1.2, 1.0, -0.6, 12.5),
    (23.5, 23.5, 0.30, 40, 1.2, 1.0, 0.1, 5.3),
    (23.0, 21.0, 0.10, 40, 1.2, 1.0, 0.1, 5.1),
    (23.0, 21.0, 0.30, 40, 1.2, 1.0, -0.2, 5.6),
    (22.0, 22.0, 0.10, 60, 1.6, 0.5, 0.1, 5.0),
    (27.0, 27.0, 0.10, 60, 1.6, 0.5, 1.2, 33.9),
    (27.0, 27.0, 0.30, 60, 1.6, 0.5, 0.9, 24.1),
]


@pytest.mark.parametrize(("air", "radiant", "vr", "rh", "met", "clo", "pmv", "ppd"), TABLE_D1)
def test_iso_7730_table_d1(
    air: float, radiant: float, vr: float, rh: float, met: float, clo: float, pmv: float, ppd: float
) -> None:
    """The judge adds the body's own movement, 0.3 (met - 1) m/s; it is taken off here."""
    one = np.ones(1)
    vote, share = pmv_ppd(air * one, radiant * one, rh * one, met, clo * one, vr - 0.3 * (met - 1))
    assert vote[0] == pytest.approx(pmv, abs=0.1)
    assert share[0] == pytest.approx(ppd, abs=0.1)


def day(minutes: int = 60) -> pd.DatetimeIndex:
    return pd.date_range("2025-07-14", periods=1440 // minutes, freq=f"{minutes}min", tz="Asia/Shanghai")


def sky(index: pd.DatetimeIndex, temp: float = 28.0, **more: float) -> pd.DataFrame:
    return pd.DataFrame({"temp_air": temp, **more}, index=index)


def rooms(index: pd.DatetimeIndex, **zones: dict[str, object]) -> pd.DataFrame:
    columns = {}
    for zone, values in zones.items():
        given = {
            "temp_air_c": 24.0,
            "temp_radiant_c": 24.0,
            "humidity_ratio": 0.0095,
            "people": 0.0,
            "heating_setpoint_c": 20.0,
            "cooling_setpoint_c": 26.0,
            **values,
        }
        for name, value in given.items():
            columns[zone, name] = np.broadcast_to(np.asarray(value, float), len(index))
    return pd.DataFrame(columns, index=index)


def working(index: pd.DatetimeIndex, people: float) -> np.ndarray:
    return np.where((index.hour >= 8) & (index.hour < 18), people, 0.0)


OFFICE = Subject("office", 1000.0, "office")


def test_hours_are_weighted_by_people_and_multiplier_and_night_does_not_count() -> None:
    index = day(15)
    people = working(index, 10.0)
    hot = np.where(index.hour >= 16, 29.0, 24.0)  # 2 occupied hours; the evening is empty
    building = Subject("office", 1.0, "office", zones={"top": 3})
    table = rooms(
        index,
        core={"people": people},
        top={"people": people, "temp_air_c": hot, "temp_radiant_c": hot},
        store={"temp_air_c": 40.0},
    )
    figures, _, _ = comfort(table, sky(index), building)
    assert figures is not None
    assert figures["occupied_hours"] == pytest.approx(10.0)
    assert figures["unmet_hours_mean_zone"] == pytest.approx(2.0 * 30 / 40)
    assert figures["hours_air_outside_wide"] == pytest.approx(2.0 * 30 / 40)
    assert figures["hours_air_outside_wide_warm"] == pytest.approx(1.5)
    assert figures["hours_air_outside_wide_cold"] == 0.0
    assert figures["worst_air_outside_wide"] == {"zone": "top", "hours": pytest.approx(2.0)}


@pytest.mark.parametrize(
    ("air", "radiant", "unmet", "air_hours", "operative_hours"),
    [
        (26.19, 26.0, 0.0, 0.0, 0.0),  # within the tolerance of 0.2 K
        (26.21, 26.0, 10.0, 0.0, 0.0),
        (25.0, 31.6, 0.0, 0.0, 10.0),  # operative 28.3
        (19.81, 20.0, 0.0, 0.0, 0.0),
        (19.79, 20.0, 10.0, 0.0, 0.0),
        (30.0, 30.0, 10.0, 10.0, 10.0),
    ],
)
def test_set_points_by_air_and_wide_band_by_air_and_operative_temperature(
    air: float, radiant: float, unmet: float, air_hours: float, operative_hours: float
) -> None:
    index = day()
    table = rooms(index, core={"people": working(index, 5), "temp_air_c": air, "temp_radiant_c": radiant})
    figures, _, _ = comfort(table, sky(index), OFFICE)
    assert figures is not None
    assert figures["unmet_hours"] == pytest.approx(unmet)
    assert figures["hours_air_outside_wide"] == pytest.approx(air_hours)
    assert figures["hours_operative_outside_wide"] == pytest.approx(operative_hours)


def test_the_set_point_in_force_counts_and_where_there_is_none_nothing_is_missed() -> None:
    """A cleaner at 6 o'clock under the set-back and overtime with the plant off are no unmet hours."""
    index = day(15)
    people = np.where((index.hour >= 6) & (index.hour < 19), 5.0, 0.0)
    cooling = np.select([index.hour < 6, index.hour < 7, index.hour < 18], [np.nan, 28.0, 26.0], np.nan)
    air = np.select([index.hour < 7, index.hour < 18], [27.9, 26.1], 29.0)
    core = {"people": people, "temp_air_c": air, "cooling_setpoint_c": cooling}
    figures, _, _ = comfort(rooms(index, core=core), sky(index), OFFICE)
    assert figures is not None
    assert figures["unmet_hours"] == 0.0
    always = {**core, "cooling_setpoint_c": 26.0}
    strict, _, _ = comfort(rooms(index, core=always), sky(index), OFFICE)
    assert strict is not None
    assert strict["unmet_hours"] == pytest.approx(2.0)
    hours = strict["unmet_hours_by_time_of_day"]
    assert [h for h in range(24) if hours[h] > 0.0] == [6, 18]
    assert sum(hours) == pytest.approx(2.0)


def test_one_step_counts_once_for_the_building_and_once_for_each_zone() -> None:
    """The building's hours are no sum over zones, cold and warm may coincide, one person suffices."""
    index = day(15)
    people = working(index, 5)
    early, late = index.hour == 8, (index.hour >= 8) & (index.hour < 11)
    table = rooms(
        index,
        north={"people": people, "temp_air_c": np.where(late, 18.0, 22.0)},
        south={"people": people, "temp_air_c": np.where(early, 29.0, 22.0)},
        guard={"people": np.where(index.hour == 22, 0.1, people), "temp_air_c": 22.0},
        roof={
            "people": people,
            "temp_air_c": 35.0,
            "heating_setpoint_c": np.nan,
            "cooling_setpoint_c": np.nan,
        },
    )
    table.loc[index.hour == 22, ("guard", "temp_air_c")] = 10.0
    figures, _, _ = comfort(table, sky(index), OFFICE)
    assert figures is not None
    assert figures["unmet_hours"] == pytest.approx(4.0)
    assert figures["unmet_hours_heating"] == pytest.approx(4.0)
    assert figures["unmet_hours_cooling"] == pytest.approx(1.0)
    assert figures["unmet_worst_zone"] == {"zone": "north", "hours": pytest.approx(3.0)}
    assert figures["unmet_furthest_k"] == pytest.approx(10.0)


def test_set_points_of_the_building_come_before_those_of_its_use() -> None:
    index = day()
    table = rooms(index, core={"people": working(index, 5), "temp_air_c": 27.0})
    mine = Subject("o", 1.0, "office", heating_setpoint_c=18.0, cooling_setpoint_c=27.0)
    figures, _, _ = comfort(table, sky(index), mine)
    assert figures is not None
    assert figures["set_point_band_c"] == [18.0, 27.0]
    figures, _, said = comfort(table, sky(index), Subject("x", 1.0, "aquarium"))
    assert figures is not None
    assert figures["set_point_band_c"] == [20.0, 26.0]
    assert "comfort.band" in {a.key for a in said}


def test_sensation_and_humidity_by_hand() -> None:
    """27 °C and 60 % in summer: 0.77 at 0.10 m/s (ISO 7730), less at the 0.16 m/s of a moving body."""
    index = day()
    w = 0.01345  # 60 % at 27 °C and 101,325 Pa
    table = rooms(
        index,
        core={"people": working(index, 5), "temp_air_c": 27.0, "temp_radiant_c": 27.0, "humidity_ratio": w},
    )
    figures, verdicts, said = comfort(table, sky(index), OFFICE)
    assert figures is not None
    assert figures["pmv_mean"] == pytest.approx(0.66, abs=0.03)
    assert figures["ppd_mean_percent"] == pytest.approx(14.2, abs=1.0)
    assert figures["hours_pmv_beyond_0.5"] == pytest.approx(10.0)
    assert figures["hours_pmv_beyond_0.7"] == 0.0
    assert figures["hours_pmv_above_0.5"] == pytest.approx(10.0)
    assert figures["share_grade_2"] == pytest.approx(1.0)
    assert figures["share_grade_1"] + figures["share_grade_2"] + figures["share_grade_3"] == pytest.approx(
        1.0
    )
    assert figures["hours_rh_above_70"] == 0.0
    assert figures["hours_rh_above_60"] in (0.0, pytest.approx(10.0))
    assert {v.key: v.status for v in verdicts} == {
        "comfort.unmet_hours": "pass",
        "comfort.grades": "not_judged",
    }
    assert {a.key for a in said} == {
        "comfort.clothing",
        "comfort.metabolic_rate",
        "comfort.air_speed",
        "comfort.pressure",
    }
    moist = table.copy()
    moist["core", "humidity_ratio"] = 0.0165
    wet, _, said = comfort(moist, sky(index, pressure=101325.0), OFFICE)
    assert wet is not None
    assert wet["hours_rh_above_70"] == pytest.approx(10.0)
    assert "comfort.pressure" not in {a.key for a in said}


def test_states_beyond_the_standards_range_are_counted_and_still_judged() -> None:
    index = day()
    table = rooms(index, core={"people": working(index, 5), "temp_air_c": 33.0, "temp_radiant_c": 33.0})
    figures, _, _ = comfort(table, sky(index), OFFICE)
    assert figures is not None
    assert figures["hours_beyond_iso_7730"] == pytest.approx(10.0)
    assert figures["hours_pmv_beyond_1"] == pytest.approx(10.0)


def test_clothing_follows_five_days_and_not_the_hour() -> None:
    index = pd.date_range("2025-03-01", periods=24 * 20, freq="h", tz="Asia/Shanghai")
    temp = np.repeat([5.0] * 10 + [25.0] * 10, 24) + 3 * np.sin(np.arange(480) * np.pi / 12)
    clo = clothing(pd.DataFrame({"temp_air": temp}, index=index)).reshape(20, 24)
    assert (clo == clo[:, :1]).all()
    assert clo[:10] == pytest.approx(1.0)
    # Means of the five days: 9, 13, 17, 21, 25 °C.
    assert clo[10:15, 0] == pytest.approx([1.0, 1 - 0.5 * 3 / 12, 1 - 0.5 * 7 / 12, 1 - 0.5 * 11 / 12, 0.5])
    assert clo[15:] == pytest.approx(0.5)


def test_an_empty_building_is_not_judged_and_a_missing_column_is_refused() -> None:
    index = day()
    figures, verdicts, _ = comfort(rooms(index, core={}), sky(index), OFFICE)
    assert figures is None
    assert [(v.status, v.note) for v in verdicts] == [("not_judged", "nobody is ever in the building")]
    broken = rooms(index, core={"people": 1.0}).drop(columns=[("core", "temp_radiant_c")])
    with pytest.raises(TwinError, match="core/temp_radiant_c"):
        comfort(broken, sky(index), OFFICE)


def test_every_limit_has_a_source() -> None:
    facts = data("comfort.yaml")
    entries = [
        *facts["bands"].values(),
        facts["wide_band"],
        facts["tolerance_k"],
        facts["unmet_hours"],
        *facts["metabolic_rate"].values(),
        facts["air_speed"],
        facts["clothing"]["summer"],
        facts["clothing"]["winter"],
        *facts["grades"].values(),
        facts["occupied_from_share"],
    ]
    for entry in entries:
        assert entry["source"]
        assert entry["confidence"] in {
            "stored:primary",
            "stored:secondary",
            "derived",
            "gk-verify",
            "assumed",
        }
        assert 2005 <= entry["year"] <= 2026
