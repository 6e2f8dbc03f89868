"""Windows, films and shades."""

from __future__ import annotations

from buildings.description.schema import Glazing, Shading, Surface, Window, Zone
from buildings.library import catalogue
from buildings.retrofit.actions import Film, FixedShading, MovableShading, ReplaceWindows
from buildings.retrofit.draft import Draft, NotApplicableError, Quantities, faces

_NO_WINDOW = ("no such window outdoors", "没有相应朝向的外窗")


def replace_windows(action: ReplaceWindows, draft: Draft) -> Quantities:
    """New windows where the old ones have a higher U; joints are tighter in those zones."""
    if action.glazing is not None:
        known = {**catalogue.glazings(), **draft.building.glazings}
        new_key = catalogue.library_key(action.glazing, known, "glazing", "action.glazing")
        new = known[new_key]
    elif action.figures is not None:
        new, new_key = action.figures, ""
    else:
        raise TypeError("a window without figures passed validation")
    zones: set[str] = set()
    seen = False

    def change(surface: Surface, window: Window) -> Window | None:
        nonlocal seen, new_key
        if not faces(surface, action.sides):
            return None
        seen = True
        old = draft.glazing(window.glazing)
        if old is new or _no_worse(old, new):
            return None
        zones.add(surface.zone)
        draft.stale.append(f"{draft.name}.glazings.{window.glazing}.")
        if not new_key:
            new_key = draft.add_glazing("new windows", new)
        return window.model_copy(update={"glazing": new_key})

    area = draft.change_windows(change)
    if area == 0.0:
        if not seen:
            raise NotApplicableError(*_NO_WINDOW)
        raise NotApplicableError("windows insulate as well already", "外窗传热系数已不高于新窗")
    _tighten(draft, zones, action.infiltration_factor)
    return {"treated_area": area}


def _no_worse(old: Glazing, new: Glazing) -> bool:
    """Whether the old window insulates as well; panes described one by one are compared by their number."""
    if old.u_value is not None and new.u_value is not None:
        return old.u_value <= new.u_value + 1e-9
    return old.panes >= new.panes


def _tighten(draft: Draft, zones: set[str], factor: float) -> None:
    """Infiltration of zones, times a factor."""

    def change(zone: Zone) -> Zone | None:
        before = draft.infiltration(zone)
        if zone.name not in zones or before == 0.0 or factor == 1.0:
            return None
        draft.stale.append(f"{draft.name}.zones.{zone.name}.infiltration")
        return zone.model_copy(update={"infiltration": before * factor})

    if draft.change_zones(change) > 0.0:
        draft.forget_n50()
        how = "of zones with new windows; its effect differs widely between buildings"
        draft.note("infiltration_factor", factor, "1", how, "assumed")


def film(action: Film, draft: Draft) -> Quantities:
    """Film on windows that are written by U and solar heat gain."""
    made: dict[str, str] = {}
    seen = False

    def change(surface: Surface, window: Window) -> Window | None:
        nonlocal seen
        if not faces(surface, action.sides):
            return None
        seen = True
        old = draft.glazing(window.glazing)
        if old.u_value is None or old.shgc is None:
            return None
        if window.glazing not in made:
            made[window.glazing] = draft.add_glazing(f"{window.glazing[:45]} film", _filmed(action, old))
        return window.model_copy(update={"glazing": made[window.glazing]})

    area = draft.change_windows(change)
    if area == 0.0:
        if not seen:
            raise NotApplicableError(*_NO_WINDOW)
        raise NotApplicableError(
            "windows are described pane by pane, to which factors of a film do not apply",
            "外窗按逐层玻璃描述，贴膜系数不适用",
        )
    return {"treated_area": area}


def _filmed(action: Film, old: Glazing) -> Glazing:
    shgc, u_value, visible = old.shgc or 0.0, old.u_value or 0.0, old.visible_transmittance
    inside = old.emissivity_inside if action.emissivity_inside is None else action.emissivity_inside
    return Glazing.model_validate(
        {
            **{name: getattr(old, name) for name in ("panes", "frame_fraction")},
            "u_value": u_value * action.u_factor,
            "shgc": shgc * action.shgc_factor,
            "visible_transmittance": None if visible is None else visible * action.visible_factor,
            "coating": old.coating if old.coating == "low_e" else action.coating,
            "emissivity_inside": inside,
        }
    )


def fixed_shading(action: FixedShading, draft: Draft) -> Quantities:
    """Overhangs and fins where there are shallower ones or none; the area of the slabs counts."""
    added = 0.0

    def change(surface: Surface, window: Window) -> Window | None:
        nonlocal added
        own = window.shading
        if not faces(surface, action.sides):
            return None
        deeper = action.overhang_depth > own.overhang_depth, action.fin_depth > own.fin_depth
        if not any(deeper):
            return None
        height = window.height if window.height is not None else window.area**0.5
        here = action.overhang_depth * window.area / height if deeper[0] else 0.0
        here += 2.0 * action.fin_depth * height if deeper[1] else 0.0
        added += here * draft.base.times(surface)
        return window.model_copy(update={"shading": _shaded(action, own, deeper)})

    area = draft.change_windows(change)
    if area == 0.0:
        raise NotApplicableError(
            "no window on these sides without such a shade", "相应朝向没有可加固定遮阳的外窗"
        )
    how = "a band of windows is one window: fins stand at its ends only"
    draft.note("shading.area", added, "m2", f"depth x length of overhangs and fins; {how}", "derived")
    return {"treated_area": area, "shade_area": added}


def _shaded(action: FixedShading, own: Shading, deeper: tuple[bool, bool]) -> Shading:
    new: dict[str, object] = {}
    if deeper[0]:
        new |= {"overhang_depth": action.overhang_depth, "overhang_gap": action.overhang_gap}
    if deeper[1]:
        new |= {"fin_depth": action.fin_depth}
    return own.model_copy(update=new)


def movable_shading(action: MovableShading, draft: Draft) -> Quantities:
    """Movable shades at windows that have none that is described."""
    known = {**catalogue.shades(), **draft.building.shades}
    key = catalogue.library_key(action.shade, known, "shade", "action.shade")

    def change(surface: Surface, window: Window) -> Window | None:
        if not faces(surface, action.sides) or window.shading.shade is not None:
            return None
        new = {"movable_factor": 1.0, "shade": key, "shade_control": action.control}
        return window.model_copy(update={"shading": window.shading.model_copy(update=new)})

    area = draft.change_windows(change)
    if area == 0.0:
        raise NotApplicableError(
            "no window on these sides without a movable shade", "相应朝向外窗已有活动遮阳"
        )
    return {"treated_area": area}
