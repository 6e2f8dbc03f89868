"""Renewals that fall due anyway (到期更新): what an owner would pay without the works, and a package avoids.

The project says when a part of the building as it is falls due; without that nothing is avoided. From then
on the part would be replaced like for like at the end of each life. A package avoids it where one of its
measures buys something new in the slot of the part, and as far as it does: of windows and lamps by area.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from buildings.description.finance import Finance, RenewalDue
from buildings.retrofit.renewal import RenewalWork, StandingPart
from buildings.retrofit.work_line import Spread, WorkLine
from twin.market.assumption import Assumption
from weather.errors import TwinError


@dataclass(frozen=True)
class Renewal:
    """A purchase that falls due without the works.

    Parameters
    ----------
    part : str
        Slot of the measures that take its place.
    item_en, item_zh : str
    amount : Spread
        Of one purchase [CNY].
    life : float
        Of what is bought [a].
    due : float
        Years after construction; not below 0.
    installed : float or None
        Years after construction (below 0), where the date follows from the life; None where it was written.
    area_m2 : float or None
        Of the part as it stands, where measures may replace a share of it.
    told : Assumption
    """

    part: str
    item_en: str
    item_zh: str
    amount: Spread
    life: float
    due: float
    installed: float | None
    area_m2: float | None
    told: Assumption


def renewals_of(
    finance: Finance, standing: Mapping[str, StandingPart], start_year: int
) -> tuple[Renewal, ...]:
    """Renewals that a project says fall due.

    Parameters
    ----------
    finance : Finance
    standing : mapping of str to StandingPart
        See `buildings.retrofit.renewal.standing_parts`.
    start_year : int
        Calendar year of construction.

    Raises
    ------
    TwinError
        A part that no measure buys anew; a part without a known cost or life; a date by which the part would
        be newer than what is built.
    """
    found: list[Renewal] = []
    for key, written in finance.renewal_due.items():
        at = f"retrofit.finance.renewal_due.{key}"
        if key not in standing:
            raise TwinError(
                f"no part that falls due is called {key!r}.", f"Known: {', '.join(standing)}.", key=at
            )
        due = written if isinstance(written, RenewalDue) else RenewalDue(year=written)
        part = standing[key]
        found += [_renewal(part, work, due, start_year, at) for work in _works(part, due, at)]
    return tuple(found)


def _works(part: StandingPart, due: RenewalDue, at: str) -> tuple[RenewalWork, ...]:
    """What is bought: by the owner's own amount, else as the library has it."""
    if due.amount is None:
        if not part.works:
            raise TwinError(
                f"what replacing {part.name_en.lower()} like for like costs is not known here.",
                "Write its amount, with source, and its life.",
                key=f"{at}.amount",
            )
        return tuple(work if due.life is None else replace(work, life=due.life) for work in part.works)
    life = due.life
    if life is None:
        if not part.works:
            raise TwinError(
                f"the life of {part.name_en.lower()} is not known here.",
                "Write its life in years, for example 15.",
                key=f"{at}.life",
            )
        # several machines of different lives under one amount: the shortest decides when it is spent again
        life = min(work.life for work in part.works)
    low, high = due.range
    cost = Spread(low, due.amount, high, f"written in the project: {due.source}", 0, "stored:primary")
    return (RenewalWork(part.name_en, part.name_zh, 1.0, "1", cost, life),)


def _renewal(part: StandingPart, work: RenewalWork, due: RenewalDue, start_year: int, at: str) -> Renewal:
    installed = None if due.installed is None else float(due.installed - start_year)
    years = float(due.year - start_year) if due.year is not None else (installed or 0.0) + work.life
    if years > work.life:
        raise TwinError(
            f"{work.item_en.lower()} of a life of {work.life:g} a would fall due {years:g} a after the works "
            f"of {start_year}: newer than new.",
            f"Write a year up to {start_year + int(work.life)}, or a longer life.",
            key=at,
        )
    cost = work.unit_cost
    amount = replace(
        cost, low=cost.low * work.quantity, value=cost.value * work.quantity, high=cost.high * work.quantity
    )
    return Renewal(
        part.key,
        work.item_en,
        work.item_zh,
        amount,
        work.life,
        max(years, 0.0),
        installed,
        part.area_m2,
        _told(part, work, amount, start_year + years, years < 0.0),
    )


def _told(part: StandingPart, work: RenewalWork, amount: Spread, year: float, late: bool) -> Assumption:
    zh_late = "，已逾期，计入建设当年" if late else ""
    en_late = ", which has passed and is counted in the year of construction" if late else ""
    span = f"{amount.value:,.0f} ({amount.low:,.0f} ~ {amount.high:,.0f})"
    own = amount.year == 0
    zh, en = part.name_zh, part.name_en
    if work.item_en != part.name_en:
        zh, en = f"{zh}（{work.item_zh}）", f"{en} ({work.item_en.lower()})"
    return Assumption(
        f"renewal.{part.key}.{work.item_en}",
        f"不改造时{zh}于 {year:.0f} 年到期同类更换{zh_late}，每次 {span} 元，此后每 {work.life:g} 年一次；"
        "替换它的方案避免该费用。",
        f"{en} would be replaced like for like without the works in {year:.0f}{en_late}, for {span} CNY, and "
        f"every {work.life:g} a after; a package in its place avoids that.",
        amount.value,
        "CNY",
        amount.source if own else f"{amount.source} ({amount.year})",
        amount.confidence,
    )


def avoided_by(
    renewals: Sequence[Renewal], lines: Sequence[WorkLine], slot_of: Mapping[str, str]
) -> tuple[Renewal, ...]:
    """Renewals that a package avoids, each with the amount of the share that it replaces.

    Parameters
    ----------
    renewals : sequence of Renewal
    lines : sequence of WorkLine
        Of the package.
    slot_of : mapping of str to str
        Slot of each measure of the lines.
    """
    found = []
    for renewal in renewals:
        bought = [line for line in lines if slot_of[line.measure] == renewal.part and line.quantity > 0.0]
        if not bought:
            continue
        share = 1.0
        if renewal.area_m2 is not None:
            area = max((line.quantity for line in bought if line.unit == "m2"), default=0.0)
            share = min(area / renewal.area_m2, 1.0) if renewal.area_m2 > 0.0 else 0.0
        if share > 0.0:
            found.append(replace(renewal, amount=_part_of(renewal.amount, share)))
    return tuple(found)


def _part_of(amount: Spread, share: float) -> Spread:
    scaled: dict[str, Any] = {name: getattr(amount, name) * share for name in ("low", "value", "high")}
    return replace(amount, **scaled)
