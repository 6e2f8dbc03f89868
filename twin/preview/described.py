"""From six fields to a project: the archetype of the use, and every assumption that fills the gaps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from buildings.description.finance import Finance
from buildings.description.loading import parse_project
from buildings.description.schema import Project
from buildings.library import catalogue
from buildings.library.data_text import read_data
from buildings.retrofit.library import default_library
from twin.economics.terms import terms_of
from twin.market.assumption import Assumption
from twin.preview.six_fields import SixFields
from twin.report.words import ERAS, USES

OWN_PV = {"pv_roof_free": "pv_roof_70", "pv_roof_free_dense": "pv_roof_dense"}
"""Measures that lay PV on the roof that the owner names, and those of the library whose data they use."""
_EARLIEST = 1950
"""Year of installation that terms of money know."""


@dataclass(frozen=True)
class DescribedBuilding:
    """A project of one building, as text and read, and what it takes for granted.

    Attributes
    ----------
    text : str
        YAML that `buildings.description.loading.read_project` reads back to `project`.
    project : Project
    assumptions : tuple of Assumption
        Everything that the six fields do not say and that moves a figure.
    """

    text: str
    project: Project
    assumptions: tuple[Assumption, ...]


@cache
def building_data() -> dict[str, Any]:
    """Habits of buildings that six fields leave open, each with its source."""
    text = (files("twin.preview") / "data" / "building.yaml").read_text("utf-8")
    found: dict[str, Any] = read_data(text)
    return found


def describe(fields: SixFields) -> DescribedBuilding:
    """Make a project of six fields.

    Parameters
    ----------
    fields : SixFields

    Returns
    -------
    DescribedBuilding

    Raises
    ------
    TwinError
        A building that no archetype can be, such as one too thin for its storeys.
    """
    made = _Making(fields)
    plain = made.project()
    text = yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=110)
    return DescribedBuilding(text, parse_project(text, "six fields"), tuple(made.said))


def title_of(fields: SixFields) -> tuple[str, str]:
    """Chinese and English name of the building: what the owner calls it, else use and area."""
    if fields.name is not None:
        return fields.name, fields.name
    zh, en = USES[fields.use]
    area = f"{fields.floor_area:.0f}"
    return f"{zh}建筑 {area} 平方米", f"{en.capitalize()} building {area} m2"


class _Making:
    """One project while it is made, and what was said about it."""

    def __init__(self, fields: SixFields) -> None:
        self.fields, self.data = fields, building_data()
        self.archetype = catalogue.archetype(fields.use)
        self.said: list[Assumption] = []

    def project(self) -> dict[str, Any]:
        """Plain data of the project."""
        fields = self.fields
        zh, en = title_of(fields)
        era, lamps = self._era()
        building: dict[str, Any] = {
            "name": "building",
            "archetype": fields.use,
            "era": era,
            "floor_area": fields.floor_area,
            "floors": fields.storeys,
            **lamps,
            "hvac": {"type": self._plant(era)},
            **self._people(),
        }
        self._shape()
        plain: dict[str, Any] = {
            "schema": 1,
            "name": en,
            "name_zh": zh,
            "tariff": self._tariff(),
            "site": {"terrain": "city"},
        }
        plain["retrofit"] = {**self._roof(), "finance": {"renewal_due": self._renewals()}}
        if fields.use == "residential":
            plain["pilot"] = {"households": building["meters"]}
        return plain | {"buildings": [building]}

    def _say(self, key: str, zh: str, en: str, value: Any, unit: str, origin: dict[str, Any]) -> None:
        source = f"{origin['source']} ({origin['year']})"
        self.said.append(Assumption(f"preview.{key}", zh, en, value, unit, source, str(origin["confidence"])))

    def _era(self) -> tuple[str, dict[str, Any]]:
        """The era of envelope and equipment, and gains where lamps are newer than that."""
        lag = self.data["design_lag"]
        designed = self.fields.year_built - int(lag["value"])
        rows = [row for row in self.data["eras"][self.archetype.category] if row["from"] <= designed]
        found = max(rows, key=lambda row: row["from"])
        era = str(found["era"])
        zh, en = ERAS[era]
        self._say(
            "era",
            f"{self.fields.year_built} 年建成，按建成前 {lag['value']:g} 年设计，"
            f"围护结构、窗和设备取“{zh}”水平；其后若换过窗或空调，请按换过的年份填写。",
            f"Completed in {self.fields.year_built} and designed {lag['value']:g} years before: envelope, "
            f"windows and machines of {en}; where windows or machines were renewed since, give that year.",
            era,
            "",
            found,
        )
        if era != "1980s" or self.archetype.category == "residential":
            return era, {}
        lamps = self.data["lamps_since"]
        power = catalogue.lighting_power(self.fields.use, lamps["era"])
        self._say(
            "lamps",
            f"灯具后来换过一次，照明功率按 {power.value:g} W/m²。",
            f"Lamps were renewed once since: {power.value:g} W/m2.",
            power.value,
            "W/m2",
            lamps,
        )
        return era, {"gains": {"lighting_power": power.value}}

    def _plant(self, era: str) -> str:
        """Kind of plant by use and size."""
        rule = self.data["central_plant"]
        least = rule["from_m2"].get(self.fields.use)
        central = least is not None and self.fields.floor_area >= least
        kind = "chiller_boiler" if central else "vrf"
        key, _ = catalogue.equipment_key(kind, era)
        zh, en = _PLANTS[kind]
        self._say("plant", f"冷热源按{zh}（{key}）。", f"Heating and cooling: {en} ({key}).", kind, "", rule)
        return kind

    def _tariff(self) -> str:
        rule = self.data["own_transformer"]
        kind = (
            "residential"
            if self.fields.use == "residential"
            else ("large" if self.fields.floor_area >= rule["from_m2"] else "small")
        )
        tariff = str(self.data["tariffs"][kind])
        zh, en = _TARIFFS[kind]
        self._say("tariff", f"电价按{zh}。", f"Tariff: {en}.", tariff, "", rule)
        return tariff

    def _people(self) -> dict[str, Any]:
        """Hot water, kitchen and laundry, and household meters."""
        rule, use = self.data["people"], self.fields.use
        entry = rule.get(use)
        if entry is None:
            self._say(
                "hot_water",
                "不计集中热水、厨房和洗衣用能。",
                "No central hot water, kitchen or laundry is counted.",
                0.0,
                "",
                rule,
            )
            return {}
        count = max(1, round(self.fields.floor_area / entry["area"]))
        zh, en = _COUNTED[use]
        self._say(
            "people", f"按每 {entry['area']:g} m² 一{zh}，共 {count}。",
            f"One {en} for each {entry['area']:g} m2, {count} in all.", float(count), "1", rule,
        )  # fmt: skip
        heads = count * entry.get("people", 1)
        uses = {**entry["end_uses"], "count": heads}
        if use == "residential":
            return {"meters": count, "end_uses": uses}
        self._say(
            "hot_water",
            "集中生活热水用燃气锅炉，厨房与洗衣也用燃气。",
            "Hot water is made centrally by a gas boiler; kitchen and laundry use gas too.",
            None,
            "",
            rule,
        )
        tank, boiler = f"{entry['tank_m3'] * count:.2f} m3", f"{entry['boiler_kw'] * count:.1f} kW"
        return {
            "end_uses": uses,
            "plant_room": [
                {"name": "hot water", "type": "stratified_tank", "serves": "hot_water", "volume": tank},
                {
                    "name": "boiler", "type": "boiler", "equipment": "gas_2005", "serves": "hot_water",
                    "feeds": "hot water", "capacity": boiler,
                },
            ],
        }  # fmt: skip

    def _shape(self) -> None:
        """What the archetype says of the shape."""
        data, storeys = self.archetype, self.fields.storeys
        self._say(
            "shape",
            f"各层相同的矩形平面：每层 {self.fields.roof_m2:,.0f} m²，长宽比 {data.aspect_ratio:g}，层高 "
            f"{data.storey_height:g} m，窗墙比 {data.window_wall_ratio:g}，长边朝南北。",
            f"Rectangular plan, alike on {storeys} storeys: {self.fields.roof_m2:,.0f} m2 each, length over "
            f"depth {data.aspect_ratio:g}, storey height {data.storey_height:g} m, window share "
            f"{data.window_wall_ratio:g}, long sides to north and south.",
            None,
            "",
            {
                "source": data.geometry_origin.source,
                "year": data.geometry_origin.year,
                "confidence": "assumed",
            },
        )

    def _renewals(self) -> dict[str, Any]:
        """When plant, windows and lamps fall due anyway: a package that renews them avoids that."""
        rule, started = self.data["renewals"], terms_of(Finance()).start_year
        built = min(self.fields.year_built, started)
        since = max(built, int(rule["machines_since"]))
        self._say(
            "renewals",
            f"冷热源和灯具自 {since} 年、外窗自 {built} 年使用至今，寿命到期须同类更换；"
            "方案替换它们时省去这笔费用。",
            f"Plant and lamps stand since {since}, windows since {built}; at the end of their lives they "
            "would be replaced like for like, which a package that renews them avoids.",
            float(since),
            "a",
            rule,
        )
        years = {"plant": since, "lighting": since, "windows": built}
        return {key: {"installed": max(year, _EARLIEST)} for key, year in years.items()}

    def _roof(self) -> dict[str, Any]:
        """Measures of one's own that lay PV on the roof that is free; none where nothing is said."""
        free = self.fields.roof_for_pv
        if free is None:
            self._say(
                "roof",
                "未填可用屋面：光伏按屋面的 70 %（轻改造、深度改造）和密铺 65 %（近零能耗）布置。",
                "No free roof is stated: PV takes 70 % of it (light, deep), or 65 % densely (near zero).",
                0.7,
                "1",
                {"source": "shares of the measures of the library", "year": 2026, "confidence": "assumed"},
            )
            return {}
        if free == 0.0:
            return {"exclude": ["pv_roof"]}
        share = free / self.fields.roof_m2
        return {"measures": {key: _own_pv(like, free, share) for key, like in OWN_PV.items()}}


def _own_pv(like: str, free: float, share: float) -> dict[str, Any]:
    """A measure of the library on the roof that the owner names."""
    plain = default_library()[like].model_dump(mode="json", exclude_none=True)
    plain["action"] = {**plain["action"], "roof_share": share}
    dense = like == "pv_roof_dense"
    plain["name_zh"] = f"屋顶光伏（可用屋面 {free:,.0f} m²{'，密铺' if dense else ''}）"
    plain["name_en"] = f"{'Dense ' if dense else ''}PV on {free:,.0f} m² of free roof"
    return plain


_PLANTS = {
    "vrf": ("分体或多联机", "split and multi-split units"),
    "chiller_boiler": ("冷水机组加燃气锅炉", "chillers and a gas boiler"),
}
_TARIFFS = {
    "large": ("10 kV 两部制分时电价", "two-part time-of-use tariff at 10 kV"),
    "small": ("单一制分时电价", "single-rate time-of-use tariff"),
    "residential": ("居民阶梯与分时电价", "residential tiers with time of use"),
}
_COUNTED = {
    "hotel": ("位住客", "guest"),
    "hospital_inpatient": ("张床位", "bed"),
    "residential": ("户", "household"),
}
