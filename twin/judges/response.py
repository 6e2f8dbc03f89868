"""A demand-response call in a Run: settled at the meter, and measured against the march without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.judges.verdict import Verdict, hold
from twin.market.assumption import Assumption
from twin.market.days import DayCalendar
from twin.market.demand_response import Settlement, settle
from twin.market.event import Call
from twin.market.products import load_programme
from weather.errors import TwinError

_RULES = {
    "rule_one": ("响应有效性（规则一）", "Response counts under rule one"),
    "rule_two": ("响应有效性（规则二）", "Response counts under rule two"),
}


def call_of(event: Mapping[str, Any]) -> Call:
    """Read a call from a manifest's `event`.

    Parameters
    ----------
    event : mapping
        `kind`, `start` and `end` (ISO with offset), `committed_kw`, and optionally `notice_at`, from which
        the notice class follows, or else `notice`, a class.
    """
    try:
        start, end = pd.Timestamp(event["start"]), pd.Timestamp(event["end"])
        notice_at = None if event.get("notice_at") is None else pd.Timestamp(event["notice_at"])
        kind, committed = event["kind"], float(event["committed_kw"])
    except (KeyError, TypeError, ValueError) as error:
        raise TwinError(
            f"the call in the manifest cannot be read ({error!r}).",
            "It needs kind, start, end and committed_kw.",
            key="event",
        ) from error
    if any(t is not None and t.tzinfo is None for t in (start, end, notice_at)):
        raise TwinError(
            "the call has no time zone.", "Give start, end and notice with their offset.", key="event.start"
        )
    if notice_at is None:
        return Call(kind, start, end, committed, str(event.get("notice", "day_ahead")))
    ahead = (start - notice_at) / pd.Timedelta(minutes=1)
    return Call(kind, start, end, committed, load_programme().notice_class(ahead), notice_at)


def net_import_kw(series: pd.DataFrame) -> NDArray[np.float64]:
    """Import minus export at the meter, kW, shape (n,)."""
    return np.asarray(
        series["grid_import_kw"].to_numpy(float) - series["grid_export_kw"].to_numpy(float), dtype=float
    )


def response(
    series: pd.DataFrame,
    event: Mapping[str, Any],
    *,
    reference: pd.DataFrame | None = None,
    calendar: DayCalendar | None = None,
) -> tuple[dict[str, Any], tuple[Verdict, ...], tuple[Assumption, ...]]:
    """Judge the call of a march.

    Parameters
    ----------
    series : DataFrame, shape (n, variables)
        March with the call.
    event : mapping
        See `call_of`.
    reference : DataFrame, shape (n, variables), optional
        The same building marched without the call, on the same stamps.
    calendar : DayCalendar, optional

    Returns
    -------
    figures : dict
    verdicts : tuple of Verdict
    assumptions : tuple of Assumption
    """
    times = series.index
    assert isinstance(times, pd.DatetimeIndex)
    if reference is not None and not times.equals(pd.DatetimeIndex(reference.index)):
        raise TwinError(
            "the march with the call and the one without it are on different time stamps.",
            "Compare two marches of the same year and step.",
            key="event",
        )
    settled = settle(
        net_import_kw(series),
        times,
        call_of(event),
        calendar=calendar,
        reference_kw=None if reference is None else net_import_kw(reference),
    )
    verdicts = tuple(_rule_verdict(settled, rule) for rule in settled.rules)
    return settled.as_dict(), verdicts, settled.assumptions


_CHECKS_ZH = {
    "baseline maximum - event maximum, kW": "基线最大值 − 响应时段最大值，kW",
    "baseline mean - event mean, kW": "基线均值 − 响应时段均值，kW",
    "event minimum - baseline minimum, kW": "响应时段最小值 − 基线最小值，kW",
    "event mean - baseline mean, kW": "响应时段均值 − 基线均值，kW",
    "response rate": "响应率",
    "effective duration, min": "有效时长，min",
}


def _rule_verdict(settled: Settlement, rule: str) -> Verdict:
    facts = load_programme().facts["validity.rate"]
    counts = settled.valid(rule)
    failed = [check.what for check in settled.rules[rule] if not check.met]
    zh, en = _RULES[rule]
    return hold(
        f"demand_response.{rule}",
        zh,
        en,
        None if counts is None else float(counts),
        ">=",
        1.0,
        unit="-",
        source=f"{facts['source']}; baseline rule not verified",
        source_zh=f"{facts['source_zh']}；基线规则未经核实",
        confidence="assumed",  # the baseline under it is not verified, whatever the rule is
        note="the rule has no case for this kind of call" if counts is None else "; ".join(failed),
        note_zh="该规则不含此类邀约"
        if counts is None
        else "；".join(_CHECKS_ZH.get(one, one) for one in failed),
    )
