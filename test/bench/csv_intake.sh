#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How much memory a whole node takes above what it has idle, at its worst, while a sheet of half a million
# rows comes in, one in a hundred about an own address: plain by lymph intake, then zipped in a mail. All
# roles together; IntelMQ's own manual says twenty times the input, which is not measured here.
. "$(dirname "$0")/../net/lib.sh"
need python3
L="$BIN/test/bench/csv_load"
ns node
UID_BASE=640400
node_conf <<-EOT
	intake { domains = {"node.example"} }
	prefix "192.0.2.0/24" { kind = "residential" }
EOT
rss() { # VmRSS or VmHWM of all roles, KiB
	local p
	for p in $(roles); do awk -v w="$1:" '$1 == w { print $2 }' "/proc/$p/status"; done | awk '{ s += $1 } END { print s }'
}
"$L" make 500000 100 >"$T/sheet.csv"
python3 - "$T/sheet.csv" "$T/sheet.eml" <<'PY'
import email.message, io, sys, zipfile
out = io.BytesIO()
with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
    z.write(sys.argv[1], '2026-11-21-scan_telnet-example.csv')
m = email.message.EmailMessage()
m['From'], m['To'], m['Subject'] = 'autoreports@feed.example', 'abuse@node.example', 'scan_telnet'
m['Message-ID'] = '<1@feed.example>'
m.set_content('The report is attached.\n')
m.add_attachment(out.getvalue(), maintype='application', subtype='zip', filename='2026-11-21-scan_telnet-example.zip')
open(sys.argv[2], 'wb').write(m.as_bytes())
PY
above() { # what, command: a new node's memory at its worst, above what it has when it has started, KiB
	local what=$1 p idle most
	shift
	rm -rf "$T/state" "$T/run" "$T/lymphd.log"
	node_start
	node_serves 1
	want "cat $T/lymphd.log" 'hear-mail is ready'
	sleep 2 # what starting took is let go of
	idle=$(rss VmRSS)
	for p in $(roles); do echo 5 >"/proc/$p/clear_refs"; done
	"$@" >&2 || fail "$what was not taken"
	most=$(rss VmHWM)
	for p in $(roles); do
		echo "$(tr '\0' ' ' <"/proc/$p/cmdline") $(awk '$1 == "VmHWM:" { printf " %s %s KiB", $1, $2 }' "/proc/$p/status")" >&2
	done
	echo "$what: idle $idle KiB, at most $most KiB" >&2
	stop "$WARDEN" >&2
	ABOVE=$((most - idle))
}
mail() { lymph intake <"$1"; }
above "a sheet of $(stat -c %s "$T/sheet.csv") bytes" lymph intake --source shadowserver --name 2026-11-21-scan_telnet-example.csv "$T/sheet.csv"
one=$ABOVE
above "a mail of $(stat -c %s "$T/sheet.eml") bytes" mail "$T/sheet.eml"
two=$ABOVE
awk -v a="$one" -v b="$two" -v load="$(cut -d' ' -f1 /proc/loadavg)" 'BEGIN {
	v = (a > b ? a : b) / 1024; lo = (a > b ? b : a) / 1024
	printf "{\"name\":\"intake.rss_above_idle_mib\",\"value\":%.0f,\"unit\":\"MiB\",\"better\":\"lower\",\"target\":64,\"met\":%s,\"runs\":2,\"min\":%.0f,\"max\":%.0f,\"load\":%s}\n", v, (v <= 64) ? "true" : "false", lo, v, load }'
