"""What every part of a project shares: names, keys, and text that is either a quantity or a word."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

from buildings.description import quantities as q

_PLAIN_NAME = re.compile(r"[A-Za-z0-9 ._-]*")


def _name(text: str) -> str:
    """Names become file names and columns: letters and digits of any script, space, dot, dash, underscore."""
    text = unicodedata.normalize("NFC", text)
    if not text or len(text) > 60:
        raise ValueError(f"a name of {len(text)} characters; 1 to 60 are possible")
    if not text.isascii() or not _PLAIN_NAME.fullmatch(text):
        wrong = sorted({c for c in text if not (c.isalnum() or c in " ._-")})
    else:
        wrong = []
    if wrong:
        raise ValueError(
            f"the name '{text}' holds {wrong}; letters, digits, space, dot, dash, underscore are possible"
        )
    if text != text.strip(" ."):
        raise ValueError(f"the name '{text}' begins or ends with a space or a dot; leave that out")
    return text


Name = Annotated[str, AfterValidator(_name)]
Key = Annotated[str, Field(min_length=1, max_length=120)]


def _written_as(value: Any) -> str:
    """Which branch of a union a user meant, so that the error speaks of that branch only."""
    if isinstance(value, str):
        return "quantity" if value.lstrip()[:1] in "+-.0123456789" else "word"
    return (
        "mapping" if isinstance(value, (dict, BaseModel)) else "quantity"
    )  # numbers, dates, and what is wrong


EITHER = Discriminator(_written_as)
_Word = Annotated[Key, Tag("word")]
_Autosize = Annotated[Literal["autosize"], Tag("word")]
SetPoint = Annotated[Annotated[q.Temperature, Tag("quantity")] | _Word, EITHER]
ThermalCapacity = Annotated[Annotated[q.ThermalPower, Tag("quantity")] | _Autosize, EITHER]
ElectricCapacity = Annotated[Annotated[q.ElectricPower, Tag("quantity")] | _Autosize, EITHER]


class Described(BaseModel):
    """Base of every part of a project: frozen, no unknown keys, no NaN."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True)
