"""Text of data files, read by the C parser where PyYAML was built with it (ten times as fast)."""

from __future__ import annotations

from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_data(text: str) -> Any:
    """Content of a YAML text that is trusted to be small; numbers, texts, lists and mappings only.

    Raises
    ------
    yaml.YAMLError
        Text that is no YAML.
    """
    return yaml.load(text, Loader=_LOADER)
