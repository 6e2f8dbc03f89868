"""Figures of marches on disk, one file for each, named by the hash of what went into it.

A file appears by one rename, so a killed search leaves whole files or none, and finds them when it goes on.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import secrets
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from buildings.description.schema import Project
from twin.store import frame_sha256
from weather.climate_year import ClimateYear
from weather.errors import TwinError

_PACKAGES = ("weather", "buildings", "controllers", "twin")
_SOURCES = (".py", ".yaml", ".csv", ".json")
_LIBRARIES = ("numba", "numpy", "pandas", "pvlib", "scipy")
_NOT_PHYSICAL = {"name", "name_zh", "description", "description_zh", "retrofit", "pilot"}
"""Fields of a project that do not move its march."""


@cache
def engine_hash() -> str:
    """Hash of our own sources and data and of the libraries' versions: another engine, other figures."""
    digest = hashlib.sha256()
    for name in _LIBRARIES:
        digest.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    for package in _PACKAGES:
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        root = Path(spec.origin).parent
        for file in sorted(p for p in root.rglob("*") if p.suffix in _SOURCES):
            digest.update(f"{package}/{file.relative_to(root)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def inputs_hash(project: Project, climate: ClimateYear) -> str:
    """Hash of everything that a march of a project depends on.

    Parameters
    ----------
    project : Project
        What does not move its march, such as its name and the terms of money, is left out.
    climate : ClimateYear
    """
    digest = hashlib.sha256(engine_hash().encode())
    digest.update(frame_sha256(climate.data).encode())
    where = (climate.latitude, climate.longitude, climate.altitude, climate.time_zone, climate.utc_offset_h)
    digest.update(f"{where} {climate.clear_sky_taub} {climate.clear_sky_taud}\n".encode())
    digest.update(project.model_dump_json(exclude=_NOT_PHYSICAL).encode())
    return digest.hexdigest()


def derived_hash(inputs: str, parts: Iterable[str]) -> str:
    """Hash of something made of hashed inputs by further parts, each a text."""
    digest = hashlib.sha256(inputs.encode())
    for part in parts:
        digest.update(b"\0" + part.encode())
    return digest.hexdigest()


class MarchStore:
    """A folder of figures by hash.

    Parameters
    ----------
    root : path-like
        Made where it is not there.

    Raises
    ------
    TwinError
        A folder that cannot be made.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        self._trying(lambda: self.root.mkdir(parents=True, exist_ok=True))

    def find(self, key: str) -> dict[str, Any] | None:
        """Figures under a hash, None where there are none or the file is damaged (it is then made anew)."""
        try:
            text = self._place(key).read_text("utf-8")
        except FileNotFoundError:
            return None
        with contextlib.suppress(ValueError):
            found = json.loads(text)
            if isinstance(found, dict) and found.get("key") == key:
                figures: dict[str, Any] = found["figures"]
                return figures
        return None

    def keep(self, key: str, figures: dict[str, Any]) -> None:
        """Store figures under a hash; the same figures give the same bytes.

        Raises
        ------
        TwinError
            No permission or no room; nothing half-written is left.
        """
        text = json.dumps(
            {"key": key, "figures": figures}, ensure_ascii=False, allow_nan=False, sort_keys=True
        )
        self._trying(lambda: self._write(self._place(key), text))

    def __len__(self) -> int:
        return sum(1 for _ in self.root.glob("??/*.json"))

    def _place(self, key: str) -> Path:
        return self.root / key[:2] / f"{key}.json"

    def _write(self, target: Path, text: str) -> None:
        target.parent.mkdir(exist_ok=True)
        draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            draft.write_text(text, "utf-8")
            draft.replace(target)
        except OSError:
            draft.unlink(missing_ok=True)
            raise

    def _trying(self, write: Any) -> None:
        try:
            write()
        except OSError as error:
            reason = "the disk is full" if error.errno == errno.ENOSPC else os.strerror(error.errno or 0)
            raise TwinError(
                f"figures of a march could not be stored: {reason}.",
                "Free some room or choose a folder that you may write to; what was stored is kept.",
                file=self.root,
            ) from error
