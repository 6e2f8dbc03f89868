"""What of a climate year can be looked at: label, unit, colours, and the range of the whole world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin.report.style import Language, pick
from weather import psychrometrics
from weather.climate_year import ClimateYear
from weather.statistics import hours_of

FloatArray = NDArray[np.float64]
Scale = Literal["local", "global"]

_THERMAL = ("#2C4C7C", "#5B8DB8", "#A9C9DC", "#F3EBD8", "#F0B96B", "#D9743C", "#9E2B25")
_MOIST = ("#F7F4E9", "#CFE3DC", "#8FC1B5", "#4A9A94", "#1F6E75", "#123F52")
_SUN = ("#2B2B3A", "#6B4C5A", "#B5654A", "#E69F3C", "#F6D36B", "#FFF6CC")
_GREY = ("#F7FAFC", "#CFD8E3", "#93A3B8", "#5B6B82", "#2D3A4F")


@dataclass(frozen=True)
class Quantity:
    """One quantity.

    Parameters
    ----------
    key : str
    zh, en, unit : str
    low, high : float
        Range of the scale that all places share.
    colours : tuple of str
    """

    key: str
    zh: str
    en: str
    unit: str
    low: float
    high: float
    colours: tuple[str, ...]

    def label(self, language: Language) -> str:
        """Its name."""
        return pick(language, self.zh, self.en)

    @property
    def scale(self) -> list[tuple[float, str]]:
        """Colours as Plotly takes them."""
        return [(k / (len(self.colours) - 1), colour) for k, colour in enumerate(self.colours)]


QUANTITIES: dict[str, Quantity] = {
    one.key: one
    for one in (
        Quantity("temp_air", "干球温度", "Dry bulb", "°C", -30.0, 45.0, _THERMAL),
        Quantity("temp_dew", "露点温度", "Dew point", "°C", -40.0, 30.0, _THERMAL),
        Quantity("wet_bulb", "湿球温度", "Wet bulb", "°C", -30.0, 32.0, _THERMAL),
        Quantity("relative_humidity", "相对湿度", "Relative humidity", "%", 0.0, 100.0, _MOIST),
        Quantity("humidity_ratio", "含湿量", "Humidity ratio", "g/kg", 0.0, 28.0, _MOIST),
        Quantity("enthalpy", "焓值", "Enthalpy", "kJ/kg", -30.0, 110.0, _THERMAL),
        Quantity("ghi", "水平面总辐照度", "Global horizontal irradiance", "W/m²", 0.0, 1200.0, _SUN),
        Quantity("dni", "法向直射辐照度", "Direct normal irradiance", "W/m²", 0.0, 1100.0, _SUN),
        Quantity("dhi", "水平面散射辐照度", "Diffuse horizontal irradiance", "W/m²", 0.0, 600.0, _SUN),
        Quantity("wind_speed", "风速", "Wind speed", "m/s", 0.0, 20.0, _GREY),
        Quantity("total_sky_cover", "总云量", "Cloud cover", "/10", 0.0, 10.0, _GREY),
    )
}
"""By key."""


def values_of(climate: ClimateYear, key: str) -> FloatArray:
    """Hours of a quantity, shape (8760,).

    Means of fluxes over the hour; states at its end, as an EPW file gives them.

    Parameters
    ----------
    climate : ClimateYear
    key : str
        Of `QUANTITIES`.
    """
    hours = hours_of(climate)
    known = {
        "temp_air": hours.temp,
        "temp_dew": hours.dew,
        "wet_bulb": hours.wet_bulb,
        "relative_humidity": hours.humidity,
        "humidity_ratio": hours.ratio_g,
        "wind_speed": hours.wind,
        "ghi": hours.ghi,
        "dni": hours.dni,
        "dhi": hours.dhi,
    }
    if key in known:
        return known[key]
    if key == "enthalpy":
        return np.asarray(psychrometrics.enthalpy(hours.temp, hours.ratio_g / 1e3) / 1e3)
    return climate.data[key].to_numpy(float)


def limits(quantity: Quantity, values: FloatArray, scale: Scale) -> tuple[float, float]:
    """Ends of the scale: the world's, widened where a year goes beyond, or the year's own."""
    low, high = float(values.min()), float(values.max())
    if scale == "global":
        return min(quantity.low, low), max(quantity.high, high)
    return low, high if high > low else low + 1.0


def about(climate: ClimateYear, language: Language) -> str:
    """What every figure says of its year."""
    place = f"{abs(climate.latitude):.2f}°{'N' if climate.latitude >= 0 else 'S'} "
    place += f"{abs(climate.longitude):.2f}°{'E' if climate.longitude >= 0 else 'W'}"
    kind = {
        "synthetic": pick(language, "合成典型年", "synthetic typical year"),
        "epw": pick(language, "EPW 文件", "EPW file"),
        "online": pick(language, "在线数据", "online data"),
    }[climate.provenance]
    return pick(
        language,
        f"{climate.name}（{place}），{kind}，8760 小时，地方标准时。",
        f"{climate.name} ({place}), {kind}, 8760 hours in local standard time.",
    )
