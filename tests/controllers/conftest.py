"""Kernels compile on their first call, and no test here asserts a time: no deadline."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("compiled", deadline=None)
settings.load_profile("compiled")
