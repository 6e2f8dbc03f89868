"""Calls and programmes as events and programs of OpenADR 3, and back."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.links.openadr3.calls import Product, call_of, event_of, payment_of, product_of, program_of
from twin.links.openadr3.messages import Event, Program
from twin.links.openadr3.parsing import read
from twin.market.demand_response import Call, load_programme
from weather.errors import TwinError

NOTICES = ("day_ahead", "intraday", "fast", "real_time")
START = pd.Timestamp("2026-07-21 13:00", tz="Asia/Shanghai")
CALL = Call("peak_shaving", START, START + pd.Timedelta(hours=2), 800.0)


def over_the_wire(product: Product) -> Program:
    """The program as a VTN would answer it."""
    sent = program_of(product).model_copy(update={"id": "p-1"})
    return read(Program, sent.wire().encode())


SHANGHAI = over_the_wire(Product(load_programme(), "peak_shaving", "day_ahead"))


@pytest.mark.parametrize("notice", NOTICES)
@pytest.mark.parametrize("kind", ["peak_shaving", "valley_filling"])
def test_a_product_comes_back_from_its_program(kind: Any, notice: str) -> None:
    product = Product(load_programme(), kind, notice)
    assert product_of(over_the_wire(product)) == product


@given(
    kind=st.sampled_from(["peak_shaving", "valley_filling"]),
    notice=st.sampled_from(NOTICES),
    first=st.integers(0, 94),
    day=st.dates(pd.Timestamp("2000-01-01").date(), pd.Timestamp("2099-12-31").date()),
    quarters=st.integers(1, 96),
    kw=st.floats(1e-3, 1e6),
    pay=st.none() | st.floats(0.0, 100.0),
)
def test_a_call_comes_back_from_its_event(
    kind: Any, notice: str, first: int, day: Any, quarters: int, kw: float, pay: float | None
) -> None:
    start = pd.Timestamp(day).tz_localize("Asia/Shanghai") + first * pd.Timedelta(minutes=15)
    call = Call(kind, start, start + quarters * pd.Timedelta(minutes=15), kw, notice)
    program = over_the_wire(Product(load_programme(), kind, notice))
    event = read(Event, event_of(call, program, pay=pay).wire().encode())
    assert call_of(event, program) == call
    assert payment_of(event) == pay
    assert len(event.intervals) == quarters


def test_a_shed_is_negative_and_goes_to_those_who_are_named() -> None:
    event = event_of(CALL, SHANGHAI, pay=3.0, vens=["b", "a"])
    assert [p.values for i in event.intervals for p in i.payloads if p.type.startswith("DISPATCH")] == [
        (-800.0,)
    ] * 8
    assert event.targets is not None
    assert event.targets[0].values == ("a", "b")
    assert event.wire().count('"2026-07-21T05:00:00Z"') == 1  # 13:00 in Shanghai
    assert event.report_descriptors is not None
    assert {r.payload_type for r in event.report_descriptors} == {"DEMAND", "BASELINE"}


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
        ('{"id":3', '{"id":3,"intervalPeriod":{"start":"2026-07-22T05:45:00Z"}', "follow"),
    ],
)
def test_an_event_that_is_no_call_is_refused_in_words(old: str, new: str, about: str) -> None:
    text = event_of(CALL, SHANGHAI, pay=3.0).wire()
    assert old in text
    with pytest.raises(TwinError, match=about):
        call_of(read(Event, text.replace(old, new, 1).encode()), SHANGHAI)


def test_a_call_of_another_direction_or_product_is_refused() -> None:
    valley = over_the_wire(Product(load_programme(), "valley_filling", "day_ahead"))
    with pytest.raises(TwinError, match="is no valley_filling"):
        call_of(event_of(CALL, SHANGHAI, pay=None), valley)
    with pytest.raises(TwinError, match="is no event of"):
        event_of(CALL, valley, pay=None)
    with pytest.raises(TwinError, match="is no call"):
        event_of(Call("peak_shaving", START, START, 800.0), SHANGHAI, pay=None)
    with pytest.raises(TwinError, match="is no call"):
        event_of(Call("peak_shaving", START, CALL.end, 0.0), SHANGHAI, pay=None)
    for change in ({"program_type": "PRICING_TARIFF"}, {"program_type": None}, {"retailer_name": None}):
        with pytest.raises(TwinError, match="no product of ours"):
            product_of(SHANGHAI.model_copy(update=change))
    with pytest.raises(TwinError, match="no programme is called"):
        product_of(SHANGHAI.model_copy(update={"retailer_name": "ACME"}))
