"""The folder that the pages work in: projects, Runs, studies, and the server's own records.

<root>/projects/<name>.yaml     what people describe, upload or edit
       runs/...                 Runs, and folders of Runs, as the commands write them
       studies/<name>/          retrofit studies, responses, pilots, calibrations, live twins, forecasts
       .twin/                   queue, users, sessions; nobody's business but the server's
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dashboards.access.user import asking
from dashboards.checks import Checks
from dashboards.library import Library
from dashboards.outlooks import Outlooks
from dashboards.studies import Studies
from dashboards.twins import Twins
from dashboards.work.queue import Queue
from twin.error_words import told
from twin.report.style import Language
from weather.errors import TwinError


@dataclass(frozen=True)
class Workspace:
    """Where things lie.

    Parameters
    ----------
    root : Path
        May not exist yet: a folder is made when something is written.
    """

    root: Path

    @property
    def projects(self) -> Path:
        """Projects, one YAML file each."""
        return self.root / "projects"

    @property
    def runs(self) -> Path:
        """The stored Runs."""
        return self.root / "runs"

    @property
    def studies(self) -> Path:
        """What commands other than `twin run` made, a folder each."""
        return self.root / "studies"

    @cached_property
    def found_studies(self) -> Studies:
        """The retrofit studies that who asks may see."""
        return Studies(self.studies, lambda project: asking().may_see(project))

    @cached_property
    def checks(self) -> Checks:
        """The crosschecks that who asks may see."""
        return Checks(self.studies, lambda project: asking().may_see(project))

    @cached_property
    def outlooks(self) -> Outlooks:
        """What fleets could move over a day, of which who asks may see."""
        return Outlooks(self.studies, lambda project: asking().may_see(project))

    @cached_property
    def twins(self) -> Twins:
        """Calibrations, live twins and forecasts, of which who asks may see."""
        return Twins(self.root, lambda project: asking().may_see(project))

    @property
    def own(self) -> Path:
        """Records of the server."""
        return self.root / ".twin"

    @cached_property
    def library(self) -> Library:
        """The Runs that who asks may see, opened when asked for."""
        return Library(self.runs, lambda project: asking().may_see(project))

    @cached_property
    def queue(self) -> Queue:
        """The work behind the pages."""
        return Queue(self.root, self.own)

    def told(self, error: TwinError, language: Language = "en") -> str:
        """What is wrong, where in the workspace, and what would be right."""
        file = None if error.file is None else self.shown(Path(error.file))
        said = told(error.at(file=file, key=error.key, line=error.line), language)
        return said.replace(f"{self.root.resolve()}{os.sep}", "").replace(
            f"{self.root.absolute()}{os.sep}", ""
        )

    def shown(self, path: Path) -> str:
        """A path as people may see it: below the workspace, never a path of the machine."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else path.name
