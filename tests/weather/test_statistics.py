"""Statistics of years whose statistics are known."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from weather.climate_year import ClimateYear
from weather.epw import read_epw
from weather.statistics import deseasonalised, lag_one, statistics


def like(shanghai: ClimateYear, **columns: np.ndarray) -> ClimateYear:
    return replace(shanghai, data=shanghai.data.assign(**columns))


def test_a_square_year_has_its_degree_days(shanghai: ClimateYear) -> None:
    """Days of 8 °C and of 28 °C in turn, each with a swing of 6 K between two half days."""
    day = np.arange(8760) // 24
    hour = np.arange(8760) % 24
    temp = np.where(day % 2 == 0, 8.0, 28.0) + np.where(hour < 12, -3.0, 3.0)
    # A state stands at the start of its hour in the table; the day's values are those that end its hours.
    year = statistics(like(shanghai, temp_air=np.roll(temp, 1), temp_dew=np.full(8760, -10.0)))
    annual, monthly = year["annual"], year["monthly"]
    cold, warm = 183, 182
    assert annual["hdd18"] == pytest.approx(10.0 * cold)
    assert annual["hdd18_3"] == pytest.approx(10.3 * cold)
    assert annual["hdd10"] == pytest.approx(2.0 * cold)
    assert annual["cdd10"] == pytest.approx(18.0 * warm)
    assert annual["cdd18_3"] == pytest.approx(9.7 * warm)
    assert annual["cdd26"] == pytest.approx(2.0 * warm)
    assert annual["cdh26"] == pytest.approx(5.0 * 12 * warm)
    assert annual["daily_range_k"] == pytest.approx(6.0)
    assert annual["lag1_temp_air"] == pytest.approx(-1.0, abs=0.01)
    assert len(monthly["hdd18"]) == 12
    assert sum(monthly["hdd18"]) == pytest.approx(annual["hdd18"])
    assert annual["relative_humidity_mean"] == pytest.approx(shanghai.data["relative_humidity"].mean())
    assert annual["hours_above_35c"] == 0
    assert annual["temp_air_max_c"] == 31.0


def test_persistence_of_a_known_series() -> None:
    """AR(1) with 0.65 over 20 000 days, and white noise."""
    random = np.random.default_rng(1)
    x = np.zeros(20_000)
    for i in range(1, x.size):
        x[i] = 0.65 * x[i - 1] + random.standard_normal()
    assert lag_one(x) == pytest.approx(0.65, abs=0.02)
    assert lag_one(random.standard_normal(20_000)) == pytest.approx(0.0, abs=0.02)
    assert lag_one(np.full(10, 3.0)) == 0.0


def test_the_annual_cycle_is_removed() -> None:
    day = (np.arange(365) + 0.5) / 365 * 2 * np.pi
    cycle = 17.0 + 12.0 * np.cos(day - 0.3) + 2.0 * np.sin(2 * day) - 0.5 * np.cos(3 * day)
    assert np.abs(deseasonalised(cycle)).max() < 1e-9


def test_energy_and_clearness(shanghai: ClimateYear) -> None:
    annual = statistics(shanghai)["annual"]
    data = shanghai.data
    for name in ("ghi", "dni", "dhi"):
        assert annual[f"{name}_kwh_m2"] == pytest.approx(data[name].sum() / 1e3)
    assert annual["diffuse_fraction"] == pytest.approx(data["dhi"].sum() / data["ghi"].sum())
    assert annual["clearness_index"] == pytest.approx(data["ghi"].sum() / shanghai.sun.ghi_extra.sum())
    even = statistics(like(shanghai, ghi=0.4 * shanghai.sun.ghi_extra, dhi=0.4 * shanghai.sun.ghi_extra))[
        "annual"
    ]
    assert even["clearness_index"] == pytest.approx(0.4)
    assert even["kt_daily_std"] == pytest.approx(0.0, abs=1e-12)
    assert even["diffuse_fraction"] == pytest.approx(1.0)


def test_design_values_of_a_ramp(shanghai: ClimateYear) -> None:
    """Temperatures 0 to 35.036 in steps of 0.004: every percentile is known."""
    ramp = np.arange(8760) * 0.004
    annual = statistics(like(shanghai, temp_air=ramp, temp_dew=np.full(8760, -20.0)))["annual"]
    assert annual["heating_99_6_db_c"] == pytest.approx(0.004 * 8759 * 0.004)
    assert annual["heating_99_db_c"] == pytest.approx(0.01 * 8759 * 0.004)
    assert annual["cooling_0_4_db_c"] == pytest.approx(0.996 * 8759 * 0.004)
    assert annual["cooling_2_db_c"] == pytest.approx(0.98 * 8759 * 0.004)
    assert annual["gb_summer_db_c"] == pytest.approx((8759 - 50) * 0.004)
    assert annual["cooling_0_4_mcwb_c"] < annual["cooling_0_4_db_c"]


REFERENCE = {
    "T_mean": "temp_air_mean_c",
    "T_min": "temp_air_min_c",
    "T_max": "temp_air_max_c",
    "T_daily_range_mean": "daily_range_k",
    "T_daily_anom_std": "temp_air_anomaly_std_k",
    "T_daily_anom_lag1": "lag1_temp_air",
    "Tdew_mean": "temp_dew_mean_c",
    "W_mean_gkg": "humidity_ratio_mean_g_kg",
    "Twb_mean": "wet_bulb_mean_c",
    "GHI_kWh": "ghi_kwh_m2",
    "DHI_kWh": "dhi_kwh_m2",
    "Kt_month": "clearness_index",
    "Kt_daily_std": "kt_daily_std",
    "Kt_daily_lag1": "lag1_kt",
    "wind_mean": "wind_speed_mean",
    "HDD18": "hdd18",
    "CDD26": "cdd26",
    "CDH26": "cdh26",
    "hours_T_gt35": "hours_above_35c",
    "hours_W_gt12": "hours_humidity_ratio_above_12",
}


def test_meaning_is_that_of_the_reference_table(real_files: list[Path]) -> None:
    """The stored EPW files give the stored statistics (where the reference folder is present).

    DNI is left out: the reader recomputes it in files whose components do not close.
    """
    if not real_files:
        return
    folder = real_files[0].parent
    with (folder / "shanghai_design_conditions.csv").open(encoding="utf-8") as stream:
        sources = {row["file"]: row["source"] for row in csv.DictReader(stream)}
    with (folder / "shanghai_statistics.csv").open(encoding="utf-8") as stream:
        table = {(row["source"], row["period"]): row for row in csv.DictReader(stream)}
    for path in real_files:
        found = statistics(read_epw(path))
        annual = table[sources[path.name], "annual"]
        for theirs, ours in REFERENCE.items():
            assert found["annual"][ours] == pytest.approx(float(annual[theirs]), rel=3e-3, abs=2e-3), (
                path.name,
                ours,
            )
        for month in range(12):
            row = table[sources[path.name], str(month + 1)]
            for theirs in ("T_mean", "W_mean_gkg", "GHI_kWh", "HDD18", "CDD26", "T_daily_range_mean"):
                value = found["monthly"][REFERENCE[theirs]][month]
                assert value == pytest.approx(float(row[theirs]), rel=4e-3, abs=0.02), (
                    path.name,
                    theirs,
                    month,
                )
