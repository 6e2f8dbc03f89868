"""What of a district nobody has surveyed (街区假设), for the list that is shown with its results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from buildings.description.habits import AS_WRITTEN
from buildings.description.schema import ArchetypeBuilding, Building
from buildings.districts.ambient_loop import loop_data
from buildings.districts.diversity import diversity
from buildings.districts.energy_station import AmbientLoop
from buildings.districts.heat_network import network_data
from buildings.districts.neighbours import shade_data
from buildings.districts.shared import SharedAssets
from buildings.systems.ev_sessions import charging_pattern
from buildings.systems.heat_pump_products import heat_pump_product
from buildings.systems.records import entry, part
from twin.market.assumption import UNVERIFIED, Assumption
from weather.climate_year import ClimateYear
from weather.heat_island import heat_island_data


def district_assumptions(buildings: Sequence[Building]) -> Iterator[Assumption]:
    """Habits that buildings draw, zones that are merged, and who shades whom."""
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
    yield from _shade(buildings)


def shared_assumptions(shared: SharedAssets) -> Iterator[Assumption]:
    """Patterns of hubs, structures of canopies, cells of the storage and what it answers to, networks."""
    for pattern in sorted({hub.pattern for hub in shared.ev_hubs}):
        facts = charging_pattern(pattern)
        if facts["confidence"] in UNVERIFIED:
            yield Assumption(
                f"district.ev_hubs.{pattern}",
                f"充电站“{facts['name_zh']}”的到达、停留与电量未经实测核实。",
                f"Arrivals, stays and energy of the charging pattern {pattern} are not measured.",
                None,
                "",
                facts["source"],
                facts["confidence"],
            )
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
        cells = entry("batteries", shared.storage.equipment)
        if cells["confidence"] in UNVERIFIED:
            yield Assumption(
                f"district.storage.{shared.storage.equipment}",
                f"共享储能“{cells['name_zh']}”的损耗未经核实。",
                f"Losses of the shared storage ({cells['name_en']}) are not verified.",
                None,
                "",
                cells["source"],
                cells["confidence"],
            )
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
    station = shared.energy_station
    if station is not None and station.ambient_loop is not None:
        yield from _loop_assumptions(station.ambient_loop)
    elif station is not None:
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


def _loop_assumptions(loop: AmbientLoop) -> Iterator[Assumption]:
    """Pipes, exchangers and machines of a loop; what its substations do not tell the buildings."""
    water = {name: network_data()[name] for name in ("ground", "hydraulics")}
    machine = heat_pump_product(loop.heat_pump)
    named = {**loop_data(), **water, "heat_pump": machine}
    if loop.tower is None:
        del named["tower"]
    for name, facts in named.items():
        if facts["confidence"] in UNVERIFIED:
            yield Assumption(
                f"district.loop.{name}",
                f"常温环网：{facts['name_zh']}的参数未经核实。",
                f"Ambient loop: figures of {facts['name_en']} are not verified.",
                None,
                "",
                facts["source"],
                facts["confidence"],
            )
    yield Assumption(
        "district.loop.feedback",
        "各建筑热泵的用电计入其电表、年表与街区平衡，但建筑自身的储能、直流母线与控制看不到它；"
        "供不上的冷热量计为未供，室温不随之变化；机组起停多耗的电散入设备间，不传入房间。",
        "Electricity of the buildings' heat pumps joins their meters, their rows and the district's balance, "
        "but "
        "their own batteries, DC buses and controllers do not see it; heat and cold that the loop cannot "
        "give or "
        "take count as not served, rooms do not feel it; what starts cost warms plant rooms, not rooms.",
        None,
        "",
        "twin.district.substations, twin.district.loop",
        "assumed",
    )
    yield Assumption(
        "district.loop.water",
        "环网水按同一温度计（不计沿程温差与输送时间）；无保温管与土壤按稳态热阻换热，不计管周土壤蓄热；"
        "各建筑热泵按自身设计冷热负荷、环网上下限温度选型，末端供水温度全年不变。",
        "All water of the loop has one temperature, without its course along the pipes and travel time; bare "
        "pipes "
        "exchange with the ground by steady resistances, what the soil about them holds is left out; heat "
        "pumps are "
        "sized by their building's design loads at the loop's limits, coils get water of one temperature all "
        "year.",
        None,
        "",
        "buildings.districts.ambient_loop, buildings.districts.substation",
        "assumed",
    )


def _shade(buildings: Sequence[Building]) -> Iterator[Assumption]:
    """How neighbours shade, or that none is known to."""
    around = [
        b.neighbours for b in buildings if isinstance(b, ArchetypeBuilding) and b.neighbours is not None
    ]
    data = shade_data()
    if around:
        reflectance = sum(one.reflectance for one in around) / len(around)
        reach, angle = data["reach"]["value"], data["least_angle"]["value"]
        yield Assumption(
            "district.neighbours",
            f"{len(around)} 栋建筑的立面、屋面与光伏受周边建筑遮挡：轮廓为直棱柱、地面水平；"
            f"仅计 {reach:g} m 内、仰角 {angle:g}° 以上者（立面所见天空因此多计约 0.5 %）；"
            f"其立面（含玻璃）反射率取 {reflectance:.2g}。",
            f"Neighbours shade facades, roof and PV of {len(around)} buildings: upright outlines on level "
            f"ground, within {reach:g} m and above {angle:g} degrees (which leaves facades some 0.5 % of the "
            f"sky too much); their facades, glass included, reflect {reflectance:.2g} of the sun.",
            reflectance,
            "1",
            str(data["reflectance"]["source"]),
            "assumed",
        )
    elif len(buildings) > 1:
        yield Assumption(
            "district.neighbours",
            "建筑的位置未知（或已关闭遮挡）：相邻建筑互不遮挡，日照与光伏偏乐观。",
            "Where buildings stand is not known, or shade is switched off: no neighbour takes sun, which "
            "flatters PV and warms rooms.",
            0.0,
            "1",
            "a map (GeoJSON), or columns longitude and latitude, would tell",
            "missing",
        )


def heat_island_assumptions(climate: ClimateYear) -> Iterator[Assumption]:
    """What the quarter's air is warmer by, where that was asked for."""
    island = climate.heat_island
    if island is None:
        return
    data = heat_island_data()
    zone = data["zones"]["classes"][island.zone]
    yield Assumption(
        "weather.heat_island",
        f"城市热岛：按局地气候区“{zone['name_zh']}”（LCZ {zone['number']}）在气象站气温上叠加 "
        f"{island.least:.2f} 至 {island.greatest:.2f} K（年均 {island.mean:.2f} K），含湿量不变；"
        "气象站若在城区内则重复计入。",
        f"Heat island of {zone['name_en']} quarters (local climate zone {zone['number']}): air is "
        f"{island.least:.2f} to {island.greatest:.2f} K warmer than at the station ({island.mean:.2f} K on "
        "the mean of the year), with the same vapour in it; a station inside the city has that already.",
        round(island.mean, 3),
        "K",
        f"{data['mean']['source']}; {data['hours']['source']}; {data['zones']['source']}",
        "assumed",
    )
