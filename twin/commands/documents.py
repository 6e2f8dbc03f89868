"""`twin documents`: report and draft plan of a stored preview, written when somebody wants them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from rich.console import Console

from buildings.description.loading import parse_project
from twin.commands.outputs import refuse_unwritable
from twin.commands.preview import PROJECT_FILE, study_of
from twin.pilot.cases import case_of_study
from twin.pilot.plan import plan_of
from twin.report.style import LANGUAGES
from weather.errors import TwinError

FORMATS = ("docx", "pdf")
KINDS = ("report", "pilot_plan")


@dataclass(frozen=True)
class Documents:
    """Files that were written."""

    package: str
    written: tuple[Path, ...]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"package": self.package, "files": [str(path) for path in self.written]}

    def show(self) -> None:
        """Where they are."""
        for path in self.written:
            Console().print(str(path), markup=False, soft_wrap=True)


def bundled_previews() -> Path:
    """Folder of the previews that come with the program."""
    return Path(str(files("twin") / "examples" / "previews"))


def file_name(kind: str, language: str, ending: str) -> str:
    """Name of a document."""
    return f"{kind}_{language}.{ending}"


def documents_of_preview(
    folder: Path,
    *,
    package: str | None,
    out: Path | None,
    language: str,
    progress: Callable[[str, float], None],
) -> Documents:
    """Write the documents of a stored preview.

    Parameters
    ----------
    folder : Path
        Of `twin preview`, or the name of one that comes with the program.
    package : str, optional
        That the documents propose; default that of the preview.
    out : Path, optional
        Default `documents/PACKAGE` in the folder.
    language : {"zh", "en", "both"}
    progress : callable

    Raises
    ------
    TwinError
        No such preview or package, a project beside it that cannot be read, or no room.
    """
    from twin.pilot.documents import word, write_bytes
    from twin.pilot.printed import pdf
    from twin.report.study.writing import write_study

    where = folder if folder.is_dir() else bundled_previews() / folder.name
    study = study_of(where)
    wanted = study["preview"]["proposed"] if package is None else package
    known = [state["id"] for state in study["chosen"]]
    if wanted not in known:
        raise TwinError(
            f"the preview has no package {wanted!r}.", f"Use one of: {', '.join(known)}.", key="package"
        )
    target = folder / "documents" / wanted if out is None else out
    refuse_unwritable(target, "--out")
    study["chosen"].sort(key=lambda state: state["id"] != wanted)
    study["pilot"] = study["preview"]["pilots"][wanted]
    languages = [one for one in LANGUAGES if language in (one, "both")]
    if not languages:
        raise TwinError(
            f"{language!r} is no language of a document.", "Use zh, en or both.", key="--language"
        )
    written = []
    case = case_of_study(_project(where), study, wanted)
    for i, tongue in enumerate(languages):
        progress("documents", i / len(languages))
        draft = plan_of(case, tongue)
        written += [
            write_bytes(word(draft), target / file_name("pilot_plan", tongue, "docx")),
            write_bytes(pdf(draft), target / file_name("pilot_plan", tongue, "pdf")),
            *write_study(study, target, language=tongue, formats=FORMATS).values(),
        ]
    return Documents(wanted, tuple(written))


def _project(folder: Path) -> Any:
    """The project beside a study."""
    path = folder / PROJECT_FILE
    try:
        return parse_project(path.read_text("utf-8"), PROJECT_FILE)
    except OSError as error:
        raise TwinError(
            "the project of the preview is not there.", "Make it anew with `twin preview`.", file=path
        ) from error
