"""Previews for owners: the bundled one and those in the workspace, and the documents beside them."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dashboards.access.user import asking
from dashboards.work.folder import read_json, whole
from dashboards.work.job import Job
from dashboards.workspace import Workspace
from twin.commands.documents import FORMATS, KINDS, bundled_previews, file_name
from twin.commands.preview import FIELDS_FILE, STUDY_FILE, study_of
from twin.preview.packages import TIERS
from twin.preview.six_fields import SixFields, read_six_fields
from twin.report.style import LANGUAGES
from weather.errors import TwinError

EXAMPLE = "example-office"
"""Id of the bundled preview; its study comes with the program, its documents go into the workspace."""
PRESETS = ("office", "hotel", "mall", "hospital", "school", "dwellings")
"""Bundled descriptions that a form can begin with."""
_ASKED = "asked.json"
_LARGEST = 20_000_000


@dataclass(frozen=True)
class Listed:
    """A preview in the list."""

    id: str
    title_zh: str
    title_en: str
    made: str


class Previews:
    """Previews that who asks may see.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def listed(self) -> list[Listed]:
        """Previews that were made, the latest first, the bundled one at the end."""
        found = []
        for folder in self._folders():
            if (folder / STUDY_FILE).is_file():
                study = self._read(folder)
                if study is not None:
                    found.append(_listed(folder.name, study))
        found.sort(key=lambda one: one.made, reverse=True)
        return [*found, _listed(EXAMPLE, study_of(bundled_previews() / "office"))]

    def open(self, name: str) -> dict[str, Any]:
        """The study of a preview.

        Raises
        ------
        TwinError
            None of that id that who asks may see.
        """
        if name == EXAMPLE:
            return study_of(bundled_previews() / "office")
        folder = self._folder(name)
        study = None if folder is None else self._read(folder)
        if study is None:
            raise _missing(name)
        return study

    def job(self, name: str) -> Job | None:
        """The work that makes a preview, as long as there is no study; None where none was asked for."""
        folder = self._folder(name)
        if folder is None or (folder / STUDY_FILE).is_file():
            return None
        return self._workspace.queue.job(str(read_json(folder / _ASKED).get("job", "")))

    def ask(self, fields: SixFields) -> str:
        """Ask for the preview of a building; its id."""
        name = f"preview-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
        folder = self._workspace.studies / name
        folder.mkdir(parents=True)
        plain = fields.model_dump(mode="json", exclude_none=True)
        whole(folder / FIELDS_FILE, yaml.safe_dump(plain, allow_unicode=True, sort_keys=False))
        who = asking().name
        job = self._workspace.queue.submit(
            ["preview", f"studies/{name}/{FIELDS_FILE}", "--out", f"studies/{name}", "--json"],
            title_zh="试点预演",
            title_en="Pilot preview",
            asked_by=who,
        )
        whole(folder / _ASKED, json.dumps({"by": who, "job": job}))
        return name

    def fields(self, name: str) -> SixFields | None:
        """What was said of a building, or of a bundled kind; None where nobody said anything."""
        if name in PRESETS:
            return read_six_fields(bundled_previews() / f"{name}.yaml")
        folder = bundled_previews() / "office" if name == EXAMPLE else self._folder(name)
        if folder is None or not (folder / FIELDS_FILE).is_file():
            return None
        return read_six_fields(folder / FIELDS_FILE)

    def documents(self, name: str, package: str, language: str) -> dict[str, Path | None]:
        """Documents of a package by file name; None where one is not written or older than the study."""
        names = [file_name(kind, language, form) for kind in KINDS for form in FORMATS]
        return {one: self.document(name, package, one) for one in names}

    def document(self, name: str, package: str, file: str) -> Path | None:
        """One document, if it is there and who asks may see it; nothing else has a name here."""
        known = {file_name(kind, lang, form) for kind in KINDS for lang in LANGUAGES for form in FORMATS}
        if package not in TIERS or file not in known:
            return None
        folder = self._workspace.studies / EXAMPLE if name == EXAMPLE else self._folder(name)
        if folder is None:
            return None
        path = folder / "documents" / package / file
        inside = path.resolve().is_relative_to(self._workspace.studies.resolve())
        if not inside or not path.is_file():
            return None
        study = folder / STUDY_FILE
        old = study.is_file() and study.stat().st_mtime > path.stat().st_mtime
        return None if old else path

    def ask_documents(self, name: str, package: str, language: str) -> str:
        """Ask for the documents of a package; the id of the work.

        Raises
        ------
        TwinError
            No such preview.
        """
        study = self.open(name)
        if package not in [state["id"] for state in study["chosen"]]:
            raise _missing(name)
        where = "office" if name == EXAMPLE else f"studies/{name}"
        return self._workspace.queue.submit(
            ["documents", where, "--package", package, "--out", f"studies/{name}/documents/{package}",
             "--language", language, "--json"],
            title_zh="报告与实施方案",
            title_en="Report and draft plan",
            asked_by=asking().name,
        )  # fmt: skip

    def _folders(self) -> list[Path]:
        root = self._workspace.studies
        if not root.is_dir():
            return []
        return [one for one in root.iterdir() if one.is_dir() and not one.name.startswith(".")]

    def _folder(self, name: str) -> Path | None:
        """Folder of a preview by its id, which comes from an address; None where who asks may not see it."""
        folder = next((one for one in self._folders() if one.name == name), None)
        if folder is None or name == EXAMPLE:
            return None
        user = asking()
        if user.sees_all or read_json(folder / _ASKED).get("by") == user.name:
            return folder
        study = _content(folder)
        return folder if study is not None and user.may_see(str(study.get("title_en", ""))) else None

    def _read(self, folder: Path) -> dict[str, Any] | None:
        return None if self._folder(folder.name) is None else _content(folder)


def _content(folder: Path) -> dict[str, Any] | None:
    """A study of `twin preview`; None where it is one of another command, or damaged."""
    path = folder / STUDY_FILE
    if not path.is_file() or path.stat().st_size > _LARGEST:
        return None
    try:
        return study_of(folder)
    except TwinError:
        return None


def _listed(name: str, study: dict[str, Any]) -> Listed:
    return Listed(name, study["title_zh"], study["title_en"], str(study["created"])[:16].replace("T", " "))


def _missing(name: str) -> TwinError:
    return TwinError(f"there is no preview called {name[:60]!r} here.", "Choose one of the list.")
