"""The EPW door: what it gives back, what it repairs by name, what it refuses with file, line and reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weather.climate_year import ClimateYear
from weather.epw import FIELDS, read_epw, write_epw
from weather.epw_repair import solar_offset_h
from weather.errors import TwinError
from weather.sun import epoch_seconds

HEADER = 8


def save(lines: list[str], folder: Path, name: str = "case.epw", end: str = "\n") -> Path:
    path = folder / name
    path.write_text(end.join(lines) + end, encoding="utf-8", newline="")
    return path


def put(lines: list[str], row: int, column: str | int, text: str) -> None:
    """Write into a data row (counted from 0) of the file."""
    fields = lines[HEADER + row].split(",")
    fields[column if isinstance(column, int) else FIELDS[column].place] = text
    lines[HEADER + row] = ",".join(fields)


def test_round_trip_to_printed_precision(shanghai: ClimateYear, epw_lines: list[str], tmp_path: Path) -> None:
    back = read_epw(save(epw_lines, tmp_path))
    assert back.repairs == ()
    assert back.name == "Shanghai"
    assert (back.latitude, back.longitude, back.altitude) == (31.39, 121.445, 4.0)
    assert back.time_zone == "Asia/Shanghai"
    assert (back.data.index == shanghai.data.index).all()
    for column, slack in {
        "temp_air": 0.005, "temp_dew": 0.005, "relative_humidity": 0.06, "pressure": 0.5, "wind_speed": 0.005,
        "wind_direction": 0.5, "ghi": 0.05, "dni": 0.06, "dhi": 0.11, "longwave_down": 0.05,
        "total_sky_cover": 0.05,
    }.items():  # fmt: skip
        off = np.abs(back.data[column].to_numpy() - shanghai.data[column].to_numpy())
        assert off.max() <= slack + 1e-9, column


def test_writing_twice_gives_the_same_bytes(shanghai: ClimateYear, epw_text: str, tmp_path: Path) -> None:
    path = write_epw(shanghai, tmp_path / "上海.epw")
    assert path.read_text(encoding="utf-8") == epw_text
    again = write_epw(read_epw(path), tmp_path / "again.epw")
    assert again.read_text(encoding="utf-8").splitlines()[HEADER:] == epw_text.splitlines()[HEADER:]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again.epw", "上海.epw"]


def test_pvlib_reads_the_same_numbers(shanghai: ClimateYear, epw_lines: list[str], tmp_path: Path) -> None:
    """pvlib leaves EPW's convention: row k is the end of hour k for states and its mean for irradiance."""
    table, meta = pvlib.iotools.read_epw(save(epw_lines, tmp_path))
    assert (meta["latitude"], meta["longitude"], meta["TZ"], meta["altitude"]) == (31.39, 121.445, 8.0, 4.0)
    assert len(table) == 8760
    for column in ("ghi", "dni", "dhi"):
        np.testing.assert_allclose(table[column], shanghai.data[column], atol=0.11)
    np.testing.assert_allclose(table["temp_air"], np.roll(shanghai.data["temp_air"], -1), atol=0.006)
    np.testing.assert_allclose(
        table["atmospheric_pressure"], np.roll(shanghai.data["pressure"], -1), atol=0.6
    )


def test_states_stand_one_hour_after_the_row_label(epw_lines: list[str], tmp_path: Path) -> None:
    put(epw_lines, 100, "temp_air", "33.33")  # January 5, hour 5: temperature at 05:00
    put(epw_lines, 100, "temp_dew", "1.00")
    year = read_epw(save(epw_lines, tmp_path)).data
    assert year["temp_air"].loc["2025-01-05 05:00+08:00"] == 33.33
    last = float(epw_lines[-1].split(",")[6])
    assert year["temp_air"].iloc[0] == last


def test_impossible_folder_is_refused(shanghai: ClimateYear, tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="cannot be written"):
        write_epw(shanghai, tmp_path / "absent" / "a.epw")


def test_outer_shape_is_forgiven(shanghai: ClimateYear, epw_lines: list[str], tmp_path: Path) -> None:
    """BOM, CRLF, Mac ends, blank and trailing lines, latin-1, short rows, trailing commas."""
    plain = read_epw(save(epw_lines, tmp_path, "plain.epw")).data
    text = "\n".join(epw_lines)
    cases = {
        "bom": ("\ufeff" + text).encode(),
        "crlf": text.replace("\n", "\r\n").encode(),
        "mac": text.replace("\n", "\r").encode(),
        "latin": text.replace("Written by", "Écrit par", 1).encode("latin-1"),
        "blank": (text.replace("\n2025,3,1,1,", "\n\n\n2025,3,1,1,") + "\n\n,,,\n").encode(),
        "commas": "\n".join(epw_lines[:HEADER] + [line + ",,," for line in epw_lines[HEADER:]]).encode(),
        "short": "\n".join(
            epw_lines[:HEADER] + [",".join(line.split(",")[:32]) for line in epw_lines[HEADER:]]
        ).encode(),
    }
    wanted = {
        "bom": "byte-order",
        "mac": "CR",
        "latin": "latin-1",
        "blank": "4 blank lines",
        "short": "8760 rows lack",
    }
    for name, raw in cases.items():
        path = tmp_path / f"{name}.epw"
        path.write_bytes(raw)
        year = read_epw(path)
        pd.testing.assert_frame_equal(year.data, plain)
        assert len(year.repairs) == (1 if name in wanted else 0), (name, year.repairs)
        assert wanted.get(name, "") in "".join(year.repairs)


def test_leap_day_hours_from_zero_and_rotation(epw_lines: list[str], tmp_path: Path) -> None:
    plain = read_epw(save(epw_lines, tmp_path, "plain.epw")).data
    rows = epw_lines[HEADER:]
    end_of_february = 59 * 24
    leap = [
        line.replace("2025,2,28,", "2024,2,29,", 1) for line in rows[end_of_february - 24 : end_of_february]
    ]
    year = read_epw(
        save(
            epw_lines[:HEADER] + rows[:end_of_february] + leap + rows[end_of_february:], tmp_path, "leap.epw"
        )
    )
    assert year.repairs == ("February 29 dropped (24 rows)",)
    pd.testing.assert_frame_equal(year.data, plain)

    def earlier(line: str) -> str:
        fields = line.split(",")
        fields[3] = str(int(fields[3]) - 1)
        return ",".join(fields)

    year = read_epw(save(epw_lines[:HEADER] + [earlier(line) for line in rows], tmp_path, "zero.epw"))
    assert "hours are counted 0-23" in year.repairs[0]
    pd.testing.assert_frame_equal(year.data, plain)
    year = read_epw(save(epw_lines[:HEADER] + rows[4000:] + rows[:4000], tmp_path, "turned.epw"))
    assert "put in order" in year.repairs[0]
    pd.testing.assert_frame_equal(year.data, plain)


def test_hour_written_as_24_00(epw_lines: list[str], tmp_path: Path) -> None:
    put(epw_lines, 23, 3, "24:00")
    assert read_epw(save(epw_lines, tmp_path)).repairs == ()


def test_missing_codes_are_filled_and_named(
    shanghai: ClimateYear, epw_lines: list[str], tmp_path: Path
) -> None:
    for row in range(3000, 3004):
        put(epw_lines, row, "temp_air", "99.9")
    for row in range(5000, 5040):
        put(epw_lines, row, "pressure", "999999")
    put(epw_lines, 4501, "ghi", "9999")
    put(epw_lines, 4525, "dhi", "9999")
    put(epw_lines, 4548, "dni", "11212")
    put(epw_lines, 77, "temp_dew", "99.9")
    put(epw_lines, 78, "wind_direction", "999")
    put(epw_lines, 79, "longwave_down", "9999")
    put(epw_lines, 80, "total_sky_cover", "99")
    put(epw_lines, 81, "wind_speed", "")
    year = read_epw(save(epw_lines, tmp_path))
    named = "\n".join(year.repairs)
    for phrase in (
        "dry bulb missing in 4 hours (longest gap 4 h)",
        "pressure missing in 40 hours (longest gap 40 h)",
        "global irradiance missing in 1 hours: 1 from its components",
        "diffuse irradiance missing in 1 hours: 1 by closure",
        "direct irradiance missing or beyond 9999 in 1 hours",
        "dew point missing in 1 hours: from relative humidity",
        "wind direction missing in 1 hours",
        "sky long-wave missing or impossible in 1 hours",
        "sky cover missing in 1 hours",
        "wind speed missing in 1 hours",
        "1 empty fields",
    ):
        assert phrase in named, phrase
    assert len(year.repairs) == 11
    np.testing.assert_allclose(year.data["ghi"], shanghai.data["ghi"], atol=0.11)
    np.testing.assert_allclose(year.data["dhi"], shanghai.data["dhi"], atol=0.3)
    np.testing.assert_allclose(year.data["dni"], shanghai.data["dni"], atol=0.6)
    np.testing.assert_allclose(year.data["temp_dew"], shanghai.data["temp_dew"], atol=0.05)
    assert np.abs(year.data["temp_air"] - shanghai.data["temp_air"]).max() < 4.0


def test_a_day_without_sun_data_takes_its_clearness_from_its_neighbours(
    shanghai: ClimateYear, epw_lines: list[str], tmp_path: Path
) -> None:
    for row in range(24 * 150, 24 * 151):
        for column in ("ghi", "dni", "dhi"):
            put(epw_lines, row, column, "9999")
    year = read_epw(save(epw_lines, tmp_path))
    named = "\n".join(year.repairs)
    assert "24 from the clearness of the days around" in named
    assert "24 by Erbs" in named
    day = slice(24 * 150, 24 * 151)
    around = shanghai.data["ghi"].iloc[24 * 149 : 24 * 152].to_numpy().reshape(3, 24).sum(axis=1)
    assert around[[0, 2]].min() * 0.9 <= year.data["ghi"].iloc[day].sum() <= around[[0, 2]].max() * 1.1


def test_whole_absent_columns_are_modelled(
    shanghai: ClimateYear, epw_lines: list[str], tmp_path: Path
) -> None:
    codes = {
        "longwave_down": "9999",
        "total_sky_cover": "99",
        "pressure": "999999",
        "dni": "9999",
        "dhi": "9999",
    }
    for row in range(8760):
        for column, code in codes.items():
            put(epw_lines, row, column, code)
    year = read_epw(save(epw_lines, tmp_path))
    assert len(year.repairs) >= 5
    assert year.data["pressure"].unique() == pytest.approx(101277.0, abs=1.0)
    assert year.data["longwave_down"].mean() == pytest.approx(shanghai.data["longwave_down"].mean(), rel=0.03)
    assert year.data["dhi"].sum() == pytest.approx(shanghai.data["dhi"].sum(), rel=0.06)


@pytest.mark.parametrize("late", [0.5, 1.0, -0.5])
def test_a_late_sun_is_found_and_put_right(
    shanghai: ClimateYear, epw_lines: list[str], tmp_path: Path, late: float
) -> None:
    """The sun of the sound year is delayed by `late` hours, as real Chinese files have it."""
    fine = shanghai.at_step(30)
    per_half = round(2 * late)
    for column in ("ghi", "dhi"):
        moved = np.roll(getattr(fine, column), per_half).reshape(-1, 2).mean(axis=1)
        for row in range(8760):
            put(epw_lines, row, column, f"{moved[row]:.2f}")
    year = read_epw(save(epw_lines, tmp_path))
    named = "\n".join(year.repairs)
    assert f"sun {abs(late):g} h {'late' if late > 0 else 'early'}" in named
    assert "components do not close" in named
    starts = epoch_seconds(pd.DatetimeIndex(year.data.index))
    assert solar_offset_h(year.data["ghi"].to_numpy(), starts, year.longitude) == 0.0
    days = year.data["ghi"].to_numpy().reshape(365, 24).sum(axis=1)
    np.testing.assert_allclose(
        days, shanghai.data["ghi"].to_numpy().reshape(365, 24).sum(axis=1), rtol=0.01, atol=5.0
    )
    assert year.data["dni"].sum() == pytest.approx(shanghai.data["dni"].sum(), rel=0.05)
    closure = year.data["ghi"] - year.data["dhi"] - year.data["dni"] * year.sun.cos_zenith
    assert np.abs(closure).max() < 1e-9


def test_wrong_time_zone_is_refused(epw_lines: list[str], tmp_path: Path) -> None:
    epw_lines[0] = epw_lines[0].replace(",121.44500,8.00,", ",21.44500,8.00,")
    with pytest.raises(TwinError, match=r"h away from its time stamps.*LOCATION"):
        read_epw(save(epw_lines, tmp_path))


def test_components_that_do_not_close_are_recomputed(
    shanghai: ClimateYear, epw_lines: list[str], tmp_path: Path
) -> None:
    for row in range(8760):
        put(epw_lines, row, "dni", f"{shanghai.data['dni'].iloc[row] * 0.7:.1f}")
    year = read_epw(save(epw_lines, tmp_path))
    assert "components do not close" in year.repairs[0]
    assert year.data["dni"].sum() == pytest.approx(shanghai.data["dni"].sum(), rel=0.01)


def test_impossible_light_is_removed_and_counted(epw_lines: list[str], tmp_path: Path) -> None:
    put(epw_lines, 2, "ghi", "40")  # 2 o'clock in the night
    put(epw_lines, 26, "ghi", "-3")
    put(epw_lines, 24 * 180 + 6, "ghi", "900")  # shortly after sunrise
    put(epw_lines, 24 * 30 + 11, "dhi", "900")
    year = read_epw(save(epw_lines, tmp_path))
    named = "\n".join(year.repairs)
    assert "irradiance without sun in 1 hours (0.04 kWh/m2)" in named
    assert "1 negative irradiances" in named
    assert "above the extraterrestrial in 1 hours" in named
    assert "diffuse above global in 1 hours" in named
    assert (year.data["ghi"] <= year.sun.ghi_extra + 0.51).all()


def test_humidity_that_contradicts_itself(epw_lines: list[str], tmp_path: Path) -> None:
    for row in range(200):
        put(epw_lines, row, "relative_humidity", "15")
    temp = float(epw_lines[HEADER + 500].split(",")[6])
    put(epw_lines, 500, "temp_dew", f"{temp + 2.0:.2f}")
    named = "\n".join(read_epw(save(epw_lines, tmp_path)).repairs)
    assert "more than 5 points in 201 hours: dew point believed" in named
    assert "dew point above dry bulb in 1 hours (by up to 2.0 K)" in named


def test_invented_humidity_is_called_so(epw_lines: list[str], tmp_path: Path) -> None:
    for row in range(8760):
        temp = float(epw_lines[HEADER + row].split(",")[6])
        put(epw_lines, row, "temp_dew", f"{temp - (3.0, 4.5, 6.0)[row % 3]:.2f}")
    named = "\n".join(read_epw(save(epw_lines, tmp_path)).repairs)
    assert "WARNING dew point is dry bulb minus a fixed 3, 4.5, 6 K in 100%" in named


Damage = Callable[[list[str]], None]


def _ten_years(lines: list[str]) -> None:
    lines[HEADER:] = lines[HEADER:] * 10


def _cut(lines: list[str]) -> None:
    lines[HEADER + 4000] = lines[HEADER + 4000][:40]
    del lines[HEADER + 4001 :]


def _half_hourly(lines: list[str]) -> None:
    lines[7] = lines[7].replace("DATA PERIODS,1,1", "DATA PERIODS,1,2")


def _mostly_missing(lines: list[str]) -> None:
    for row in range(1000):
        put(lines, row * 8, "temp_air", "99.9")


def _long_gap(lines: list[str]) -> None:
    for row in range(300):
        put(lines, 2000 + row, "wind_speed", "999")


REFUSED: dict[str, tuple[Damage, str, int | None]] = {
    "cut in the middle of a row": (_cut, "columns; an EPW row has 35", HEADER + 4001),
    "cut between rows": (
        lambda x: x.__delitem__(slice(HEADER + 4000, None)),
        "4760 hours absent",
        HEADER + 4000,
    ),
    "an hour left out": (lambda x: x.__delitem__(HEADER + 300), "1 hours absent", HEADER + 301),
    "an hour twice": (lambda x: x.insert(HEADER + 301, x[HEADER + 300]), "1 hours twice", HEADER + 302),
    "NaN": (lambda x: put(x, 50, "temp_air", "nan"), "dry bulb temperature is nan", HEADER + 51),
    "text": (lambda x: put(x, 50, "ghi", "sunny"), "global horizontal radiation is 'sunny'", HEADER + 51),
    "85 degrees": (lambda x: put(x, 7, "temp_air", "85"), "dry bulb temperature is 85", HEADER + 8),
    "negative wind": (lambda x: put(x, 7, "wind_speed", "-4"), "wind speed is -4", HEADER + 8),
    "too few columns": (
        lambda x: x.__setitem__(HEADER + 9, x[HEADER + 9].rsplit(",", 12)[0]),
        "23 columns",
        HEADER + 10,
    ),
    "too many columns": (
        lambda x: x.__setitem__(HEADER + 9, x[HEADER + 9] + ",1,2,3"),
        "38 columns",
        HEADER + 10,
    ),
    "month 13": (lambda x: put(x, 60, 1, "13"), "is no time", HEADER + 61),
    "February 30": (lambda x: put(x, 24 * 40, 2, "30"), "is no time", HEADER + 24 * 40 + 1),
    "hour as text": (lambda x: put(x, 60, 3, "noon"), "hour is 'noon'", HEADER + 61),
    "half-hourly": (_half_hourly, "2 records per hour", 8),
    "ten years": (_ten_years, "10.0 years", HEADER + 8785),
    "mostly missing": (_mostly_missing, "missing in 11%", HEADER + 1),
    "a gap of two weeks": (_long_gap, "missing for 300 hours in a row", None),
    "no location": (lambda x: x.__delitem__(0), "LOCATION line is missing", 1),
    "latitude of 131": (
        lambda x: x.__setitem__(0, x[0].replace("31.39", "131.39")),
        "latitude is '131.39000'",
        1,
    ),
    "no header and no data": (
        lambda x: x.__setitem__(slice(None), ["name;value", "a;1"]),
        "not an EPW file",
        1,
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_saved_is_refused_with_its_line(
    case: str, epw_lines: list[str], tmp_path: Path
) -> None:
    damage, reason, line = REFUSED[case]
    damage(epw_lines)
    path = save(epw_lines, tmp_path)
    with pytest.raises(TwinError) as caught:
        read_epw(path)
    assert reason in str(caught.value)
    assert caught.value.file == str(path)
    assert caught.value.remedy
    if line is not None:
        assert caught.value.line == line


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"  \n\n", "empty"),
        (b"PK\x03\x04\x00\x00", "zero bytes"),
        (b"x" * 50_000_001, "50 MB"),
    ],
)
def test_files_that_are_no_text_are_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.epw"
    path.write_bytes(content)
    with pytest.raises(TwinError, match=reason):
        read_epw(path)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="cannot be read"):
        read_epw(tmp_path / "absent.epw")


class Sound:
    """A sound file whose name is short when Hypothesis reports a case."""

    def __init__(self, text: str, folder: Path) -> None:
        self.lines = text.splitlines()
        self.folder = folder

    def __repr__(self) -> str:
        return "a sound file"


@pytest.fixture(scope="module")
def sound(epw_text: str, tmp_path_factory: pytest.TempPathFactory) -> Sound:
    return Sound(epw_text, tmp_path_factory.mktemp("fuzz"))


def year_or_refusal(path: Path) -> ClimateYear | TwinError:
    try:
        return read_epw(path)
    except TwinError as refusal:
        return refusal


@settings(max_examples=40, deadline=None)
@given(
    row=st.integers(0, 8759),
    column=st.integers(0, 34),
    text=st.one_of(
        st.floats(allow_nan=True, allow_infinity=True).map(str),
        st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=8),
    ),
)
def test_any_field_gives_a_year_or_a_named_refusal(row: int, column: int, text: str, sound: Sound) -> None:
    lines = list(sound.lines)
    put(lines, row, column, text)
    path = save(lines, sound.folder)
    year = year_or_refusal(path)
    if isinstance(year, TwinError):
        assert year.file == str(path)
    else:
        assert not year.data.isna().any().any()
        assert np.isfinite(year.data.to_numpy()).all()


def test_every_reference_file_loads_and_names_its_defect(real_files: list[Path]) -> None:
    """Section 5 of the reference statistics: who is late, who does not close, whose humidity is invented."""
    late = {"Hangzhou.584570_CSWD": "1 h late", "SWERA": None}
    for path in real_files:
        year = read_epw(path)
        named = "\n".join(year.repairs)
        wanted = next((value for key, value in late.items() if key in path.name), "0.5 h late")
        assert (wanted is None) == ("late" not in named), path.name
        assert wanted is None or wanted in named
        assert ("components do not close" in named) == (wanted is not None)
        assert ("WARNING dew point" in named) == (path.name == "CHN_SH_Shanghai.583620_CSWD.epw")
        closure = year.data["ghi"] - year.data["dhi"] - year.data["dni"] * year.sun.cos_zenith
        assert np.abs(closure).max() < 1e-9
        assert (year.data["ghi"] <= year.sun.ghi_extra + 0.51).all()
