#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The figures as Prometheus takes them: the text is well-formed, holds no address, and every metric that
# the dashboard and the alert rules name is in it. promtool judges, too, where it is installed.
. "$(dirname "$0")/lib.sh"
need curl jq python3
etc=$(cd "$(dirname "$0")/../.." && pwd)/etc
ns node
cat >"$T/lymphd.conf" <<-EOF
	name = "node.example"
	state = "$T/state"
	run = "$T/run"
	listen = "127.0.0.1:8411"
	metrics = "127.0.0.1:9411"
	alerts = "127.0.0.1:8413"
	uid-base = 64160
	prefix "192.0.2.0/24" { kind = "residential" party = "Example \"Access\"" line = "C-1001" }
	telemetry { listen = {"127.0.0.1:2055"} subscribers = 4096 }
	exporter "127.0.0.2" { name = "edge1" sampling = 1000 }
	log "gw-1" { listen = "udp:127.0.0.1:5514" }
EOF
bg node "$LYMPHD" -c "$T/lymphd.conf"
get() { in_ node curl -sf -m 20 http://127.0.0.1:9411/metrics; }
want get '^lymph_role_up.role="hear-metrics". 1$'
want get '^lymph_flow_up 1$'
in_ node curl -s -o "$T/registered" -H 'Content-Type: application/json' -d '{"machine_id":"web1","password":"correct horse battery"}' \
	http://127.0.0.1:8413/v1/watchers
"$LYMPH" door approve web1 --socket "$T/run/control.sock" >"$T/approved" || fail "not let in: $(cat "$T/approved")"
want get '^lymph_door_alerts_total.machine="web1". 0$'
in_ node "$(dirname "$0")/exporter.py" 127.0.0.2 127.0.0.1 2055 192.0.2.7 2
want get '^lymph_flow_exporter_records_total.exporter="edge1". [1-9]'
want get '^lymph_log_lines_total.log="gw-1". 0$'
get >"$T/text" || fail "no figures"

# A name, labels of fixed words, a number; each metric with its help and type before it, and once.
grep -vE '^# (HELP|TYPE) lymph_[a-z0-9_]+ .+$|^lymph_[a-z0-9_]+(\{[a-z]+="[a-z0-9.+Inf-]+"\})? -?[0-9.]+(e[+-]?[0-9]+)?$' \
	"$T/text" && fail "lines no figure looks like"
grep -E '192\.0\.2|C-1001|Example' "$T/text" && fail "somebody's name or address among the figures"
awk '$1 == "#" && $2 == "TYPE" { if ($3 in type) { print "twice: " $3; bad = 1 } type[$3] = $4; next }
	$1 == "#" { next }
	{ name = $1; sub(/\{.*/, "", name); base = name; sub(/_(bucket|sum|count)$/, "", base)
	  if (!(name in type) && type[base] != "histogram") { print "no type: " name; bad = 1 }
	  if (type[name] == "counter" && name !~ /_total$/) { print "a counter not called total: " name; bad = 1 }
	  if ($1 in seen) { print "twice: " $1; bad = 1 } seen[$1] = 1 }
	END { exit bad }' "$T/text" || fail "the text is not well-formed"
never "cat $T/text" 'role="hook"'

# What dashboard and rules name is there.
jq -e '.panels | length > 20' "$etc/grafana-lymph.json" >/dev/null || fail "the dashboard is no JSON"
[ -z "$(jq -r '[.panels[].id] | group_by(.)[] | select(length > 1)' "$etc/grafana-lymph.json")" ] || fail "panels share an id"
sed 's/[{ ].*//' "$T/text" | sort -u >"$T/names"
{
	jq -r '.. | .expr? // empty' "$etc/grafana-lymph.json"
	sed -n 's/^ *expr: //p' "$etc/lymph-alerts.yml"
} | grep -oE 'lymph_[a-z0-9_]+' | sort -u >"$T/named"
[ "$(wc -l <"$T/named")" -gt 20 ] || fail "hardly a figure is named"
gone=$(grep -vxFf "$T/names" "$T/named")
[ -z "$gone" ] || [ "$gone" = lymph_store_room_bytes ] || fail "named in etc, not in the text: $gone"

if command -v promtool >/dev/null; then
	promtool check metrics <"$T/text" || fail "promtool on the figures"
	promtool check rules "$etc/lymph-alerts.yml" || fail "promtool on the rules"
else
	echo "no promtool here"
fi
