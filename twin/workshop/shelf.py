"""The folder of projects: list, read, copy, and save whole or not at all."""

from __future__ import annotations

import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from buildings.description.loading import read_project, written_content
from buildings.description.schema import Project
from buildings.description.yaml_edit import Path as KeyPath
from buildings.description.yaml_edit import edited
from buildings.description.yaml_text import LARGEST_FILE, parse_yaml
from weather.errors import TwinError

EXAMPLE_FOLDERS = ("", "retrofit", "districts", "crosscheck")
"""Folders of bundled examples; the first holds those of the main job."""
_NAME = re.compile(r"\w[\w.\- ]{0,58}", re.UNICODE)
_DRAFT = re.compile(r"\..*\.[0-9a-f]{8,12}(\.\w+)?")
_STALE_S = 3600.0
"""Age of a draft whose writer must be dead; a reader may take 90 s."""
_COPY_OF = re.compile(r"# Copy of (the bundled example )?(.+)\n")
_WIDTH = 108


class _Plain(yaml.SafeDumper):
    """No anchors, which a project may not hold."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


@dataclass(frozen=True)
class Card:
    """A project as a list shows it.

    Parameters
    ----------
    name : str
        File without its ending; of an example with its folder, `retrofit/office_2005`.
    title, title_zh, about, about_zh : str
    changed : float
        Seconds since the epoch; 0 for an example.
    district : bool
        Whether it has a table of buildings or shared assets, so that `twin district` marches it.
    trouble : TwinError or None
        Why it cannot be read.
    """

    name: str
    title: str = ""
    title_zh: str = ""
    about: str = ""
    about_zh: str = ""
    changed: float = 0.0
    district: bool = False
    trouble: TwinError | None = None


def _examples() -> Path:
    return Path(str(files("twin") / "examples"))


@cache
def example_cards() -> tuple[Card, ...]:
    """The bundled projects, by folder."""
    found = []
    for folder in EXAMPLE_FOLDERS:
        for path in sorted((_examples() / folder).glob("*.yaml")):
            name = f"{folder}/{path.stem}" if folder else path.stem
            found.append(_card(name, path, 0.0))
    return tuple(found)


def example_path(name: str) -> Path:
    """File of a bundled project.

    Raises
    ------
    TwinError
        There is none of that name.
    """
    if name not in {card.name for card in example_cards()}:
        raise TwinError(f"there is no example called {name[:60]!r}.", "Choose one of the list.")
    return _examples() / f"{name}.yaml"


def _card(name: str, path: Path, changed: float) -> Card:
    try:
        content = written_content(path)
    except TwinError as error:
        return Card(name, title=name, title_zh=name, changed=changed, trouble=_shown(error, path))
    title, about = str(content.get("name", name)), str(content.get("description") or "")
    return Card(
        name,
        title=title,
        title_zh=str(content.get("name_zh") or title),
        about=about,
        about_zh=str(content.get("description_zh") or about),
        changed=changed,
        district=is_district(content),
    )


def is_district(content: Mapping[str, Any]) -> bool:
    """Whether `twin district` marches it rather than `twin run`."""
    return "district" in content or "shared" in content


def _shown(error: TwinError, path: Path, name: str | None = None) -> TwinError:
    """The error without the folder, which is nobody's business, and with the name that people know."""
    draft = error.file is not None and Path(error.file).name == path.name
    file = None if error.file is None else (name or path.name) if draft else Path(error.file).name
    return error.at(file=file, key=error.key, line=error.line)


class Shelf:
    """The projects of a folder.

    Parameters
    ----------
    folder : Path
        One YAML file for each; made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """Names of the projects, by alphabet."""
        found = sorted(self.folder.glob("*.yaml")) if self.folder.is_dir() else []
        return [path.stem for path in found if not path.name.startswith(".") and path.is_file()]

    def cards(self) -> list[Card]:
        """The projects, the latest changed first."""
        cards = [_card(n, self.path(n), self.path(n).stat().st_mtime) for n in self.names()]
        return sorted(cards, key=lambda card: -card.changed)

    def path(self, name: str) -> Path:
        """File of a project.

        Raises
        ------
        TwinError
            There is none; names come from addresses, and none of them leads out of the folder.
        """
        if name not in self.names():
            raise TwinError(
                f"there is no project called {name[:60]!r} here.", "Choose one of the list, or upload it."
            )
        return self.folder / f"{name}.yaml"

    def text(self, name: str) -> str:
        """Text of a project."""
        path = self.path(name)
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1).decode("utf-8-sig", "replace")

    def version(self, name: str) -> str:
        """Changes whenever the file does."""
        return str(self.path(name).stat().st_mtime_ns)

    def changed(self, name: str) -> float:
        """When a project or a file beside it that it names was changed last, seconds since the epoch."""
        beside = [self.folder / one for one in _companions(self.written(name))]
        return max(path.stat().st_mtime for path in (self.path(name), *beside) if path.is_file())

    def project(self, name: str) -> Project:
        """The validated project.

        Raises
        ------
        TwinError
            What is wrong with it.
        """
        path = self.path(name)
        try:
            return read_project(path)
        except TwinError as error:
            raise _shown(error, path) from None

    def written(self, name: str) -> dict[str, Any]:
        """What it writes, with what it extends merged in."""
        path = self.path(name)
        try:
            return written_content(path)
        except TwinError as error:
            raise _shown(error, path) from None

    def free_name(self, wanted: str) -> str:
        """A name like the wanted one that no file has.

        Raises
        ------
        TwinError
            Nothing in it can be a file's name.
        """
        name = plain_name(wanted)
        taken = {entry.stem for entry in self.folder.iterdir()} if self.folder.is_dir() else set()
        number = 2
        found = name
        while found in taken:
            found, number = f"{name[:54]}-{number}", number + 1
        return found

    @contextmanager
    def draft(self, name: str, text: str) -> Iterator[Path]:
        """A file beside the projects that no list shows, gone afterwards whatever happens."""
        path = self.drafted(f".{name}.{secrets.token_hex(4)}.yaml")
        try:
            path.write_text(text, "utf-8", newline="\n")
            yield path
        finally:
            path.unlink(missing_ok=True)

    def drafted(self, name: str) -> Path:
        """Where a draft may be written; those of processes that were killed are swept away."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in self.folder.glob(".*"):
            with suppress(FileNotFoundError):
                if _DRAFT.fullmatch(path.name) and time.time() - path.stat().st_mtime > _STALE_S:
                    path.unlink()
        return self.folder / name

    def save(self, name: str, text: str, *, version: str | None = None) -> Project:
        """Write a project, whole or not at all, when it is valid.

        Parameters
        ----------
        name : str
            Of `free_name`, or that of a project which is replaced.
        text : str
        version : str, optional
            As it was when the reader opened it; somebody else's change in between is not overwritten.

        Raises
        ------
        TwinError
            What is wrong with it, with line and key.
        """
        file = f"{plain_name(name)}.yaml"
        if version is not None and version != self.version(name):
            raise TwinError(
                "the project was changed elsewhere since you opened it.",
                "Load the page again, then make your change.",
                file=file,
            )
        if len(text.encode("utf-8", "surrogatepass")) > LARGEST_FILE:
            raise TwinError("the text is larger than 2 MB.", "Split the project.", file=file)
        with self.draft(name, text) as draft:
            try:
                project = read_project(draft)
            except TwinError as error:
                raise _shown(error, draft, file) from None
            draft.replace(self.folder / file)
        return project

    def change(self, name: str, changes: Mapping[KeyPath, Any], *, version: str | None = None) -> Project:
        """Change values where they stand in the text, and save it.

        Raises
        ------
        TwinError
            What is wrong with the changed project, which is then not saved.
        """
        return self.save(name, edited(self.text(name), changes, f"{name}.yaml"), version=version)

    def copy(self, name: str, wanted: str) -> str:
        """A second project with the same content, on which a change can be tried.

        Returns
        -------
        str
            Its name.
        """
        text, new = self.text(name), self.free_name(wanted)
        head = f"# Copy of {name}\n"
        self.save(new, head + _COPY_OF.sub("", text, count=1))
        return new

    def origin(self, name: str) -> tuple[str, bool] | None:
        """What a project was copied from, and whether that is a bundled example."""
        found = _COPY_OF.match(self.text(name))
        return None if found is None else (found[2].strip(), bool(found[1]))

    def single(self, name: str) -> Project:
        """Write a project that extends others as one file."""
        return self.save(name, dumped(self.written(name)))

    def take(self, example: str) -> str:
        """Copy a bundled example with the files that lie beside it.

        Returns
        -------
        str
            Name of the copy.

        Raises
        ------
        TwinError
            There is no such example, or a file of that name that says something else lies here.
        """
        source = example_path(example)
        content, new = written_content(source), self.free_name(source.stem)
        # One that builds on another becomes one file, so that nothing here hangs on a second.
        text = source.read_text("utf-8")
        text = dumped(content) if "extends" in parse_yaml(text, source.name).value else text
        self.folder.mkdir(parents=True, exist_ok=True)
        for beside in _companions(content):
            there = self.folder / beside
            if not there.exists():
                whole = there.with_name(f".{beside}.{secrets.token_hex(4)}")
                shutil.copyfile(source.parent / beside, whole)
                whole.replace(there)
            elif there.read_bytes() != (source.parent / beside).read_bytes():
                raise TwinError(
                    f"a file called {beside} lies among the projects and is not the example's.",
                    "Rename it, then open the example again.",
                )
        self.save(new, f"# Copy of the bundled example {example}\n{text}")
        return new


def _companions(content: Mapping[str, Any]) -> list[str]:
    """Files beside a project that it names."""
    district = content.get("district") or {}
    named = [district.get("table"), (district.get("neighbours") or {}).get("context")]
    for building in content.get("buildings") or ():
        target = (building.get("control") or {}).get("target") or {}
        named += [target.get("file"), (building.get("neighbours") or {}).get("context")]
    return [name for name in named if isinstance(name, str)]


def dumped(content: Mapping[str, Any]) -> str:
    return str(
        yaml.dump(
            dict(content),
            Dumper=_Plain,
            allow_unicode=True,
            sort_keys=False,
            width=_WIDTH,
            default_flow_style=None,
        )
    )


def plain_name(wanted: str) -> str:
    """What of a wanted name can be that of a file.

    Raises
    ------
    TwinError
        Nothing of it.
    """
    text = unicodedata.normalize("NFC", wanted).strip()
    text = re.sub(r"[^\w.\- ]+", "-", text, flags=re.UNICODE).strip(" .-_")[:56].strip(" .-")
    if not _NAME.fullmatch(text):
        raise TwinError(
            f"{wanted[:60]!r} cannot be the name of a project.", "Use letters, digits, dots and dashes."
        )
    return text
