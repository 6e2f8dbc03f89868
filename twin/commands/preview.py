"""`twin preview`: an owner's building in six fields, three packages, and what they are worth for a pilot."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from buildings.description.loading import project_text
from buildings.description.yaml_text import read_yaml
from twin.commands.console import print_whole, table_console, terminal_language
from twin.commands.outputs import refuse_unwritable
from twin.commands.retrofit import write_study_file
from twin.market.assumption import Assumption
from twin.preview.described import describe
from twin.preview.six_fields import SixFields, read_six_fields
from twin.project import Loaded, climate_of, load
from twin.report.style import Language, pick
from weather.errors import TwinError

PROJECT_FILE, STUDY_FILE, FIELDS_FILE = "project.yaml", "study.json", "fields.yaml"
"""What lies in the folder of a preview."""


@dataclass(frozen=True)
class Preview:
    """A preview that was made, and where it lies."""

    study: dict[str, Any]
    folder: Path
    documents: dict[str, Path]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        own = self.study["preview"]
        return {
            "study": str(self.folder / STUDY_FILE),
            "documents": {key: str(path) for key, path in self.documents.items()},
            "proposed": own["proposed"],
            "bill": own["bill"],
            "states": [
                {key: state[key] for key in ("id", "role_en", "role_zh", "keys", "run", "figures")}
                | {
                    key: (state["economics"] or {}).get(key)
                    for key in ("capital_cny", "saving_cny", "npv_cny")
                }
                | {"fits": own["pilots"].get(state["id"], {}).get("fits")}
                for state in (self.study["baseline"], *self.study["chosen"])
            ],
            "assumptions": own["assumptions"],
        }

    def show(self) -> None:
        """The packages side by side, the pilot of the proposed one, and where to look."""
        language, console = terminal_language(), table_console()
        print_whole(_table(self.study, language))
        bill = self.study["preview"]["bill"]
        if bill is not None:
            words = pick(
                language,
                f"账单 {bill['stated']:,.0f} {bill['unit']}，模型 {bill['modelled']:,.0f}",
                f"bill {bill['stated']:,.0f} {bill['unit']}, model {bill['modelled']:,.0f}",
            )
            console.print(f"{words} ({100 * bill['ratio']:.0f} %)", markup=False, highlight=False)
        batch = self.study["pilot"]["batch"]
        console.print(batch[language], markup=False, highlight=False)
        console.print(f"{pick(language, '研究', 'Study')}  {self.folder}", markup=False, soft_wrap=True)
        for name, path in self.documents.items():
            console.print(f"{name}  {path}", markup=False, soft_wrap=True)


_ROWS = (
    ("capital_cny", "初投资", "capital", "kCNY", 1e-3, "economics"),
    ("saving_cny", "年节省", "saved in a year", "kCNY/a", 1e-3, "economics"),
    ("npv_cny", "净现值", "net present value", "kCNY", 1e-3, "economics"),
    ("total_cny", "能源费用", "energy cost", "kCNY/a", 1e-3, "figures"),
    ("carbon_t", "运行碳排放", "carbon", "t/a", 1.0, "figures"),
    ("peak_kw", "最大需量", "peak", "kW", 1.0, "figures"),
)


def _table(study: dict[str, Any], language: Language) -> Table:
    states = sorted((study["baseline"], *study["chosen"]), key=lambda one: -one["figures"]["carbon_t"])
    table = Table(title=study[f"title_{language}"], title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    table.add_column("", no_wrap=True)
    for state in states:
        table.add_column(state[f"role_{language}"], justify="right", overflow="fold")
    for key, zh, en, unit, scale, part in _ROWS:
        values = [(state[part] or {}).get(key) for state in states]
        cells = ["-" if v is None else f"{scale * v:,.0f}" for v in values]
        table.add_row(pick(language, zh, en), unit, *cells)
    fits = study["preview"]["pilots"]
    words = [_fits(fits.get(state["id"]), language) for state in states]
    table.add_row(pick(language, "试点类型条件", "conditions of a pilot type"), "", *words)
    return table


def _fits(found: dict[str, Any] | None, language: Language) -> str:
    if found is None:
        return "-"
    names = {one["key"]: one[language] for one in found["types"]}
    met = [names.get(key, key) for key in found["fits"]]
    return pick(language, "、", ", ").join(met) if met else pick(language, "未满足", "not met")


def read_owner(path: Path) -> tuple[SixFields | None, Loaded, str | None, tuple[Assumption, ...]]:
    """Six fields, or a project of one building: what a preview can be made of.

    Returns
    -------
    fields, loaded, text, said
        Text of the project that was made of six fields, and what was assumed for it; of a project neither.
    """
    if "buildings" in (top := read_yaml(path).value) or "extends" in top:
        return None, load(path), None, ()
    fields = read_six_fields(path)
    try:
        made = describe(fields)
    except TwinError as error:
        raise error.at(file=path, key=error.key) from error
    project = made.project
    return fields, Loaded(project, climate_of(project, project.weather), path), made.text, made.assumptions


def preview_building(
    path: Path,
    *,
    out: Path,
    draws: int,
    seed: int,
    report: bool,
    progress: Callable[[str, float], None],
) -> Preview:
    """Make the preview of a building and write it.

    Parameters
    ----------
    path : Path
        Six fields or a project of one building.
    out : Path
    draws, seed : int
    report : bool
        Whether the documents are written too.
    progress : callable

    Raises
    ------
    TwinError
        Anything that the user can put right.
    """
    from twin.crew import Alone, DaskCrew, cores
    from twin.preview.study import Settings, preview

    refuse_unwritable(out, "--out")
    fields, loaded, text, said = read_owner(path)
    with nullcontext(Alone()) if cores() <= 2 or draws < _MANY else DaskCrew() as crew:
        study = preview(loaded, Settings(out, draws, seed), crew, progress, fields=fields, said=said)
    write_text(out / PROJECT_FILE, project_text(loaded.project) if text is None else text)
    write_study_file(out / STUDY_FILE, study)
    documents: dict[str, Path] = {}
    if report:
        progress("documents", 0.97)
        from twin.report.study.writing import write_study

        documents = write_study(study, out)
    return Preview(study, out, documents)


_MANY = 16
"""Draws from which the start of workers pays, on more than two cores."""


def write_text(target: Path, text: str) -> None:
    """Write a small file whole.

    Raises
    ------
    TwinError
        It cannot be written.
    """
    draft = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, "utf-8")
        draft.replace(target)
    except OSError as error:
        raise TwinError(
            f"the file could not be written: {error.strerror or error}.",
            "Choose a folder that you may write to.",
            file=target,
        ) from error


def study_of(folder: Path) -> dict[str, Any]:
    """A stored preview.

    Raises
    ------
    TwinError
        There is none, or a study of another kind.
    """
    try:
        found = json.loads((folder / STUDY_FILE).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise TwinError(
            "the study cannot be read.", "Make it anew with `twin preview`.", file=folder
        ) from error
    if not isinstance(found, dict) or not isinstance(found.get("preview"), dict):
        raise TwinError("this is no study of `twin preview`.", "Make one with `twin preview`.", file=folder)
    return found
