"""What a year amounts to: degree days, sun, moisture, persistence and design values, by month and in all.

Days are calendar days of standard time. A day's temperatures are the 24 that END its hours (01:00 to 24:00),
which are the 24 rows an EPW file gives the day; degree days come from their mean, degree hours from the
hours. Degree days HDD 采暖度日数, CDD 空调度日数, degree hours CDH.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from weather import psychrometrics
from weather.climate_year import ClimateYear

FloatArray = NDArray[np.float64]

_HARMONICS = 3


@dataclass(frozen=True, eq=False)
class Hours:
    """The hourly columns as the statistics read them: states at the ends of the hours."""

    temp: FloatArray
    dew: FloatArray
    humidity: FloatArray
    ratio_g: FloatArray
    wet_bulb: FloatArray
    wind: FloatArray
    ghi: FloatArray
    dni: FloatArray
    dhi: FloatArray
    extra: FloatArray
    month: NDArray[np.int64]


def hours_of(climate: ClimateYear) -> Hours:
    """Hours of a year by standard time, shape (8760,) each."""
    data = climate.data
    at_end = {
        name: np.roll(data[name].to_numpy(float), -1)
        for name in ("temp_air", "temp_dew", "relative_humidity", "pressure", "wind_speed")
    }
    ratio = psychrometrics.humidity_ratio_from_dew_point(at_end["temp_dew"], at_end["pressure"])
    return Hours(
        temp=at_end["temp_air"],
        dew=at_end["temp_dew"],
        humidity=at_end["relative_humidity"],
        ratio_g=ratio * 1e3,
        wet_bulb=psychrometrics.wet_bulb(at_end["temp_air"], ratio, at_end["pressure"]),
        wind=at_end["wind_speed"],
        ghi=data["ghi"].to_numpy(float),
        dni=data["dni"].to_numpy(float),
        dhi=data["dhi"].to_numpy(float),
        extra=climate.sun.ghi_extra,
        month=pd.DatetimeIndex(data.index).month.to_numpy().astype(np.int64),
    )


def deseasonalised(daily: FloatArray) -> FloatArray:
    """Daily values less their annual cycle (mean and three harmonics, least squares)."""
    angle = 2.0 * np.pi * (np.arange(len(daily)) + 0.5) / len(daily)
    columns = [np.ones(len(daily))]
    for k in range(1, _HARMONICS + 1):
        columns += [np.cos(k * angle), np.sin(k * angle)]
    cycle = np.column_stack(columns)
    return np.asarray(daily - cycle @ np.linalg.lstsq(cycle, daily, rcond=None)[0])


def lag_one(values: FloatArray) -> float:
    """Lag-one autocorrelation (covariance over the full variance); 0 for a constant series."""
    x = values - values.mean()
    power = float(x @ x)
    return float(x[:-1] @ x[1:]) / power if power > 0.0 else 0.0


def statistics(climate: ClimateYear) -> dict[str, Any]:
    """Annual and monthly statistics of a year.

    Parameters
    ----------
    climate : ClimateYear

    Returns
    -------
    dict
        ``annual``: key to value (design values read off the hours among them); ``monthly``: key to a list
        of 12; beside them ``name``, ``source``, ``provenance``, ``year``, ``repairs``. Keys carry units.
    """
    h = hours_of(climate)
    everywhere = np.ones(len(h.temp), dtype=bool)
    daily = _Daily.of(h)
    months = [_period(h, daily, h.month == m, daily.month == m) for m in range(1, 13)]
    annual = _period(h, daily, everywhere, np.ones(len(daily.temp), dtype=bool))
    data = climate.data
    closure = np.abs(
        data["ghi"].to_numpy() - data["dhi"].to_numpy() - data["dni"].to_numpy() * climate.sun.cos_zenith
    )
    annual["closure_w"] = float(closure.max())
    annual["relative_humidity_max"] = float(h.humidity.max())
    design = design_values(h.temp, h.wet_bulb, h.dew)
    return {
        "name": climate.name,
        "source": climate.source,
        "provenance": climate.provenance,
        "year": climate.year,
        "repairs": list(climate.repairs),
        "annual": annual | design,
        "monthly": {key: [month[key] for month in months] for key in months[0]},
    }


@dataclass(frozen=True, eq=False)
class _Daily:
    temp: FloatArray
    span: FloatArray
    anomaly: FloatArray
    dew_anomaly: FloatArray
    clearness: FloatArray
    clearness_anomaly: FloatArray
    month: NDArray[np.int64]

    @classmethod
    def of(cls, h: Hours) -> _Daily:
        by_day = h.temp.reshape(-1, 24)
        clearness = h.ghi.reshape(-1, 24).sum(axis=1) / h.extra.reshape(-1, 24).sum(axis=1)
        return cls(
            temp=by_day.mean(axis=1),
            span=by_day.max(axis=1) - by_day.min(axis=1),
            anomaly=deseasonalised(by_day.mean(axis=1)),
            dew_anomaly=deseasonalised(h.dew.reshape(-1, 24).mean(axis=1)),
            clearness=clearness,
            clearness_anomaly=deseasonalised(clearness),
            month=h.month[::24],
        )


def _period(h: Hours, d: _Daily, hours: NDArray[np.bool_], days: NDArray[np.bool_]) -> dict[str, float]:
    temp, mean = h.temp[hours], d.temp[days]
    ghi = float(h.ghi[hours].sum()) / 1e3
    dhi = float(h.dhi[hours].sum()) / 1e3
    # Persistence of clearness within a month is about the month's own mean, over the year about the cycle.
    whole = bool(days.all())
    clearness = d.clearness_anomaly[days] if whole else d.clearness[days]
    return {
        "temp_air_mean_c": float(temp.mean()),
        "temp_air_min_c": float(temp.min()),
        "temp_air_max_c": float(temp.max()),
        "daily_range_k": float(d.span[days].mean()),
        "temp_air_anomaly_std_k": float(d.anomaly[days].std(ddof=1)),
        "lag1_temp_air": lag_one(d.anomaly[days]),
        "hdd10": float(np.maximum(10.0 - mean, 0.0).sum()),
        "hdd18": float(np.maximum(18.0 - mean, 0.0).sum()),
        "hdd18_3": float(np.maximum(18.3 - mean, 0.0).sum()),
        "cdd10": float(np.maximum(mean - 10.0, 0.0).sum()),
        "cdd18_3": float(np.maximum(mean - 18.3, 0.0).sum()),
        "cdd26": float(np.maximum(mean - 26.0, 0.0).sum()),
        "cdh26": float(np.maximum(temp - 26.0, 0.0).sum()),
        "hours_above_35c": int((temp > 35.0).sum()),
        "hours_below_0c": int((temp < 0.0).sum()),
        "relative_humidity_mean": float(h.humidity[hours].mean()),
        "temp_dew_mean_c": float(h.dew[hours].mean()),
        "humidity_ratio_mean_g_kg": float(h.ratio_g[hours].mean()),
        "wet_bulb_mean_c": float(h.wet_bulb[hours].mean()),
        "hours_humidity_ratio_above_12": int((h.ratio_g[hours] > 12.0).sum()),
        "excess_moisture_g_h_kg": float(np.maximum(h.ratio_g[hours] - 12.0, 0.0).sum()),
        "ghi_kwh_m2": ghi,
        "dni_kwh_m2": float(h.dni[hours].sum()) / 1e3,
        "dhi_kwh_m2": dhi,
        "diffuse_fraction": dhi / ghi if ghi > 0.0 else float("nan"),
        "clearness_index": ghi / (float(h.extra[hours].sum()) / 1e3),
        "kt_daily_std": float(clearness.std(ddof=1)),
        "lag1_kt": lag_one(clearness),
        "corr_daily_range_kt": _correlation(d.span[days], d.clearness[days]),
        "corr_temp_dew_anomaly": _correlation(d.anomaly[days], d.dew_anomaly[days]),
        "wind_speed_mean": float(h.wind[hours].mean()),
    }


def _correlation(a: FloatArray, b: FloatArray) -> float:
    """Of two series; NaN where one of them stands still."""
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0.0 < b.std() else float("nan")


def design_values(temp: FloatArray, wet_bulb: FloatArray, dew: FloatArray) -> dict[str, float]:
    """Design values read off one year's hours, °C: ASHRAE's percentiles and those of GB 50736.

    Heating 99.6 % and 99 % dry bulb, cooling 0.4/1/2 % dry bulb with the mean coincident wet bulb (mean over
    the hours within 0.5 K of it), 0.4/1/2 % wet bulb 湿球温度, 0.4 % dew point; GB 50736-2012 4.1: heating
    dry bulb not met on 5 days 供暖室外计算温度, winter air-conditioning on 1 day 冬季空调, summer dry and
    wet bulb not met in 50 h 夏季空调, summer daily mean not met on 5 days. One typical year is not
    design-grade; published values come first.
    """
    daily = np.sort(temp.reshape(-1, 24).mean(axis=1))
    out = {
        "heating_99_6_db_c": float(np.quantile(temp, 0.004)),
        "heating_99_db_c": float(np.quantile(temp, 0.01)),
    }
    for label, share in (("0_4", 0.996), ("1", 0.99), ("2", 0.98)):
        dry = float(np.quantile(temp, share))
        out[f"cooling_{label}_db_c"] = dry
        out[f"cooling_{label}_mcwb_c"] = float(wet_bulb[np.abs(temp - dry) <= 0.5].mean())
        out[f"wet_bulb_{label}_c"] = float(np.quantile(wet_bulb, share))
    out["dew_point_0_4_c"] = float(np.quantile(dew, 0.996))
    out["gb_heating_db_c"] = float(daily[5])
    out["gb_winter_air_conditioning_db_c"] = float(daily[1])
    out["gb_summer_db_c"] = float(np.sort(temp)[-51])
    out["gb_summer_wb_c"] = float(np.sort(wet_bulb)[-51])
    out["gb_summer_daily_mean_c"] = float(daily[-6])
    return out
