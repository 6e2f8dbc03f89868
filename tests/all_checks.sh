#!/bin/sh
# All checks. The kernels that most tests share compile once: while what only the tests need is installed, then
# beside style, types and imports and beside the tests that need no kernel; the others wait for the lock. The tests
# are looked through once before the workers do, so that one process compiles what all import, not each. Workers take
# the tests file by file, those that hold long tests first, so that they end together; there is one more than cores,
# since tests wait for browsers, engines and sockets. Benchmarks come last and alone. Fails if any of them does.
make=$1
venv=$2
bin=$venv/bin
# Workers fill the cores. Threads of linear algebra beside them wait by spinning: small solves on a full machine
# took fifteen times the processor time (measured).
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
cores=$(getconf _NPROCESSORS_ONLN)
workers=$((cores < 4 ? cores + 1 : 4))
# -P: the folder of the script has packages of the same names as ours
flock tests/.kernels.lock "$bin/python" -P tests/compile_kernels.py &
kernels=$!
style=
trap 'kill "$kernels" $style 2>/dev/null' EXIT
trap 'exit 1' INT TERM
"$make" --no-print-directory -j2 "$venv/.test" system || exit 1
{
    nice -n 5 "$bin/ruff" check . && nice -n 5 "$bin/ruff" format --check . &&
        nice -n 5 "$bin/mypy" && nice -n 5 "$bin/lint-imports"
} &
style=$!
"$bin/python" -m pytest -q --collect-only --ignore tests/benchmarks >/dev/null
status=0
# tests wait for the kernels, so these come first where both want a core
nice -n 10 "$bin/python" -m pytest -q -n "$workers" --dist loadfile --no-loadscope-reorder --durations 30 \
    --ignore tests/benchmarks ||
    status=$?
wait "$style" || status=$?
wait "$kernels" || status=$?
"$bin/python" -m pytest -q tests/benchmarks || status=$?
exit "$status"
