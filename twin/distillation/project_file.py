"""The distilled project as a file that people can read: what it is, how good it is, what was changed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from buildings.description.yaml_text import LARGEST_FILE
from buildings.idf.model import Note
from twin.distillation.corrections import Correction
from twin.distillation.errors import Aim
from twin.report.frame import write_whole
from weather.errors import TwinError

_WIDTH = 108


class _Plain(yaml.SafeDumper):
    """Mappings over lines, lists of numbers in one; no anchors, which a project may not hold."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_project(
    path: Path,
    content: Mapping[str, Any],
    *,
    model: str,
    weather: str,
    found: Sequence[Aim],
    corrections: Sequence[Correction],
    notes: Sequence[Note],
) -> Path:
    """Write a project file with its comment.

    Raises
    ------
    TwinError
        A project beyond the size that is read, or a place that cannot be written.
    """
    head = _comment(model, weather, found, corrections, notes)
    text = head + yaml.dump(
        dict(content),
        Dumper=_Plain,
        allow_unicode=True,
        sort_keys=False,
        width=_WIDTH,
        default_flow_style=None,
    )
    if len(text.encode()) > LARGEST_FILE:
        raise TwinError(
            f"the project of {model} takes {len(text) / 1e6:.1f} MB, and project files end at 2 MB.",
            "Distil a model with fewer surfaces.",
            file=path,
        )
    return write_whole(text, path)


def _comment(
    model: str, weather: str, found: Sequence[Aim], corrections: Sequence[Correction], notes: Sequence[Note]
) -> str:
    lines = [f"A fast twin of {model}, distilled by `twin distill`.", ""]
    lines.append(f"Its error against EnergyPlus on the model itself ({weather}, ideal loads, no systems):")
    lines += [f"  {aim_text(aim)}" for aim in found]
    lines += ["", *_correction_lines(corrections)]
    nearest = [note for note in notes if note.weight != "left aside"]
    if nearest:
        lines += ["", "Taken as the nearest that a project can say:"]
        lines += [f"  - {note.text}{_times(note)}" for note in nearest]
    return "".join(f"# {line}".rstrip() + "\n" for line in _wrapped(lines)) + "\n"


def aim_text(aim: Aim) -> str:
    """One aim as a line."""
    figure = (
        "no load"
        if aim.value is None
        else f"{aim.value:+z.1f} %"
        if aim.measure == "annual"
        else f"{aim.value:.1f} %"
    )
    words = {"annual": "over the year", "cv_rmse": "hourly CV(RMSE), unused half"}[aim.measure]
    state = "reached" if aim.reached else "not reached"
    small = ": small load, not judged" if aim.small else ""
    return f"{aim.load} {words}: {figure} (aim {aim.limit:g} %, {state}{small})"


def _correction_lines(corrections: Sequence[Correction]) -> list[str]:
    if not corrections:
        return ["Nothing was corrected: every figure below stands in the model."]
    lines = ["Corrected by least squares on every other fortnight (the figures below hold the result):"]
    for one in corrections:
        what = f"{one.key} = {one.value:g} {one.unit if one.unit != '1' else ''}".rstrip()
        lines.append(f"  {what} (+- {one.error:g}; neutral {one.neutral:g}; {one.reason})")
    return lines


def _times(note: Note) -> str:
    return f" ({note.count} times)" if note.count > 1 else ""


def _wrapped(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        yield from textwrap.wrap(line, _WIDTH - 2, subsequent_indent=indent) or [""]
