"""`twin watch`: faults that show in the days of a live twin, and what each costs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.commands.console import table_console, terminal_language
from twin.project import load
from twin.report.style import pick
from weather.errors import TwinError

if TYPE_CHECKING:
    from twin.watch.alarms import Alarm


@dataclass(frozen=True)
class Watched:
    """Alarms of a live folder, and the rate of false ones that the detector is set to."""

    alarms: list[Alarm]
    days: int
    training_days: int
    false_alarms_per_month: float
    price: float

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        alarms = [{**asdict(one), "day": str(one.day), "since": str(one.since)} for one in self.alarms]
        return {
            "alarms": alarms,
            "days": self.days,
            "training_days": self.training_days,
            "false_alarms_per_month": self.false_alarms_per_month,
            "price_cny_per_kwh": self.price,
        }

    def show(self) -> None:
        """Alarms in the language of the terminal."""
        from twin.watch.alarms import watch_data

        language, console, data = terminal_language(), table_console(), watch_data()
        console.print(
            pick(
                language,
                f"共 {self.days} 天，前 {self.training_days} 天视为正常；设计误报率每月 "
                f"{self.false_alarms_per_month:g} 次（全部通道合计）",
                f"{self.days} days, of which the first {self.training_days} are taken as sound; set to "
                f"{self.false_alarms_per_month:g} false alarms a month, all channels together",
            ),
            soft_wrap=True,
        )
        for one in self.alarms:
            fault, channel = data["faults"][one.fault], data["channels"][one.channel]
            unknown = pick(language, "费用未知", "cost not known")
            cost = f"{one.cost_cny:.0f} CNY/d" if one.cost_cny is not None else unknown
            line = f"{one.day}  {fault[language]}（{channel[language]} {one.usual:.3f} → {one.now:.3f}"
            since = pick(language, f"，始于 {one.since}", f", since {one.since}")
            console.print(f"{line}{since}）  {cost}", markup=False, soft_wrap=True)
        if not self.alarms:
            console.print(pick(language, "无报警", "no alarm"))


def watch_folder(project: Path, folder: Path) -> Watched:
    """Look at a folder of `twin live`.

    Raises
    ------
    TwinError
        No such folder, or a project that cannot be read.
    """
    import pandas as pd

    from twin.market.tariff import load_tariff, prices
    from twin.watch.alarms import alarms_of, days_of, detector, priced

    loaded = load(project)
    files = sorted((folder / "days").glob("*.parquet"))
    if not files or not (folder / "live.json").is_file():
        raise TwinError(
            "there are no whole days of a live twin.",
            "Give the folder that `twin live` wrote (--out), with at least one whole day.",
            file=folder,
            zh=("没有在线孪生的完整日。", "请给出 `twin live` 写出的文件夹（--out），至少含一整天。"),
        )
    wanted = json.loads((folder / "live.json").read_text("utf-8"))
    estimates = pd.concat([pd.read_parquet(path) for path in files])
    zone = loaded.climate.time_zone
    days = days_of(estimates, zone)
    hours = pd.date_range(wanted["start"], periods=8760, freq="h", tz=zone)
    price = float(prices(load_tariff(loaded.project.tariff), hours).price.mean())
    alarms = priced(alarms_of(days), estimates, zone, price)
    rate, training = detector("false_alarms_per_month"), int(detector("training_days"))
    return Watched(alarms, len(days), training, rate, price)
