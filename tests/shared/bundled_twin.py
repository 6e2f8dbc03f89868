"""Make what pages of the twin open with: a calibration, weeks of a live twin, a forecast (`make examples`).

The building is invented, and so are its meters. Of the calibration and the forecast the truth has hidden
parameters and EnergyPlus for its zones; of the live twin it is the fast engine with the same parameters, at
15 min, with a PV string that fails, sensors that err as `twin.live` says and one that falls silent.
Tables are bundled in few digits, days of the live twin as means of hours. Takes some minutes and EnergyPlus;
`tests/twin/test_bundled_twin.py` finds what has become stale.
"""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from buildings.description.faults import Fault
from buildings.description.schema import Project
from buildings.thermal.layout import OUT_HUMIDITY, OUT_TEMP
from twin.calibration.reading import FACTS, HOURLY_FILE, PAGE
from twin.calibration.simulated import Shared, hourly, sizes_of, variant
from twin.calibration.stored import PROJECT
from twin.clock import march
from twin.commands.calibrate import calibrate_project
from twin.commands.forecast import forecast_project
from twin.energyplus_run import energyplus_run
from twin.live.figures import sensors
from twin.live.following import Following, Settings
from twin.plant import prepare
from twin.power_columns import BATTERY_SOC, GRID_EXPORT, GRID_IMPORT, HVAC, PV
from twin.project import Loaded, load
from weather.psychrometrics import relative_humidity

NAME = "small_office"
FOLDER = Path(str(files("twin") / "examples" / "twins")) / NAME
HIDDEN = {
    "infiltration": 1.5, "equipment_power": 1.35, "lighting_power": 0.9, "night_load": 0.15, "fresh_air": 0.8,
    "cooling_setpoint": -0.8, "cooling_cop": 0.85, "pv_yield": 0.94,
}  # fmt: skip
"""Parameters of the building as it is, about its description."""
START, DAYS, MINUTES, MEMBERS = "2025-05-19", 40, 15, 40
LOST, SILENT = "2025-06-20 12:00", "2025-06-27 09:00"
"""A PV string fails; a sensor falls silent."""
LOST_SHARE, MISSING = 0.25, 0.1
AT = "2025-08-05T06:00"
PACKED: dict[str, Any] = {"compression": "brotli", "compression_level": 11}
MAPPING = """# Invented meters of the small office, for a first try:
#   twin calibrate small_office.yaml small_office/meters.yaml
# Zones by EnergyPlus with hidden parameters, noise, gaps, a stuck meter, a spike and a row twice.
schema: 1
zone: Asia/Shanghai
connection: 100 kW
meters:
  - file: meters.csv
    time: {column: time}
    readings:
      - {column: net, point: net_import_kw, unit: kW}
      - {column: cool, point: cooling_kw, unit: kW}
"""
TRUTH = {
    "calibration": (
        "计量为虚构：真值由 EnergyPlus 计算热区，取隐藏参数，并加入噪声、缺测与卡住的读数。",
        "Meters are invented: of the truth EnergyPlus computed the zones, with hidden parameters; noise, "
        "gaps and a stuck meter were added.",
    ),
    "live": (
        "读数为虚构：真值为快速引擎取隐藏参数，6 月 20 日起四分之一光伏组串故障，6 月 27 日起一个室温传感器"
        "无数据；随包数据为逐小时均值。",
        "Readings are invented: the truth is the fast engine with hidden parameters, a quarter of the PV "
        "lost from 20 June on, a room's sensor silent from 27 June on; bundled are means of hours.",
    ),
    "forecast": (
        "计量为虚构，真值同校准示例（EnergyPlus 热区，隐藏参数）；天气预报按公开检验统计模拟。",
        "Meters are invented, of the same truth as the calibration (zones by EnergyPlus, hidden parameters); "
        "the weather forecast errs as published ones do.",
    ),
}
"""What each example says of its truth."""
METERS = ("meters.csv", "meters.yaml")


def as_it_is(loaded: Loaded, minutes: float) -> Project:
    """The project with its hidden parameters."""
    project = hourly(loaded.project)
    shared = Shared(project, loaded.climate, sizes_of(project, loaded.climate), ())
    return variant(shared, HIDDEN).model_copy(update={"timestep": minutes})


def write_meters(loaded: Loaded, folder: Path) -> Path:
    """A year of two meters as a logger writes them; returns the mapping."""
    run, _ = energyplus_run(prepare(as_it_is(loaded, 60.0), loaded.climate))
    series = next(iter(run.series.values()))
    power = pd.DataFrame(
        {"net": series["grid_import_kw"] - series["grid_export_kw"], "cool": series["cooling_kw"]}
    ).tz_localize(None)
    rng = np.random.default_rng(7)
    days = 1.0 + 0.04 * np.repeat(rng.normal(size=365), 24)
    scatter = days[:, None] + 0.02 * rng.normal(size=power.shape)
    read = (power * scatter).round(2)
    read.iloc[2100:2160] = np.nan
    read.iloc[5000:5036, 0] = np.nan
    read.iloc[4700:4730, 1] = read.iloc[4700, 1] + 1.0
    read.iloc[4321, 0] = 9999.0
    rows = read.rename_axis("time").reset_index()
    rows = pd.concat([rows.iloc[:700], rows.iloc[699:]])
    rows.to_csv(folder / "meters.csv", index=False, date_format="%Y-%m-%d %H:%M")
    (folder / "meters.yaml").write_text(MAPPING, "utf-8")
    return folder / "meters.yaml"


def readings(loaded: Loaded) -> pd.DataFrame:
    """What sensors said of the building as it is, by the starts of steps in UTC."""
    fault = Fault(of="pv_string", size=LOST_SHARE, start=LOST, duration=24.0 * 30)
    project = as_it_is(loaded, float(MINUTES)).model_copy(update={"faults": (fault,)})
    plant = prepare(project, loaded.climate)
    outcome = march(plant)
    own, pressure = outcome.buildings[:, 0], float(np.mean(plant.weather.pressure))
    told: dict[str, Any] = {}
    for zone, (g, z, lane) in plant.place(0).items():
        temp = outcome.zones[:, OUT_TEMP, g, z, lane]
        told[f"{zone}/temp_air_c"] = temp
        humidity = outcome.zones[:, OUT_HUMIDITY, g, z, lane]
        if zone.endswith("core"):
            told[f"{zone}/relative_humidity_pct"] = relative_humidity(temp, humidity, pressure)
    told |= {
        "net_import_kw": own[:, GRID_IMPORT] - own[:, GRID_EXPORT],
        "pv_kw": own[:, PV],
        "hvac_kw": own[:, HVAC],
        "battery_soc": own[:, BATTERY_SOC],
        "temp_air": plant.weather.temp_air[:-1],
        "ghi": plant.weather.ghi,
    }
    first = pd.Timestamp(START, tz=loaded.climate.time_zone)
    table = pd.DataFrame(told, index=plant.weather.times)
    table = table[(table.index >= first) & (table.index < first + pd.Timedelta(days=DAYS))]
    rng = np.random.default_rng(11)
    for point in table:
        one = {**sensors("zone"), **sensors("building"), **sensors("weather")}[str(point).split("/")[-1]]
        sd = np.hypot(one.sd, one.share * table[point])
        table[point] += sd * rng.standard_normal(len(table))
    table = table.mask(rng.random(table.shape) < MISSING)
    south = next(column for column in table if column.endswith("south/temp_air_c"))
    table.loc[table.index >= pd.Timestamp(SILENT, tz=loaded.climate.time_zone), south] = np.nan
    return table.tz_convert("UTC")


def few_digits(table: pd.DataFrame, digits: int = 4) -> pd.DataFrame:
    """Figures of so many digits, as float32: they compress well."""
    found = table.copy()
    for name in found.select_dtypes("float"):
        values = found[name].to_numpy(float)
        size = np.floor(np.log10(np.maximum(np.abs(np.nan_to_num(values)), 1e-6)))
        scale = 10.0 ** (digits - 1 - np.clip(size, -3, 6))
        found[name] = (np.round(values * scale) / scale).astype(np.float32)
    return found


def _small(path: Path, target: Path, digits: int = 4) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    few_digits(pd.read_parquet(path), digits).to_parquet(target, index=False, **PACKED)


def calibration(project: Path, mapping: Path, work: Path, out: Path) -> None:
    """Calibrate, and keep all but the page."""
    calibrate_project(
        project, mapping, out=work / "calibration", hold_out=None, package=("windows_low_e", "led"),
        least_squares=False, hours_of_use=False,
        weather=None, scheduler=None, seed=1, progress=lambda stage, share: None,
    )  # fmt: skip
    out.mkdir(parents=True)
    for path in sorted((work / "calibration").iterdir()):
        if path.name == FACTS:
            (out / FACTS).write_text(
                json.dumps(json.loads(path.read_text("utf-8")), ensure_ascii=False), "utf-8"
            )
        elif path.name not in (PAGE, HOURLY_FILE):
            shutil.copy(path, out / path.name)
    _small(work / "calibration" / HOURLY_FILE, out / HOURLY_FILE, 3)


def live(calibrated: Path, described: Loaded, work: Path, out: Path) -> None:
    """Follow the building by its calibrated project, and keep days as means of hours."""
    read = readings(described)
    settings = Settings(START, MEMBERS, MINUTES, 1, tuple(map(str, read.columns)))
    following = Following(load(calibrated), work / "live", settings)
    following.follow(read)
    hours = following.estimates().resample("1h").mean().rename_axis("time")
    (out / "days").mkdir(parents=True)
    digits = {name: 2 if "±" in name else 4 if "temp_air" in name else 3 for name in map(str, hours)}
    parts = [few_digits(hours[[n for n in digits if digits[n] == count]], count) for count in (2, 3, 4)]
    small = pd.concat(parts, axis=1)
    small[hours.columns].to_parquet(out / "days" / f"{START}.parquet", **PACKED)
    for name in ("live.json", "told.json"):
        shutil.copy(work / "live" / name, out / name)


def forecast(calibrated: Path, mapping: Path, work: Path, out: Path) -> None:
    """Forecast two days, scored on six days before."""
    forecast_project(
        calibrated, at=AT, hours=48, members=40, seed=1, ahead=None, meters=mapping, trials=6,
        out=work / "forecast", page=None, weather=None, progress=lambda share: None,
    )  # fmt: skip
    out.mkdir(parents=True)
    for path in sorted((work / "forecast").iterdir()):
        if path.suffix == ".parquet":
            _small(path, out / path.name)
    shutil.copy(work / "forecast" / "summary.json", out / "summary.json")


def main() -> None:
    """Write all three, and the meters, where the package keeps its examples."""
    project = FOLDER.with_suffix(".yaml")
    shutil.rmtree(FOLDER, ignore_errors=True)
    with TemporaryDirectory() as folder:
        work = Path(folder)
        loaded = load(project)
        mapping = write_meters(loaded, work)
        calibration(project, mapping, work, FOLDER / "calibration")
        live(FOLDER / "calibration" / PROJECT, loaded, work, FOLDER / "live")
        forecast(FOLDER / "calibration" / PROJECT, mapping, work, FOLDER / "forecast")
        for name in METERS:
            shutil.copy(work / name, FOLDER / name)
    for name, (zh, en) in TRUTH.items():
        content = json.dumps({"zh": zh, "en": en}, ensure_ascii=False, indent=1)
        (FOLDER / name / "truth.json").write_text(content + "\n", "utf-8")


if __name__ == "__main__":
    main()
