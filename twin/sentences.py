"""Chinese for sentences that the code writes in English with values in them, from catalogues beside the code.

Each package has `locales/<subject>/<room>.yaml`: the English sentence with a numbered place for each value,
and the Chinese one with the same places. A text is looked for among the English ones, its values are put
into the Chinese one; values that are sentences or words of the catalogues are said in Chinese too.

Catalogues are read when they are first asked for. Rooms above `twin` name themselves by `also_from`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter

import yaml

_PACKAGES = ["weather", "buildings", "controllers", "twin"]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 5
_END = re.compile(r"(?<=\.) ")


def also_from(package: str) -> None:
    """Look in the catalogues of a package above this one as well."""
    if package not in _PACKAGES:
        _PACKAGES.append(package)
        _by_length.cache_clear()


def chinese(text: str, about: str) -> str | None:
    """A text in Chinese.

    Parameters
    ----------
    text : str
        A sentence, or several.
    about : str
        The subject: the folder of its catalogues.

    Returns
    -------
    str or None
        Without the last full stop; None where no catalogue has it.
    """
    return _known(text.strip(), about, _DEEPEST)


def ended(text: str) -> str:
    """With a Chinese full stop, where none of them ends it."""
    return text if text.endswith(("。", "！", "？")) else f"{text.removesuffix('.')}。"


@dataclass(frozen=True)
class _Template:
    """A sentence of a catalogue: English between its places, which places they are, and Chinese."""

    fragments: tuple[str, ...]
    places: tuple[str, ...]
    zh: str

    @property
    def quoted(self) -> set[str]:
        """Places in quotes: what stands there is somebody's name."""
        sides = zip(self.fragments, self.places, self.fragments[1:], strict=False)
        return {place for before, place, after in sides if before.endswith("'") and after.startswith("'")}

    @property
    def spoken(self) -> bool:
        """Whether it says anything but what stands in its places."""
        return any(sign.isalpha() for fragment in self.fragments for sign in fragment)

    def values(self, text: str) -> dict[str, str] | None:
        """What stands in the places, the first ones as short as can be; None if it is another sentence."""
        first, *middle = self.fragments
        if not text.startswith(first):
            return None
        if not middle:
            return {} if text == first else None
        last = middle.pop()
        end = len(text) - len(last)
        at = len(first)
        if end < at or not text.endswith(last):
            return None
        found: list[str] = []
        for fragment in middle:
            begin = text.find(fragment, at, end)
            if begin < 0:
                return None
            found.append(text[at:begin])
            at = begin + len(fragment)
        found.append(text[at:end])
        return dict(zip(self.places, found, strict=True))


def _plain(text: str) -> str:
    """Without the last full stop and the capital at the beginning, since both depend on who shows it."""
    text = text[:-1] if text.endswith(".") and not text.endswith("..") else text
    return text[:1].lower() + text[1:]


def _template(en: str, zh: str) -> _Template:
    fragments, places = [""], []
    for literal, place, _, _ in Formatter().parse(_plain(en)):
        fragments[-1] += literal
        if place is not None:
            places.append(place)
            fragments.append("")
    return _Template(tuple(fragments), tuple(places), zh)


@cache
def _by_length(about: str) -> tuple[dict[str, str], tuple[_Template, ...]]:
    """Sentences without places by their text, and those with places, most English first."""
    whole: dict[str, str] = {}
    open_ones: list[_Template] = []
    for package in _PACKAGES:
        folder = files(package) / "locales" / about
        for entry in folder.iterdir() if folder.is_dir() else ():
            for one in yaml.load(entry.read_text("utf-8"), Loader=_LOADER):
                template = _template(one["en"], one["zh"])
                if template.places:
                    open_ones.append(template)
                else:
                    whole[template.fragments[0]] = template.zh.format()
    open_ones.sort(key=lambda one: (-sum(map(len, one.fragments)), len(one.places)))
    return whole, tuple(open_ones)


def _known(text: str, about: str, depth: int) -> str | None:
    whole, _ = _by_length(about)
    plain = _plain(text)
    if plain in whole:
        return whole[plain]
    if depth == 0:
        return None
    first, cut = _filled(plain, about, depth), _cut(text, about, depth)
    if first is not None and (cut is None or not first.over):
        return first.zh
    return cut


@dataclass(frozen=True)
class _Filled:
    """A Chinese sentence with its values, and whether one of these runs over the end of a sentence."""

    zh: str
    over: bool


def _filled(plain: str, about: str, depth: int) -> _Filled | None:
    """The template with the most words of its own that fits, filled."""
    for template in _by_length(about)[1]:
        values = template.values(plain)
        if values is None:
            continue
        inside = {
            place: value if place in template.quoted else _value(value, about, depth)
            for place, value in values.items()
        }
        if template.spoken or inside != values:
            zh = template.zh.format(*(inside[str(i)] for i in range(len(inside))))
            return _Filled(zh, any(_END.search(value) for value in values.values()))
    return None


def _cut(text: str, about: str, depth: int) -> str | None:
    """Two sentences or more, if all are known."""
    for end in _END.finditer(text):
        first, rest = (_known(part, about, depth - 1) for part in (text[: end.start()], text[end.end() :]))
        if first is not None and rest is not None:
            return ended(first) + rest
    return None


def _value(value: str, about: str, depth: int) -> str:
    if (known := _known(value, about, depth - 1)) is not None:
        return known
    parts = value.split("; ")
    told = [_known(part, about, depth - 1) for part in parts] if len(parts) > 1 else [None]
    return "；".join(zh or part for zh, part in zip(told, parts, strict=True)) if any(told) else value
