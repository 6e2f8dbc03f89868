"""Work for other processes: they import it by name, which they cannot do with a test's own module."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np

from twin.retrofit.march_store import MarchStore


def joined(shared, package):
    return {"said": shared["word"] + "+".join(package)}


def with_process(shared, package):
    time.sleep(0.05)
    return {"pid": os.getpid(), "package": list(package)}


def deadly(shared, package):
    """Kills whatever worker gets the fatal package, each time; the process that asked survives it."""
    if package == shared["fatal"] and os.getpid() != shared["asker"]:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.01)
    return {"package": list(package)}


def with_large_array(shared, package):
    """How many kB it takes of pages that are new to this process to fill 128 MB."""
    before = _resident_kb()
    array = np.ones(2**24)
    return {"pid": os.getpid(), "new_kb": _resident_kb() - before, "sum": float(array[-1])}


def _resident_kb():
    text = Path("/proc/self/status").read_text("ascii")
    return int(text.split("VmRSS:")[1].split()[0])


def write_for_ever(root):
    """Until it is killed."""
    store = MarchStore(root)
    for i in range(10**6):
        store.keep(f"{i % 50:04d}", {"n": i, "long": list(range(20000))})
