"""Compiled kernels and where their machine code is kept.

Numba stores compiled code per source file and notices edits in that file only, not in what a
kernel calls. Here the cache folder is named by a hash of every kernel source of the five packages,
so an edit anywhere compiles anew, and a machine without a writable cache compiles in memory.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
import platformdirs

_PACKAGES = ("weather", "buildings", "controllers", "twin")
_F = TypeVar("_F", bound=Callable[..., Any])


@cache
def cache_folder() -> Path | None:
    """Folder of the compiled kernels of exactly these sources, or None where nothing can be written."""
    digest = hashlib.sha256(numba.__version__.encode())
    for package in _PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            continue
        for source in sorted(Path(spec.origin).parent.rglob("*.py")):
            text = source.read_bytes()
            if b"compiled" in text:
                digest.update(text)
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
