"""Matrix times vector for eight blocks side by side, the one hot loop of the engine.

Numba does not turn this loop into vector instructions by itself (measured: 2.6 instead of 12 billion
multiply-adds a second), so the product is written once as vector code that LLVM fits to any processor.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 8
"""Blocks that march side by side; the innermost axis of every array of the kernel."""
_ROWS = 4


@intrinsic
def lane_product(typingctx: Any, matrix: Any, vector: Any, out: Any, rows: Any, columns: Any) -> Any:
    """out[i, :] = sum over j of matrix[i, j, :] * vector[j, :], for `rows` rows and `columns` columns.

    All arrays are C-contiguous float64 with a last axis of length `LANES`. Nothing is checked.
    """
    signature = types.void(matrix, vector, out, rows, columns)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        word = ir.IntType(64)
        lane = ir.VectorType(ir.DoubleType(), LANES)

        def pointer(position: int) -> Any:
            array = context.make_array(sig.args[position])(context, builder, args[position])
            return builder.bitcast(array.data, lane.as_pointer())

        source, x, y = pointer(0), pointer(1), pointer(2)
        n_rows = context.cast(builder, args[3], sig.args[3], types.int64)
        n_columns = context.cast(builder, args[4], sig.args[4], types.int64)
        zero = ir.Constant(lane, [0.0] * LANES)
        sums = [cgutils.alloca_once(builder, lane) for _ in range(_ROWS)]

        def load(base: Any, index: Any) -> Any:
            value = builder.load(builder.gep(base, [index]))
            value.align = 8
            return value

        def rows_from(first: Any, count: int) -> None:
            for total in sums[:count]:
                builder.store(zero, total)
            starts = [builder.mul(builder.add(first, word(r)), n_columns) for r in range(count)]
            with cgutils.for_range(builder, n_columns, intp=word) as inner:
                factor = load(x, inner.index)
                for start, total in zip(starts, sums[:count], strict=True):
                    value = load(source, builder.add(start, inner.index))
                    product = builder.fmul(value, factor, flags=["contract"])
                    builder.store(builder.fadd(product, builder.load(total), flags=["contract"]), total)
            for r, total in enumerate(sums[:count]):
                target = builder.gep(y, [builder.add(first, word(r))])
                builder.store(builder.load(total), target).align = 8

        groups = builder.udiv(n_rows, word(_ROWS))
        with cgutils.for_range(builder, groups, intp=word) as outer:
            rows_from(builder.mul(outer.index, word(_ROWS)), _ROWS)
        done = builder.mul(groups, word(_ROWS))
        with cgutils.for_range(builder, builder.sub(n_rows, done), intp=word) as outer:
            rows_from(builder.add(done, outer.index), 1)
        return context.get_dummy_value()

    return signature, codegen


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
def lane_row_product(
    typingctx: Any, matrices: Any, vector: Any, out: Any, group: Any, row: Any, columns: Any
) -> Any:
    """out[0, :] = sum over j of matrices[group, row, j, :] * vector[j, :], without making a view.

    `matrices` is (G, R, C, LANES) C-contiguous; nothing is checked.
    """
    signature = types.void(matrices, vector, out, group, row, columns)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        word = ir.IntType(64)
        lane = ir.VectorType(ir.DoubleType(), LANES)

        def array(position: int) -> Any:
            return context.make_array(sig.args[position])(context, builder, args[position])

        def pointer(position: int) -> Any:
            return builder.bitcast(array(position).data, lane.as_pointer())

        def integer(position: int) -> Any:
            return context.cast(builder, args[position], sig.args[position], types.int64)

        rows = cgutils.unpack_tuple(builder, array(0).shape, 4)[1]
        width = cgutils.unpack_tuple(builder, array(0).shape, 4)[2]
        start = builder.mul(builder.add(builder.mul(integer(3), rows), integer(4)), width)
        source, x, y = pointer(0), pointer(1), pointer(2)
        total = cgutils.alloca_once(builder, lane)
        builder.store(ir.Constant(lane, [0.0] * LANES), total)
        with cgutils.for_range(builder, integer(5), intp=word) as loop:
            value = builder.load(builder.gep(source, [builder.add(start, loop.index)]))
            factor = builder.load(builder.gep(x, [loop.index]))
            value.align = factor.align = 8
            product = builder.fmul(value, factor, flags=["contract"])
            builder.store(builder.fadd(product, builder.load(total), flags=["contract"]), total)
        builder.store(builder.load(total), y).align = 8
        return context.get_dummy_value()

    return signature, codegen
