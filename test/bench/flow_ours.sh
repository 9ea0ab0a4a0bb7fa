# SPDX-License-Identifier: BSD-2-Clause
# Sourced by flow.sh: our own collector under its load, a whole node with every detector on. The role that
# hears flows has the core the others get; what the rest of the node costs is its findings' commits.
ours_have() { [ -x "$LYMPHD" ] || { MISSING="no $LYMPHD" && false; }; }
ours_name() { echo lymphd; }
ours_fresh=
ours_start() { # FORMAT
	rm -rf "$T/state" "$T/run" "$T/warden"
	conscience
	node_conf <<-EOT
		prefix "10.0.0.0/12" { kind = residential }
		prefix "2001:db8::/32" { kind = residential delegated = 56 }
		telemetry {
			listen = {"127.0.0.1:$PORT"}
			subscribers = 1050000
			receive-buffer = ${OURS_RCVBUF:-$((RCVBUF / 2))}
		}
		exporter "127.0.0.1" { name = "edge1" }
		interface "edge1/1" { side = "border" }
		interface "edge1/10-19" {
			side = "customer"
			sav = "strict"
			prefixes = {"10.0.0.0/12", "2001:db8::/32"}
		}
	EOT
	node_start
	want "role hear-flow" '^[0-9]+$'
	COLLECTOR=$(role hear-flow)
	taskset -acp 1 "$COLLECTOR" >/dev/null
	OURS_BEFORE=0
}
# What it says it took since the last time; its figures are at most 2 s old.
ours_said() {
	local now i
	for i in 1 2 3 4 5 6; do
		sleep 1
		now=$(lymph exporters --json | jq '[.exporters[].flows] | add // 0')
		SAID=$((now - OURS_BEFORE))
		[ "$SAID" -lt "$RECORDS" ] || break
	done
	OURS_BEFORE=$now
}
ours_stop() {
	[ -z "${SHOW:-}" ] || { lymph exporters; lymph top --once | head; lymph show memory; }
	stop "$WARDEN"
}
