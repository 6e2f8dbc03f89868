"""Compiled kernels and where their machine code is kept.

Numba stores compiled code per source file and notices edits in that file only, neither in what a kernel
calls nor in the constants it reads. Here the cache folder is named by a hash of every source that holds a
kernel and of all of ours that these import, so an edit in any of them compiles anew; a machine without a
writable cache compiles in memory.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
import platformdirs

_PACKAGES = ("weather", "buildings", "controllers", "twin")
_OURS = re.compile(rb"^from ((?:weather|buildings|controllers|twin)(?:\.\w+)*) import", re.MULTILINE)
_F = TypeVar("_F", bound=Callable[..., Any])


def _sources() -> dict[str, Path]:
    """Our modules by dotted name."""
    found: dict[str, Path] = {}
    for package in _PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            continue
        root = Path(spec.origin).parent
        for source in sorted(root.rglob("*.py")):
            parts = (package, *source.relative_to(root).with_suffix("").parts)
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = source
    return found


@cache
def cache_folder() -> Path | None:
    """Folder of the compiled kernels of exactly these sources, or None where nothing can be written."""
    sources = _sources()
    texts = {name: path.read_bytes() for name, path in sources.items()}
    wanted = [name for name, text in texts.items() if b"@compiled" in text or b"@intrinsic" in text]
    digest = hashlib.sha256(numba.__version__.encode())
    seen: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in seen or name not in texts:
            continue
        seen.add(name)
        wanted += [match.decode() for match in _OURS.findall(texts[name])]
    for name in sorted(seen):
        digest.update(name.encode() + b"\0" + texts[name])
    folder = Path(platformdirs.user_cache_dir("pedf-twin")) / "kernels" / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        return None
    return folder


def compiled(**options: Any) -> Callable[[_F], _F]:
    """Decorate a kernel: `numba.njit` with our cache and fast-math rules that keep NaN and signs.

    Parameters
    ----------
    **options
        Passed to `numba.njit`. `cache` is decided here.

    Returns
    -------
    callable
        The decorator.
    """

    def decorate(function: _F) -> _F:
        folder = cache_folder()
        options.setdefault("fastmath", {"contract", "reassoc", "nsz"})
        options.setdefault("error_model", "numpy")
        before = numba.config.CACHE_DIR
        try:
            numba.config.CACHE_DIR = os.fspath(folder) if folder else ""
            kernel: _F = numba.njit(function, cache=folder is not None, **options)
        finally:
            numba.config.CACHE_DIR = before
        return kernel

    return decorate
