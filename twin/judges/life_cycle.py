"""Life-cycle carbon (全生命期碳排放) before and after measures, by the stages of GB/T 51366-2019.

Production and transport, construction, operation with a grid factor that may fall, refrigerant, replacement,
demolition, and the sink of greenery. Of an existing building only what the measures add is counted as
material: what stands is there either way. The account is the physical, location-based one; that of the
Shanghai carbon market stands beside, for the first year, and is never mixed in. One vintage before and after.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from buildings.description.finance import Finance
from buildings.retrofit.work_line import WorkLine
from twin.economics.annual import AnnualState
from twin.economics.cash_flow import ages, is_pv, lives_of, renewals
from twin.economics.finance_data import default
from twin.economics.terms import terms_of
from twin.judges.factors import data, factor
from twin.market.assumption import UNVERIFIED, Assumption, merged
from weather.errors import TwinError

FloatArray = NDArray[np.float64]
_FILE = "life_cycle.yaml"
PHYSICAL = "electricity_shanghai_2023"
MARKET = "electricity_shanghai_ets"


@dataclass(frozen=True)
class Refrigerant:
    """Machines with a refrigerant (制冷剂).

    Parameters
    ----------
    key : str
        "R410A", "R32" or "R134a".
    cooling_kw : float
        Their cooling capacity [kW].
    charge_kg_per_kw : float, optional
        [kg/kW]; default of the data file.
    life : float, optional
        Of the machine [a], over which the whole charge escapes; default of the data file.
    """

    key: str
    cooling_kw: float
    charge_kg_per_kw: float | None = None
    life: float | None = None


@dataclass(frozen=True)
class LifeCycleTerms:
    """Terms of a life cycle.

    Parameters
    ----------
    years : int, optional
        Service life that is counted [a] (设计使用年限); default 50.
    start_year : int
        Year of construction; operation runs the `years` after it.
    grid : "constant", "linear_2060" or mapping of year to factor
        How the grid's factor [kgCO2/kWh] goes on; a mapping is straight between its years and constant
        outside them.
    construction_share, demolition_share : float, optional
        Own figures over production and transport, and over production.
    haul_km : float, optional
        Own distance of the materials [km].
    """

    start_year: int
    years: int | None = None
    grid: Literal["constant", "linear_2060"] | Mapping[int, float] = "linear_2060"
    construction_share: float | None = None
    demolition_share: float | None = None
    haul_km: float | None = None

    @classmethod
    def of(cls, finance: Finance, start_year: int | None = None) -> LifeCycleTerms:
        """Terms of a project; its year of construction as its money has it."""
        course = finance.grid_factor if finance.grid_factor is not None else "linear_2060"
        return cls(terms_of(finance, start_year).start_year, years=finance.service_life, grid=course)


@dataclass(frozen=True)
class Site:
    """What stands on the site in one state: machines and greenery, which the lines do not tell.

    Parameters
    ----------
    refrigerants : sequence of Refrigerant, optional
        None where it is not known; then leakage is counted in neither state, and that is told.
    greenery_m2 : mapping of str to float
        Planted area by kind of the data file [m2].
    assumptions : tuple of Assumption
        What was assumed to know them.
    """

    refrigerants: Sequence[Refrigerant] | None = None
    greenery_m2: Mapping[str, float] = field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = ()


def site_of(equipment: str, cooling_kw: float) -> Site:
    """What a plant of the equipment library usually holds.

    Parameters
    ----------
    equipment : str
        Key of the plant, as a Run's manifest has it; of one that the data file does not know, or that is
        ideal, nothing is known.
    cooling_kw : float
        [kW]
    """
    known = _figure("plants").get(equipment)
    if known is None:
        return Site()
    one = Refrigerant(known["refrigerant"], cooling_kw, known["charge"], known["life"])
    said = _said(
        f"plant.{equipment}",
        f"{equipment} 按 {one.key} 制冷剂计，充注 {known['charge']:g} kg/kW，{known['life']} 年内全部泄漏。",
        f"{equipment} holds {known['charge']:g} kg/kW of {one.key}, which escapes within {known['life']} a.",
        _figure("plants_origin"),
        one.key,
    )
    return Site((one,), assumptions=tuple(said))


def life_cycle(
    lines: Sequence[WorkLine],
    before: AnnualState,
    after: AnnualState,
    terms: LifeCycleTerms | Finance,
    *,
    site_before: Site | None = None,
    site_after: Site | None = None,
    lives: Mapping[str, float] | None = None,
) -> tuple[dict[str, Any], tuple[Assumption, ...]]:
    """Life-cycle carbon before and after measures.

    Parameters
    ----------
    lines : sequence of WorkLine
        What the measures add.
    before, after : AnnualState
    terms : LifeCycleTerms or Finance
        Of a project's `Finance` only its years and its grid factor are read.
    site_before, site_after : Site, optional
    lives : mapping of str to float, optional
        Lives by measure [a] in place of the lines' own.

    Returns
    -------
    figures : dict
        `before` and `after`: kgCO2e by stage, `per_m2` and `per_m2_a`; `saved`: the difference;
        `carbon_payback_a`: until the saved operation makes up for what is emitted before the first year, None
        where it never does; `course`: what has been emitted by the end of each year, sink taken off;
        `grid_factor` by year; `ets_first_year_kg`, apart.
    assumptions : tuple of Assumption

    Raises
    ------
    TwinError
        A term that cannot be used, or another floor area before than after.
    """
    if not math.isclose(before.floor_area_m2, after.floor_area_m2, rel_tol=1e-6):
        raise TwinError(
            f"the floor area is {before.floor_area_m2:g} m2 before and {after.floor_area_m2:g} m2 after.",
            "Compare one building; a life cycle per m2 needs one floor area.",
            key="floor_area_m2",
        )
    if isinstance(terms, Finance):
        terms = LifeCycleTerms.of(terms)
    years = int(_figure("service_life")["value"]) if terms.years is None else terms.years
    if years < 1:
        raise TwinError(f"a service life of {years} a cannot be.", "Give a whole number from 1.", key="years")
    grid, said = grid_factors(terms.grid, terms.start_year, years)
    ages_of = lives_of(lines, lives)
    materials, renewed, said_of = _materials(lines, ages_of, terms, years)
    said += said_of
    states: dict[str, dict[str, Any]] = {}
    yearly: dict[str, FloatArray] = {}
    sites = _comparable(site_before or Site(), site_after or Site())
    for name, state, site in (("before", before, sites[0]), ("after", after, sites[1])):
        fade = _lost_pv(lines, ages_of, before, after, years) if name == "after" else np.zeros(years)
        operation, series, said_of = _operation(state, site, grid, fade, name)
        said += said_of
        yearly[name] = series
        added = materials if name == "after" else dict.fromkeys(materials, 0.0)
        states[name] = _stages(added, operation, state.floor_area_m2, years)
    states["after"]["production_range_kg"] = {
        end: math.fsum(line.quantity * getattr(line.embodied, end) for line in lines)
        for end in ("low", "high")
    }
    upfront = sum(materials[key] for key in ("production", "transport", "construction"))
    figures = {
        "standard": "GB/T 51366-2019",
        "years": years,
        "floor_area_m2": after.floor_area_m2,
        "account": "physical",
        "electricity_factor": factor(PHYSICAL).as_dict(),
        "gas_factor": factor("gas_carbon").as_dict(),
        **states,
        "saved": {
            key: states["before"][key] - states["after"][key]
            for key in ("operation_kg", "embodied_kg", "sink_kg", "net_kg")
            if states["before"][key] is not None and states["after"][key] is not None
        },
        "upfront_kg": upfront,
        "carbon_payback_a": carbon_payback(upfront, yearly["before"] - yearly["after"]),
        "course": _course(materials, renewed, yearly, terms.start_year),
        "grid_factor": {
            "year": [terms.start_year + 1 + t for t in range(years)],
            "kg_per_kwh": grid.tolist(),
        },
        "ets_first_year_kg": {
            "before": before.carbon_ets_kg,
            "after": after.carbon_ets_kg,
            "electricity_factor": factor(MARKET).as_dict(),
        },
    }
    return figures, merged(said, _scope_said())


def _comparable(before: Site, after: Site) -> tuple[Site, Site]:
    """Leakage in both states or in neither, so that what is not known does not count as saved."""
    if (before.refrigerants is None) == (after.refrigerants is None):
        return before, after
    return replace(before, refrigerants=None), replace(after, refrigerants=None)


def _course(
    materials: Mapping[str, float], renewed: FloatArray, yearly: Mapping[str, FloatArray], start_year: int
) -> dict[str, list[float]]:
    """Sum of what has been emitted by the end of each year [kgCO2e], demolition in the last one."""
    added = renewed.copy()
    added[0] += sum(materials[key] for key in ("production", "transport", "construction"))
    added[-1] += materials["demolition"]
    before, after = (np.concatenate([[0.0], yearly[name]]) for name in ("before", "after"))
    return {
        "year": [float(start_year + t) for t in range(len(added))],
        "before_kg": np.cumsum(before).tolist(),
        "after_kg": np.cumsum(after + added).tolist(),
    }


def _figure(*path: str) -> dict[str, Any]:
    entry = data(_FILE)
    for key in path:
        entry = entry[key]
    return entry


def _said(
    key: str, zh: str, en: str, entry: Mapping[str, Any], value: float | str | None
) -> list[Assumption]:
    """A figure of the data file as an assumption, where nobody verified it."""
    if entry["confidence"] not in UNVERIFIED:
        return []
    source = f"{entry['source']} ({entry['year']})"
    return [
        Assumption(f"life_cycle.{key}", zh, en, value, entry.get("unit", ""), source, entry["confidence"])
    ]


def grid_factors(
    grid: Literal["constant", "linear_2060"] | Mapping[int, float], start_year: int, years: int
) -> tuple[FloatArray, list[Assumption]]:
    """Factor of the grid in each year of operation [kgCO2/kWh], shape (years,).

    Raises
    ------
    TwinError
        An unknown scenario, or a factor below nought.
    """
    now = factor(PHYSICAL).value
    calendar = np.arange(start_year + 1, start_year + years + 1)
    if isinstance(grid, Mapping):
        own = sorted(grid.items())
        if not own or any(not (math.isfinite(v) and v >= 0.0) for _, v in own):
            raise TwinError(
                "an own course of the grid factor is empty or below 0.", "Write year: kgCO2/kWh.", key="grid"
            )
        return np.interp(calendar, [y for y, _ in own], [v for _, v in own]), []
    known = _figure("grid")
    if grid not in known:
        raise TwinError(
            f"no course of the grid factor is called {grid!r}.",
            f"Known: {', '.join(known)}; or write year: kgCO2/kWh.",
            key="grid",
        )
    entry = known[grid]
    if grid == "constant":
        zh, en = f"电网因子 {now:g} kgCO2/kWh 全程不变。", f"The grid factor stays at {now:g} kgCO2/kWh."
        return np.full(years, now), _said("grid", zh, en, entry, now)
    first, last, value = entry["from_year"], entry["to_year"], entry["value"]
    return np.interp(calendar, [first, last], [now, value]), _said(
        "grid",
        f"电网因子由 {first} 年的 {now:g} 线性降至 {last} 年的 {value:g} kgCO2/kWh，此后不变（假定）。",
        f"The grid factor falls straight from {now:g} in {first} to {value:g} kgCO2/kWh in {last} and stays"
        " (assumed).",
        entry,
        value,
    )


def _materials(
    lines: Sequence[WorkLine], lives: FloatArray, terms: LifeCycleTerms, years: int
) -> tuple[dict[str, float], FloatArray, list[Assumption]]:
    """Production, transport, construction, replacement and demolition of what is added [kgCO2e].

    Replacement also by year, shape (years + 1,).
    """
    haul, lorry = _figure("transport", "distance"), _figure("transport", "factor")["value"]
    km = haul["value"] if terms.haul_km is None else terms.haul_km
    waste = _figure("demolition", "distance")
    shares, said = {}, []
    for name, own, zh, en in (
        ("construction", terms.construction_share, "施工", "construction over production and transport"),
        ("demolition", terms.demolition_share, "拆除机械", "dismantling over production"),
    ):
        entry = _figure(name, "share")
        shares[name] = entry["value"] if own is None else own
        if own is None and lines:
            said += _said(
                f"{name}_share",
                f"{zh}碳排放按建材阶段的 {shares[name]:.0%} 计（假定）。",
                f"The share of {en} is {shares[name]:.0%} (assumed).",
                entry,
                shares[name],
            )
    production, hauled, removed = [], [], []
    again = np.zeros(years + 1)
    bought, _ = renewals(lives, years)
    for i, line in enumerate(lines):
        made = line.quantity * line.embodied.value
        carried = line.quantity * line.mass / 1000.0 * km * lorry
        taken = made * shares["demolition"] + line.quantity * line.mass / 1000.0 * waste["value"] * lorry
        production.append(made)
        hauled.append(carried)
        # a renewal is made, brought and built in, and what it takes the place of is removed
        again += bought[:, i] * ((made + carried) * (1.0 + shares["construction"]) + taken)
        removed.append(taken)
    said += _line_said(lines)
    if lines:
        text = f"{waste['value']:g} km"
        said += _said(
            "waste_haul", f"拆除物运距取 {text}。", f"Waste is hauled {text}.", waste, waste["value"]
        )
    found = {"production": math.fsum(production), "transport": math.fsum(hauled)}
    found["construction"] = (found["production"] + found["transport"]) * shares["construction"]
    found |= {"replacement": math.fsum(again), "demolition": math.fsum(removed)}
    return found, again, said


def _line_said(lines: Sequence[WorkLine]) -> list[Assumption]:
    """Embodied figures that nobody verified, and lines of unknown mass."""
    said = []
    for key, line in {f"{one.measure}.{one.item_en}": one for one in lines}.items():
        made = line.embodied
        if made.confidence in UNVERIFIED:
            said.append(
                Assumption(
                    f"life_cycle.embodied.{key}",
                    f"{line.item_zh}生产阶段碳排放取 {made.value:g} kgCO2e/{line.unit}（待核实）。",
                    f"Production of {line.item_en}: {made.value:g} kgCO2e/{line.unit} (not verified).",
                    made.value,
                    f"kgCO2e/{line.unit}",
                    f"{made.source} ({made.year})",
                    made.confidence,
                )
            )
    unknown = sorted({line.measure for line in lines if line.mass == 0.0 and line.quantity > 0.0})
    if unknown:
        names = ", ".join(unknown)
        said.append(
            Assumption(
                "life_cycle.mass",
                f"下列措施未给质量，其运输和拆除运输未计：{names}。",
                f"No mass is known of {names}: their haul is not counted.",
                0.0,
                "kg",
                "the lines of work tell none",
                "missing",
            )
        )
    return said


def _lost_pv(
    lines: Sequence[WorkLine], lives: FloatArray, before: AnnualState, after: AnnualState, years: int
) -> FloatArray:
    """Own use of the added PV that fading takes, to be imported instead [kWh], shape (years,)."""
    arrays = [i for i, line in enumerate(lines) if is_pv(line) and line.quantity > 0]
    if not arrays:
        return np.zeros(years)
    age = ages(lives[arrays].min(keepdims=True), years)[:, 0]
    lost = np.minimum(default("pv_fade").number * age, 1.0)
    return max(after.pv_used_kwh - before.pv_used_kwh, 0.0) * lost


def _operation(
    state: AnnualState, site: Site, grid: FloatArray, lost_pv: FloatArray, name: str
) -> tuple[dict[str, float | None], FloatArray, list[Assumption]]:
    """Operation over the service life [kgCO2e], its yearly course less the sink, and what was assumed.

    Gas counts as regulated: what cooking takes of it is not told apart.
    """
    years = len(grid)
    electricity = (state.grid_import_kwh + lost_pv) * grid
    per_m3 = factor("gas_heating_value").value * 1e-3 * factor("gas_carbon").value
    gas = state.gas_m3 * per_m3
    leak, said = _leakage(site, name)
    sink, sink_said = _sink(site)
    known = state.regulated_kwh is not None and state.unregulated_kwh is not None
    share = _regulated_share(state) if known else None
    if share is None:
        said.append(
            Assumption(
                "life_cycle.split",
                "未给出规范内外用电，运行碳排放未拆分。",
                "Electricity inside and outside the standard's scope is not known; operation is not split.",
                None,
                "kWh",
                "the annual state does not tell",
                "missing",
            )
        )
    whole_electric = float(electricity.sum())
    figures: dict[str, float | None] = {
        "electricity": whole_electric,
        "gas": gas * years,
        "refrigerant": None if leak is None else leak * years,
        "regulated": None if share is None else whole_electric * share + gas * years + (leak or 0.0) * years,
        "unregulated": None if share is None else whole_electric * (1.0 - share),
        "sink": 0.0 - sink * years,
        "exported_pv_not_counted": 0.0 - float((state.grid_export_kwh * grid).sum()),
    }
    return figures, electricity + gas + (leak or 0.0) - sink, [*site.assumptions, *said, *sink_said]


def _regulated_share(state: AnnualState) -> float | None:
    """Share of the standards' end uses in the electricity used; import is shared by use (按用电量分摊)."""
    assert state.regulated_kwh is not None
    assert state.unregulated_kwh is not None
    whole = state.regulated_kwh + state.unregulated_kwh
    return state.regulated_kwh / whole if whole > 0.0 else None


def _leakage(site: Site, name: str) -> tuple[float | None, list[Assumption]]:
    """Refrigerant that escapes in a year [kgCO2e/a]; None where the machines are not known."""
    if site.refrigerants is None:
        return None, [
            Assumption(
                f"life_cycle.refrigerant.{name}",
                f"{'改造前' if name == 'before' else '改造后'}制冷剂泄漏未计（前后有一方种类或充注量未知）。",
                f"Leakage of refrigerant {name} the works is not counted: not known in both states.",
                None,
                "kg",
                "not given",
                "missing",
            )
        ]
    known, charge, life = _figure("refrigerants"), _figure("charge"), _figure("machine_life")
    leak, said = 0.0, []
    for one in site.refrigerants:
        if one.key not in known:
            raise TwinError(
                f"no refrigerant is called {one.key!r}.", f"Known: {', '.join(known)}.", key="refrigerant"
            )
        gwp = known[one.key]
        filled = charge["value"] if one.charge_kg_per_kw is None else one.charge_kg_per_kw
        lasts = life["value"] if one.life is None else one.life
        leak += one.cooling_kw * filled / lasts * gwp["gwp"]
        said += _said(
            f"gwp.{one.key}",
            f"{one.key} 的 GWP 取 {gwp['gwp']}。",
            f"GWP of {one.key} is {gwp['gwp']}.",
            gwp,
            gwp["gwp"],
        )
        if one.charge_kg_per_kw is None:
            text = f"{filled:g} kg/kW"
            said += _said(
                "charge", f"制冷剂充注量取 {text}。", f"The charge is {text} of cooling.", charge, filled
            )
        if one.life is None:
            text = f"{lasts:g}"
            said += _said(
                "machine_life",
                f"制冷剂在 {text} 年内全部泄漏。",
                f"The charge escapes within {text} a.",
                life,
                lasts,
            )
    return leak, said


def _sink(site: Site) -> tuple[float, list[Assumption]]:
    """What the greenery takes in a year [kgCO2/a]."""
    known, origin = _figure("sinks"), _figure("sinks_origin")
    taken, said = 0.0, []
    for key, area in site.greenery_m2.items():
        if key not in known or not (math.isfinite(area) and area >= 0.0):
            raise TwinError(
                f"greenery {key!r} of {area!r} m2 is not known.",
                f"Known: {', '.join(known)}.",
                key="greenery",
            )
        entry = {**known[key], **origin, "unit": "kgCO2/(m2.a)"}
        taken += area * entry["value"]
        said += _said(
            f"sink.{key}",
            f"{entry['name_zh']}固碳取 {entry['value']:g} kgCO2/(m²·a)（待核实）。",
            f"Sink of {entry['name_en']}: {entry['value']:g} kgCO2/(m2.a) (not verified).",
            entry,
            entry["value"],
        )
    return taken, said


def _stages(
    materials: Mapping[str, float], operation: Mapping[str, float | None], area: float, years: int
) -> dict[str, Any]:
    """Every stage of one state, its sums, and what they are per m2 and per m2 and year."""
    embodied = math.fsum(materials.values())
    used = math.fsum(operation[key] or 0.0 for key in ("electricity", "gas", "refrigerant"))
    sink = operation["sink"] or 0.0
    totals = {"operation": used, "embodied": embodied, "sink": sink, "net": used + embodied + sink}
    stages: dict[str, float | None] = {f"{key}_kg": value for key, value in materials.items()}
    stages |= {
        f"operation_{key}_kg": value
        for key, value in operation.items()
        if key != "sink" and value is not None
    }
    for key in ("refrigerant", "regulated", "unregulated"):
        stages.setdefault(f"operation_{key}_kg", None)
    return {
        **stages,
        **{f"{key}_kg": value for key, value in totals.items()},
        "per_m2": {key: value / area for key, value in totals.items()},
        "per_m2_a": {key: value / area / years for key, value in totals.items()},
    }


def carbon_payback(upfront_kg: float, saved_kg: FloatArray) -> float | None:
    """Years until saved operation makes up for what was emitted at first (碳回收期), straight within a year.

    Parameters
    ----------
    upfront_kg : float
        Production, transport and construction.
    saved_kg : ndarray, shape (years,)
        By year; what replacement emits later is not in it.

    Returns
    -------
    float or None
        None where it never does.
    """
    if upfront_kg <= 0.0:
        return 0.0
    summed = np.cumsum(saved_kg)
    reached = np.flatnonzero(summed >= upfront_kg)
    if not reached.size:
        return None
    year = int(reached[0])
    before = float(summed[year - 1]) if year else 0.0
    return year + (upfront_kg - before) / float(saved_kg[year])


def _scope_said() -> tuple[Assumption, ...]:
    return (
        Assumption(
            "life_cycle.existing",
            "既有结构、设备及其更换不计入：只计改造新增的建材。",
            "What stands, and its renewal, is not counted as material; only what the measures add is.",
            None,
            "kgCO2e",
            "convention of this study",
            "assumed",
        ),
    )
