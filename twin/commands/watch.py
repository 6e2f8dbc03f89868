"""`twin watch`: faults that show in the days of a live twin, and what each costs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.commands.console import table_console, terminal_language
from twin.project import load
from twin.report.style import Language, pick
from weather.errors import TwinError

if TYPE_CHECKING:
    from twin.watch.alarms import Alarm


@dataclass(frozen=True)
class Watched:
    """Alarms of a live folder, and the rate of false ones that the detector is set to."""

    alarms: list[Alarm]
    watched: list[str]
    days: int
    training_days: int
    false_alarms_per_month: float

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        from twin.watch.channels import watch_data
        from twin.watch.detection import detection

        faults = watch_data()["faults"]
        alarms = [
            {
                **asdict(one),
                "day": str(one.day),
                "since": str(one.since),
                "cost_of": faults[one.fault]["cost"]["en"],
            }
            for one in self.alarms
        ]
        return {
            "alarms": alarms,
            "watched": self.watched,
            "days": self.days,
            "training_days": self.training_days,
            "false_alarms_per_month": self.false_alarms_per_month,
            "measured": detection(),
        }

    def show(self) -> None:
        """Alarms in the language of the terminal."""
        from twin.watch.channels import watch_data
        from twin.watch.detection import detection

        language, console = terminal_language(), table_console()
        false = detection()["false_alarms"]
        low, high = false["interval_90"]
        halls = detection()["halls"] + detection()["long_halls"]
        console.print(
            pick(
                language,
                f"共 {self.days} 天，前 {self.training_days} 天视为正常；设计误报率每月 "
                f"{self.false_alarms_per_month:g} 次（全部通道合计），{halls} 栋抽样建筑上实测每月 "
                f"{false['per_month']:g} 次（90 % 区间 {low:g}–{high:g}）",
                f"{self.days} days, of which the first {self.training_days} are taken as sound; set to "
                f"{self.false_alarms_per_month:g} false alarms a month, all channels together; measured on "
                f"{halls} drawn halls {false['per_month']:g} a month (90 % interval {low:g} to {high:g})",
            ),
            soft_wrap=True,
        )
        for one in self.alarms:
            console.print(_line(one, language), markup=False, soft_wrap=True)
        if not self.watched:
            said = pick(
                language, "天数或测点不足，尚未监视", "not watched yet: too few days, or too few points"
            )
        else:
            channels = watch_data()["channels"]
            names = pick(language, "、", ", ").join(channels[name][language] for name in self.watched)
            said = pick(language, f"监视的量：{names}", f"watched: {names}")
        console.print(said, markup=False, soft_wrap=True)
        if self.watched and not self.alarms:
            console.print(pick(language, "无报警", "no alarm"))


def _line(alarm: Alarm, language: Language) -> str:
    """An alarm, what it costs, and of what it may be a sign."""
    from twin.watch.channels import watch_data

    data = watch_data()
    fault, channel = data["faults"][alarm.fault], data["channels"][alarm.channel]
    moved = f"{channel[language]} {alarm.usual:.3f} → {alarm.now:.3f}"
    of = fault["cost"][language]
    known = alarm.cost_cny is not None
    cost = f"{alarm.cost_cny:.2f} CNY/d" if known else pick(language, "费用未知", "cost not known")
    after = data["faults"][alarm.after][language] if alarm.after else ""
    sign = pick(language, f"；可能是“{after}”的表现", f"; may be a sign of: {after}") if after else ""
    return pick(
        language,
        f"{alarm.day}  {fault['zh']}（{moved}，始于 {alarm.since}）  {cost}（{of}）{sign}",
        f"{alarm.day}  {fault['en']} ({moved}, since {alarm.since})  {cost} ({of}){sign}",
    )


def watch_folder(project: Path, folder: Path) -> Watched:
    """Look at a folder of `twin live`.

    Raises
    ------
    TwinError
        No such folder, or a project that cannot be read.
    """
    import pandas as pd

    from twin.market.tariff import load_tariff, prices
    from twin.watch.alarms import alarms_of, watched
    from twin.watch.channels import days_of, detector
    from twin.watch.costs import priced

    loaded = load(project)
    files = sorted((folder / "days").glob("*.parquet"))
    if not files or not (folder / "live.json").is_file():
        raise TwinError(
            "there are no whole days of a live twin.",
            "Give the folder that `twin live` wrote (--out), with at least one whole day.",
            file=folder,
            zh=("没有在线孪生的完整日。", "请给出 `twin live` 写出的文件夹（--out），至少含一整天。"),
        )
    estimates = pd.concat([pd.read_parquet(path) for path in files])
    if "cooling_kw expected" not in estimates:
        raise TwinError(
            "the folder was written by an earlier version, without what the watch looks at.",
            "Follow the readings again into another folder.",
            file=folder,
            zh=("该文件夹由旧版本写出，缺少故障发现所需的列。", "请在另一个文件夹中重新跟随读数。"),
        )
    zone = loaded.climate.time_zone
    days = days_of(estimates, zone)
    hours = pd.date_range(
        pd.DatetimeIndex(estimates.index)[0].tz_convert(zone).normalize(),
        pd.DatetimeIndex(estimates.index)[-1].tz_convert(zone).ceil("h"), freq="h",
    )  # fmt: skip
    hourly = prices(load_tariff(loaded.project.tariff), hours).price
    price = pd.Series(hourly, index=hours.tz_convert("UTC")).reindex(estimates.index, method="ffill")
    alarms = priced(alarms_of(days), estimates, zone, price)
    training = int(detector("settling_days") + detector("training_days"))
    return Watched(alarms, watched(days), len(days.values), training, detector("false_alarms_per_month"))
