"""What EnergyPlus wrote into `eplusout.err`: warnings, severe and fatal errors, with the object they name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from weather.errors import TwinError

Level = Literal["warning", "severe", "fatal"]
_START = re.compile(r"^\s*\*\*\s*(Warning|Severe|Fatal)\s*\*\*\s?(.*)$")
_MORE = re.compile(r"^\s*\*\*\s+~~~\s+\*\*\s?(.*)$")
_ENTRY = re.compile(r"<root>\[([^\]]+)\]\[([^\]]*)\](?:\[([^\]]+)\])?")
_OBJECT = re.compile(r'([A-Z][A-Za-z]+(?::[A-Za-z:]+)*)\s*=\s*"([^"]+)"')
_QUOTED = re.compile(r'"([^"]+)"')
_MOST = 5
_WEATHER = ("EPW", "eather file", "eather File", "WeatherFile", "Weather Data", "Weather Line")


@dataclass(frozen=True)
class Message:
    """One message of the engine: its level and its text, lines joined."""

    level: Level
    text: str

    @property
    def named(self) -> str | None:
        """The object that the message names, as `Class=NAME` or the first name in quotes."""
        entry = _ENTRY.search(self.text)
        if entry:
            return f"{entry.group(1)}={entry.group(2)}"
        found = _OBJECT.search(self.text)
        if found:
            return f"{found.group(1)}={found.group(2).strip()}"
        quoted = _QUOTED.search(self.text)
        return quoted.group(1) if quoted else None


def read_messages(path: Path) -> tuple[Message, ...]:
    """All messages of an error file; empty where there is none."""
    if not path.is_file():
        return ()
    found: list[tuple[Level, list[str]]] = []
    levels: dict[str, Level] = {"Warning": "warning", "Severe": "severe", "Fatal": "fatal"}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        start, more = _START.match(line), _MORE.match(line)
        if start:
            found.append((levels[start.group(1)], [start.group(2).strip()]))
        elif more and found:
            found[-1][1].append(more.group(1).strip())
    return tuple(Message(level, " ".join(parts)) for level, parts in found)


def finished(path: Path) -> bool:
    """Whether the error file says that the engine came to its end."""
    if not path.is_file():
        return False
    text = path.read_text(encoding="utf-8", errors="replace")
    return "EnergyPlus Completed Successfully" in text


SLOW_START = "did not converge after"
"""Words of the severe error of a warm-up that ends before the zones repeat themselves."""


def refuse(
    messages: tuple[Message, ...], idf: Path, epw: Path, accepted: tuple[str, ...] = ()
) -> tuple[Message, ...]:
    """Raise if any message is severe or fatal.

    Parameters
    ----------
    accepted : tuple of str
        Words of severe errors that the caller takes as warnings.

    Returns
    -------
    tuple of Message
        The messages, accepted ones as warnings.

    Raises
    ------
    TwinError
        With the engine's words, the object it names and the file that is to blame.
    """
    messages = tuple(
        Message("warning", m.text) if m.level == "severe" and any(a in m.text for a in accepted) else m
        for m in messages
    )
    severe = [m for m in messages if m.level == "severe"]
    fatal = [m for m in messages if m.level == "fatal"]
    bad = severe or fatal
    if not bad:
        return messages
    texts = list(dict.fromkeys(m.text for m in bad))
    shown = "; ".join(texts[:_MOST])
    more = f" (and {len(texts) - _MOST} more)" if len(texts) > _MOST else ""
    weather = any(word in texts[0] for word in _WEATHER)
    if weather:
        raise TwinError(
            f"EnergyPlus cannot use the weather file: {shown}{more}",
            "Give a complete EPW file; `twin weather FILE --out NEW.epw` reads, repairs and writes one.",
            file=epw,
        )
    named = next((m.named for m in bad if m.named), None)
    if all(SLOW_START in text for text in texts):
        remedy = "Raise Maximum_Number_of_Warmup_Days of the Building object."
    else:
        remedy = f"Correct {named or 'what the message names'} in the model."
    raise TwinError(
        f"EnergyPlus stopped with {len(severe)} severe and {len(fatal)} fatal errors: {shown}{more}",
        remedy,
        file=idf,
        key=named,
    )
