"""Named tuples of arrays that kernels hand on by their address.

A compiled function that is not inlined takes every part of a tuple of arrays as an argument of its own, some
ten words for an array. With the sixty arrays of a batch, copying them took more time than what the functions
did with them (two thirds of a building's step, measured). A lent tuple is one address; its fields are read
like those of the tuple itself, nested tuples are lent too, and only what is used is loaded.
"""

from __future__ import annotations

from typing import Any

from numba.core import cgutils, types
from numba.core.types.containers import BaseNamedTuple
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, lower_getattr_generic, models, register_model


class Lent(types.Type):
    """Address of a named tuple `of` that outlives whom it is lent to."""

    def __init__(self, of: Any) -> None:
        self.of = of
        super().__init__(f"Lent({of.name})")


@register_model(Lent)
class _LentModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, kind: Lent) -> None:
        super().__init__(dmm, kind, dmm.lookup(kind.of).get_value_type().as_pointer())


@infer_getattr
class _LentFields(AttributeTemplate):
    key = Lent

    def generic_resolve(self, lender: Lent, name: str) -> Any:
        if name not in lender.of.fields:
            return None
        kind = lender.of[lender.of.fields.index(name)]
        return Lent(kind) if isinstance(kind, BaseNamedTuple) else kind


@lower_getattr_generic(Lent)
def _field(context: Any, builder: Any, kind: Lent, value: Any, name: str) -> Any:
    i = kind.of.fields.index(name)
    place = cgutils.gep_inbounds(builder, value, 0, i)
    return place if isinstance(kind.of[i], BaseNamedTuple) else builder.load(place)


@intrinsic
def lent(typingctx: Any, arrays: Any) -> Any:
    """The named tuple by its address; it lies in the frame of the kernel that lends it.

    Lend what `lanes.borrowed` gave, once before a loop: what is written into the arrays is seen by all, but
    the tuple itself stays as it was lent.
    """

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return cgutils.alloca_once_value(builder, args[0])

    return Lent(arrays)(arrays), codegen
