"""Calls and programmes as events and programs of OpenADR 3, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.links.openadr3.calls import (
    HISTORY,
    call_of,
    event_of,
    history_days,
    payment_of,
    product_of,
    program_of,
)
from twin.links.openadr3.messages import Event, Program
from twin.links.openadr3.parsing import read
from twin.market.event import Call
from twin.market.products import Product, load_programme
from weather.errors import TwinError

START = pd.Timestamp("2026-07-21 13:00", tz="Asia/Shanghai")
CALL = Call("peak_shaving", START, START + pd.Timedelta(hours=2), 800.0)


PRODUCTS = {product.key: product for product in load_programme().products()}


def over_the_wire(product: Product) -> Program:
    """The program as a VTN would answer it."""
    sent = program_of(load_programme(), product).model_copy(update={"id": "p-1"})
    return read(Program, sent.wire().encode())


SHANGHAI = over_the_wire(PRODUCTS["peak_shaving.day_ahead"])


def test_each_product_comes_back_from_its_program() -> None:
    assert len(PRODUCTS) == 8
    for product in PRODUCTS.values():
        assert product_of(over_the_wire(product)) == (load_programme(), product)


@given(
    product=st.sampled_from(list(PRODUCTS.values())),
    window=st.tuples(st.integers(0, 96), st.integers(0, 96)).filter(lambda w: w[0] < w[1]),
    day=st.dates(pd.Timestamp("2000-01-01").date(), pd.Timestamp("2099-12-31").date()),
    kw=st.floats(1e-3, 1e6),
    pay=st.none() | st.floats(0.0, 100.0),
)
def test_a_call_comes_back_from_its_event(
    product: Product, window: tuple[int, int], day: Any, kw: float, pay: float | None
) -> None:
    midnight = pd.Timestamp(day).tz_localize("Asia/Shanghai")
    start, end = (midnight + n * pd.Timedelta(minutes=15) for n in window)
    call = Call(product.direction, start, end, kw, product.notice)
    program = over_the_wire(product)
    event = read(Event, event_of(call, program, pay=pay).wire().encode())
    assert call_of(event, program) == call
    assert payment_of(event) == pay
    assert len(event.intervals) == window[1] - window[0]


def test_a_shed_is_negative_and_goes_to_those_who_are_named() -> None:
    event = event_of(CALL, SHANGHAI, pay=3.0, vens=["b", "a"])
    assert [p.values for i in event.intervals for p in i.payloads if p.type.startswith("DISPATCH")] == [
        (-800.0,)
    ] * 8
    assert event.targets is not None
    assert event.targets[0].values == ("a", "b")
    assert event.wire().count('"2026-07-21T05:00:00Z"') == 1  # 13:00 in Shanghai
    assert event.report_descriptors is not None
    assert {r.payload_type for r in event.report_descriptors} == {"DEMAND", "BASELINE", HISTORY}
    assert history_days(event) == 45


def test_a_call_in_other_intervals_is_the_same_call() -> None:
    """Another VTN may say two hours in one interval."""
    text = """{"id": "e", "programID": "p-1",
     "intervals": [{"id": 7, "intervalPeriod": {"start": "2026-07-21T13:00:00+08:00", "duration": "PT2H"},
                    "payloads": [{"type": "DISPATCH_SETPOINT_RELATIVE", "values": [-800]}]}]}"""
    event = read(Event, text.encode())
    assert call_of(event, SHANGHAI) == CALL
    assert payment_of(event) is None


@pytest.mark.parametrize(
    ("old", "new", "about"),
    [
        ("-800.0", "-700.0", "changes"),
        ('"values":[-800.0]', '"values":["much"]', "number"),
        ('"values":[-800.0]', '"values":[]', "not one"),
        ('"type":"DISPATCH_SETPOINT_RELATIVE"', '"type":"PRICE"', "not one"),
        ('RELATIVE","units":"KW"', 'RELATIVE","units":"MW"', "in MW"),
        ('"duration":"PT15M"', '"duration":"P9999Y"', "without end"),
        ('"duration":"PT15M"', '"duration":"PT10M"', "not a span"),
        ('{"id":3', '{"id":3,"intervalPeriod":{"start":"2026-07-22T05:45:00Z"}', "follow"),
    ],
)
def test_an_event_that_is_no_call_is_refused_in_words(old: str, new: str, about: str) -> None:
    text = event_of(CALL, SHANGHAI, pay=3.0).wire()
    assert old in text
    with pytest.raises(TwinError, match=about):
        call_of(read(Event, text.replace(old, new, 1).encode()), SHANGHAI)


def test_notice_is_given_when_the_vtn_has_the_event() -> None:
    event = event_of(CALL, SHANGHAI, pay=None)
    for stamp, notice_at in (("2026-07-20T08:00:00Z", "2026-07-20 16:00"), ("2026-07-21T05:00:01Z", None)):
        text = event.wire().replace("{", f'{{"createdDateTime": "{stamp}", ', 1)
        found = call_of(read(Event, text.encode()), SHANGHAI)
        expected = None if notice_at is None else pd.Timestamp(notice_at, tz="Asia/Shanghai")
        assert found == replace(CALL, notice_at=expected)


def test_a_call_of_another_direction_or_product_is_refused() -> None:
    valley = over_the_wire(PRODUCTS["valley_filling.day_ahead"])
    with pytest.raises(TwinError, match="is no valley_filling"):
        call_of(event_of(CALL, SHANGHAI, pay=None), valley)
    with pytest.raises(TwinError, match="is no event of"):
        event_of(CALL, valley, pay=None)
    with pytest.raises(TwinError, match="not a span"):
        event_of(Call("peak_shaving", START, START, 800.0), SHANGHAI, pay=None)
    with pytest.raises(TwinError, match="commits"):
        event_of(Call("peak_shaving", START, CALL.end, 0.0), SHANGHAI, pay=None)
    for change in ({"program_type": "PRICING_TARIFF"}, {"program_type": None}):
        with pytest.raises(TwinError, match="no product of"):
            product_of(SHANGHAI.model_copy(update=change))
    for name in ("ACME", None):
        with pytest.raises(TwinError, match="no programme is called"):
            product_of(SHANGHAI.model_copy(update={"retailer_name": name}))
