#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# From a datagram to a case: an exporter tells of a line that scans; the case says so in words, the line is
# watched, its flows are shown. Somebody else's report about it then needs no other proof than own flows.
# Nothing of it is lost when the judge is killed meanwhile; who is no exporter is refused and named.
. "$(dirname "$0")/lib.sh"
need python3 jq curl
export COLUMNS=240 # no line breaks within what is looked for
ns node
addr node 198.18.0.1/32 lo
addr node 198.18.0.2/32 lo
addr node 198.18.0.66/32 lo
node_conf <<-EOF
	prefix "192.0.2.0/24" { kind = "residential" }
	telemetry { listen = {"198.18.0.1:2055"} subscribers = 4096 }
	exporter "198.18.0.2" { name = "edge1" sampling = 1000 }
	interface "edge1/1" { side = "border" }
	interface "edge1/10-19" { side = "customer" sav = "strict" prefixes = {"192.0.2.0/24"} }
EOF
node_start
node_serves 1
exporter() { in_ node "$(dirname "$0")/exporter.py" "$1" 198.18.0.1 2055 "${@:2}"; }
telemetry() { lymph status --json | jq -r ".telemetry$1"; }
want 'telemetry .up' true
want 'telemetry ".heard_ago_ms >= 0"' true

# Found, in a case, with the words of the sensor; nobody else is.
exporter 198.18.0.2 192.0.2.7 12
want 'lymph cases' 'watched +scanner +192\.0\.2\.7'
want 'lymph case 1' 'own-scan: [0-9]+ addresses on tcp/23,2323, 100 % SYN-only, .*sampled 1:1000'
never 'lymph cases' '192\.0\.2\.99'
want 'lymph why 192.0.2.7' 'own-scan +0\.9'
want 'lymph reporters' 'own-scan'
want 'lymph audit head --json 2>&1; db "SELECT count(*) FROM fact WHERE kind = 5"' '^1$' # said once

# Watched from now on: what comes next is kept, and of no other line.
want 'telemetry .watched' 1
exporter 198.18.0.2 192.0.2.7 3
want 'lymph flows 192.0.2.7' '192\.0\.2\.7:40000 +203\.[0-9.]+:23 +tcp S +1 +40 +1:1000'
want 'lymph flows 192.0.2.99' 'not watched'
want 'lymph flows 203.0.113.1 2>&1' 'not in own prefixes'
want 'lymph top --once' '192\.0\.2\.7 .*scan'
want 'lymph exporters' 'edge1 +NetFlow v9 .*1:1000'
want 'lymph show memory' '^in all'

# An interface nobody configured, and somebody who is no exporter.
exporter 198.18.0.2 192.0.2.8 3 77
exporter 198.18.0.66 192.0.2.9 3
want 'lymph exporters' 'To count one: interface "edge1/77"'
want 'lymph exporters' '198\.18\.0\.66 '
never 'lymph cases' '192\.0\.2\.9 '
# Whoever entered there may have written any source: noted, and nothing comes of it.
want 'lymph cases' 'open +scanner +192\.0\.2\.8 .* log '
want 'lymph case 2' 'own-scan: .*source not proven'

# Own flows alone never verify what own flows say.
want 'lymph cases --json | jq -c ".cases[] | [.class, .verified_times]"' '"scanner",0'
# Somebody else says it: asked, own flows say yes, and there is what to filter.
exporter 198.18.0.2 192.0.2.7 600 10 0.2 &
PIDS="$PIDS $!"
jq -n --arg id "$(cat /proc/sys/kernel/random/uuid)" --arg now "$(date -u +%FT%TZ)" \
	--arg log "$(printf 'SYN from 192.0.2.7 to port 23' | base64 -w0)" '
	{ org: "Shop", contact: "abuse@shop.example", domain: "shop.example" } as $p |
	{ xarf_version: "4.2.0", report_id: $id, timestamp: $now, reporter: $p, sender: $p,
	  source_identifier: "192.0.2.7", category: "connection", type: "port_scan",
	  destination_ip: "203.0.113.4", destination_port: 23, protocol: "tcp", source_port: 40000, first_seen: $now,
	  evidence: [ { content_type: "text/plain", payload: $log } ] }' >"$T/xarf"
want "in_ node curl -s -m 60 -H 'Content-Type: application/json' --data-binary @$T/xarf \
	http://127.0.0.1:8411/v1/reports" 'reference|L-0'
want 'lymph cases' 'acted +scanner +192\.0\.2\.7'
want 'lymph why 192.0.2.7' 'would filter (to )?tcp/23 from 192\.0\.2\.7'
want 'lymph case 1' 'verified by own flows'
want 'lymph case 1' 'own flows: it does what is said of it, tcp/23'
# A sample of what it did stays with the case.
want 'lymph case 1' 'own flows: [0-9]+ flows? kept with the case'
want 'lymph case 1 --json | jq -r ".cases[0].flows[] | select(.kept) | .kept[0].src"' '^192\.0\.2\.7$'

# Findings that come while the judge is gone are in the journal once it is back, each once.
kill -STOP "$(role judge)"
exporter 198.18.0.2 192.0.2.21 12
kill -9 "$(role judge)"
node_serves 2
want 'lymph cases' 'scanner +192\.0\.2\.21'
want 'echo "$(facts 2 | wc -l)|$(facts 2 | sort -u | wc -l)"' '^([0-9]+)\|\1$'
want '"$LYMPH" journal replay --state '"$T/state" '^identical'
want 'grep -c "is not what it says\|ERROR\|fatal" '"$T/lymphd.log" '^0$'
