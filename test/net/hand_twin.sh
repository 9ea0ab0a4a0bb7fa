#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A judge replaced by a malicious twin sends the hand 10,000 random orders and as much noise. In observe
# nothing reaches the kernel; in enforce nothing that the conscience forbids, at no moment.
. "$(dirname "$0")/lib.sh"
need nft jq setpriv python3
NODE=$BIN/test/net/lymphd_hand
[ -x "$NODE" ] || fail "no $NODE"
FILTERS=${FILTERS:-700} QUARANTINES=15
ns node
conscience "mode enforce" "never 10.66.6.0/24" "never 2001:db8:66::/48" "widest4 28" "widest6 56" \
	"longest 2 h" "per-hour filter $FILTERS" "per-hour quarantine $QUARANTINES"
{ people_conf && cat; } <<-EOF | node_conf
	hand { actuator = "nft" lease = "2 min" reconcile = "1 s" always-reach = { "192.0.2.53/32" } }
	protect = { "10.1.0.7/32" }
	prefix "10.0.0.0/8" { kind = "residential" }
	prefix "10.2.0.0/16" { kind = "critical" }
	prefix "2001:db8::/32" { kind = "residential" delegated = 56 }
EOF
# What stands in the kernel, and whether it may.
innocent() {
	kernel >"$T/kernel"
	python3 - "$T/kernel" "$FILTERS" "$QUARANTINES" <<-'EOF' || fail "seed $SEED: that may not stand in the kernel"
		import ipaddress, sys
		net = ipaddress.ip_network
		own = [net("10.0.0.0/8"), net("2001:db8::/32")]
		never = [net("10.66.6.0/24"), net("2001:db8:66::/48"), net("10.1.0.7/32")]
		critical = [net("10.2.0.0/16")]
		of = {"filter": 0, "quarantine": 0}
		bad = []
		for line in open(sys.argv[1]):
		    s, who, proto, port = line.split()
		    n = net(who)
		    kind = "filter" if s[:2] in ("in", "ou") else "quarantine"
		    of[kind] += 1
		    same = [x for x in own if x.version == n.version and n.subnet_of(x)]
		    if not same: bad.append(("foreign", line))
		    if any(x.version == n.version and x.overlaps(n) for x in never): bad.append(("never", line))
		    if n.prefixlen < (28 if n.version == 4 else 56): bad.append(("wide", line))
		    if kind == "quarantine" and any(x.version == n.version and x.overlaps(n) for x in critical):
		        bad.append(("critical", line))
		    if kind == "filter" and (int(port) == 0 or int(proto) == 0): bad.append(("scope", line))
		if of["filter"] > int(sys.argv[2]) or of["quarantine"] > int(sys.argv[3]): bad.append(("hour", str(of)))
		for b in bad[:5]: print("FORBIDDEN", *b)
		print(of)
		sys.exit(bool(bad))
	EOF
}
for seed in ${SEEDS:-1 2}; do
	SEED=$((seed == 1 ? 4711 : RANDOM * 32768 + RANDOM))
	for mode in observe enforce; do
		rm -rf "$T/state" "$T/warden" "$T/run" && : >"$T/lymphd.log"
		node_start LYMPH_HJ=twin LYMPH_HJ_N="${N:-10000}" LYMPH_HJ_SEED="$SEED" $([ $mode = observe ] || echo LYMPH_HJ_WAIT=1) \
			LYMPH_BACKOFF_TOP_MS=200
		if [ $mode = enforce ]; then
			want "cat $T/lymphd.log" "hand is ready"
			asked=$(as admin lymph mode enforce --reason "a test" | grep -o '\bm[0-9]*\b' | head -1)
			as admin2 lymph approve "$asked" >/dev/null || fail "no enforce"
		fi
		for _ in 1 2 3; do [ $mode = observe ] || innocent >/dev/null; done
		want "cat $T/lymphd.log" "hj: sent all"
		sleep 2 # comparisons go on
		[ $mode = enforce ] || [ -z "$(kernel)" ] || fail "seed $SEED: a filter in observe: $(kernel | head -3)"
		innocent
		[ $mode = observe ] || [ -s "$T/kernel" ] || fail "seed $SEED: nothing at all: nothing was tried"
		grep -q 'died\|left: status' "$T/lymphd.log" && fail "seed $SEED: $(grep 'died\|left: status' "$T/lymphd.log")"
		if [ $mode = enforce ]; then # and all of it goes at one word
			as noc lymph mode observe --reason "enough" >/dev/null || fail "no observe"
			want 'kernel | wc -l' '^0$'
		fi
		stop "$WARDEN"
		in_ node nft delete table inet lymph 2>/dev/null
	done
done
exit 0
