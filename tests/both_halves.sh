#!/bin/sh
# The fast and the long half of the tests side by side; what the long one says comes last. Fails if either does.
python=$1
log=$(mktemp)
"$python" -m pytest -q -m long >"$log" 2>&1 &
long=$!
trap 'kill "$long" 2>/dev/null; rm -f "$log"' EXIT
trap 'exit 1' INT TERM
status=0
"$python" -m pytest -q -m "not long" -p no:cacheprovider || status=$?
echo "the long half goes on ..."
wait "$long" || status=$?
cat "$log"
exit "$status"
