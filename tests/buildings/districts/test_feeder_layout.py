"""Networks that nobody described: everybody is fed, sections follow the load, and limits are kept."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.description.ledger import Ledger
from buildings.districts.feeder import Feeder, feeder_text, parse_feeder
from buildings.districts.feeder_layout import (
    LayoutRules,
    Load,
    coincidence_of_buildings,
    coincidence_of_dwellings,
    lay_out,
)
from buildings.districts.grid_products import cable
from weather.errors import TwinError


def _chains(feeder: Feeder) -> list[list[tuple[float, int]]]:
    """Section and number of the cables of every chain, from its feeding end on."""
    after: dict[str, list[int]] = defaultdict(list)
    for k, one in enumerate(feeder.cables):
        after[one.start].append(k)
    ends = {one.end for one in feeder.cables}
    heads = [k for k, one in enumerate(feeder.cables) if one.start not in ends]
    found = []
    for head in heads:
        chain, k = [], head
        while True:
            one = feeder.cables[k]
            chain.append((cable(one.product).section, one.parallel))
            following = after[one.end]
            if not following:
                break
            k = following[0]
        found.append(chain)
    return found


_LOADS = st.lists(
    st.tuples(st.floats(0.5, 900.0), st.sampled_from([0, 0, 1, 24, 90])), min_size=1, max_size=40
)


@given(_LOADS)
@settings(max_examples=40)
def test_every_building_is_fed_by_a_tree(drawn: list[tuple[float, int]]) -> None:
    loads = [Load(f"b{i}", kw, dwellings) for i, (kw, dwellings) in enumerate(drawn)]
    feeder = lay_out(loads)
    assert [place.building for place in feeder.connections] == [load.name for load in loads]
    assert feeder.radial
    assert all(feeder.levels[place.node] == 380.0 for place in feeder.connections)
    for chain in _chains(feeder):
        assert chain == sorted(chain, reverse=True)
    assert parse_feeder(feeder_text(feeder)) == feeder


@given(_LOADS, st.floats(1.05, 3.0))
@settings(max_examples=25)
def test_sections_grow_with_load(drawn: list[tuple[float, int]], more: float) -> None:
    """One run of one substation whose current alone decides, so that both layouts have the same cables."""
    rules = replace(
        LayoutRules(), low_drop=1.0, low_reach=1e4, own_transformer_kw=1e4, largest_shared_kva=2500.0
    )
    light = [Load(f"b{i}", min(kw, 8.0), n, "ABC") for i, (kw, n) in enumerate(drawn[:5])]
    heavy = [replace(load, peak_kw=more * load.peak_kw) for load in light]
    small, large = lay_out(light, rules), lay_out(heavy, rules)
    assert small.transformer_products()[0].rating_kva <= large.transformer_products()[0].rating_kva
    for before, after in zip(_chains(small), _chains(large), strict=True):
        assert all(a <= b for a, b in zip(before, after, strict=True))


def test_sections_grow_where_the_drop_decides() -> None:
    """Five shops of 6 and of 18 kW along 190 m, and along 890 m."""
    near = LayoutRules()
    far = replace(near, spacing=215.0, low_reach=1e4)
    low, high, long, most = (
        next(chain for chain in _chains(lay_out(shops, rules)) if len(chain) == 5)
        for rules in (near, far)
        for shops in ([Load(f"b{i}", kw) for i in range(5)] for kw in (6.0, 18.0))
    )
    assert low == [(25.0, 1)] * 5
    assert low < high < most
    assert low < long < most


def test_a_transformer_by_hand() -> None:
    """36 dwellings behind each of four connections of 40 kW: k(144) / k(36), cos phi 0.95, loaded by 75 %."""
    feeder = lay_out([Load(f"block {i}", 40.0, 36) for i in range(4)])
    together = 0.45 + (144 - 72) / (300 - 72) * (0.40 - 0.45)
    need = 4 * 40.0 * together / 0.5 / 0.95 / 0.75
    assert need == pytest.approx(195.0, abs=1.0)
    assert [one.product for one in feeder.transformers] == ["scb14_200"]


def test_a_cable_by_hand() -> None:
    """One shop of 90 kW at 30 m: 152 A over 0.8 is 190 A, which 70 mm2 carries; it drops 0.7 %."""
    feeder = lay_out([Load("shop", 90.0)])
    assert 90e3 / 0.9 / (math.sqrt(3) * 380) / 0.8 == pytest.approx(189.9, abs=0.1)
    assert feeder.cables[0].product == "yjv_1kv_70"
    far = lay_out([Load("shop", 90.0)], replace(LayoutRules(), first_length=300.0))
    wire = cable(far.cables[0].product)
    reactive = 90e3 * math.tan(math.acos(0.9))

    def drop(one: str) -> float:
        return 300 * (cable(one).resistance * 90e3 + cable(one).reactance * reactive) / 380**2

    assert drop(wire.key) <= 0.05 < drop("yjv_1kv_70")
    assert wire.key == "yjv_1kv_95"


def test_one_phase_drops_there_and_back() -> None:
    """A dwelling of 8 kW on one phase at 200 m: 38 A out by the phase and home by the neutral."""
    rules = replace(LayoutRules(), first_length=200.0)
    wire = lay_out([Load("home", 8.0, 1)], rules).cables[0].product
    reactive = 8e3 * math.tan(math.acos(0.95))

    def drop(one: str) -> float:
        return 2 * 200 * (cable(one).resistance * 8e3 + cable(one).reactance * reactive) / (380**2 / 3)

    assert drop("yjv_1kv_35") <= 0.05 < drop("yjv_1kv_25")
    assert wire == "yjv_1kv_35"


def test_a_group_asks_for_its_largest_load_at_least() -> None:
    """90 kW beside 1 kW: 90 / 0.9 / 0.75 is 133 kVA, though both together would be 0.91 x 91 kW."""
    feeder = lay_out([Load("hall", 90.0), Load("kiosk", 1.0)])
    assert [one.product for one in feeder.transformers] == ["scb14_160"]


def test_runs_and_substations_are_filled_evenly_where_that_fits() -> None:
    """Six fit within 250 m, so eight are four and four; three of 190 kW do not share 800 kVA with anybody."""
    homes = lay_out([Load(f"home {i}", 8.0, 1) for i in range(8)])
    assert sorted(len(chain) for chain in _chains(homes) if chain[0][0] < 50 or len(chain) > 1) == [4, 4]
    peaks = [10.0, 10.0, 10.0, 10.0, 190.0, 190.0, 190.0]
    rules = replace(LayoutRules(), building_coincidence=1.0)
    mixed = lay_out([Load(f"b{i}", kw) for i, kw in enumerate(peaks)], rules)
    assert [one.product for one in mixed.transformers] == ["scb14_630", "scb14_315"]


def test_a_large_building_has_transformers_of_its_own() -> None:
    """2,500 kW at 0.9 over 75 % are 3,704 kVA: two of 2,000 kVA side by side, the building at their board."""
    feeder = lay_out([Load("tower", 2500.0), Load("kiosk", 20.0)])
    own = [one for one in feeder.transformers if one.product == "scb14_2000"]
    assert len(own) == 2
    assert own[0].low == own[1].low == feeder.connections[0].node
    assert feeder.connections[1].node != feeder.connections[0].node


def test_single_dwellings_go_round_the_phases_and_stay_in_reach() -> None:
    feeder = lay_out([Load(f"home {i}", 8.0, 1) for i in range(30)])
    assert [place.phases for place in feeder.connections[:4]] == ["A", "B", "C", "A"]
    assert all(place.power_factor == 0.95 for place in feeder.connections)
    assert all(30.0 + 40.0 * (len(chain) - 1) <= 250.0 for chain in _chains(feeder))
    assert lay_out([Load("villa", 20.0, 1)]).connections[0].phases == "ABC"


def test_coincidence_falls_while_demand_rises() -> None:
    counts = range(1, 1500)
    for factor in (coincidence_of_dwellings, lambda n: coincidence_of_buildings(int(n), 0.7)):
        shares = [factor(n) for n in counts]
        sums = [n * share for n, share in zip(counts, shares, strict=True)]
        assert shares == sorted(shares, reverse=True)
        assert sums == sorted(sums)
    assert coincidence_of_dwellings(1) == coincidence_of_buildings(1, 0.7) == 1.0


def test_what_decided_is_entered_with_its_source() -> None:
    book = Ledger()
    lay_out([Load("shop", 90.0)], replace(LayoutRules(), spacing=25.0), ledger=book)
    entries = {entry.path: entry for entry in book.entries}
    assert entries["feeder.layout.transformer_loading"].value == 0.75
    assert "GB 51348" in entries["feeder.layout.transformer_loading"].source
    assert "user" in entries["feeder.layout.spacing"].source
    assert all(entry.confidence in ("assumed", "gk-verify") for entry in book.entries)


@pytest.mark.parametrize(
    ("loads", "rules", "key"),
    [
        ([], LayoutRules(), "loads"),
        ([Load("a", 1.0), Load("a", 2.0)], LayoutRules(), "loads"),
        ([Load("a", 0.0)], LayoutRules(), "peak_kw"),
        ([Load("a", math.nan)], LayoutRules(), "peak_kw"),
        ([Load("a", 5.0, dwellings=-1)], LayoutRules(), "dwellings"),
        ([Load("a", 5.0, power_factor=0.2)], LayoutRules(), "power_factor"),
        ([Load("a", 500.0, phases="B")], LayoutRules(), "phases"),
        ([Load("a", 50_000.0)], LayoutRules(), "loads"),
        ([Load("a", 5.0)], replace(LayoutRules(), spacing=-1.0), "spacing"),
        ([Load("a", 5.0)], replace(LayoutRules(), low_drop=1.5), "low_drop"),
        ([Load("a", 5.0)], LayoutRules(low_cable="yjv_15kv"), "low_cable"),
        ([Load("a", 5.0)], LayoutRules(transformer_series="s9"), "transformer"),
        ([Load("a", 190.0)], replace(LayoutRules(), first_length=5000.0), "loads"),
    ],
)
def test_what_cannot_be_laid_out_is_refused(loads: list[Load], rules: LayoutRules, key: str) -> None:
    with pytest.raises(TwinError) as caught:
        lay_out(loads, rules)
    assert caught.value.key == key
    assert caught.value.remedy
