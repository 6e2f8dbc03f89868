"""One door for every kind of weather: a name, a file or a place."""

from __future__ import annotations

from pathlib import Path

from weather.climate_year import ClimateYear
from weather.errors import TwinError

_KINDS = "Use 'shanghai', the path of an .epw file, 'pvgis:LAT,LON' or 'nasa:LAT,LON[,YEAR]'."


def load_weather(name_or_path: str | Path, *, seed: int = 0, year: int = 2025) -> ClimateYear:
    """Load a climate year.

    Parameters
    ----------
    name_or_path : str or path-like
        ``shanghai`` (built in), the path of an EPW file, ``pvgis:LAT,LON`` (typical year) or
        ``nasa:LAT,LON[,YEAR]`` (an actual year of NASA POWER).
    seed : int
        Only for the built-in generator: 0 is the default year.
    year : int
        Calendar year to lay the hours on.

    Returns
    -------
    ClimateYear

    Raises
    ------
    TwinError
        For an unknown name, a file that cannot be used, or an online source that cannot be reached.
    """
    text = str(name_or_path).strip()
    if not 1900 <= year <= 2100:
        raise TwinError(f"{year} is no calendar year to simulate.", "Give one from 1900 to 2100.", key="year")
    if isinstance(name_or_path, str):
        if text.lower() == "shanghai":
            from weather.shanghai import generate

            return generate(seed, year)
        source, colon, place = text.partition(":")
        if colon and source.lower() in ("pvgis", "nasa"):
            return _online(source.lower(), place, year)
    path = Path(name_or_path)
    if path.suffix.lower() == ".epw" or path.is_file():
        from weather.epw import read_epw

        return read_epw(path, year=year)
    raise TwinError(f"there is no weather called {text!r}.", _KINDS, key="weather")


def _online(source: str, place: str, year: int) -> ClimateYear:
    from weather.online import nasa_power, pvgis_tmy

    parts = place.split(",")
    try:
        latitude, longitude = float(parts[0]), float(parts[1])
        actual = int(parts[2]) if source == "nasa" and len(parts) == 3 else None
    except (ValueError, IndexError) as error:
        raise TwinError(f"{place!r} is no place.", _KINDS, key="weather") from error
    allowed = (2,) if source == "pvgis" else (2, 3)
    if len(parts) not in allowed or not (-90.0 <= latitude <= 90.0 and -180.0 <= longitude <= 180.0):
        raise TwinError(f"{place!r} is no place.", _KINDS, key="weather")
    if source == "pvgis":
        return pvgis_tmy(latitude, longitude, year=year)
    return nasa_power(latitude, longitude, actual_year=actual or 2023, year=year)
