"""Cables and transformers of feeders (馈线电缆与配电变压器): data sheets by product key, electric constants.

A product key is a series and a size: ``yjv_1kv_150`` (mm2), ``scb14_800`` (kVA). `data/cables.yaml` and
`data/transformers.yaml` tell what was read and what is remembered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from buildings.library.data_text import read_data
from weather.errors import TwinError

HIGH_V = 10_000.0
LOW_V = 380.0
"""Nominal voltages between phases [V]; transformers give 400 V at no load into 380 V networks."""
_DATA = Path(__file__).parent / "data"
_VACUUM = 8.854e-12
_REFERENCE_C = 20.0


@dataclass(frozen=True)
class Figure:
    """A number of a data file with where it comes from."""

    key: str
    value: float
    unit: str
    source: str
    source_zh: str
    year: int
    confidence: str


@dataclass(frozen=True)
class Cable:
    """A cable, constants per metre and conductor.

    Parameters
    ----------
    key : str
    name_en, name_zh : str
    level : float
        Nominal voltage of the network that it is for [V].
    section : float
        [mm2]
    resistance, reactance : float
        Positive sequence at the conductor's temperature in flows [Ohm/m].
    capacitance : float
        Positive sequence [F/m]; of low-voltage cables, whose cores have no screens, the upper bound.
    loss_factor : float
        Of the insulation (tan delta) [1].
    zero_sequence : float
        Zero-sequence impedance over positive-sequence impedance [1].
    current : float
        What it may carry for long [A].
    source, source_zh, confidence : str
        Of resistance and current.
    reactance_confidence : str
    """

    key: str
    name_en: str
    name_zh: str
    level: float
    section: float
    resistance: float
    reactance: float
    capacitance: float
    loss_factor: float
    zero_sequence: float
    current: float
    source: str
    source_zh: str
    confidence: str
    reactance_confidence: str


@dataclass(frozen=True)
class Transformer:
    """A transformer 10/0.4 kV, Dyn11.

    Parameters
    ----------
    key : str
    name_en, name_zh : str
    grade : int
        Energy-efficiency grade by GB 20052, 1 the best.
    rating_kva : float
    no_load_loss, load_loss : float
        [W]
    no_load_current, short_circuit_voltage : float
        Over rated current and voltage [1].
    high_v, low_v : float
        Rated voltages [V].
    tap_share : float
        One tapping over the rated high voltage [1].
    tap_most : int
        Tappings to either side.
    source, source_zh, confidence : str
    """

    key: str
    name_en: str
    name_zh: str
    grade: int
    rating_kva: float
    no_load_loss: float
    load_loss: float
    no_load_current: float
    short_circuit_voltage: float
    high_v: float
    low_v: float
    tap_share: float
    tap_most: int
    source: str
    source_zh: str
    confidence: str


@cache
def cables() -> dict[str, tuple[Cable, ...]]:
    """Every cable by series, sections rising."""
    data = _read("cables")
    common, materials = data["common"], data["materials"]
    return {
        key: tuple(
            _cable(key, series, common, materials, size, row)
            for size, row in sorted(series["sections"].items())
        )
        for key, series in data["series"].items()
    }


@cache
def transformers() -> dict[str, tuple[Transformer, ...]]:
    """Every transformer by series, ratings rising."""
    data = _read("transformers")
    found = {}
    for key, series in data["series"].items():
        found[key] = tuple(
            Transformer(
                key=f"{key}_{kva}",
                name_en=f"{series['name_en']}, {kva} kVA",
                name_zh=f"{series['name_zh']} {kva} kVA",
                grade=int(series["grade"]),
                rating_kva=float(kva),
                no_load_loss=float(idle),
                load_loss=float(load),
                no_load_current=0.01 * current,
                short_circuit_voltage=0.01 * short,
                high_v=float(data["common"]["high_v"]),
                low_v=float(data["common"]["low_v"]),
                tap_share=float(data["common"]["tap_share"]),
                tap_most=int(data["common"]["tap_most"]),
                source=series["source"],
                source_zh=series["source_zh"],
                confidence=series["confidence"],
            )
            for kva, (idle, load, current, short) in sorted(series["ratings"].items())
        )
    return found


@cache
def cable(key: str) -> Cable:
    """Cable of a product key.

    Raises
    ------
    TwinError
        There is none.
    """
    found: Cable = _product(cables(), key, "cable")
    return found


@cache
def transformer(key: str) -> Transformer:
    """Transformer of a product key.

    Raises
    ------
    TwinError
        There is none.
    """
    found: Transformer = _product(transformers(), key, "transformer")
    return found


def series_of(known: dict[str, tuple[Any, ...]], key: str, what: str) -> tuple[Any, ...]:
    """Products of a series.

    Parameters
    ----------
    known : dict
        `cables()` or `transformers()`.
    key : str
    what : str
        Cable or transformer, for the message.

    Raises
    ------
    TwinError
        There is no such series.
    """
    if key not in known:
        raise TwinError(
            f"There is no series of {what}s {key!r}.", f"Use one of: {', '.join(known)}.", key=what
        )
    return known[key]


@cache
def figure(name: str) -> Figure:
    """A figure of `data/layout.yaml` or the common ones of `data/cables.yaml` by name."""
    entries = _read("cables")["common"] | _read("layout")
    return Figure(name, **entries[name])


@cache
def dwelling_points() -> tuple[tuple[float, float], ...]:
    """Points of the coincidence of dwellings: their number and the factor."""
    return tuple((float(n), float(k)) for n, k in _read("layout")["dwellings"]["points"])


@cache
def dwelling_source() -> Figure:
    """Where `dwelling_points` come from; its value is the factor of the most dwellings."""
    entry = _read("layout")["dwellings"]
    kept = {name: entry[name] for name in ("source", "source_zh", "year", "confidence")}
    return Figure("dwellings", dwelling_points()[-1][1], "1", **kept)


def _read(name: str) -> Any:
    return _content(_DATA / f"{name}.yaml")


@cache
def _content(path: Path) -> Any:
    return read_data(path.read_text(encoding="utf-8"))


def _cable(key: str, series: Any, common: Any, materials: Any, section: float, row: list[float]) -> Cable:
    resistance, reactance, insulation, current = row
    coefficient = materials[series["material"]]["coefficient"]
    warm = 1.0 + coefficient * (common["conductor_c"]["value"] - _REFERENCE_C)
    conductor = math.sqrt(4.0 * section / (math.pi * common["fill"]["value"]))
    # a coaxial capacitor between the conductor and its insulation's outside, no semiconducting layers
    around = math.log((conductor + 2.0 * insulation) / conductor)
    return Cable(
        key=f"{key}_{section:g}",
        name_en=f"{series['name_en']}, {section:g} mm2",
        name_zh=f"{series['name_zh']} {section:g} mm²",
        level=float(series["level"]),
        section=float(section),
        resistance=1e-3 * resistance * warm,
        reactance=1e-3 * reactance,
        capacitance=2.0 * math.pi * _VACUUM * common["permittivity"]["value"] / around,
        loss_factor=common["loss_factor"]["value"],
        zero_sequence=common["zero_sequence"]["value"],
        current=float(current),
        source=series["source"],
        source_zh=series["source_zh"],
        confidence=series["confidence"],
        reactance_confidence=series["reactance_confidence"],
    )


def _product(known: dict[str, tuple[Any, ...]], key: str, what: str) -> Any:
    series = key.rpartition("_")[0]
    for product in known.get(series, ()):
        if product.key == key:
            return product
    if series in known:
        sizes = ", ".join(product.key.rpartition("_")[2] for product in known[series])
        remedy = f"The series {series} has {sizes}."
    else:
        remedy = (
            f"A key is a series and a size, such as {next(iter(known.values()))[0].key}; series are: "
            + (", ".join(known) + ".")
        )
    raise TwinError(f"There is no {what} {key!r}.", remedy, key=what)
