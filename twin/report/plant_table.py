"""What each row of a plant room did, as a table and in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from twin.report.comparison import NONE
from twin.report.plant_flows import STORES, Books, books_of, makers, plant_rooms
from twin.report.plant_words import SERVES, mwh
from twin.report.reading import step_hours, table_of
from twin.report.style import Language, pick
from twin.report.words import unit_in
from twin.store import Run

_BY_ELECTRICITY = ("heat_pump", "chiller")
_MACHINES = ("boiler", "chiller", "electrolyser", "fuel_cell", "heat_pump")
_COLLECTORS = ("pvt_collector", "solar_collector")
_LEAST_KWH = 5.0
"""Energy below which a cell says nothing."""
_LEAST_KEPT = 5e-3
"""Share of what came in below which nobody asks what a store has kept."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text and what stands small below it, both plain."""

    text: str
    small: str = ""


@dataclass(frozen=True, slots=True)
class PlantTable:
    """A table and what is to be said beside it: heads of columns, rows of cells, sentences; all plain."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class _Column:
    zh: str
    en: str
    cell: Callable[[Books, Language], Cell]


def plant_table(run: Run, building: str, language: Language) -> PlantTable:
    """The year of every row of a plant room.

    Parameters
    ----------
    run : Run
    building : str
        One that has a plant room, see `twin.report.plant_flows.plant_rooms`.
    language : {"zh", "en"}

    Returns
    -------
    PlantTable
        Columns that no row has anything in are left out. Its words are `origin_sentences` and
        `unmet_sentences`.
    """
    books = books_of(plant_rooms(run, building)[building])
    columns = [[column.cell(one, language) for one in books] for column in _COLUMNS]
    kept = [k for k, cells in enumerate(columns) if any(cell.text != NONE for cell in cells)]
    return PlantTable(
        tuple(pick(language, _COLUMNS[k].zh, _COLUMNS[k].en) for k in kept),
        tuple(tuple(columns[k][i] for k in kept) for i in range(len(books))),
        (*origin_sentences(run, building, language), *unmet_sentences(run, building, language)),
    )


def _name(one: Books, language: Language) -> Cell:
    product = one.product.get("name_zh" if language == "zh" else "name_en") or one.product.get("name_en", "")
    product = product.replace("℃", "°C").replace("degC", "°C")  # not every font has the one sign
    serves = pick(language, *SERVES[one.serves])
    return Cell(one.name, pick(language, "：", ": ").join(filter(None, (serves, product))))


def _size(one: Books, language: Language) -> Cell:
    number, _, unit = one.size.partition(" ")
    return Cell(f"{number} {unit_in(unit, language)}".strip())


def _energy(kwh: float) -> str:
    return mwh(kwh) if abs(kwh) >= _LEAST_KWH else NONE


def _given(one: Books, language: Language) -> Cell:
    beside = ""
    heat = one.energy.get("hot_water", 0.0) if one.serves != "hot_water" else 0.0
    power = one.energy.get("electricity", 0.0) if one.serves != "electricity" else 0.0
    if heat >= _LEAST_KWH:
        beside = pick(language, f"另供热 {mwh(heat)}", f"and heat {mwh(heat)}")
    elif power >= _LEAST_KWH:
        beside = pick(language, f"另发电 {mwh(power)}", f"and electricity {mwh(power)}")
    return Cell(_energy(one.given()), beside)


def _took(carrier: str) -> Callable[[Books, Language], Cell]:
    return lambda one, language: Cell(_energy(one.taken(carrier)))


def _filled(one: Books, language: Language) -> Cell:
    """What came from other rows: heat or cold of who fills it, what it drew from its source."""
    if one.type in STORES:
        return Cell(_energy(one.filled()))
    return Cell(_energy(one.taken("source") + one.taken("hydrogen")))


def _kept(one: Books) -> float:
    """kWh that a store kept, cold counted positive."""
    kept = one.energy.get("stored", 0.0)
    return -kept if one.serves == "chilled_water" else kept


def _ratio(one: Books, language: Language) -> Cell:
    given, power = one.given(), one.taken("electricity")
    if given < _LEAST_KWH:
        return Cell(NONE)
    if one.type in _BY_ELECTRICITY:
        return Cell(f"{given / power:.2f}") if power > 0.0 else Cell(NONE)
    if one.type in _COLLECTORS:
        return Cell(f"{given / float(one.size.partition(' ')[0]):,.0f} kWh/m²")
    if one.type == "data_room":
        return Cell(f"{100.0 * given / power:.0f} %", pick(language, "余热被利用", "of its heat is used"))
    if one.type in STORES:
        spent = one.filled() - _kept(one)
        if one.type == "borefield" or spent <= 0.0:
            return Cell(NONE)
        return Cell(f"{100.0 * given / spent:.1f}".removesuffix(".0") + " %")
    taken = power + one.taken("gas") + one.taken("hydrogen")
    heat = one.energy.get("hot_water", 0.0) if one.serves in ("electricity", "hydrogen") else 0.0
    whole = f"{100.0 * (given + heat) / taken:.0f} %"
    small = pick(language, f"连同供热 {whole}", f"{whole} with heat") if heat >= _LEAST_KWH else ""
    return Cell(f"{100.0 * given / taken:.0f} %", small)


def _hours(one: Books, language: Language) -> Cell:
    """Hours at full size that give the same; of a store how often it was filled."""
    found = re.fullmatch(r"([\d.e+]+) (kWh|kW)", one.size)
    if found is None or float(found[1]) <= 0.0:
        return Cell(NONE)
    # An electrolyser is rated by the power that it takes.
    times = (one.taken("electricity") if one.type == "electrolyser" else one.given()) / float(found[1])
    if found[2] == "kWh" and one.type in STORES:
        return Cell(NONE, pick(language, f"{times:,.0f} 次满循环", f"{times:,.0f} full cycles"))
    return Cell(f"{times:,.0f}" if one.type in _MACHINES else NONE)


def _outside(one: Books, language: Language) -> Cell:
    hours = one.hours_outside
    if one.type in STORES:
        return Cell(NONE)
    return Cell("0" if hours == 0.0 else f"{hours:.1f}" if hours < 9.95 else f"{hours:,.0f}")


def _store_lost(one: Books, language: Language) -> Cell:
    if one.type not in STORES or one.type == "hydrogen_tank":
        lost = 0.0  # what leaves a tank of hydrogen to its surroundings is the compressor's work
    else:
        lost = one.energy.get("ambient", 0.0) * (-1.0 if one.serves == "chilled_water" else 1.0)
    kept = _kept(one) if one.type in STORES else 0.0
    small = ""
    if abs(kept) >= max(_LEAST_KEPT * one.filled(), 10.0 * _LEAST_KWH):
        words = ("留存", "kept") if kept > 0.0 else ("净放出", "net given")
        small = f"{pick(language, *words)} {mwh(abs(kept))}"
    return Cell(_energy(lost), small)


_COLUMNS = (
    _Column("设备", "Equipment", _name),
    _Column("规格", "Size", _size),
    _Column("输出 (MWh)", "Output (MWh)", _given),
    _Column("用电 (MWh)", "Electricity (MWh)", _took("electricity")),
    _Column("燃气 (MWh)", "Gas (MWh)", _took("gas")),
    _Column("取自其他设备 (MWh)", "From other equipment (MWh)", _filled),
    _Column("全年 COP 或效率", "COP or efficiency over the year", _ratio),
    _Column("满负荷小时 (h)", "Full-load hours (h)", _hours),
    _Column("超出曲线 (h)", "Outside curves (h)", _outside),
    _Column("蓄能损失 (MWh)", "Lost by stores (MWh)", _store_lost),
)


_ORIGINS: Mapping[str, tuple[str, str]] = {
    "hot_water": ("生活热水", "Hot water"),
    "steam": ("蒸汽", "Steam"),
    "space_heat": ("房间供暖", "Heat for rooms"),
    "chilled_water": ("房间供冷", "Cooling of rooms"),
}
_LEAST_OTHERS = 0.01
_WHAT_ROOMS_GOT: Mapping[str, tuple[str, ...]] = {
    "space_heat": ("space_heating_kw",),
    "chilled_water": ("sensible_cooling_kw", "latent_cooling_kw"),
}
_UNMET = {
    "unmet_hot_water_kw": ("生活热水", "hot water"),
    "unmet_steam_kw": ("蒸汽", "steam"),
}


def origin_sentences(run: Run, building: str, language: Language) -> list[str]:
    """Who made what was used, by the plant room and by the air conditioning that covers what it leaves.

    Parameters
    ----------
    run : Run
    building : str
        One that has a plant room.
    language : {"zh", "en"}

    Returns
    -------
    list of str
        A sentence for each carrier, plain.
    """
    rows, table = plant_rooms(run, building)[building], table_of(run, building)
    said = []
    for carrier, words in _ORIGINS.items():
        made = makers(rows, carrier)
        total = sum(made.values())
        if total < _LEAST_KWH:
            continue
        got = sum(float(table[c].sum()) for c in _WHAT_ROOMS_GOT.get(carrier, ())) * step_hours(table)
        if got - total > _LEAST_OTHERS * got:
            made[pick(language, "空调系统", "air conditioning (hvac)")] = got - total
            total = got
        parts = pick(language, "、", ", ").join(
            f"{name} {_percent(100.0 * kwh / total)}" for name, kwh in made.items()
        )
        if len(made) == 1:
            parts = pick(language, f"全部来自 {next(iter(made))}", f"all from {next(iter(made))}")
        line = pick(language, f"{words[0]} {mwh(total)} MWh：", f"{words[1]} {mwh(total)} MWh: ")
        said.append(line + parts + pick(language, "。", "."))
    return said


def plant_line(run: Run, building: str, language: Language) -> str:
    """A plant room's year in a line: makers of hot water, COP of machines, what was not met.

    Parameters
    ----------
    run : Run
    building : str
        One that has a plant room.
    language : {"zh", "en"}
    """
    rows = plant_rooms(run, building)[building]
    said = [
        sentence.rstrip(".。")
        for sentence in origin_sentences(run, building, language)
        if sentence.startswith(pick(language, *_ORIGINS["hot_water"]))
    ]
    ratios = [
        f"{one.name} {pick(language, *SERVES[one.serves])} {_ratio(one, language).text}"
        for one in books_of(rows)
        if one.type in _BY_ELECTRICITY and one.given() >= _LEAST_KWH
    ]
    if ratios:
        said.append(
            pick(language, "全年 COP：" + "，".join(ratios), "COP over the year: " + ", ".join(ratios))
        )
    said += [sentence.rstrip(".。") for sentence in unmet_sentences(run, building, language)]
    nothing = pick(language, "生活热水与机组无可述", "nothing to tell of hot water and machines")
    return pick(language, "；", "; ").join(said or [nothing]) + pick(language, "。", ".")


def unmet_sentences(run: Run, building: str, language: Language) -> list[str]:
    """Hot water and steam that were asked for and not made; nothing where all was."""
    table = table_of(run, building)
    hours = step_hours(table)
    said = []
    for column, (zh, en) in _UNMET.items():
        if column not in table:
            continue
        short = table[column].to_numpy(float)
        kwh, during = float(short.sum()) * hours, float((short > 1e-6).sum()) * hours
        if kwh > 1e-3 * _LEAST_KWH:
            said.append(
                pick(
                    language,
                    f"未满足的{zh}：{mwh(kwh)} MWh，{during:,.0f} 小时。",
                    f"Not met: {mwh(kwh)} MWh of {en}, in {during:,.0f} hours.",
                )
            )
    return said


def _percent(share: float) -> str:
    return f"{share:.0f} %" if share >= 0.95 else "<1 %"
