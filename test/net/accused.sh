#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The whole node under 10,000 random and hostile reports: lymphd looks at the own addresses among them
# and sends nothing, of any protocol, towards any other. Then 1,000 reports about one victim: it is
# looked at once from each vantage.
. "$(dirname "$0")/lib.sh"
need nft jq python3
[ -x "$LYMPHD" ] || fail "no $LYMPHD"
N=${N:-10000}

# What is tried counts, not what gets through.
SYN='ip daddr 198.19.7.7 tcp flags & (syn | ack) == syn counter name'
counted_world -350 "ip saddr 192.0.2.253 $SYN second
	$SYN victim" victim second
UID_BASE=64640
node_conf <<-EOT
	canary { address = "192.0.2.254" ports = {80, 443} }
	vantage "announced" { source = {"192.0.2.254", "2001:db8:fe::254"} }
	vantage "unannounced" { source = {"192.0.2.253", "2001:db8:fe::253"} }
	syns-per-second = 2000
	looks-per-second = 100
	prefix "198.18.0.0/15" { kind = "residential" }
	prefix "2001:db8:1::/48" { kind = "residential" }
EOT
node_start
for r in judge probe hear-canary hear-reports; do want "cat $T/lymphd.log" "$r is ready"; done
accuse() { in_ node python3 "$(dirname "$0")/accuser.py" 127.0.0.1 8411 "$@" >"$T/said"; cat "$T/said"; }

accuse storm "$N" "${SEED:-$RANDOM}"
jq -e 'add == '"$N"' and .["202"] > '"$N"' / 100 and (.["503"] // 0) == 0' "$T/said" >/dev/null || fail "answers are missing"
# The looks follow within seconds: wait until the prober has been quiet for a while.
quiet() { local a; a=$(count own); sleep 3; [ "$(count own)" = "$a" ] && [ "$a" -gt 0 ] && echo quiet; }
want quiet quiet
echo "packets to own: $(count own), to foreign: $(count foreign)"
[ "$(count foreign)" = 0 ] || fail "packets left towards foreign addresses"

accuse victim 1000 198.19.7.7 3128
jq -e '.["202"] == 1000' "$T/said" >/dev/null || fail "not all were taken"
want quiet quiet
echo "connections to the victim: $(count victim)"
[ "$(count victim)" -ge 1 ] || fail "nobody looked at the victim"
[ "$(count second)" -ge 1 ] && [ "$(count second)" -lt "$(count victim)" ] || fail "not from both vantages"
[ "$(count victim)" -le 3 ] || fail "1,000 reports cost the victim more than a look a vantage and a retry"
[ "$(count foreign)" = 0 ] || fail "packets left towards foreign addresses"
# The counter can see what it should not find.
in_ node timeout 1 bash -c 'echo >/dev/tcp/203.0.113.1/80' 2>/dev/null
[ "$(count foreign)" -ge 1 ] || fail "the counter is blind"
