"""The process of a job: runs a command of `twin` and leaves a note of how it ended.

Everything passes through files of the job's folder, nothing through pipes, so that the server may be killed
and started again while the work goes on.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from dashboards.work.folder import ENDED, whole

_UNEXPECTED = 70


def main() -> None:
    """Run `python -m dashboards.work.child FOLDER ARGUMENT...`."""
    folder, *argv = sys.argv[1:]
    sys.argv = ["twin", *argv]
    code = _UNEXPECTED
    try:
        from twin.cli import main as twin

        twin()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        raise
    finally:
        sys.stdout.flush()
        whole(Path(folder) / ENDED, json.dumps({"code": code, "pid": os.getpid()}))


if __name__ == "__main__":
    main()
