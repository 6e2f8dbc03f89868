"""Online sources against a real server on the loopback that speaks their formats, and against no server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import numpy as np
import pandas as pd
import pytest

from weather import online
from weather.climate_year import ClimateYear
from weather.errors import TwinError
from weather.online import nasa_power, pvgis_tmy


def in_utc(year: ClimateYear) -> pd.DataFrame:
    """The built-in year as rows in UTC, January 1 00:00 UTC first."""
    rolled = {name: np.roll(year.data[name].to_numpy(), -8) for name in year.data}
    return pd.DataFrame(rolled, index=pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC"))


class Source(ThreadingHTTPServer):
    """A server whose answers a test may spoil."""

    year: ClimateYear
    asked: list[str]
    spoil: str


class Answer(BaseHTTPRequestHandler):
    server: Source

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        query = parse_qs(urlparse(self.path).query)
        if self.server.spoil == "refuse":
            return self.send(400, json.dumps({"message": "Location over the sea."}))
        if self.server.spoil == "nonsense":
            return self.send(200, "<html>maintenance</html>")
        body = self.pvgis() if "/tmy" in self.path else self.nasa(query)
        return self.send(200, json.dumps(body))

    def send(self, status: int, text: str) -> None:
        raw = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def pvgis(self) -> dict[str, Any]:
        table = in_utc(self.server.year)
        if self.server.spoil == "short":
            table = table.iloc[:8000]
        rows = [
            {
                "time(UTC)": stamp.strftime("%Y%m%d:%H%M"), "T2m": r.temp_air, "RH": r.relative_humidity,
                "G(h)": r.ghi,
                "Gb(n)": r.dni, "Gd(h)": r.dhi, "IR(h)": r.longwave_down, "WS10m": r.wind_speed,
                "WD10m": r.wind_direction, "SP": r.pressure,
            }
            for stamp, r in zip(table.index, table.itertuples(), strict=True)
        ]  # fmt: skip
        where = {"latitude": 31.39, "longitude": 121.445, "elevation": 4.0}
        return {
            "inputs": {"location": where},
            "outputs": {"months_selected": [], "tmy_hourly": rows},
            "meta": {"inputs": {}},
        }

    def nasa(self, query: dict[str, list[str]]) -> dict[str, Any]:
        table = in_utc(self.server.year)
        # POWER gives hourly means of its states: the mean of the values at both ends of the hour.
        names = {
            "ALLSKY_SFC_SW_DWN": table["ghi"], "ALLSKY_SFC_SW_DNI": table["dni"],
            "ALLSKY_SFC_SW_DIFF": table["dhi"],
            "ALLSKY_SFC_LW_DWN": table["longwave_down"],
        }  # fmt: skip
        for name, column in {
            "T2M": "temp_air",
            "T2MDEW": "temp_dew",
            "RH2M": "relative_humidity",
            "WS10M": "wind_speed",
        }.items():
            names[name] = 0.5 * (table[column] + np.roll(table[column], -1))
        names["PS"] = 0.5 * (table["pressure"] + np.roll(table["pressure"], -1)) / 1e3
        names["WD10M"] = table["wind_direction"]
        names["T2M"].iloc[100] = -999.0
        asked = query["parameters"][0].split(",")
        stamps = table.index.strftime("%Y%m%d%H")
        missing = set(asked) - set(names)
        assert not missing, missing
        return {
            "geometry": {"coordinates": [121.445, 31.39, 4.0]},
            "properties": {
                "parameter": {n: dict(zip(stamps, names[n].tolist(), strict=True)) for n in asked}
            },
            "header": {"title": "POWER", "fill_value": -999.0},
            "times": {},
            "parameters": {},
        }


@pytest.fixture
def source(shanghai: ClimateYear, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    # The cache follows the user's own folder, which the test gives.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    server = Source(("127.0.0.1", 0), Answer)
    server.year, server.asked, server.spoil = shanghai, [], ""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def url(source: Source) -> str:
    return f"http://127.0.0.1:{source.server_address[1]}/"


def test_pvgis_gives_the_year_and_is_asked_once(source: Source, shanghai: ClimateYear) -> None:
    year = pvgis_tmy(31.39, 121.445, url=url(source))
    assert year.provenance == "online"
    assert year.time_zone == "Asia/Shanghai"
    assert year.altitude == 4.0
    np.testing.assert_allclose(year.data["temp_air"], shanghai.data["temp_air"], atol=1e-9)
    np.testing.assert_allclose(year.data["temp_dew"], shanghai.data["temp_dew"], atol=0.1)
    np.testing.assert_allclose(year.data["ghi"], shanghai.data["ghi"], atol=1e-6)
    np.testing.assert_allclose(year.data["dni"], shanghai.data["dni"], atol=1e-6)
    again = pvgis_tmy(31.39, 121.445, url=url(source))
    assert len(source.asked) == 1
    pd.testing.assert_frame_equal(again.data, year.data)
    kept = list(online.cache_folder().iterdir())
    assert len(kept) == 1
    kept[0].write_bytes(b"broken")
    with pytest.raises(TwinError, match="cached weather cannot be read"):
        pvgis_tmy(31.39, 121.445, url=url(source))


def test_nasa_gives_the_year(source: Source, shanghai: ClimateYear) -> None:
    year = nasa_power(31.39, 121.445, actual_year=2023, url=url(source) + "api")
    np.testing.assert_allclose(year.data["ghi"], shanghai.data["ghi"], atol=1e-6)
    # Mean of means: within what an hour's curvature makes of it, but for the hour that was missing.
    off = np.abs(year.data["temp_air"] - shanghai.data["temp_air"])
    assert off.mean() < 0.15
    assert off.max() < 2.0
    assert any("dry bulb missing in" in line for line in year.repairs)
    assert year.data["relative_humidity"].min() > 5.0
    assert year.data["relative_humidity"].max() <= 100.0


def test_without_a_server_it_says_so(source: Source) -> None:
    dead = "http://127.0.0.1:9/"
    for call in (pvgis_tmy, nasa_power):
        with pytest.raises(TwinError, match=r"cannot be reached.*EPW file"):
            call(31.39, 121.445, url=dead)
    assert not online.cache_folder().exists() or not list(online.cache_folder().iterdir())


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ("refuse", "Location over the sea"),
        ("nonsense", "something unexpected|cannot be reached"),
        ("short", "8000 hours"),
    ],
)
def test_bad_answers_are_named(source: Source, spoil: str, reason: str) -> None:
    source.spoil = spoil
    with pytest.raises(TwinError, match=reason):
        pvgis_tmy(31.39, 121.445, url=url(source))


def test_a_silent_server_is_given_up(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online, "LIMIT_S", 0.3)
    ready = threading.Event()

    def never() -> pd.DataFrame:
        ready.wait(5.0)
        return pd.DataFrame()

    with pytest.raises(TwinError, match=r"no answer within 0.3 s"):
        online._within_time("test", never)
    ready.set()
