"""Calibrations, live twins and forecasts that the pages show: the bundled ones and those of the workspace."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar, Literal

from twin.calibration.reading import FACTS, PAGE, StoredCalibration, read_calibration
from twin.foresight.stored import STEPS, SUMMARY, StoredForecast, read_forecast_folder
from twin.live.stored import FILE as LIVE
from twin.live.stored import StoredLive, read_live
from twin.watch.course import WatchedLive, watched
from weather.errors import TwinError

Kind = Literal["calibration", "live", "forecast"]
_FILES: dict[Kind, tuple[str, ...]] = {
    "calibration": (FACTS,),
    "live": (LIVE,),
    "forecast": (SUMMARY, STEPS),
}
"""What a folder of a kind holds; the first tells whose it is."""
_NOUNS: dict[Kind, tuple[str, str]] = {
    "calibration": ("calibration", "校准"),
    "live": ("live twin", "在线孪生"),
    "forecast": ("forecast", "预测"),
}


@dataclass(frozen=True)
class Listed:
    """One in a list: its name in addresses, and the titles of its project."""

    name: str
    title: str
    title_zh: str


@lru_cache(maxsize=8)
def _calibration(folder: Path, _: int) -> StoredCalibration:
    return read_calibration(folder)


@lru_cache(maxsize=8)
def _forecast(folder: Path, _: int) -> StoredForecast:
    return read_forecast_folder(folder)


@lru_cache(maxsize=8)
def _watched(folder: Path, _: tuple[int, int]) -> WatchedLive:
    return watched(read_live(folder))


class Twins:
    """What a reader may see of twins that were fitted, follow their building or look ahead.

    Parameters
    ----------
    root : Path
        The workspace: commands write below `studies/` or, by themselves, `runs/`.
    sees : callable
        Whether the reader may see those of a project of that name; bundled ones everybody sees.
    """

    BUNDLED: ClassVar[str] = "examples"

    def __init__(self, root: Path, sees: Callable[[str], bool]) -> None:
        self.root, self._sees = root, sees

    def paths(self, kind: Kind) -> dict[str, Path]:
        """Folders of a kind by their names, the workspace's first, the latest before the others."""
        own = [
            file.parent
            for place in ("studies", "runs")
            for file in (self.root / place).glob(f"*/{_FILES[kind][0]}")
            if not file.parent.name.startswith(".")
            and all((file.parent / name).is_file() for name in _FILES[kind])
        ]
        own.sort(key=lambda folder: (folder / _FILES[kind][0]).stat().st_mtime, reverse=True)
        bundled = Path(str(files("twin") / "examples" / "twins"))
        return {f"{folder.parent.name}/{folder.name}": folder for folder in own} | {
            f"{self.BUNDLED}/{file.parent.parent.name}": file.parent
            for file in sorted(bundled.glob(f"*/{kind}/{_FILES[kind][0]}"))
        }

    def listed(self, kind: Kind) -> list[Listed]:
        """Those of a kind that can be read, bundled ones last."""
        found = []
        for name in self.paths(kind):
            try:
                facts = self._facts(kind, name)
            except TwinError:
                continue  # none of ours, or somebody else's
            title = str(facts.get("project", ""))
            found.append(Listed(name, title, str(facts.get("project_zh") or title)))
        return found

    def calibration(self, name: str) -> StoredCalibration:
        """A calibration by the name of the list.

        Raises
        ------
        TwinError
            There is none of that name, or it cannot be read.
        """
        folder = self._folder("calibration", name)
        return _calibration(folder, (folder / FACTS).stat().st_mtime_ns)

    def live(self, name: str) -> StoredLive:
        """A live twin by the name of the list, as it stands now; see `calibration`."""
        return read_live(self._folder("live", name))

    def watched(self, name: str) -> WatchedLive:
        """Alarms of a live twin, judged once a day; see `calibration`."""
        live = self.live(name)
        last = [path.stat().st_mtime_ns for path in live.days()[-1:]]
        return _watched(live.folder, (len(live.days()), *last) if last else (0, 0))

    def forecast(self, name: str) -> StoredForecast:
        """A forecast by the name of the list; see `calibration`."""
        folder = self._folder("forecast", name)
        return _forecast(folder, (folder / STEPS).stat().st_mtime_ns)

    def truth(self, kind: Kind, name: str) -> Mapping[str, str] | None:
        """Of a bundled one, what stood for the building: `zh` and `en`."""
        file = self._folder(kind, name) / "truth.json"
        if not name.startswith(f"{self.BUNDLED}/") or not file.is_file():
            return None
        told: Mapping[str, str] = json.loads(file.read_text("utf-8"))
        return told

    def page(self, name: str) -> Path | None:
        """The page that the command wrote with a calibration; see `calibration`."""
        found = self._folder("calibration", name) / PAGE
        return found if found.is_file() else None

    def _folder(self, kind: Kind, name: str) -> Path:
        self._facts(kind, name)
        return self.paths(kind)[name]

    def _facts(self, kind: Kind, name: str) -> dict[str, Any]:
        """Whose it is.

        Raises
        ------
        TwinError
            None of that name, none of ours, or somebody else's: all told alike.
        """
        en, zh = _NOUNS[kind]
        missing = TwinError(
            f"there is no {en} called {name[:60]!r} here.", "Choose one of the list.",
            zh=(f"这里没有名为 {name[:60]!r} 的{zh}。", "请从列表中选择。"),
        )  # fmt: skip
        folder = self.paths(kind).get(name)
        if folder is None:
            raise missing
        try:
            facts = json.loads((folder / _FILES[kind][0]).read_text("utf-8"))
        except (OSError, ValueError):
            raise missing from None
        bundled = name.startswith(f"{self.BUNDLED}/")
        if not isinstance(facts, dict) or not (bundled or self._sees(str(facts.get("project", "")))):
            raise missing
        return facts
