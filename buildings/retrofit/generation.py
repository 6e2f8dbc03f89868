"""Power and heat from the sun: modules on roofs and walls, PVT collectors."""

from __future__ import annotations

from buildings.description.schema import PvArray, Surface
from buildings.retrofit.actions import FacadePv, Pvt, RoofPv
from buildings.retrofit.draft import Draft, NotApplicableError, Quantities, faces, own_name, side_of
from buildings.systems.pvt_collector import PvtCollector
from buildings.systems.records import part
from buildings.systems.solar_collector import SolarCollector
from buildings.systems.stratified_tank import Tank

_LEVEL = 5.0
_UPRIGHT = 60.0
_FLUSH = 0.9
"""Share of a sloped roof's used part that modules cover."""


def roofs(draft: Draft) -> tuple[Surface, ...]:
    """Outdoor roofs in the sun."""
    return tuple(
        s
        for s in draft.building.surfaces
        if s.boundary == "outdoors" and s.sun_exposed and s.kind in ("roof", "ceiling")
    )


def roof_pv(action: RoofPv, draft: Draft) -> Quantities:
    """One array on racks over level roofs, one on each sloped roof that does not look north."""
    if any(
        array.tilt is None or array.tilt < _UPRIGHT
        for array in draft.building.pv
        if not _on_wall(array, draft)
    ):
        raise NotApplicableError("it has PV on its roof already", "屋面已有光伏")
    found, density = roofs(draft), float(part("pv", "modules", action.module, "action.module")["watt_per_m2"])
    level = sum(s.opaque_area * draft.base.times(s) for s in found if s.tilt_deg < _LEVEL)
    names = [array.name for array in draft.building.pv]
    added: list[PvArray] = []
    if level > 0.0:
        added.append(
            PvArray(
                name=own_name("roof PV", names),
                capacity=level * action.roof_share * action.density,
                tilt=action.tilt,
                azimuth=180.0,
                mounting=action.mounting,
                module=action.module,
            )
        )
    for s in found:
        if s.tilt_deg < _LEVEL or s.azimuth is None or side_of(s.azimuth) == "north":
            continue
        area = s.opaque_area * draft.base.times(s) * action.roof_share * _FLUSH
        name = own_name("sloped roof PV", [*names, *(array.name for array in added)])
        added.append(
            PvArray(
                name=name,
                capacity=area * density / 1000.0,
                tilt=s.tilt_deg,
                azimuth=s.azimuth,
                mounting="roof_close",
                module=action.module,
            )
        )
    if not added:
        raise NotApplicableError("no roof that the sun reaches", "没有可用屋面")
    draft.put(pv=(*draft.building.pv, *added))
    how = f"{action.roof_share:g} of the roof; the roof behind counts as bare"
    total = sum(array.capacity for array in added)
    draft.note("pv.roof.capacity", total, "kWp", how, "derived")
    return {"pv": total, "treated_area": action.roof_share * sum(s.area * draft.base.times(s) for s in found)}


def _on_wall(array: PvArray, draft: Draft) -> bool:
    return any(s.name == array.surface and s.tilt_deg >= _UPRIGHT for s in draft.building.surfaces)


def facade_pv(action: FacadePv, draft: Draft) -> Quantities:
    """Modules as the outer layer of walls, an array on each of them."""
    taken = {array.surface for array in draft.building.pv}
    density = float(part("pv", "modules", action.module, "action.module")["watt_per_m2"])
    names = [array.name for array in draft.building.pv]
    added: list[PvArray] = []
    area = 0.0
    for s in draft.building.surfaces:
        fits = s.kind == "wall" and s.sun_exposed and s.opaque_area > 1.0 and s.name not in taken
        if not fits or not faces(s, action.sides):
            continue
        used = action.share * s.opaque_area * draft.base.times(s)
        name = own_name(f"wall PV {len(added) + 1}", [*names, *(array.name for array in added)])
        added.append(
            PvArray(
                name=name,
                capacity=used * density / 1000.0,
                surface=s.name,
                mounting=action.mounting,
                module=action.module,
            )
        )
        area += used
    if not added:
        raise NotApplicableError("no outer wall on these sides that is free", "相应朝向没有可用外墙")
    draft.put(pv=(*draft.building.pv, *added))
    total = sum(array.capacity for array in added)
    how = f"{action.share:g} of the walls beside windows; shade of neighbours and of overhangs left out"
    draft.note("pv.facade.capacity", total, "kWp", how, "derived")
    return {"pv": total, "treated_area": area}


def pvt(action: Pvt, draft: Draft) -> Quantities:
    """Collectors that heat the hot-water tank before the others and give power."""
    rows = draft.building.plant_room
    tanks = [row for row in rows if isinstance(row, Tank) and row.serves == "hot_water"]
    if not tanks:
        raise NotApplicableError(
            "no hot-water tank that collectors could heat", "没有可加热的生活热水箱", waits=True
        )
    if any(row.type in ("pvt_collector", "solar_collector") for row in rows):
        raise NotApplicableError("it has solar collectors already", "已有太阳能集热器")
    area = action.roof_share * sum(s.area * draft.base.times(s) for s in roofs(draft))
    if area <= 0.0:
        raise NotApplicableError("no roof that the sun reaches", "没有可用屋面")
    name = own_name("sun heat", [row.name for row in rows])
    own = {"equipment": action.equipment, "area": area, "tilt": action.tilt, "feeds": (tanks[0].name,)}
    row: PvtCollector | SolarCollector
    if action.collector == "pvt":
        own["equipment"] = action.equipment or "covered_insulated_280"
        row = PvtCollector.model_validate({"type": "pvt_collector", "name": name, **own})
    else:
        row = SolarCollector.model_validate({"type": "solar_collector", "name": name, **own})
    draft.put(plant_room=(row, *rows))
    return {"collector_area": area}
