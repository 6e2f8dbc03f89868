"""Eight zones side by side: what Numba needs to turn loops over them into vector instructions."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from buildings.compiled import compiled

LANES = 8
"""Zones that march side by side; the innermost axis of every array of the kernel."""


@intrinsic
def lane_register(typingctx: Any) -> Any:
    """A work array of `LANES` floats on the stack.

    LLVM can prove that nothing else points to it, so a loop that writes only here becomes vector code without
    run-time checks.
    """
    array_type = types.Array(types.float64, 1, "C")

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        memory = cgutils.alloca_once(builder, ir.ArrayType(ir.DoubleType(), LANES))
        array = context.make_array(array_type)(context, builder)
        word = ir.IntType(64)
        context.populate_array(
            array,
            data=builder.bitcast(memory, ir.DoubleType().as_pointer()),
            shape=[word(LANES)],
            strides=[word(8)],
            itemsize=word(8),
            meminfo=None,
        )
        return array._getvalue()

    return array_type(), codegen


@intrinsic
def borrowed(typingctx: Any, arrays: Any) -> Any:
    """The same array, or named tuple of arrays, without the counter of its references.

    Every function that takes arrays raises and drops a counter per array, also where it is inlined; with some
    sixty arrays this cost ten times as much as the physics (measured). The caller keeps the arrays alive.
    """

    def bare(context: Any, builder: Any, kind: Any, value: Any) -> Any:
        array = context.make_array(kind)(context, builder, value)
        array.meminfo = array.meminfo.type(None)
        array.parent = array.parent.type(None)
        return array._getvalue()

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = sig.args[0]
        if isinstance(kind, types.Array):
            return bare(context, builder, kind, args[0])
        parts = [builder.extract_value(args[0], i) for i in range(len(kind.types))]
        parts = [
            bare(context, builder, part, value) if isinstance(part, types.Array) else value
            for part, value in zip(kind.types, parts, strict=True)
        ]
        return context.make_tuple(builder, kind, parts)

    return arrays(arrays), codegen


@intrinsic
def _bits(typingctx: Any, value: Any) -> Any:
    """The bits of a float as an integer."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return types.uint64(types.float64), codegen


@intrinsic
def _from_bits(typingctx: Any, bits: Any) -> Any:
    """The float that has these bits."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.uint64), codegen


_ONE = 0x3FF0000000000000
# At one the guess is one; a few percent less spreads its error evenly over the mantissas.
_MAGIC = np.uint64(_ONE + (_ONE >> 2) + (_ONE >> 4) + (_ONE >> 6) + (_ONE >> 8) - int(0.07 * 2.0**52))
_TWO, _FOUR, _SIX, _EIGHT = (np.uint64(n) for n in (2, 4, 6, 8))


@compiled(forceinline=True)
def cube_root(x: float) -> float:
    """Cube root of a positive number, to 1e-9 between 1e-3 and 1e3; unlike a power it vectorises.

    Newton's steps for x^(-1/3), which need no division, from a guess that divides the exponent by three.
    """
    bits = _bits(x)
    y = _from_bits(_MAGIC - ((bits >> _TWO) + (bits >> _FOUR) + (bits >> _SIX) + (bits >> _EIGHT)))
    third = x * (1.0 / 3.0)
    for _ in range(3):
        y *= (4.0 / 3.0) - third * y * y * y
    return x * y * y
