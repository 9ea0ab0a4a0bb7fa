#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How much memory a whole node takes above what it has idle, at its worst, for inputs of every kind up to what
# is held and beyond it. All roles together, what they share counted in each: a mail in sealed memory is mapped
# by the role that reads it, a report's by the judge. IntelMQ's own manual says twenty times the input, which is
# not measured here. INPUTS="text zip" does some.
. "$(dirname "$0")/../net/lib.sh"
need python3
L="$BIN/test/bench/csv_load" E="$BIN/test/bench/eve_load"
ns node
UID_BASE=640400
mkdir -p "$T/logs" && chmod 755 "$T/logs"
node_conf <<-EOT
	intake { domains = {"node.example"} }
	log "eve" { file = "$T/logs/eve.json" form = "eve" }
	prefix "192.0.2.0/24" { kind = "residential" }
EOT
rss() { # VmRSS or VmHWM of all roles, KiB
	local p
	for p in $(roles); do awk -v w="$1:" '$1 == w { print $2 }' "/proc/$p/status"; done | awk '{ s += $1 } END { print s }'
}
"$L" make 500000 100 >"$T/sheet.csv"
"$L" make 100000 3 >"$T/own.csv"
cat >"$T/make.py" <<'PY'
"""make.py KIND SHEET OUT: one mail, as large as its kind says."""
import base64, io, json, os, sys, uuid, zipfile
kind, sheet, out = sys.argv[1:]
MIB = 1 << 20
HEAD = (b'From: Desk <desk@reporter.example>\nTo: abuse@node.example\nSubject: attacks from your network\n'
        b'Message-ID: <%s@reporter.example>\nMIME-Version: 1.0\n' % kind.encode())
TEXT = HEAD + b'Content-Type: text/plain\n\n'


def ssh(n):  # log lines about 254 addresses of ours
    line = b'2026-11-22T%02d:%02d:%02d+00:00 host sshd[%d]: Failed password for invalid user u%d from 192.0.2.%d port %d ssh2\n'
    parts, size, i = [], 0, 0
    while size < n:
        parts.append(line % (i // 3600 % 24, i // 60 % 60, i % 60, i % 30000, i, i % 254 + 1, 1024 + i % 60000))
        size += len(parts[-1])
        i += 1
    return b''.join(parts)[:n]


def packed(n, how):  # the sheet in a zip, base64, cut at a row so that the mail is n bytes
    rows = open(sheet, 'rb').read(n if how == zipfile.ZIP_STORED else -1)
    rows = rows[:rows.rindex(b'\n') + 1]
    z = io.BytesIO()
    with zipfile.ZipFile(z, 'w', how) as f:
        f.writestr('2026-11-21-scan_telnet-example.csv', rows)
    return (HEAD + b'Content-Type: application/zip; name="2026-11-21-scan_telnet-example.zip"\n'
            b'Content-Transfer-Encoding: base64\n\n' + base64.encodebytes(z.getvalue()))


def mixed(parts):
    return (HEAD + b'Content-Type: multipart/mixed; boundary=b\n\n' +
            b''.join(b'--b\n' + p + b'\n' for p in parts) + b'--b--\n')


def v3(n):
    return json.dumps({'Version': '2', 'ReporterInfo': {'ReporterOrg': 'Example', 'ReporterOrgDomain': 'reporter.example',
        'ReporterOrgEmail': 'desk@reporter.example'}, 'Disclosure': True, 'Report': {'ReportClass': 'Activity',
        'ReportType': 'LoginAttack', 'Date': '2026-11-22T10:00:00Z', 'SourceIp': '192.0.2.9', 'SourcePort': 4711,
        'Ongoing': False, 'Samples': [{'ContentType': 'text/plain', 'Base64Encoded': False, 'Description': 'log',
        'Payload': ssh(n).decode()}]}}).encode()


def v4(n, i):
    who = {'org': 'Example', 'contact': 'desk@reporter.example', 'domain': 'reporter.example'}
    return json.dumps({'xarf_version': '4.2.0', 'report_id': str(uuid.uuid5(uuid.NAMESPACE_DNS, str(i))),
        'timestamp': '2026-11-22T10:00:00Z', 'reporter': who, 'sender': who, 'source_identifier': '192.0.2.%d' % (i + 1),
        'category': 'vulnerability', 'type': 'open_service', 'service': 'open-proxy', 'service_port': 3128,
        'evidence': [{'content_type': 'text/plain', 'payload': base64.b64encode(ssh(n)).decode()}]}).encode()


def doc(text):
    return b'Content-Type: application/json; name="report.json"\n\n' + text


KINDS = {
    'text': lambda: TEXT + ssh(31 * MIB),
    'text_over': lambda: TEXT + ssh(60 * MIB),
    'zip': lambda: packed(23 * MIB, zipfile.ZIP_STORED),
    'zip_over': lambda: packed(45 * MIB, zipfile.ZIP_STORED),
    'zip_own': lambda: packed(23 * MIB, zipfile.ZIP_STORED),
    'csv_zip': lambda: packed(0, zipfile.ZIP_DEFLATED),
    'parts': lambda: mixed([b'Content-Type: text/plain\n\n' + ssh(3000)] * 10000),
    'parts_most': lambda: mixed([b'Content-Type: text/plain\n\n' + ssh(31000)] * 990),
    'xarf3': lambda: mixed([doc(v3(31 * MIB))]),
    'xarf3_over': lambda: mixed([doc(v3(64 * MIB))]),
    'xarf3_most': lambda: mixed([doc(v3(4 * MIB - 50000))] * 7),
    'xarf4_most': lambda: mixed([doc(v4(29 * MIB // 10, i)) for i in range(7)]),
    'signed': lambda: HEAD + (b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=s\n\n--s\n'
        b'Content-Type: text/plain\n\n' + ssh(39 * MIB // 10) + b'\n--s\nContent-Type: application/pgp-signature\n\n'
        b'-----BEGIN PGP SIGNATURE-----\n\niHUEARYKAB0WIQQ=\n-----END PGP SIGNATURE-----\n\n--s--\n'),
}
open(out, 'wb').write(KINDS[kind]())
PY
RESULTS=
above() { # figure, what, command: a new node's memory at its worst, above what it has when it has started
	local name=$1 what=$2 p idle most
	shift 2
	rm -rf "$T/state" "$T/run" "$T/warden" "$T/lymphd.log"
	: >"$T/logs/eve.json"
	node_start
	node_serves 1
	want "cat $T/lymphd.log" 'hear-mail is ready'
	want "cat $T/lymphd.log" 'hear-log is ready'
	sleep 2 # what starting took is let go of
	idle=$(rss VmRSS)
	for p in $(roles); do echo 5 >"/proc/$p/clear_refs"; done
	"$@" >&2 || fail "$what was not taken"
	most=$(rss VmHWM)
	for p in $(roles); do
		echo "$(tr '\0' ' ' <"/proc/$p/cmdline") $(awk '$1 == "VmHWM:" { printf " %s %s KiB", $1, $2 }' "/proc/$p/status")" >&2
	done
	lymph trays --json 2>/dev/null | jq -c '[.trays[] | select(.all > 0) | {(.tray): .all}] | add' >&2
	echo "$what: idle $idle KiB, at most $most KiB" >&2
	stop "$WARDEN" >&2
	RESULTS="$RESULTS $name:$((most - idle))"
}
mail() { lymph intake <"$1"; }
eve() { # a sensor's file grows: until all of it is read
	cat "$T/eve.json" >>"$T/logs/eve.json"
	want "lymph status --json | jq '.logs[] | select(.name == \"eve\") | .lines'" "^$(wc -l <"$T/eve.json")\$"
}
for input in ${INPUTS:-sheet sheet_own eve csv_zip text text_over zip zip_over zip_own parts parts_most xarf3 xarf3_over xarf3_most xarf4_most signed}; do
	case $input in
	sheet) above sheet "a sheet of $(stat -c %s "$T/sheet.csv") bytes" lymph intake --source shadowserver \
		--name 2026-11-21-scan_telnet-example.csv "$T/sheet.csv" ;;
	sheet_own)
		above sheet_own "a sheet with a third of it about own addresses, $(stat -c %s "$T/own.csv") bytes" lymph intake --source shadowserver \
			--name 2026-11-21-scan_telnet-example.csv "$T/own.csv"
		;;
	eve)
		"$E" make 130000 50 >"$T/eve.json"
		above eve "EVE of $(stat -c %s "$T/eve.json") bytes" eve
		;;
	*)
		sheet=$T/sheet.csv
		[ "$input" != zip_own ] || sheet=$T/own.csv
		python3 "$T/make.py" "$input" "$sheet" "$T/mail"
		above "$input" "$input: a mail of $(stat -c %s "$T/mail") bytes" mail "$T/mail"
		;;
	esac
done
echo "$RESULTS" | tr ' ' '\n' | awk -F: -v load="$(cut -d' ' -f1 /proc/loadavg)" '
	function line(name, v, lo, hi, runs) {
		printf "{\"name\":\"%s\",\"value\":%.0f,\"unit\":\"MiB\",\"better\":\"lower\",\"target\":64,\"met\":%s,\"runs\":%d,\"min\":%.0f,\"max\":%.0f,\"load\":%s}\n", name, v, (v <= 64) ? "true" : "false", runs, lo, hi, load
	}
	NF == 2 { v = $2 / 1024; line("intake.rss_" $1 "_mib", v, v, v, 1); if (!n++ || v < lo) lo = v; if (v > hi) hi = v }
	END { line("intake.rss_above_idle_mib", hi, lo, hi, n) }'
