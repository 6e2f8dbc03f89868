"""The retrofit studies that the pages show: the bundled one and those of the workspace, each read once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar

from twin.report.study.reading import Reader
from twin.report.study.stored import read_study
from twin.report.style import Language
from weather.errors import TwinError

KEPT = 6
"""Read studies that stay in memory; one of 2,000 packages takes about 20 MB."""
DOCUMENTS = tuple(
    f"report_{language}.{form}" for form in ("html", "docx", "pdf") for language in ("zh", "en")
)
"""Files that `twin report` writes."""


def _bundled() -> Path:
    return Path(str(files("twin") / "examples" / "studies"))


@dataclass(frozen=True)
class Found:
    """A study in the list."""

    name: str
    title_en: str
    title_zh: str
    created: str


class Studies:
    """The studies that a reader may see.

    Parameters
    ----------
    root : Path
        Folder of the workspace's studies; may not exist yet.
    sees : callable
        Whether the reader may see studies of a project of that name; bundled ones everybody sees.
    """

    BUNDLED: ClassVar[str] = "examples"

    def __init__(self, root: Path, sees: Callable[[str], bool]) -> None:
        self.root, self._sees = root, sees
        self._read: OrderedDict[tuple[str, int], Mapping[str, Any]] = OrderedDict()
        self._lock = Lock()

    def paths(self) -> dict[str, Path]:
        """Files by the names of their studies, whoever may see them."""
        found = {f"{self.BUNDLED}/{p.parent.name}": p for p in sorted(_bundled().glob("*/study.json.gz"))}
        own = sorted(self.root.glob("*/study.json")) if self.root.is_dir() else []
        return found | {p.parent.name: p for p in own if not p.parent.name.startswith(".")}

    def listed(self) -> list[Found]:
        """Studies that can be read, the latest first, bundled ones last."""
        found = []
        for name in self.paths():
            try:
                study = self.open(name)
            except TwinError:
                continue  # a file that is no study, or one that is somebody else's
            title = str(study["title_en"])
            found.append(Found(name, title, str(study["title_zh"] or title), str(study["created"])))
        own = [one for one in found if not one.name.startswith(f"{self.BUNDLED}/")]
        bundled = [one for one in found if one.name.startswith(f"{self.BUNDLED}/")]
        return [*sorted(own, key=lambda one: one.created, reverse=True), *bundled]

    def open(self, name: str) -> Mapping[str, Any]:
        """Read a study by the name of the list.

        Raises
        ------
        TwinError
            There is none of that name, or it cannot be read.
        """
        path = self.paths().get(name)
        if path is None:
            raise _missing(name)
        key = (name, path.stat().st_mtime_ns)
        with self._lock:
            study = self._read.get(key)
        if study is None:
            study = read_study(path)
            with self._lock:
                self._read[key] = study
                while len(self._read) > KEPT:
                    self._read.popitem(last=False)
        if not name.startswith(f"{self.BUNDLED}/") and not self._sees(str(study.get("title_en", ""))):
            raise _missing(name)
        return study

    def reader(self, name: str, language: Language) -> Reader:
        """A study in a language; see `open`."""
        return Reader(self.open(name), language)

    def documents(self, name: str) -> dict[str, Path]:
        """Documents that were written after the study, by file name."""
        self.open(name)
        study = self.paths()[name]
        there = {file: study.parent / file for file in DOCUMENTS}
        made = study.stat().st_mtime
        return {f: p for f, p in there.items() if p.is_file() and p.stat().st_mtime >= made}


def _missing(name: str) -> TwinError:
    return TwinError(f"there is no study called {name[:60]!r} here.", "Choose one of the list.")
