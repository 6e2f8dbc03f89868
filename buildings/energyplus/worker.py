"""One EnergyPlus run in a process of its own: `python -m buildings.energyplus.worker ORDER.json`.

The engine may crash or hang, and it keeps state that cannot be cleared: so it never runs in the caller's
process. This module loads nothing but the engine. It ends at once when the process that started it is gone.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

FOLLOW_EVERY_S = 0.5
_SCRATCH = "pedf-twin-"


def follow_parent(parent: int, *files: str | Path) -> None:
    """End this process when its parent is no more: no simulation outlives who asked for it.

    Temporary folders of ours that hold the `files` are removed, since the parent no longer can.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(FOLLOW_EVERY_S)
        for folder in {Path(file).parent for file in files}:
            if folder.name.startswith(_SCRATCH):
                shutil.rmtree(folder, ignore_errors=True)
        os._exit(125)

    if os.name == "posix":
        threading.Thread(target=watch, daemon=True).start()


def simulate(idf: str, epw: str, out: str) -> int:
    """Run the engine on an input file; returns its exit code."""
    from pyenergyplus.api import EnergyPlusAPI

    api: Any = EnergyPlusAPI()
    state = api.state_manager.new_state()
    api.runtime.set_console_output_status(state, False)
    return int(api.runtime.run_energyplus(state, ["-w", epw, "-d", out, idf]))


def main() -> None:
    """Read the order, run, write CPU time and exit code beside it."""
    order_path = Path(sys.argv[1])
    order = json.loads(order_path.read_text(encoding="utf-8"))
    follow_parent(order["parent"], order_path, order["idf"])
    begin = time.process_time()
    code = simulate(order["idf"], order["epw"], order["out"])
    done = {"code": code, "cpu_s": time.process_time() - begin}
    order_path.with_suffix(".done").write_text(json.dumps(done), encoding="utf-8")
    # The engine's own clean-up at exit can crash; all it had to write is on disk.
    os._exit(0)


if __name__ == "__main__":
    main()
