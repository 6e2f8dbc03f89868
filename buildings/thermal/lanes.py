"""Eight zones side by side: a compiled type that holds one number of each and does arithmetic on all at once.

Inside compiled functions a `Lanes` value is loaded from the innermost axis of an array (`at`), combined with
other values or plain numbers by the usual operators, and stored (`put`). Numba hands it to LLVM as a vector,
so nothing is left to chance: a loop over lanes becomes vector code only where LLVM can prove that no arrays
overlap, and with some sixty arrays it mostly cannot.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from buildings.compiled import compiled

LANES = 8
"""Zones that march side by side; the innermost axis of every array of the kernel."""

_F64, _I32, _I64 = ir.DoubleType(), ir.IntType(32), ir.IntType(64)
_VECTOR = ir.VectorType(_F64, LANES)
_BITS = ir.VectorType(_I64, LANES)
_MASK = ir.VectorType(ir.IntType(1), LANES)
_FAST = ("contract", "reassoc", "nsz")  # as `buildings.compiled`: NaN and signs are kept


class Lanes(types.Type):
    """One float of each lane."""

    def __init__(self) -> None:
        super().__init__("Lanes")


class LaneMask(types.Type):
    """One truth value of each lane."""

    def __init__(self) -> None:
        super().__init__("LaneMask")


LANES_TYPE, MASK_TYPE = Lanes(), LaneMask()


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, kind: Any) -> None:
        super().__init__(dmm, kind, _VECTOR)


@register_model(LaneMask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, kind: Any) -> None:
        super().__init__(dmm, kind, _MASK)


def _number(kind: Any) -> bool:
    return isinstance(kind, (types.Float, types.Integer, types.IntegerLiteral))


def _wide(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """A value on all lanes; plain numbers are spread."""
    if isinstance(kind, Lanes):
        return value
    value = context.cast(builder, value, kind, types.float64)
    first = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, _I32(0))
    same = ir.Constant(ir.VectorType(_I32, LANES), [0] * LANES)
    return builder.shuffle_vector(first, ir.Constant(_VECTOR, ir.Undefined), same)


# --- operators ------------------------------------------------------------------------------------------

_ARITHMETIC = {
    operator.add: "fadd",
    operator.sub: "fsub",
    operator.mul: "fmul",
    operator.truediv: "fdiv",
    operator.iadd: "fadd",
    operator.isub: "fsub",
    operator.imul: "fmul",
}
_COMPARISONS = {operator.lt: "<", operator.le: "<=", operator.gt: ">", operator.ge: ">=", operator.ne: "!="}
_LOGIC = {operator.and_: "and_", operator.or_: "or_"}
_SIDES = (
    (Lanes, Lanes),
    (Lanes, types.Float),
    (types.Float, Lanes),
    (Lanes, types.Integer),
    (types.Integer, Lanes),
)


def _register(function: Any, result: Any, make: Any) -> None:
    """Type and lower a binary operator of which at least one side is on lanes."""

    @infer_global(function)
    class _Typed(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            wide = [isinstance(a, Lanes) for a in args]
            if len(args) == 2 and any(wide) and all(w or _number(a) for w, a in zip(wide, args, strict=True)):
                return signature(result, *(types.unliteral(a) for a in args))
            return None

    for left, right in _SIDES:

        @lower_builtin(function, left, right)
        def _lowered(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            a, b = (_wide(context, builder, k, v) for k, v in zip(sig.args, args, strict=True))
            return make(builder, a, b)


def _arithmetic(name: str) -> Any:
    return lambda builder, a, b: getattr(builder, name)(a, b, flags=_FAST)


def _comparison(sign: str) -> Any:
    return lambda builder, a, b: builder.fcmp_ordered(sign, a, b)


for _function, _name in _ARITHMETIC.items():
    _register(_function, LANES_TYPE, _arithmetic(_name))
for _function, _name in _COMPARISONS.items():
    _register(_function, MASK_TYPE, _comparison(_name))


def _register_logic(function: Any, name: str) -> None:
    @infer_global(function)
    class _Typed(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            if len(args) == 2 and all(isinstance(a, LaneMask) for a in args):
                return signature(MASK_TYPE, *args)
            return None

    @lower_builtin(function, LaneMask, LaneMask)
    def _lowered(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return getattr(builder, name)(*args)


for _function, _name in _LOGIC.items():
    _register_logic(_function, _name)


@infer_global(operator.neg)
class _Negated(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(LANES_TYPE, *args) if len(args) == 1 and isinstance(args[0], Lanes) else None


@lower_builtin(operator.neg, Lanes)
def _negated(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.fsub(ir.Constant(_VECTOR, [-0.0] * LANES), args[0])


# --- functions of lanes ---------------------------------------------------------------------------------


def _pair(make: Any) -> Any:
    """An intrinsic of two values, plain numbers allowed."""

    def pair(typingctx: Any, a: Any, b: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            left, right = (_wide(context, builder, k, v) for k, v in zip(sig.args, args, strict=True))
            return make(builder, left, right)

        return LANES_TYPE(types.unliteral(a), types.unliteral(b)), codegen

    return pair


@intrinsic
def greater(typingctx: Any, a: Any, b: Any) -> Any:
    """The greater of two, lane by lane."""
    return _pair(lambda builder, x, y: builder.select(builder.fcmp_ordered(">", x, y), x, y))(typingctx, a, b)


@intrinsic
def lesser(typingctx: Any, a: Any, b: Any) -> Any:
    """The lesser of two, lane by lane."""
    return _pair(lambda builder, x, y: builder.select(builder.fcmp_ordered("<", x, y), x, y))(typingctx, a, b)


@intrinsic
def where(typingctx: Any, mask: Any, a: Any, b: Any) -> Any:
    """`a` where the mask holds, else `b`."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        left, right = (_wide(context, builder, k, v) for k, v in zip(sig.args[1:], args[1:], strict=True))
        return builder.select(args[0], left, right)

    return LANES_TYPE(mask, types.unliteral(a), types.unliteral(b)), codegen


def _of_one(name: str) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(_VECTOR, [_VECTOR])
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{LANES}f64")
        return builder.call(function, args)

    return LANES_TYPE(LANES_TYPE), codegen


@intrinsic
def magnitude(typingctx: Any, value: Any) -> Any:
    """Absolute value."""
    return _of_one("fabs")


@intrinsic
def square_root(typingctx: Any, value: Any) -> Any:
    """Square root."""
    return _of_one("sqrt")


@intrinsic
def spread(typingctx: Any, value: Any) -> Any:
    """A plain number on all lanes."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _wide(context, builder, sig.args[0], args[0])

    return LANES_TYPE(types.unliteral(value)), codegen


@intrinsic
def largest(typingctx: Any, value: Any) -> Any:
    """The largest of the lanes, a plain number."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        most = args[0]
        width = LANES // 2
        while width:
            turn = ir.Constant(ir.VectorType(_I32, LANES), [(i + width) % LANES for i in range(LANES)])
            other = builder.shuffle_vector(most, most, turn)
            most = builder.select(builder.fcmp_ordered(">", most, other), most, other)
            width //= 2
        return builder.extract_element(most, _I32(0))

    return types.float64(LANES_TYPE), codegen


@intrinsic
def anywhere(typingctx: Any, mask: Any) -> Any:
    """Whether a mask holds on any lane."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], ir.IntType(LANES))
        return context.cast(
            builder, builder.icmp_unsigned("!=", bits, bits.type(0)), types.boolean, sig.return_type
        )

    return types.boolean(MASK_TYPE), codegen


_ONE = 0x3FF0000000000000
# At one the guess is one; a few percent less spreads its error evenly over the mantissas.
_MAGIC = _ONE + (_ONE >> 2) + (_ONE >> 4) + (_ONE >> 6) + (_ONE >> 8) - int(0.07 * 2.0**52)


@intrinsic
def _inverse_root_guess(typingctx: Any, value: Any) -> Any:
    """x^(-1/3) to a few percent: the exponent divided by three."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], _BITS)
        third = None
        for shift in (2, 4, 6, 8):
            part = builder.lshr(bits, ir.Constant(_BITS, [shift] * LANES))
            third = part if third is None else builder.add(third, part)
        guess = builder.sub(ir.Constant(_BITS, [_MAGIC] * LANES), third)
        return builder.bitcast(guess, _VECTOR)

    return LANES_TYPE(LANES_TYPE), codegen


@compiled(forceinline=True)
def cube_root(x):
    """Cube root of positive numbers, to 1e-9 between 1e-3 and 1e3.

    Newton's steps for x^(-1/3), which need no division, from a guess that divides the exponent by three.
    """
    y = _inverse_root_guess(x)
    third = x * (1.0 / 3.0)
    y *= (4.0 / 3.0) - third * y * y * y
    y *= (4.0 / 3.0) - third * y * y * y
    y *= (4.0 / 3.0) - third * y * y * y
    return x * y * y


# --- arrays ---------------------------------------------------------------------------------------------


def _pointer(
    context: Any, builder: Any, kind: Any, array: Any, place: Any, indices: Any, width: int = LANES
) -> Any:
    """Pointer to lane 0 of `array[place]` of an array in C order.

    The length of the innermost axis is written as the constant it is, so that columns become fixed offsets.
    """
    made = context.make_array(kind)(context, builder, array)
    shape = cgutils.unpack_tuple(builder, made.shape)
    flat = _I64(0)
    for axis, (value, k) in enumerate(zip(cgutils.unpack_tuple(builder, indices), place.types, strict=True)):
        index = context.cast(builder, value, k, types.intp)
        flat = builder.add(builder.mul(flat, shape[axis], flags=["nsw"]), index, flags=["nsw"])
    return builder.gep(made.data, [builder.mul(flat, _I64(width), flags=["nsw"])], inbounds=True)


def _fits(array: Any, place: Any) -> None:
    if array.layout != "C" or array.ndim != len(place.types) + 1:
        raise TypingError(
            f"{len(place.types)} indices for the lanes of an array of {array.ndim} axes, {array.layout}"
        )


@intrinsic
def at(typingctx: Any, array: Any, place: Any) -> Any:
    """The lanes of `array[place]`; `place` is a tuple of all indices but the last."""
    _fits(array, place)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, sig.args[0], args[0], sig.args[1], args[1])
        return builder.load(builder.bitcast(pointer, _VECTOR.as_pointer()), align=8)

    return LANES_TYPE(array, place), codegen


@intrinsic
def put(typingctx: Any, array: Any, place: Any, value: Any) -> Any:
    """Store lanes, or a plain number on all lanes, at `array[place]`."""
    _fits(array, place)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, sig.args[0], args[0], sig.args[1], args[1])
        wide = _wide(context, builder, sig.args[2], args[2])
        builder.store(wide, builder.bitcast(pointer, _VECTOR.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.none(array, place, types.unliteral(value)), codegen


def _gather(builder: Any, item: Any, pointer: Any) -> Any:
    """Vector of `item(column)` over the lanes' columns (int32) at a pointer."""
    found = ir.Constant(_VECTOR, ir.Undefined)
    for lane in range(LANES):
        column = builder.sext(builder.load(builder.gep(pointer, [_I64(lane)])), _I64)
        found = builder.insert_element(found, builder.load(item(column)), _I32(lane))
    return found


@intrinsic
def gathered(typingctx: Any, values: Any, places: Any, place: Any) -> Any:
    """`values.ravel()[places[place + (lane,)]]` of each lane."""
    _fits(places, place)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        pointer = _pointer(context, builder, sig.args[1], args[1], sig.args[2], args[2])
        return _gather(builder, lambda i: builder.gep(data, [i]), pointer)

    return LANES_TYPE(values, places, place), codegen


@intrinsic
def series(typingctx: Any, forcing: Any, row: Any, columns: Any, place: Any) -> Any:
    """`forcing[row, columns[place + (lane,)]]` of each lane.

    Behind the lanes' columns stands the one that all of them share, or -1.
    """
    _fits(columns, place)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        table = context.make_array(sig.args[0])(context, builder, args[0])
        pointer = _pointer(context, builder, sig.args[2], args[2], sig.args[3], args[3], LANES + 1)
        first = context.cast(builder, args[1], sig.args[1], types.intp)

        def item(column: Any) -> Any:
            return cgutils.get_item_pointer(
                context, builder, sig.args[0], table, [first, column], wraparound=False
            )

        shared = builder.load(builder.gep(pointer, [_I64(LANES)]))
        with builder.if_else(builder.icmp_signed(">=", shared, _I32(0))) as (together, apart):
            with together:
                one = builder.load(item(builder.sext(shared, _I64)))
                same = _wide(context, builder, types.float64, one)
                end_together = builder.block
            with apart:
                each = _gather(builder, item, pointer)
                end_apart = builder.block
        found = builder.phi(_VECTOR)
        found.add_incoming(same, end_together)
        found.add_incoming(each, end_apart)
        return found

    return LANES_TYPE(forcing, row, columns, place), codegen


@intrinsic
def borrowed(typingctx: Any, arrays: Any) -> Any:
    """The same array, or named tuple of arrays, without the counter of its references.

    Every function that takes arrays raises and drops a counter per array, also where it is inlined; with some
    sixty arrays this cost ten times as much as the physics (measured). The caller keeps the arrays alive.
    """

    def bare(context: Any, builder: Any, kind: Any, value: Any) -> Any:
        if isinstance(kind, types.BaseTuple):
            parts = [
                bare(context, builder, part, builder.extract_value(value, i))
                for i, part in enumerate(kind.types)
            ]
            return context.make_tuple(builder, kind, parts)
        if not isinstance(kind, types.Array):
            return value
        array = context.make_array(kind)(context, builder, value)
        array.meminfo = array.meminfo.type(None)
        array.parent = array.parent.type(None)
        return array._getvalue()

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return bare(context, builder, sig.args[0], args[0])

    return arrays(arrays), codegen
