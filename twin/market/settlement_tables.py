"""Tables of a settlement by participant, aggregator and event, with columns in Chinese or English."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.market.products import Programme, load_programme
from twin.market.settlement import EventSettlement, Outcome
from twin.market.validity import RULES, responses

Language = Literal["zh", "en"]

COLUMNS: dict[str, tuple[str, str]] = {
    "event": ("事件", "Event"),
    "direction": ("方向", "Direction"),
    "notice": ("通知类别", "Notice"),
    "participant": ("参与用户", "Participant"),
    "aggregator": ("聚合商", "Aggregator"),
    "participants": ("确认参与户数", "Participants"),
    "settled": ("结算户数", "Settled"),
    "paid": ("获付户数", "Paid"),
    "committed_kw": ("确认响应容量 (kW)", "Confirmed capacity (kW)"),
    "baseline_kw": ("基线均值 (kW)", "Baseline mean (kW)"),
    "actual_kw": ("实际均值 (kW)", "Actual mean (kW)"),
    "delivered_kw": ("平均响应 (kW)", "Mean response (kW)"),
    "response_rate": ("响应率 (-)", "Response rate (-)"),
    "effective_minutes": ("有效时长 (min)", "Effective duration (min)"),
    "rule_one": ("规则一", "Rule one"),
    "rule_two": ("规则二", "Rule two"),
    "reaches_minimum": ("达到最低容量", "Reaches the least capacity"),
    "price_cny_kwh": ("单价 (元/kWh)", "Price (CNY/kWh)"),
    "paid_kwh": ("有效电量 (kWh)", "Paid energy (kWh)"),
    "pay_cny": ("补偿 (元)", "Pay (CNY)"),
    "aggregator_cny": ("聚合商所得 (元)", "Aggregator's share (CNY)"),
    "participant_cny": ("用户所得 (元)", "Participant's share (CNY)"),
    "rounding_cny": ("舍入差 (元)", "Rounding (CNY)"),
    "outcome": ("结果", "Outcome"),
}

OUTCOMES: dict[Outcome, tuple[str, str]] = {
    Outcome.PAID: ("获付", "paid"),
    Outcome.RULE_NOT_MET: ("响应无效", "response not valid"),
    Outcome.BELOW_BAND: ("低于付费下限", "below the paid band"),
    Outcome.NO_COMMITMENT: ("未参与", "did not take part"),
    Outcome.BELOW_MINIMUM: ("低于最低容量", "below the least capacity"),
    Outcome.OUTAGE: ("计划停电", "planned outage"),
    Outcome.GAP_IN_EVENT: ("响应时段缺数", "meter silent in the event"),
    Outcome.TOO_FEW_DAYS: ("合格样本日不足", "too few eligible days"),
    Outcome.GAP_BEFORE_EVENT: ("修正时段缺数", "meter silent in the hours of the adjustment"),
    Outcome.NO_CASE: ("规则不含此类事件", "the rule has no case for the event"),
}


def participant_table(settlements: Sequence[EventSettlement]) -> pd.DataFrame:
    """A row for each event and participant.

    Parameters
    ----------
    settlements : sequence of EventSettlement

    Returns
    -------
    DataFrame
        Keys of `COLUMNS` as columns; means over the hours of the event, NaN for who is not settled. Money and
        paid energy are Decimal to the fen and to the Wh, so that sums are exact. `outcome` is the key of an
        `Outcome`; a rule without a case for the event is None.
    """
    return pd.concat([_participants(one) for one in settlements], ignore_index=True)


def _participants(one: EventSettlement) -> pd.DataFrame:
    has, found = one.settled, one.responses
    keys = np.array([o.name.lower() for o in Outcome], dtype=object)
    table: dict[str, Any] = {
        "event": one.event.start.isoformat(),
        "direction": one.event.kind,
        "participant": np.array(one.participants, dtype=object),
        "aggregator": np.array(one.aggregators, dtype=object),
        "committed_kw": one.committed_kw,
        "baseline_kw": np.where(has, one.baseline_kw.mean(axis=1), np.nan),
        "actual_kw": np.where(has, one.actual_kw.mean(axis=1), np.nan),
        "delivered_kw": np.where(has, found.mean_kw, np.nan),
        "response_rate": np.where(has, found.rate, np.nan),
        "effective_minutes": np.where(has, found.effective_minutes, np.nan),
    }
    for rule in RULES:
        valid = found.valid(rule)
        none = np.full(len(has), None, dtype=object)
        table[rule] = none if valid is None else np.where(has, valid.astype(object), none)
    table["paid_kwh"] = _decimals(one.paid_wh, 3)
    table["pay_cny"] = _decimals(one.pay_fen, 2)
    table["aggregator_cny"] = _decimals(one.aggregator_fen, 2)
    table["participant_cny"] = _decimals(one.participant_fen, 2)
    table["outcome"] = keys[one.outcome]
    return pd.DataFrame(table)


def aggregator_table(
    settlements: Sequence[EventSettlement], programme: Programme | None = None
) -> pd.DataFrame:
    """A row for each event and aggregator; the empty name holds who takes part on its own.

    Parameters
    ----------
    settlements : sequence of EventSettlement
    programme : Programme, optional
        Default Shanghai's.

    Returns
    -------
    DataFrame
        Keys of `COLUMNS`. Baseline, actual and response are sums of the settled participants, the confirmed
        capacity that of all who took part, so that a silent meter lowers the response rate. Both rules are
        held against these sums for information: pay is the sum of the participants' pay. `reaches_minimum`
        tells whether the capacity reaches the least one, None where it is not known or for who is alone.
    """
    programme = programme or load_programme()
    return pd.concat([_aggregators(one, programme) for one in settlements], ignore_index=True)


def _aggregators(one: EventSettlement, programme: Programme) -> pd.DataFrame:
    names, place = np.unique(np.array(one.aggregators, dtype=str), return_inverse=True)
    part, has = one.committed_kw > 0.0, one.settled
    width = one.baseline_kw.shape[1]

    def summed(values: NDArray[Any], dtype: type) -> NDArray[Any]:
        total = np.zeros((len(names), *values.shape[1:]), dtype=dtype)
        np.add.at(total, place, values)
        return total

    committed = summed(one.committed_kw, float)
    base = summed(np.where(has[:, None], one.baseline_kw, 0.0), float)
    actual = summed(np.where(has[:, None], one.actual_kw, 0.0), float)
    settled = summed(has, int)
    some = settled > 0
    found = responses(
        one.event.kind,
        np.where(some[:, None], base, np.nan),
        np.where(some[:, None], actual, np.nan),
        np.where(committed > 0.0, committed, np.nan),
        programme,
    )
    mean = np.where(some, 1.0 / width, np.nan)
    table: dict[str, Any] = {
        "event": one.event.start.isoformat(),
        "direction": one.event.kind,
        "aggregator": names.astype(object),
        "participants": summed(part, int),
        "settled": settled,
        "paid": summed(one.outcome == Outcome.PAID, int),
        "committed_kw": committed,
        "baseline_kw": base.sum(axis=1) * mean,
        "actual_kw": actual.sum(axis=1) * mean,
        "delivered_kw": found.mean_kw,
        "response_rate": found.rate,
        "effective_minutes": np.where(some, found.effective_minutes, np.nan),
    }
    none = np.full(len(names), None, dtype=object)
    for rule in RULES:
        valid = found.valid(rule)
        table[rule] = none if valid is None else np.where(some, valid.astype(object), none)
    least = one.aggregator_kw
    reaches = none if least is None else np.where(names != "", (committed >= least).astype(object), none)
    table["reaches_minimum"] = reaches
    table["paid_kwh"] = _decimals(summed(one.paid_wh, int), 3)
    table["pay_cny"] = _decimals(summed(one.pay_fen, int), 2)
    table["aggregator_cny"] = _decimals(summed(one.aggregator_fen, int), 2)
    table["participant_cny"] = _decimals(summed(one.participant_fen, int), 2)
    return pd.DataFrame(table)


def event_table(settlements: Sequence[EventSettlement]) -> pd.DataFrame:
    """A row for each event.

    Parameters
    ----------
    settlements : sequence of EventSettlement

    Returns
    -------
    DataFrame
        Keys of `COLUMNS`; capacity of all who took part, response of the settled. An event in which nobody
        could be settled has 0 in `settled`, NaN as response, and no pay.
    """
    rows = []
    for one in settlements:
        committed, some = float(one.committed_kw.sum()), bool(one.settled.any())
        delivered = float(one.responses.mean_kw[one.settled].sum()) if some else np.nan
        pay, kept = int(one.pay_fen.sum()), int(one.aggregator_fen.sum())
        rows.append(
            {
                "event": one.event.start.isoformat(),
                "direction": one.event.kind,
                "notice": one.event.notice,
                "participants": int((one.committed_kw > 0.0).sum()),
                "settled": int(one.settled.sum()),
                "paid": int((one.outcome == Outcome.PAID).sum()),
                "committed_kw": committed,
                "delivered_kw": delivered,
                "response_rate": delivered / committed if committed > 0.0 else np.nan,
                "price_cny_kwh": one.price_cny_kwh,
                "paid_kwh": _decimal(int(one.paid_wh.sum()), 3),
                "pay_cny": _decimal(pay, 2),
                "aggregator_cny": _decimal(kept, 2),
                "participant_cny": _decimal(pay - kept, 2),
                "rounding_cny": one.rounding_cny,
            }
        )
    return pd.DataFrame(rows)


def worded(table: pd.DataFrame, language: Language, programme: Programme | None = None) -> pd.DataFrame:
    """A table for people: columns, outcomes, directions and rules in words.

    Parameters
    ----------
    table : DataFrame
        One of this module's.
    language : {"zh", "en"}
    programme : Programme, optional
        Its names of directions and notice classes; default Shanghai's.
    """
    programme = programme or load_programme()
    at = 0 if language == "zh" else 1
    yes, no = ("是", "否") if language == "zh" else ("yes", "no")
    words: dict[str, dict[Any, str]] = {
        "direction": {key: name[language] for key, name in programme.directions.items()},
        "notice": {key: name[language] for key, name in programme.notices.items()},
        "outcome": {key.name.lower(): word[at] for key, word in OUTCOMES.items()},
        "aggregator": {"": ("自主参与", "on its own")[at]},
    }
    shown = table.copy()
    for column in shown.columns:
        if column in ("rule_one", "rule_two", "reaches_minimum"):
            shown[column] = ["-" if v is None else yes if v else no for v in shown[column]]
        elif column in words:
            shown[column] = [words[column].get(v, v) for v in shown[column]]
    return shown.rename(columns={key: name[at] for key, name in COLUMNS.items()})


def _decimal(value: int, places: int) -> Decimal:
    return Decimal(value).scaleb(-places)


def _decimals(values: NDArray[np.int64], places: int) -> NDArray[np.object_]:
    return np.array([_decimal(int(v), places) for v in values], dtype=object)
