#!/bin/sh
# All checks: style, types and imports, then the fast half of the tests, and the long half beside them. The long
# half begins at once, so that the kernels are compiled once, while types are checked; what it says comes last.
# Its order is turned round: benchmarks come last, when the kernels are there and the fast half is done.
# Fails if any of them does.
bin=$1
log=$(mktemp)
# shellcheck disable=SC2046
"$bin/python" -m pytest -q -m long $(grep -rl --include='test_*.py' 'mark\.long' tests | sort -r) >"$log" 2>&1 &
long=$!
trap 'kill "$long" 2>/dev/null; rm -f "$log"' EXIT
trap 'exit 1' INT TERM
{ "$bin/ruff" check . && "$bin/ruff" format --check . && "$bin/mypy" && "$bin/lint-imports"; } || exit
status=0
"$bin/python" -m pytest -q -m "not long" -p no:cacheprovider || status=$?
echo "the long half goes on ..."
wait "$long" || status=$?
cat "$log"
exit "$status"
