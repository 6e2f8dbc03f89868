"""`twin report`: the documents of a finished study."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.commands.outputs import refuse_unwritable


@dataclass(frozen=True)
class Reported:
    """Documents that were written, by format and language."""

    documents: dict[str, Path]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"documents": {key: str(path) for key, path in self.documents.items()}}

    def show(self) -> None:
        """Where they lie."""
        for name, path in self.documents.items():
            sys.stdout.write(f"{name}  {path}\n")


def report_of_study(study: Path, out: Path | None) -> Reported:
    """Write HTML, Word and PDF of a study, in Chinese and English.

    Parameters
    ----------
    study : Path
        `study.json` of `twin retrofit`.
    out : Path, optional
        Folder; by default that of the study.

    Raises
    ------
    TwinError
        A study that cannot be read, or a folder that cannot be written to.
    """
    from twin.report.study.stored import read_study
    from twin.report.study.writing import write_study

    folder = out or study.parent
    refuse_unwritable(folder, "--out")
    return Reported(write_study(read_study(study), folder))
