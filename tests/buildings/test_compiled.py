"""Which edits compile which kernels anew."""

from __future__ import annotations

import pytest

from buildings import compiled

UNKEPT = compiled._imports.__wrapped__
SOURCES = {
    "buildings.kernel": b"from buildings.films import law\n",
    "buildings.films": b"from weather.errors import TwinError\n",
    "weather.errors": b"",
    "twin.other": b"from weather.errors import TwinError\n",
}


def _digests(monkeypatch: pytest.MonkeyPatch, sources: dict[str, bytes]) -> tuple[str, str]:
    monkeypatch.setattr(compiled, "_text", sources.get)
    monkeypatch.setattr(compiled, "_imports", UNKEPT)
    return compiled._digest("buildings.kernel"), compiled._digest("twin.other")


@pytest.mark.parametrize(
    ("edited", "kernel", "other"),
    [
        ("buildings.kernel", True, False),
        ("buildings.films", True, False),
        ("weather.errors", True, True),
        ("twin.other", False, True),
    ],
)
def test_an_edit_reaches_the_kernels_that_import_it(
    monkeypatch: pytest.MonkeyPatch, edited: str, kernel: bool, other: bool
) -> None:
    before = _digests(monkeypatch, SOURCES)
    after = _digests(monkeypatch, SOURCES | {edited: SOURCES[edited] + b"# edited\n"})
    assert (before[0] != after[0], before[1] != after[1]) == (kernel, other)


def test_kernels_of_unknown_modules_are_not_kept() -> None:
    assert compiled.cache_folder("somebody.elses") is None
    assert compiled.cache_folder("buildings.thermal.kernel") is not None


def test_a_kernel_runs_where_its_machine_code_cannot_be_kept() -> None:
    class Cache:
        def save_overload(self, signature: object, data: object) -> None:
            raise OSError(27, "File too large")

    class Kernel:
        _cache = Cache()

    kernel = Kernel()
    compiled._keep_if_possible(kernel)
    kernel._cache.save_overload("signature", "data")
