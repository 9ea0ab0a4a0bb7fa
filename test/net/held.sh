#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a person does to the kernel's sets by hand: a flushed set or a deleted table is an operator's stop,
# held and shown until resume says why; one entry lost is an accident, and repaired.
. "$(dirname "$0")/lib.sh"
need nft jq setpriv python3
ns node
conscience "mode enforce" "entries 1000" "per-hour filter 1000" "per-hour notify 1000" "longest 30 d"
{ people_conf && cat; } <<-EOT | node_conf
	hand { actuator = "nft" lease = "2 min" reconcile = "1 s" }
	prefix "198.18.0.0/15" { kind = "residential" }
EOT
node_start LYMPH_BACKOFF_TOP_MS=200
node_serves
inject 5 >/dev/null || fail "nothing to order"
enforce
want kernel '198.18.0.4 6 3128'
whole() { want 'diff <(kernel) <(ordered) && kernel | wc -l' "^$1\$"; }
whole 5

in_ node nft delete element inet lymph in4 '{ 198.18.0.2 . tcp . 3128 }' || fail "cannot delete an entry"
whole 5
want 'status .hand.repaired' '^[1-9]'
[ "$(status '.hand.held | length')" = 0 ] || fail "one entry lost counts as a flush"

in_ node nft flush set inet lymph in4
want 'status ".hand.held | join(\" \")"' '\bin4\b'
inject 1 5 >/dev/null # a new order meets a held set
sleep 3
[ -z "$(kernel)" ] || fail "a flushed set was filled again: $(kernel)"
lymph status | grep -q HELD || fail "lymph status does not show it: $(lymph status)"
kill -9 "$(role hand)" # held is not forgotten with the process
want 'role hand' '[0-9]'
want 'status ".hand.held | join(\" \")"' '\bin4\b'
sleep 2
[ -z "$(kernel)" ] || fail "a flushed set was filled again by a new hand: $(kernel)"
as noc lymph resume >/dev/null 2>&1 && fail "resumed without a reason"
as noc lymph resume --reason "the customer was the wrong one" >/dev/null || fail "resume"
whole 6
want 'status ".hand.held | length"' '^0$'

in_ node nft delete table inet lymph
want 'status ".hand.held | length > 0"' true
sleep 3
never 'in_ node nft list tables' 'inet lymph$'
as noc lymph resume --reason "it was a mistake" >/dev/null || fail "resume"
whole 6
want 'status ".hand.held | length"' '^0$'
