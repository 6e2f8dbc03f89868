"""How a channel of the watch went: its days, the sums over them, and the limit at which it tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from twin.live.stored import StoredLive
from twin.market.tariff import load_tariff, prices
from twin.report.style import INK, Language, finish, panel_titles_left, pick
from twin.watch.alarms import Alarm, alarms_of, limit_of, standard_channel
from twin.watch.channels import Days, days_of, detector, watch_data
from twin.watch.costs import priced
from twin.watch.cusum import sums

Floats = NDArray[np.float64]
_TARIFF = "shanghai_two_part_10kv"
"""Of folders that do not tell theirs."""
_BLUE, _RED, _GREY = "#2E86DE", "#D1495B", "#8D99AE"


@dataclass(frozen=True)
class WatchedLive:
    """A live twin under watch.

    Attributes
    ----------
    alarms : tuple of Alarm
    told : Days
        Figures of whole days.
    training : int
        First days, in which it settles or which are taken as sound.
    per_month : float
        False alarms that the detector is set to, all channels together.
    price : float
        Mean of the tariff's year [CNY/kWh].
    tariff : str
    """

    alarms: tuple[Alarm, ...]
    told: Days
    training: int
    per_month: float
    price: float
    tariff: str

    @property
    def days(self) -> pd.DataFrame:
        """Figures of whole days, (days, channels)."""
        return self.told.values


@dataclass(frozen=True)
class Course:
    """A channel over its days; arrays of shape (days,), nought in training.

    Attributes
    ----------
    values : ndarray
    usual : float
        Median of the days of training.
    up, down : ndarray
        Sums of standardised days.
    limit : float
        At which a sum tells.
    """

    values: Floats
    usual: float
    up: Floats
    down: Floats
    limit: float


def watched(live: StoredLive) -> WatchedLive:
    """Alarms of a live folder by its whole days, priced by the tariff of its project."""
    needed = {name for name in live.columns if not name.endswith(" read")}
    estimates = live.estimates(needed)
    tariff = str(live.facts.get("tariff", _TARIFF))
    none = pd.DataFrame()
    told, alarms, price = Days(none, none), [], float("nan")
    if len(estimates):
        index = pd.DatetimeIndex(estimates.index)
        hours = pd.date_range(
            index[0].tz_convert(live.zone).normalize(), index[-1].tz_convert(live.zone).ceil("h"), freq="h"
        )
        hourly = pd.Series(prices(load_tariff(tariff), hours).price, index=hours.tz_convert("UTC"))
        price, told = float(hourly.mean()), days_of(estimates, live.zone)
        at_steps = hourly.reindex(index, method="ffill")
        alarms = priced(alarms_of(told), estimates, live.zone, at_steps) if len(told.values) else []
    training = int(detector("settling_days") + detector("training_days"))
    return WatchedLive(tuple(alarms), told, training, detector("false_alarms_per_month"), price, tariff)


def course_of(days: Days, name: str) -> Course:
    """A channel of `days_of`, as `alarms_of` judges it."""
    values, far = days.values[name].to_numpy(float), detector("farthest")
    first = int(detector("settling_days"))
    sound = first + int(detector("training_days"))
    known = values[first:sound]
    usual = float(np.nanmedian(known)) if np.isfinite(known).any() else float("nan")
    standard = np.clip(standard_channel(days, name)[sound:], -far, far)
    up, down = sums(standard, detector("allowance"))
    before = np.zeros(min(sound, len(values)))
    return Course(values, usual, np.concatenate([before, up]), np.concatenate([before, down]), limit_of(days))


def course_figure(found: WatchedLive, name: str, language: Language) -> go.Figure:
    """A channel's days above, its sums against the limit below."""
    one, channel = course_of(found.told, name), watch_data()["channels"][name]
    index = pd.DatetimeIndex(pd.to_datetime(pd.Index(found.days.index)))
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.16,
        subplot_titles=[
            f"{pick(language, '日均值', 'mean of the day')}, {unit_of(name, language)}",
            pick(language, "标准化日值的累积和（CUSUM）", "cumulative sums of standardised days (CUSUM)"),
        ],
    )  # fmt: skip
    figure.add_scatter(x=index, y=as_read(name, one.values), mode="lines+markers",
                       line={"color": INK, "width": 1.3}, name=pick(language, "日均值", "day"),
                       row=1, col=1)  # fmt: skip
    figure.add_scatter(x=index, y=as_read(name, np.full(len(index), one.usual)), mode="lines",
                       line={"color": _GREY, "dash": "dot"}, name=pick(language, "训练期中位数", "usual"),
                       row=1, col=1)  # fmt: skip
    for way, values, colour, words in (
        ("up", one.up, _RED, ("上偏", "upwards")), ("down", one.down, _BLUE, ("下偏", "downwards")),
    ):  # fmt: skip
        if way in channel:
            figure.add_scatter(x=index, y=values, mode="lines+markers", line={"color": colour},
                               marker={"size": 4}, name=pick(language, *words), row=2, col=1)  # fmt: skip
    figure.add_scatter(x=index, y=np.full(len(index), one.limit), mode="lines",
                       line={"color": _RED, "dash": "dash", "width": 1.2},
                       name=pick(language, "报警限", "limit"), row=2, col=1)  # fmt: skip
    if found.training and len(index) >= found.training:
        figure.add_vrect(x0=index[0], x1=index[found.training - 1], fillcolor="#F2B134", opacity=0.14,
                         line_width=0, layer="below")  # fmt: skip
    for alarm in found.alarms:
        if alarm.channel == name:
            figure.add_vline(x=pd.Timestamp(alarm.day), line={"color": _RED, "width": 1.4})
    panel_titles_left(figure)
    note = pick(
        language,
        f"黄底：训练期 {found.training} 天，视为正常。红竖线：报警日。限值使全部通道合计每月误报 "
        f"{found.per_month:g} 次（Siegmund 近似）。",
        f"On yellow: {found.training} days of training, taken as sound. Red line: the day of the alarm. The "
        f"limit gives {found.per_month:g} false alarms a month, all channels together (Siegmund).",
    )
    return finish(figure, title=channel[language], note=note, language=language, height=380, headroom=20)


def as_read(name: str, values: Floats) -> Floats:
    """Figures of a channel as people read them: shares as factors, logarithms as what they are of."""
    of = watch_data()["channels"][name]["of"]
    return 1.0 + values if of == "share" else np.exp(values) if of == "log" else np.asarray(values)


def unit_of(name: str, language: Language) -> str:
    """What `as_read` gives."""
    of = watch_data()["channels"][name]["of"]
    if of == "log":
        return "kWh"
    return pick(language, "倍数", "factor") if of == "share" else ""
