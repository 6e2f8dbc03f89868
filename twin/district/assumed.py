"""What of a district nobody has surveyed (街区假设), for the list that is shown with its results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from buildings.description.habits import AS_WRITTEN
from buildings.description.schema import ArchetypeBuilding, Building
from buildings.districts.diversity import diversity
from buildings.districts.heat_network import network_data
from buildings.districts.shared import SharedAssets
from buildings.systems.records import part
from twin.market.assumption import UNVERIFIED, Assumption


def district_assumptions(buildings: Sequence[Building]) -> Iterator[Assumption]:
    """Habits that buildings draw, and zones that are merged."""
    if any(building.habits != AS_WRITTEN for building in buildings):
        for key, entry in diversity()["habits"].items():
            if entry["confidence"] in UNVERIFIED:
                span = f"{entry['low']:g} … {entry['high']:g}"
                unit = "" if entry["unit"] == "1" else f"{entry['unit']} "
                yield Assumption(
                    f"district.habits.{key}",
                    f"{entry['name_zh']}：每栋建筑在 {span} {unit}之间抽取，最可能 {entry['mode']:g}。",
                    f"{entry['name_en'].capitalize()}: drawn for each building from {span} {unit}"
                    f"(most likely {entry['mode']:g}).",
                    span,
                    entry["unit"],
                    entry["source"],
                    entry["confidence"],
                )
    merged = sum(isinstance(b, ArchetypeBuilding) and b.zoning == "by_use" for b in buildings)
    if merged:
        yield Assumption(
            "district.zoning",
            f"{merged} 栋建筑按用途合并热区：与分朝向热区相比，六种原型供冷相差 -5.4 至 +0.2 %，"
            "供暖 -7.5 至 +5.4 %（几乎不供暖的病房为 -57 %），下网电量 -2.0 至 +0.6 %。",
            f"Zones of {merged} buildings are merged by use: against zones by orientation, six archetypes "
            "differ by -5.4 to +0.2 % in cooling, -7.5 to +5.4 % in heating (wards, which hardly heat, by "
            "-57 %) and -2.0 to +0.6 % in what they take from the grid.",
            merged,
            "1",
            "measured by tests/twin/test_lumped_year.py",
            "derived",
        )


def shared_assumptions(shared: SharedAssets) -> Iterator[Assumption]:
    """Structures of canopies, and when the storage knows what it answers to."""
    for mounting in sorted({array.mounting for array in shared.pv}):
        facts = part("pv", "mountings", mounting)
        if facts["confidence"] in UNVERIFIED:
            yield Assumption(
                f"district.pv.{mounting}",
                f"光伏支架“{mounting}”的几何尺寸与背面遮挡为假定值。",
                f"Geometry of the mounting {mounting} and shade on its back are assumed.",
                None,
                "",
                facts["source"],
                facts["confidence"],
            )
    if shared.storage is not None:
        yield Assumption(
            "district.storage.meter",
            "共享储能按同一时段的街区净负荷动作（关口表计实时可见），不预知未来。",
            "The shared storage answers to the net load of the district in the same step, as a meter at the "
            "connection shows it at once; it foresees nothing.",
            None,
            "",
            "twin.district.assets",
            "assumed",
        )
    if shared.energy_station is not None:
        yield from _station_assumptions()


def _station_assumptions() -> Iterator[Assumption]:
    """Pipes, ground and hydraulics of the networks; what a shortage does."""
    for name, facts in network_data().items():
        if facts["confidence"] in UNVERIFIED:
            yield Assumption(
                f"district.network.{name}",
                f"管网：{facts['name_zh']}的参数未经核实。",
                f"Networks of the energy station: figures of {facts['name_en']} are not verified.",
                None,
                "",
                facts["source"],
                facts["confidence"],
            )
    yield Assumption(
        "district.station.shortage",
        "能源站供不上的冷热量计为未供，室温不随之变化；管网水按同一平均温度计，不计输送时间。",
        "Heat and cold that the station cannot give count as not served, rooms do not feel it; all water of "
        "a network has one mean temperature, its travel time is left out.",
        None,
        "",
        "twin.district.station, buildings.districts.heat_network",
        "assumed",
    )
