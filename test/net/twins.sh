#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Each role in turn replaced by a malicious twin that sends everything it may, thousands of times: no
# packet leaves for an address that is not ours, no order reaches the kernel while lymph observes, nobody
# else of the crew dies of it, and the journal still replays.
. "$(dirname "$0")/lib.sh"
need nft jq setpriv
NODE=$BIN/test/net/lymphd_twin
[ -x "$NODE" ] || fail "no $NODE"
N=${N:-5000}
counted_world -350 # what is tried counts, not what gets through
conscience "mode enforce" "never 198.18.1.0/24"
mkdir -p "$T/box/new" "$T/box/cur" && chmod 755 "$T" && chmod 777 "$T/box" "$T/box"/*
printf '#!/bin/sh\necho ran >>ran\n' >"$T/hook" && chmod 755 "$T/hook"
{ people_conf && cat; } <<-EOT | node_conf
	metrics = "127.0.0.1:8412"
	alerts = "127.0.0.1:8413"
	hook = "$T/hook"
	hand { actuator = "nft" lease = "2 min" reconcile = "1 s" }
	telemetry { listen = { "192.0.2.254:2055" } subscribers = 10000 }
	exporter "192.0.2.1" { name = "edge" }
	interface "edge/*" { side = "tap" sav = "strict" }
	canary { address = "192.0.2.254" ports = {80} }
	protect = { "198.18.1.0/24" }
	intake { maildir = "$T/box" }
	mail { relay = "127.0.0.1:2525" from = "abuse@x.example" never = { "never.example" } }
	outgoing = "on"
	log "eve" { file = "$T/box/eve.json" }
	log "net" { listen = "udp:127.0.0.1:5514" }
	log "line" { listen = "tcp:127.0.0.1:5514" }
	rdap { bootstrap = {"http://127.0.0.1:1/ipv4.json"} }
	prefix "198.18.0.0/15" { kind = "residential" }
	prefix "2001:db8:1::/48" { kind = "residential" }
EOT
for twin in ${TWINS:-hear-reports hear-canary hear-metrics hook probe hand hear-flow verify hear-mail hear-log fetch hear-feed hear-alerts watch speak judge}; do
	: >"$T/lymphd.log"
	node_start LYMPH_TWIN="$twin" LYMPH_TWIN_N="$N" LYMPH_TWIN_SEED="$((SEED = RANDOM * 32768 + RANDOM))" \
		LYMPH_BACKOFF_TOP_MS=200
	want "cat $T/lymphd.log" "warden: "
	sleep 0.5
	before=$(roles | sort)
	for _ in $(seq 20); do # all there
		sleep 0.2
		now=$(roles | sort)
		[ "$now" = "$before" ] && [ -n "$now" ] && break
		before=$now
	done
	role "$twin" >/dev/null || { echo "no $twin here yet" && stop "$WARDEN" && continue; }
	own=$(count own)
	want "cat $T/lymphd.log" "$twin: twin: sent all"
	sleep 2 # what they said may take a while to be acted upon
	grep "twin: " "$T/lymphd.log"
	# Whose signature it was, verify alone may say.
	[ "$twin" = judge ] || ! facts 5 | grep -q 7067703A41414141 ||
		fail "a twin of $twin spoke in the name of an OpenPGP key (seed $SEED)"
	kill -0 "$WARDEN" || fail "a twin of $twin killed the warden (seed $SEED)"
	[ "$(roles | sort)" = "$before" ] || fail "a twin of $twin killed others (seed $SEED): $(grep died "$T/lymphd.log")"
	[ -z "$(kernel)" ] || fail "a twin of $twin filters in observe mode (seed $SEED): $(kernel | head -3)"
	[ "$(count foreign)" = 0 ] || fail "packets left for foreign addresses, by a twin of $twin (seed $SEED)"
	[ ! -e "$T/run/hook/ran" ] || fail "the hook ran in observe mode, by a twin of $twin (seed $SEED)"
	[ "$twin" != judge ] || [ "$(count own)" -gt "$own" ] || fail "nothing was looked at: nothing was tried"
	stop "$WARDEN"
	[ "$twin" = judge ] || $LYMPH journal replay --state "$T/state" --json | grep -q '"identical":true' ||
		fail "after a twin of $twin the journal does not replay (seed $SEED)"
done
[ "$(count own)" -gt 0 ] || fail "nothing was looked at"
