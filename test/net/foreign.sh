#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# 10,000 random and hostile looks, as a captured judge would send them: not one packet leaves towards
# an address that is not ours. Counted by the kernel behind the prober, every protocol, with a route
# to everywhere and without the fence, so that only the prober's own gate is in the way.
. "$(dirname "$0")/lib.sh"
need nft jq
DRIVER=$BIN/test/net/look_driver
[ -x "$DRIVER" ] || fail "no $DRIVER"

counted_world 100

in_ node "$DRIVER" --canary 192.0.2.254 --port 80 --own 198.18.0.0/15 --own 2001:db8:1::/48 \
	--protect 198.18.1.0/24 --syns 5000 --looks 1000 --storm 10000 --seed "${SEED:-$RANDOM}" >"$T/out.json" ||
	fail "the storm did not end"
cat "$T/out.json"
jq -e '.looks == 10000 and .["not-ours"] > 3000 and .closed > 500 and .open == 0' "$T/out.json" >/dev/null ||
	fail "the looks came to something else"
echo "packets to own: $(count own), to foreign: $(count foreign)"
[ "$(count own)" -gt 300 ] || fail "own addresses were not looked at: nothing was tried"
[ "$(count foreign)" = 0 ] || fail "packets left towards foreign addresses"
# The counter can see what it should not find.
in_ node timeout 1 bash -c 'echo >/dev/tcp/203.0.113.1/80' 2>/dev/null
in_ node ping -6 -c1 -W1 2001:db8:99::1 >/dev/null 2>&1 || true
[ "$(count foreign)" -ge 1 ] || fail "the counter is blind"
