#!/bin/sh
# All checks. The kernels that most tests share compile once, beside style, types and imports and beside the tests
# that need no kernel; the others wait for the lock. Workers take the tests file by file, those that hold long
# tests first, so that they end together; there is one more than cores, since tests wait for browsers, engines and
# sockets. Benchmarks come last and alone. Fails if any of them does.
bin=$1
# Workers fill the cores. Threads of linear algebra beside them wait by spinning: small solves on a full machine
# took fifteen times the processor time (measured).
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
cores=$(getconf _NPROCESSORS_ONLN)
workers=$((cores < 4 ? cores + 1 : 4))
# -P: the folder of the script has packages of the same names as ours
flock tests/.kernels.lock "$bin/python" -P tests/compile_kernels.py &
kernels=$!
{
    nice -n 5 "$bin/ruff" check . && nice -n 5 "$bin/ruff" format --check . &&
        nice -n 5 "$bin/mypy" && nice -n 5 "$bin/lint-imports"
} &
style=$!
trap 'kill "$kernels" "$style" 2>/dev/null' EXIT
trap 'exit 1' INT TERM
status=0
# tests wait for the kernels, so these come first where both want a core
nice -n 10 "$bin/python" -m pytest -q -n "$workers" --dist loadfile --no-loadscope-reorder --durations 30 \
    --ignore tests/benchmarks ||
    status=$?
wait "$style" || status=$?
wait "$kernels" || status=$?
"$bin/python" -m pytest -q tests/benchmarks || status=$?
exit "$status"
