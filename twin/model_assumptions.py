"""What of a prepared model nobody has verified, or is left out, for the list that every page shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from buildings.description.complete import CompleteBuilding
from buildings.description.describe import describe, unverified, zones_together
from buildings.systems.coils import load_coil
from buildings.systems.endpoints import dc_demand_factor
from buildings.systems.plant import plant_source
from buildings.systems.records import entry, read_library
from buildings.thermal.drawn_shades import ASSUMPTION as DRAWN_SHADES
from controllers.islanding import islanding_data
from controllers.secondary import load_secondary
from twin.district.assumed import district_assumptions, heat_island_assumptions
from twin.library_entries import library_entries
from twin.market.assumption import UNVERIFIED, Assumption, merged
from twin.plant import Plant
from twin.plant_room import HOT_WATER_KEPT
from twin.storage_assumptions import storage_assumptions
from twin.thermal_stores import HOT_WATER_RESERVE
from twin.varied_loads import stated as stated_loads
from weather.minute_sun import SOURCE as MINUTE_SUN


def model_assumptions(plant: Plant) -> list[dict[str, Any]]:
    """Assumptions of the model, of all its buildings.

    Returns
    -------
    list of dict
        Fields of `twin.market.assumption.Assumption`.
    """
    stated = [*_inputs(plant), *_inside_hours(plant)]
    for prepared in plant.prepared:
        building = prepared.description
        for said in (_equipment, _coil, _modules, storage_assumptions, _shades, _direct_current, _control):
            stated += said(building)
    stated += _islanding(plant)
    stated += district_assumptions(plant.project.buildings)
    stated += heat_island_assumptions(plant.climate)
    return [one.as_dict() for one in merged(stated)]


def _inputs(plant: Plant) -> Iterator[Assumption]:
    """Figures of the description and of the libraries that nobody has verified."""
    for one in zones_together(unverified([*describe(plant.project), *library_entries(plant)])):
        yield Assumption(
            key=f"model.{one.path}",
            zh=f"模型输入“{one.path}”未经核实。",
            en=f"The model input {one.path} is not verified.",
            value=one.value,
            unit=one.unit,
            source=one.source,
            confidence=one.confidence,
        )


_COARSE_MIN = 15
"""Step [min] from which on nobody expects what happens inside hours."""


def _inside_hours(plant: Plant) -> Iterator[Assumption]:
    """Where the minutes come from, or that there are none."""
    if plant.project.variability == "hourly":
        if plant.project.timestep < _COARSE_MIN:
            yield Assumption(
                key="model.variability",
                zh="小时内的日照、设备用电与热水取用按小时平均计，短时峰值与自用率因此偏乐观。",
                en="Inside hours sun, equipment and hot water are even: peaks and self-consumption look "
                "better than they would be.",
                value="hourly",
                unit="-",
                source="variability",
                confidence="assumed",
            )
        return
    yield Assumption(
        key="model.variability.sun",
        zh="逐分钟日照为随机合成，各小时总辐射、法向直射与散射能量不变；"
        "转移矩阵取自丹麦一年实测，未经上海验证。",
        en="The sun of minutes is a random synthesis that keeps each hour's global, direct and diffuse "
        "energy; its matrices come from a year measured in Denmark, not verified for Shanghai.",
        value=plant.weather.hours_drawn_back,
        unit=f"of {plant.weather.hours_varied} h drawn back to the physical range",
        source=MINUTE_SUN,
        confidence="assumed",
    )
    for prepared in plant.prepared:
        for what, pattern in stated_loads(prepared.description).items():
            facts = entry("minute_loads", pattern)
            yield Assumption(
                key=f"model.{prepared.description.name}.variability.{what}",
                zh=f"逐分钟负荷“{facts['name_zh']}”为随机合成，小时（小负荷为日）能量不变。",
                en=f"The minutes of {facts['name_en']} are a random synthesis that keeps the energy of each "
                "hour, of small loads that of each day.",
                value=pattern,
                unit="-",
                source=str(facts["source"]),
                confidence=str(facts["confidence"]),
            )


def _equipment(building: CompleteBuilding) -> Iterator[Assumption]:
    equipment = building.hvac.equipment
    facts = plant_source(equipment)
    if facts.get("confidence") in UNVERIFIED:
        yield Assumption(
            key=f"model.{building.name}.hvac.{equipment}",
            zh=f"空调设备“{equipment}”的额定能效未经核实。",
            en=f"The rated efficiency of the equipment {equipment} is not verified.",
            value=facts["cooling_ratio"],
            unit="W/W",
            source=str(facts.get("ratio_source", "")),
            confidence=str(facts["confidence"]),
        )


def _coil(building: CompleteBuilding) -> Iterator[Assumption]:
    """Coils whose fan runs on while they stand; dried fresh air leaves them dry."""
    equipment = building.hvac.equipment
    coil = load_coil(equipment)
    if coil.runs_on is None or building.ventilation.dehumidification is not None:
        return
    yield Assumption(
        key=f"model.{building.name}.hvac.{equipment}.coil",
        zh="室内风机在盘管停机后继续运行，盘管上的凝水再蒸发（Henderson 与 Rengarajan 1996）；"
        "其参数取自直接蒸发式盘管，风速按不变计。",
        en="Indoor fans run on when the coil stops, and water evaporates from it again (Henderson and "
        "Rengarajan 1996); the figures are those of direct-expansion coils, for a fan whose speed stays.",
        value=coil.runs_on[0],
        unit="s",
        source=coil.source,
        confidence="assumed",
    )


def _modules(building: CompleteBuilding) -> Iterator[Assumption]:
    """What stands behind PV modules."""
    for array in building.systems.pv:
        if array.surface is None:
            yield Assumption(
                key=f"model.{building.name}.pv.{array.name}.surface",
                zh=f"光伏阵列“{array.name}”未指定所覆盖的墙面或屋面，其后表面按无遮挡计（照常吸收太阳辐射）。",
                en=f"The array {array.name} names no surface: the wall or roof behind it counts as bare and "
                "absorbs the sun.",
                value=None,
                unit="-",
                source="surface is not given",
                confidence="assumed",
            )
        else:
            behind = read_library("pv")["surface"]
            yield Assumption(
                key=f"model.{building.name}.pv.{array.name}.cover",
                zh="组件后表面：直接贴附时吸收日射减反射与发电之余；有空腔时按电池温度的长波辐射与空腔空气计，"
                "空腔尺寸为假设值；支架下散射光未计。",
                en="Behind modules: attached, the face absorbs the sun less reflection and electricity; "
                "with a gap, long wave from cells and the gap's air, its size assumed; stray light under "
                "racks is left out.",
                value=array.surface,
                unit="-",
                source=str(behind["source"]),
                confidence=str(behind["confidence"]),
            )


def _shades(building: CompleteBuilding) -> Iterator[Assumption]:
    if building.shades:
        yield Assumption(
            key=f"model.{building.name}.shades",
            zh="活动遮阳放下时计其遮阳、吸热向空气与表面的传递及附加热阻（ISO 15099）；"
            "换热系数取自20至26 °C房间的竖直窗，室内反射光仍按遮阳收起计。",
            en=DRAWN_SHADES,
            value=len(building.shades),
            unit="-",
            source="ISO 15099:2003",
            confidence="assumed",
        )


def _islanding(plant: Plant) -> Iterator[Assumption]:
    """How a building with faults lives without the grid."""
    if not len(plant.buildings.faults):
        return
    data = islanding_data()["default"]
    yield Assumption(
        key="model.islanding.thresholds",
        zh="离网运行的负荷分级、保留电量、重合电压与等待时间为假设值；并网等待取 IEEE 1547-2018 的缺省值。",
        en="Classes of loads, reserves, closing voltage and waiting times without the grid are assumed; the "
        "wait before the return is the default of IEEE 1547-2018.",
        value=data["resync_s"],
        unit="s",
        source=str(data["resync_source"]),
        confidence=str(data["confidence"]),
    )
    yield Assumption(
        key="model.islanding.rooms",
        zh="停电时照明、设备与人员的发热及机械新风仍按时间表计；空调停机后室温自由漂移。",
        en="Without power, heat of lamps, equipment and people and mechanical fresh air go on by schedule; "
        "rooms drift while their conditioning is shed.",
        value=None,
        unit="-",
        source="how gains are prepared ahead of the march",
        confidence="assumed",
    )
    if any(building.plant_room for building in plant.project.buildings):
        yield Assumption(
            key="model.islanding.plant_room",
            zh="停电时机房中数据机房、蓄热循环与自备发电的热侧仍继续计算，仅其用电与发电按离网状态计。",
            en="Without power, data rooms, circulation and generation of a plant room keep their heat; "
            "their electricity alone follows the island.",
            value=None,
            unit="-",
            source="how the plant room is solved ahead of the electrical step",
            confidence="assumed",
        )


def _direct_current(building: CompleteBuilding) -> Iterator[Assumption]:
    """What stands on the DC bus, and what does not."""
    bus = building.systems.dc_bus
    if bus is None:
        return
    if "lighting" in bus.loads:
        yield Assumption(
            key="model.dc_bus.lighting",
            zh="直流供电的灯具驱动效率为假设值（交流 86 %，直流 94 %）。",
            en="The efficiency of LED drivers on DC is assumed (86 % on AC, 94 % on DC).",
            value=dc_demand_factor("lighting"),
            unit="-",
            source=str(entry("endpoints", "lighting")["source"]),
            confidence="assumed",
        )
    if building.systems.plant_room or building.ventilation.dehumidification is not None:
        yield Assumption(
            key=f"model.{building.name}.dc_bus.plant_room",
            zh="机房的供暖供冷设备随空调接入直流母线，但未计其省去整流的收益；生活热水、工艺设备与新风除湿由交流供电。",
            en="Machines of the plant room that heat and cool rooms stand on the bus with the other air "
            "conditioning, without the rectifier that this would save; hot water, processes and fresh-air "
            "drying stay on AC.",
            value=len(building.systems.plant_room),
            unit="-",
            source="how the electrical side is modelled",
            confidence="assumed",
        )


_FORECAST_WORDS = {
    "weather": ("带误差的天气预报", "a weather forecast whose error grows with its lead"),
    "persistence": ("最近同类日", "the last day of the same kind"),
    "climatology": ("最近若干同类日的平均", "the mean of the last days of the same kind"),
    "perfect": (
        "完美预知（仅为上界）",
        "perfect foresight (an upper bound, nobody can have it)",
    ),
}


def _control(building: CompleteBuilding) -> Iterator[Assumption]:
    """What plans and the secondary loop rest on."""
    control = building.systems.control
    key = f"model.{building.name}.control"
    if control.type in ("droop", "mpc") and building.systems.dc_bus is not None:
        loop = load_secondary()
        yield Assumption(
            key=f"{key}.secondary",
            zh="并网接口跟踪目标的量测延时、时间常数与变化率，以及电表误差（按等级上限计）为假定值。",
            en="Delay, time constant and ramp of the interface that follows a target are assumed; its meter "
            "errs by the limit of its class.",
            value=float(loop["time_constant_s"]),
            unit="s",
            source="controllers/data/secondary.yaml",
            confidence="assumed",
        )
    if control.type == "mpc":
        zh, en = _FORECAST_WORDS[control.mpc.forecast]
        yield Assumption(
            key=f"{key}.forecast",
            zh=f"优化计划依据：{zh}；与天气无关的负荷取最近同类日的平均。",
            en=f"Plans rest on {en}; loads that do not depend on the weather on the last days of their kind.",
            value=control.mpc.forecast,
            unit="-",
            source="weather/data/forecast_skill.yaml",
            confidence="assumed" if control.mpc.forecast in ("weather", "perfect") else "derived",
        )
        yield from _planned_stores(building, key)


def _planned_stores(building: CompleteBuilding, key: str) -> Iterator[Assumption]:
    """What plans for tanks and lending vehicles rest on."""
    if any(row.takes and "hot_water" in row.carriers for row in building.systems.plant_room):
        yield Assumption(
            key=f"{key}.hot_water",
            zh=f"热水罐存量低于其最大值的 {HOT_WATER_KEPT:.0%} 时以温控器为准；"
            f"计划另留其变化幅度的 {HOT_WATER_RESERVE:.0%} 备用。",
            en=f"Below {HOT_WATER_KEPT:.0%} of what a hot-water tank can hold its thermostat counts more "
            f"than a plan; plans leave {HOT_WATER_RESERVE:.0%} of its swing in it.",
            value=HOT_WATER_KEPT,
            unit="-",
            source="how orders to stores are modelled",
            confidence="assumed",
        )
    ev = building.systems.ev
    if ev is not None and ev.v2b:
        yield Assumption(
            key=f"{key}.lending",
            zh="计划按固定式磷酸铁锂电池满循环计车辆放电的损耗；车主的补偿未计。",
            en="Plans reckon with the wear of lending as of stationary LFP at full cycles; owners are paid "
            "nothing for it.",
            value="lfp",
            unit="-",
            source="buildings/systems/data/battery_ageing.yaml",
            confidence="assumed",
        )
