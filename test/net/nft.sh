#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The nft actuator against the kernel: what it puts, nft shows, and the other way round.
. "$(dirname "$0")/lib.sh"
need nft
D=$BIN/test/net/nft_driver
ns r
"$BIN/test/unit/act/ruleset_print" 192.0.2.53 2001:db8:53::/48 >"$T/ruleset.nft"
in_ r nft -f "$T/ruleset.nft" || fail "the ruleset does not load"
cat >"$T/in" <<-EOT
	keep on
	put 1 in 192.0.2.1 6 3128 3600000
	put 2 quar 192.0.3.0/24 0 0 3600000
	commit
	list
EOT
in_ r "$D" <"$T/in" >"$T/out" || fail "$(cat "$T/out")"
grep -q 'seen 1 in4 192.0.2.1/32 6 3128 life 3600000 left 3600 s' "$T/out" || fail "$(cat "$T/out")"
in_ r nft list set inet lymph wide4 | grep -q '192.0.3.0/24 .*comment "order 2 put ' || fail "no comment"
