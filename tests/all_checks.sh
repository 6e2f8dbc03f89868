#!/bin/sh
# All checks. Style, types and imports on one core while the kernels that most tests share compile on another, once;
# then two workers or more take the tests file by file, those that hold long tests first, so that they end together;
# benchmarks come last and alone. Fails if any of them does.
bin=$1
# -P: the folder of the script has packages of the same names as ours
"$bin/python" -P tests/compile_kernels.py &
kernels=$!
trap 'kill "$kernels" 2>/dev/null' EXIT
trap 'exit 1' INT TERM
{ "$bin/ruff" check . && "$bin/ruff" format --check . && "$bin/mypy" && "$bin/lint-imports"; } || exit
wait "$kernels" || exit
status=0
"$bin/python" -m pytest -q -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder --durations 30 \
    --ignore tests/benchmarks ||
    status=$?
"$bin/python" -m pytest -q tests/benchmarks || status=$?
exit "$status"
