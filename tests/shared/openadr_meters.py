"""Meter files and settings of VENs for tests: a flat fleet that does a known thing in an event."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from openadr_vtn import TWIN
from template_process import Forked

DAY = pd.Timestamp("2025-07-22", tz="Asia/Shanghai")
"""A Tuesday with two weeks of July before it."""
START = DAY + pd.Timedelta(hours=13)
QUARTERS = 8
QUARTER = pd.Timedelta(minutes=15)


@dataclass(frozen=True)
class Site:
    """A meter that draws `kw`, and `made` kW of change in the quarter-hours of the event but for `silent`."""

    name: str
    kw: float
    made: float
    offer: float | None
    silent: tuple[int, ...] = ()

    def table(self, days: int = 14) -> pd.DataFrame:
        """The meter file: days before the event, its day, and the one after."""
        times = pd.date_range(DAY - pd.Timedelta(days=days), DAY + pd.Timedelta(days=2), freq=QUARTER)
        load = pd.Series(self.kw, times[:-1])
        event = pd.date_range(START, periods=QUARTERS, freq=QUARTER)
        load[event] += self.made
        load = load.drop(event[list(self.silent)])
        return pd.DataFrame({"time": [t.isoformat() for t in load.index], "kw": load.to_numpy()})


def settings_of(folder: Path, site: Site, url: str, secret: str, signer: Path | None, **more: Any) -> Path:
    """Write the meter file, the credentials and the settings of a VEN."""
    folder.mkdir(parents=True, exist_ok=True)
    site.table().to_csv(folder / "meter.csv", index=False)
    (folder / "client.json").write_text(json.dumps({"client_id": site.name, "client_secret": secret}))
    settings: dict[str, Any] = {
        "vtn": url,
        "name": site.name,
        "credentials": "client.json",
        "source": "meter.csv",
        "resources": [{"name": "plant"}],
        "poll": 1.0,
    }
    if signer is not None:
        settings["authority"] = str(signer)
    if site.offer is not None:
        settings["offer"] = {"peak_shaving": f"{site.offer} kW"}
    path = folder / "ven.yaml"
    path.write_text(yaml.safe_dump(settings | more, allow_unicode=True))
    return path


class VenCommand:
    """`twin serve ven` in a process of its own, forked where its start is not the point."""

    def __init__(self, settings: Path, *, from_nothing: bool = False) -> None:
        self._settings, self._from_nothing = settings, from_nothing
        self.start()

    def start(self) -> None:
        """Start, or start again with the same journal."""
        words = ["serve", "ven", str(self._settings), "--json"]
        if self._from_nothing:
            self.process: subprocess.Popen[str] | Forked = subprocess.Popen(
                [TWIN, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        else:
            self.process = Forked(words)

    def kill(self) -> None:
        """No handler runs."""
        self.process.kill()
        self.process.communicate()

    def end(self) -> tuple[int, list[Any], str]:
        """Ask it to end: exit code, what it told, what it complained of."""
        self.process.terminate()
        out, err = self.process.communicate(timeout=120)
        return self.process.wait(), [json.loads(line) for line in out.splitlines()], err
