#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --dry-run of small logs against what it said when somebody last looked: golden/NAME.log with the
# arguments of NAME.args gives NAME.ok. UPDATE=1 writes them anew.
. "$(dirname "$0")/lib.sh"
export LYMPH_TEST_ID=3f8a2c54-7c1e-4d7b-9a55-0c9d8e7f6a5b
"$LYMPH" report --open-proxy 192.0.2.1 --dry-run </dev/null 2>/dev/null | grep -q $LYMPH_TEST_ID ||
	{ echo "skipped: a build without test hooks"; exit 77; }
n=0
for args in "$HERE"/golden/*.args; do
	name=${args%.args} in=$name.log
	[ -e "$in" ] || in=/dev/null
	# shellcheck disable=SC2046
	report $(cat "$args") <"$in"
	{ cat "$T/out" && echo && echo "-- stderr" && cat "$T/err" && echo "-- status $RC"; } >"$T/got"
	sed -i "s|$T|T|g" "$T/got"
	[ -z "${UPDATE:-}" ] || cp "$T/got" "$name.ok"
	diff -u "$name.ok" "$T/got" || fail "${name##*/}"
	n=$((n + 1))
done
echo "$n logs"
