"""Values of a YAML text changed where they stand: comments, order and everything else stay as they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from buildings.description.yaml_text import parse_yaml
from weather.errors import TwinError

Path = tuple[str | int, ...]
"""Keys and places from the top of the text: `("buildings", 0, "envelope", "wall_u")`."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WIDE = 10_000


def edited(text: str, changes: Mapping[Path, Any], file: str = "project text") -> str:
    """Change values of a YAML text.

    Parameters
    ----------
    text : str
        What `parse_yaml` reads.
    changes : mapping of path to value
        None takes the key out; a value that is not there yet is put in, with the mappings above it. An index
        one past the end of a list puts an item there.
    file : str
        Name in messages.

    Returns
    -------
    str
        Reads back as the old content with these changes and no other.

    Raises
    ------
    TwinError
        The text cannot be read, or a path leads through something that is no mapping or list.
    """
    wanted = parse_yaml(text, file).plain()
    for path, value in changes.items():
        if value is None and not _there(wanted, path):
            continue
        text = _one(text, path, value, file)
        _set(wanted, path, value)
    found = parse_yaml(text, file).plain()
    if found != _without_empty(wanted) and found != wanted:
        raise TwinError(
            "the text is laid out in a way that the form cannot change safely.",
            "Change it in the text itself.",
            file=file,
        )
    return text


def _there(content: Any, path: Path) -> bool:
    for part in path:
        inside = isinstance(content, dict) and part in content
        if not inside and not (isinstance(content, list) and isinstance(part, int) and part < len(content)):
            return False
        content = content[part]
    return True


def _set(content: Any, path: Path, value: Any) -> None:
    *above, last = path
    for part in above:
        if isinstance(content, dict):
            content = content.setdefault(part, {})
        else:
            content = content[part]
    if value is None:
        del content[last]
    elif isinstance(content, list) and last == len(content):
        content.append(value)
    else:
        content[last] = value


def _without_empty(content: Any) -> Any:
    """The content without mappings and lists that lost their last entry."""
    if isinstance(content, dict):
        kept = {key: _without_empty(value) for key, value in content.items()}
        return {key: value for key, value in kept.items() if value not in ({}, [])}
    if isinstance(content, list):
        return [_without_empty(value) for value in content]
    return content


def _one(text: str, path: Path, value: Any, file: str) -> str:
    node: yaml.Node = yaml.compose(text, Loader=_LOADER)  # type: ignore[assignment]  # parsed before
    for depth, part in enumerate(path):
        inside = _inside(node, part, path[: depth + 1], file)
        if inside is None:
            for name in reversed(path[depth + 1 :]):
                value = {name: value}
            return _put_in(text, node, part, value)
        if depth + 1 == len(path):
            if value is None:
                return _take_out(text, node, part)
            return _replace(text, inside, value, _behind_key(text, node, part))
        node = inside
    raise ValueError("a path needs a key")


def _inside(node: yaml.Node, part: str | int, path: Path, file: str) -> yaml.Node | None:
    """What stands at a key or place; None where nothing does."""
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        return node.value[part] if part < len(node.value) else None
    above = ".".join(map(str, path[:-1]))
    raise TwinError(
        f"{above or 'the text'} holds no keys, so {part} cannot be put into it.",
        "Change it in the text itself.",
        file=file,
        key=above or None,
        line=node.start_mark.line + 1,
    )


def _written(value: Any) -> str:
    """A value on one line."""
    text = yaml.dump(
        value,
        Dumper=yaml.SafeDumper,
        default_flow_style=True,
        allow_unicode=True,
        width=_WIDE,
        sort_keys=False,
    )
    return str(text).removesuffix("\n").removesuffix("\n...").strip()


def _behind_key(text: str, node: yaml.Node, part: str | int) -> int | None:
    """Where the colon of a key ends; None in a list."""
    if not isinstance(node, yaml.MappingNode):
        return None
    key = next(key for key, _ in node.value if key.value == part)
    return text.index(":", key.end_mark.index) + 1


def _replace(text: str, node: yaml.Node, value: Any, behind: int | None = None) -> str:
    begin, end = node.start_mark.index, _end(text, node)
    if isinstance(node, yaml.ScalarNode) and begin == end:  # `key:` with nothing behind it
        return f"{text[:begin]} {_written(value)}{text[end:]}"
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        # A block gives way to one line behind its key, if that is known; a comment between both goes with it.
        head = text[:begin] if behind is None else f"{text[:behind].rstrip()} "
        return f"{head}{_written(value)}\n{text[end:].lstrip(chr(10))}"
    return f"{text[:begin]}{_written(value)}{text[end:]}"


def _end(text: str, node: yaml.Node) -> int:
    """Where a node ends; a block's mark stands behind the comments and blank lines after it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        inner = last[1] if isinstance(last, tuple) else last
        end = _end(text, inner)
        stop = text.find("\n", end)
        return len(text) if stop < 0 else stop + 1
    return int(node.end_mark.index)


def _put_in(text: str, node: yaml.Node, part: str | int, value: Any) -> str:
    """A new key of a mapping or a new item of a list, behind the last."""
    assert isinstance(node, yaml.CollectionNode)
    entry = _written(value) if isinstance(part, int) else f"{_written(part)}: {_written(value)}"
    if node.flow_style:
        end = node.end_mark.index - 1
        inside = text[node.start_mark.index + 1 : end].rstrip()
        comma = ", " if node.value else ""
        tail = node.start_mark.index + 1 + len(inside)
        if inside.endswith(","):
            comma = " "
        return f"{text[:tail]}{comma}{entry}{text[end:]}"
    end = _end(text, node)
    first = node.value[0][0] if isinstance(node, yaml.MappingNode) else node.value[0]
    column = first.start_mark.column if isinstance(node, yaml.MappingNode) else node.start_mark.column
    dash = "- " if isinstance(node, yaml.SequenceNode) else ""
    before = text[:end]
    if not before.endswith("\n"):
        before += "\n"
    return f"{before}{' ' * column}{dash}{entry}\n{text[end:]}"


def _take_out(text: str, node: yaml.Node, part: str | int) -> str:
    """A key of a mapping or an item of a list, with its own lines."""
    assert isinstance(node, yaml.CollectionNode)
    if isinstance(node, yaml.MappingNode):
        place = next(k for k, (key, _) in enumerate(node.value) if key.value == part)
        begin, inner = node.value[place][0].start_mark.index, node.value[place][1]
    else:
        assert isinstance(part, int)
        place, inner = part, node.value[part]
        begin = inner.start_mark.index
    end = _end(text, inner)
    if node.flow_style:
        if place + 1 < len(node.value):
            follower = node.value[place + 1]
            follower = follower[0] if isinstance(follower, tuple) else follower
            return text[:begin] + text[follower.start_mark.index :]
        head = text[:begin].rstrip()
        return head.removesuffix(",") + text[end:]
    if len(node.value) == 1:
        # The last entry of a block: an empty pair of brackets keeps the key above it a mapping or a list.
        brackets = "{}" if isinstance(node, yaml.MappingNode) else "[]"
        return _replace(text, node, {} if brackets == "{}" else [])
    stop = text.find("\n", end - 1 if text[end - 1 : end] == "\n" else end)
    after = len(text) if stop < 0 else stop + 1
    line = text.rfind("\n", 0, begin) + 1
    if isinstance(node, yaml.SequenceNode) or not text[line:begin].strip():
        return text[:line] + text[after:]
    # The first key behind a dash: the next key takes its place.
    follower = node.value[place + 1][0]
    return text[:begin] + text[follower.start_mark.index :]
