"""Chinese and English words for a plant room: ends of its diagram, kinds of flows and what rows serve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twin.report import plant_flows as pf
from twin.report.style import Language, pick

ENDS: Mapping[str, tuple[str, str]] = {
    pf.ELECTRICITY[1]: ("用电", "Electricity"),
    pf.GAS[1]: ("燃气", "Gas"),
    pf.HYDROGEN[1]: ("外购氢", "Hydrogen bought"),
    pf.SUN[1]: ("太阳", "Sun"),
    pf.SUN_AND_AIR[1]: ("太阳与空气", "Sun and air"),
    pf.OUTDOOR[1]: ("室外空气", "Outdoor air"),
    pf.ROOMS[1]: ("供冷（自房间取热）", "Cooling (heat of rooms)"),
    pf.FROM_STORES[1]: ("期初储能", "From stores' start"),
    pf.FROM_GROUND[1]: ("净取自地层", "Net from the ground"),
    pf.SPACE_HEAT[1]: ("供暖", "Space heat"),
    pf.HOT_WATER[1]: ("生活热水", "Hot water"),
    pf.STEAM[1]: ("蒸汽", "Steam"),
    pf.BOARD[1]: ("发电", "Electricity made"),
    pf.REJECTED[1]: ("排至室外", "Rejected outdoors"),
    pf.LOST[1]: ("损失", "Losses"),
    pf.IN_STORES[1]: ("期末多存", "Left in stores"),
    pf.IN_GROUND[1]: ("净存入地层", "Left in the ground"),
}
SERVES: Mapping[str, tuple[str, str]] = {
    "space_heat": ("供暖", "heating"),
    "chilled_water": ("供冷", "cooling"),
    "hot_water": ("热水", "hot water"),
    "steam": ("蒸汽", "steam"),
    "source": ("热源", "source"),
    "electricity": ("发电", "electricity"),
    "hydrogen": ("制氢", "hydrogen"),
}
KINDS: Mapping[str, tuple[str, str]] = {
    "electricity": ("电", "electricity"),
    "gas": ("燃气", "gas"),
    "hydrogen": ("氢", "hydrogen"),
    "heat": ("热", "heat"),
    "cold": ("供冷取走的热", "heat taken by cooling"),
    "surroundings": ("太阳、空气、地层与余热", "sun, air, ground, waste heat"),
    "lost": ("损失与排热", "lost or rejected"),
}
"""What flows are."""
_LONGEST_LABEL = 24
"""Half-width characters of a name beside a node."""
SERVICE_MARK = " · "


def mwh(kwh: float) -> str:
    """Energy in MWh with digits that tell something, without the unit."""
    value = abs(kwh) / 1000.0
    if value == 0.0:
        return "0"
    if value < 0.005:
        return "<0.01"
    sign = "−" if kwh < 0.0 else ""
    return sign + (f"{value:,.0f}" if value >= 99.5 else f"{value:.1f}" if value >= 0.95 else f"{value:.2f}")


def node_name(node: pf.Node, nodes: Sequence[pf.Node], language: Language) -> str:
    """Name of an end, or of a row as its user wrote it, with its service where it has several."""
    name, key = node
    if not name:
        return pick(language, *ENDS[key])
    several = sum(other[0] == name for other in nodes) > 1
    return f"{name}{SERVICE_MARK}{pick(language, *SERVES[key])}" if several else name


def shortened(name: str) -> str:
    """A name that fits beside a node; Chinese characters are twice as wide."""
    width, kept = 0, ""
    for letter in name:
        width += 1 if letter.isascii() else 2
        if width > _LONGEST_LABEL:
            return kept + "…"
        kept += letter
    return name
