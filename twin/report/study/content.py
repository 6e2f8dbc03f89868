"""The document of a study, built once per language as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twin.report.study.appendix import appendix, assumptions, method
from twin.report.study.carbon_part import carbon
from twin.report.study.document import Document, Section, clean
from twin.report.study.energy_parts import baseline, results
from twin.report.study.energy_tables import measures
from twin.report.study.money_parts import money
from twin.report.study.pilot_part import pilot
from twin.report.study.reading import Reader
from twin.report.study.standards_part import standards
from twin.report.study.summary import summary
from twin.report.style import Language

_FRAME_WORDS = ("run_word", "table_word", "figure_word", "contents", "colon", "page_of")


def document(study: Mapping[str, Any], language: Language) -> Document:
    """Build the document.

    Parameters
    ----------
    study : mapping
        A study that `twin.report.study.reading.checked` let pass.
    language : {"zh", "en"}

    Returns
    -------
    Document
        Its figures are drawn; none is empty: one without data is left out and the reason stands there.
    """
    reader = Reader(study, language)
    parts = (baseline, measures, results, standards, money, carbon, pilot, assumptions, method, appendix)
    sections = tuple(
        Section(part.__name__, reader.say(f"part_{part.__name__}"), part(reader)) for part in parts
    )
    building = study["building"]
    title = reader.text(study, "title", 120) or clean(building.get("name", ""), 120)
    return Document(
        language,
        title,
        reader.say("subtitle"),
        _facts(reader),
        summary(reader),
        sections,
        reader.say("footer"),
        {key: reader.say(key) for key in _FRAME_WORDS},
    )


def _facts(reader: Reader) -> tuple[tuple[str, str], ...]:
    study = reader.study
    weather, versions = study.get("weather") or {}, study.get("versions") or {}
    facts = (
        ("fact_building", reader.building_phrase()),
        ("fact_weather", " ".join(clean(weather.get(k) or "", 80) for k in ("name", "year")).strip()),
        ("fact_created", clean(study.get("created") or "", 40)[:16].replace("T", " ")),
        ("fact_program", clean(versions.get("twin") or versions.get("pedf-twin") or "", 40)),
    )
    return tuple((reader.say(key), value) for key, value in facts if value)
