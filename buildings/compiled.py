"""Compiled kernels and where their machine code is kept.

Numba stores compiled code per source file and notices edits in that file only, neither in what a kernel
calls nor in the constants it reads. Here the cache folder of a module's kernels is named by a hash of that
module and of all of ours that it imports, so an edit in any of them compiles these kernels anew and leaves
the others; a machine without a writable cache compiles in memory.
"""

from __future__ import annotations

import contextlib
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


@cache
def _root(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


@cache
def _text(name: str) -> bytes | None:
    """Source of one of our modules by dotted name, or None where there is no such module."""
    package, *parts = name.split(".")
    root = _root(package) if package in _PACKAGES else None
    if root is None:
        return None
    place = root.joinpath(*parts)
    for file in (place.with_suffix(".py"), place / "__init__.py") if parts else (place / "__init__.py",):
        if file.is_file():
            return file.read_bytes()
    return None


@cache
def _imports(name: str) -> tuple[str, ...]:
    """Modules of ours that a module imports while it is loaded."""
    return tuple(match.decode() for match in _OURS.findall(_text(name) or b""))


def _digest(module: str) -> str:
    """Hash of the sources that a module's kernels can be made of."""
    wanted, seen = [module], set()
    while wanted:
        name = wanted.pop()
        if name not in seen and _text(name) is not None:
            seen.add(name)
            wanted += _imports(name)
    digest = hashlib.sha256(numba.__version__.encode())
    for name in sorted(seen):
        digest.update(name.encode() + b"\0" + (_text(name) or b""))
    return digest.hexdigest()[:16]


@cache
def _writable_root() -> Path | None:
    """Folder of all compiled kernels, or None where nothing can be written."""
    folder = Path(platformdirs.user_cache_dir("pedf-twin")) / "kernels"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        return None
    return folder


@cache
def cache_folder(module: str) -> Path | None:
    """Folder of a module's compiled kernels of exactly these sources.

    Parameters
    ----------
    module : str
        Dotted name of one of our modules.

    Returns
    -------
    Path or None
        None where nothing can be written, and for a module that is none of ours: what it calls is not known.
    """
    root = _writable_root()
    if root is None or _text(module) is None:
        return None
    folder = root / _digest(module)
    folder.mkdir(exist_ok=True)
    return folder


def _keep_if_possible(kernel: Any) -> None:
    """Let a kernel run whose machine code cannot be kept, as on a full disk; Numba would end the program."""
    save = kernel._cache.save_overload

    def save_overload(signature: Any, data: Any) -> None:
        with contextlib.suppress(OSError):
            save(signature, data)

    kernel._cache.save_overload = save_overload


def compiled(*, allocates: bool = False, **options: Any) -> Callable[[_F], _F]:
    """Decorate a kernel: `numba.njit` with our cache and fast-math rules that keep NaN and signs.

    Parameters
    ----------
    allocates : bool
        Whether the kernel makes arrays. All others are compiled without Numba's counting of references, which
        took a quarter to a half of the time of a march: their callers keep every array alive. A kernel that
        makes one and does not say so fails as it is compiled.
    **options
        Passed to `numba.njit`. `cache` is decided here.

    Returns
    -------
    callable
        The decorator.
    """

    def decorate(function: _F) -> _F:
        folder = cache_folder(function.__module__)
        options.setdefault("fastmath", {"contract", "reassoc", "nsz"})
        options.setdefault("error_model", "numpy")
        options.setdefault("_nrt", allocates)
        before = numba.config.CACHE_DIR
        try:
            numba.config.CACHE_DIR = os.fspath(folder) if folder else ""
            kernel: _F = numba.njit(function, cache=folder is not None, **options)
        finally:
            numba.config.CACHE_DIR = before
        if folder is not None:
            _keep_if_possible(kernel)
        return kernel

    return decorate
