"""Insulation, coatings and green roofs: layers on the planes that face outdoors."""

from __future__ import annotations

from buildings.description.schema import Construction, Layer, Surface
from buildings.library import catalogue
from buildings.retrofit.actions import Finish, GreenRoof, Insulate
from buildings.retrofit.draft import Draft, NotApplicableError, Quantities

_KINDS = {"wall": ("wall",), "roof": ("roof", "ceiling"), "floor": ("floor",)}
_NONE = {
    "wall": ("no outer wall of a heated or cooled room", "没有供暖供冷房间的外墙"),
    "roof": ("no roof over a heated or cooled room", "供暖供冷房间之上没有屋面"),
    "floor": ("no floor over outdoor air below a heated or cooled room", "没有与室外空气接触的楼板"),
    "unheated": (
        "no plane between a heated or cooled room and another",
        "没有与非供暖空间相邻的围护结构",
    ),
}
_LEVEL = 10.0
"""Tilt up to which a roof can carry plants on loose substrate [deg]."""


def insulate(action: Insulate, draft: Draft) -> Quantities:
    """Put insulation on planes of conditioned zones, once for each construction and side."""
    layers = (action.insulation, *action.finish)
    made: dict[tuple[str, bool], str | None] = {}
    seen = False

    def change(surface: Surface) -> Surface | None:
        nonlocal seen
        first = _first_face(action, surface, draft)
        if first is None:
            return None
        seen = True
        at = (surface.construction, first)
        if at not in made:
            made[at] = _insulated(action, layers, surface.construction, first, draft)
        key = made[at]
        return None if key is None else surface.model_copy(update={"construction": key})

    area = draft.change_surfaces(change)
    if area == 0.0:
        if not seen:
            raise NotApplicableError(*_NONE[action.element])
        limit = f"{action.keep_below:g} W/(m2.K)"
        raise NotApplicableError(f"U is at or below {limit} already", f"传热系数已不高于 {limit}")
    _weigh(action, draft)
    return {"treated_area": area}


def _first_face(action: Insulate, surface: Surface, draft: Draft) -> bool | None:
    """Whether layers go on the first face (outer, or the neighbour's), or on the zone's; None: not here."""
    outside, mine = action.side == "outside", draft.conditioned(surface)
    if action.element != "unheated":
        here = surface.boundary == "outdoors" and surface.kind in _KINDS[action.element] and mine
        return outside if here else None
    behind = draft.base.zones.get(surface.boundary)
    if behind is None or behind.conditioned == mine:
        return None
    # The unheated zone lies behind the first face where this zone is the conditioned one.
    return outside == mine


def _insulated(
    action: Insulate, layers: tuple[Layer, ...], key: str, first: bool, draft: Draft
) -> str | None:
    """Key of the construction with the layers, None where it insulates well enough as it is."""
    before = draft.construction(key)
    u_before = draft.u_value(before)
    if u_before <= action.keep_below:
        return None
    stack = (*reversed(layers), *before.layers) if first else (*before.layers, *layers)
    absorbed = before.solar_absorptance_outside if action.absorptance is None else action.absorptance
    after = _with(before, layers=stack, solar_absorptance_outside=absorbed)
    name = draft.add_construction(f"{key[:40]} insulated", after)
    u_after = draft.u_value(after)
    how = f"U {u_before:.3f} before; layers added to the real ones, films of GB 50176, no thermal bridges"
    draft.note(f"constructions.{name}.u_value", u_after, "W/(m2.K)", how, "derived")
    draft.stale += [f"{draft.name}.envelope.{key}_u", f"{draft.name}.constructions.{key}."]
    return name


def _with(before: Construction, **changes: object) -> Construction:
    return Construction.model_validate({**{k: getattr(before, k) for k in _FIELDS}, **changes})


_FIELDS = tuple(Construction.model_fields)


def _weigh(action: Insulate | GreenRoof, draft: Draft) -> None:
    """kg/m2 of each layer, by the factor of its material."""
    if isinstance(action, Insulate):
        listed = [(action.insulation, action.embodied), *((layer, None) for layer in action.finish)]
    else:
        listed = [(layer, None) for layer in (action.substrate, *action.below)]
    for layer, factor in listed:
        if layer.resistance is not None:
            continue
        density = layer.density
        if layer.material is not None:
            density = catalogue.material(layer.material).density
        word = factor or layer.material or "unknown"
        draft.layers.append((word, (layer.thickness or 0.0) * (density or 0.0)))


def finish(action: Finish, draft: Draft) -> Quantities:
    """Change the optics of outer faces that take more of the sun than the new ones."""
    made: dict[str, str | None] = {}

    def change(surface: Surface) -> Surface | None:
        if surface.boundary != "outdoors" or surface.kind not in _KINDS[action.element]:
            return None
        key = surface.construction
        if key not in made:
            made[key] = _painted(action, key, draft)
        name = made[key]
        return None if name is None else surface.model_copy(update={"construction": name})

    area = draft.change_surfaces(change)
    if area == 0.0:
        en = f"no outer {action.element} takes more than {action.absorptance:g} of the sun"
        zh = f"没有太阳辐射吸收系数高于 {action.absorptance:g} 的外表面"
        raise NotApplicableError(en, zh)
    return {"treated_area": area}


def _painted(action: Finish, key: str, draft: Draft) -> str | None:
    before = draft.construction(key)
    if before.solar_absorptance_outside <= action.absorptance + 1e-9:
        return None
    after = _with(before, solar_absorptance_outside=action.absorptance, emissivity_outside=action.emissivity)
    return draft.add_construction(f"{key[:44]} coated", after)


def green_roof(action: GreenRoof, draft: Draft) -> Quantities:
    """Substrate and leaves over level roofs."""
    layers = (action.substrate, *action.below)
    made: dict[str, str] = {}

    def change(surface: Surface) -> Surface | None:
        level = surface.kind in _KINDS["roof"] and surface.tilt_deg <= _LEVEL
        if surface.boundary != "outdoors" or not level:
            return None
        key = surface.construction
        if key not in made:
            made[key] = _planted(action, layers, key, draft)
        return surface.model_copy(update={"construction": made[key]})

    area = draft.change_surfaces(change)
    if area == 0.0:
        raise NotApplicableError("no level roof", "没有平屋面")
    _weigh(action, draft)
    how = "evapotranspiration and the leaves' shade are left out; substrate with one moisture; the whole roof"
    draft.note("roof.planted_share", action.planted_share, "1", f"for the bill; {how}", "assumed")
    return {"treated_area": area, "planted_area": area * action.planted_share}


def _planted(action: GreenRoof, layers: tuple[Layer, ...], key: str, draft: Draft) -> str:
    before = draft.construction(key)
    after = _with(
        before,
        layers=(*layers, *before.layers),
        solar_absorptance_outside=action.absorptance,
        emissivity_outside=action.emissivity,
        roughness="very_rough",
    )
    return draft.add_construction(f"{key[:44]} planted", after)
