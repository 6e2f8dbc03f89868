"""YAML as far as a project needs it, with the line of every value, and nothing that can hurt.

Plain scalars follow the core schema of YAML 1.2: only `true` and `false` are booleans, `13:00` and `off` stay
text, `1e6` is a number. Refused: anchors and aliases, tags, duplicate keys, several documents, deep nesting,
files that are large or not UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from buildings.description.text_file import file_text
from weather.errors import TwinError

LARGEST_FILE = 2_000_000
DEEPEST = 32
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = {"true": True, "false": False, "null": None, "~": None, "": None}
_NOT_FINITE = re.compile(r"[-+]?\.(inf|nan)", re.IGNORECASE)


@dataclass
class Node:
    """A value with its place: mapping of nodes, list of nodes, or scalar."""

    value: Any
    file: str
    line: int

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


@dataclass
class _Open:
    """A mapping or list whose end has not come yet."""

    node: Node
    key: str | None = None
    keys: dict[str, int] = field(default_factory=dict)


def read_yaml(path: Path) -> Node:
    """Read a YAML file whose top is a mapping.

    Parameters
    ----------
    path : Path
        File of at most 2 MB in UTF-8.

    Returns
    -------
    Node
        Mapping with the line of every value.

    Raises
    ------
    TwinError
        Anything that cannot be read, with the line where it is known.
    """
    text = file_text(
        path,
        LARGEST_FILE,
        missing="Give the path of a YAML file.",
        split="Split the project, or drop what is no project.",
    )
    return parse_yaml(text, str(path))


def parse_yaml(text: str, file: str) -> Node:
    """Parse YAML text; see `read_yaml`. `file` is the name in messages."""
    try:
        node = _build(_events(text), file)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, text, file) from None
    except yaml.YAMLError as error:
        raise TwinError(
            f"The text cannot be read: {' '.join(str(error).split())}.",
            "Remove control characters.",
            file=file,
        ) from None
    if node is None or node.value is None:
        raise TwinError("The file is empty.", "Write a project; `twin schema` shows its keys.", file=file)
    if not isinstance(node.value, dict):
        raise TwinError(
            "The file does not hold keys with values.",
            "Begin with 'schema: 1' and 'name: ...'.",
            file=file,
            line=1,
        )
    return node


def _events(text: str) -> Iterator[yaml.Event]:
    yield from yaml.parse(text, Loader=_LOADER)


def _syntax_error(error: yaml.MarkedYAMLError, text: str, file: str) -> TwinError:
    line = error.problem_mark.line + 1 if error.problem_mark is not None else None
    lines = text.splitlines()
    there = lines[line - 1] if line is not None and line <= len(lines) else ""
    if "\t" in there[: len(there) - len(there.lstrip())]:
        return TwinError("The line is indented by a tab.", "Indent by spaces.", file=file, line=line)
    what = f"This is not YAML: {error.problem}."
    return TwinError(what, "Check indentation, colons, quotes and brackets there.", file=file, line=line)


def _build(events: Iterator[yaml.Event], file: str) -> Node | None:
    root: Node | None = None
    stack: list[_Open] = []
    for event in events:
        line = event.start_mark.line + 1 if event.start_mark is not None else 0
        _refuse_danger(event, file, line)
        if isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise TwinError("A second document begins.", "Keep one project in a file.", file=file, line=line)
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            stack.pop()
            continue
        if isinstance(event, yaml.ScalarEvent):
            if stack and isinstance(stack[-1].node.value, dict) and stack[-1].key is None:
                _take_key(stack[-1], event, file, line)
                continue
            node = Node(_scalar(event), file, line)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            if stack and isinstance(stack[-1].node.value, dict) and stack[-1].key is None:
                raise TwinError(
                    "A key is a list or mapping.", "Use plain words as keys.", file=file, line=line
                )
            node = Node({} if isinstance(event, yaml.MappingStartEvent) else [], file, line)
        else:
            continue
        if stack:
            _attach(stack[-1], node)
        else:
            root = node
        if isinstance(node.value, (dict, list)):
            stack.append(_Open(node))
            if len(stack) > DEEPEST:
                raise TwinError(
                    f"The nesting is deeper than {DEEPEST} levels.",
                    "No project needs that.",
                    file=file,
                    line=line,
                )
    return root


def _refuse_danger(event: yaml.Event, file: str, line: int) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise TwinError(
            "Anchors (&) and aliases (*) are not read.",
            "Write the value out, or let a second file extend this one with 'extends: this.yaml'.",
            file=file,
            line=line,
        )
    tag = getattr(event, "tag", None)
    if tag:
        raise TwinError(f"The tag '{tag}' is not read.", "Leave tags (!...) out.", file=file, line=line)


def _take_key(into: _Open, event: yaml.ScalarEvent, file: str, line: int) -> None:
    key = event.value
    if key in into.keys:
        raise TwinError(
            f"The key '{key}' stands here and in line {into.keys[key]}.",
            "Keep one.",
            file=file,
            line=line,
            key=key,
        )
    into.keys[key] = line
    into.key = key


def _attach(parent: _Open, node: Node) -> None:
    if isinstance(parent.node.value, dict):
        key = parent.key or ""
        node.line = parent.keys[key]
        parent.node.value[key] = node
        parent.key = None
    else:
        parent.node.value.append(node)


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text.lower() in _SPECIAL and text in (text.lower(), text.upper(), text.capitalize()):
        return _SPECIAL[text.lower()]
    if _INT.fullmatch(text) and len(text) <= 300:
        return int(text)
    if _FLOAT.fullmatch(text) or _NOT_FINITE.fullmatch(text):
        return float(
            text.replace(".inf", "inf").replace(".nan", "nan").replace(".INF", "inf").replace(".NaN", "nan")
        )
    return text
