#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A real exporter on the other end: softflowd reads synthetic packets and exports them as NetFlow v5, v9,
# IPFIX (also both ways in one record) and sampled packets. Our decoder must see each flow as it was sent,
# loss none, sampling as told; nfcapd hears the same datagrams, and where it disagrees we say who is right.
. "$(dirname "$0")/lib.sh"
need softflowd dumpcap nfcapd nfdump python3
DUMP=$BIN/test/wire/flow_dump
[ -x "$DUMP" ] || fail "no $DUMP"
HELP=$(cd "$(dirname "$0")" && pwd)/softflowd.py
ns probe
python3 "$HELP" packets "$T/packets.pcap" >"$T/truth.json"

round() { # NAME softflowd-options...
	local name=$1 cap nf
	shift
	mkdir "$T/$name"
	bg probe dumpcap -q -P -i lo -f 'udp dst port 9995' -w "$T/$name.pcap"
	cap=$PID
	want "grep -c File: '$T/dumpcap.log' || true" "^$((ROUNDS += 1))"
	bg probe nfcapd -p 9995 -b 127.0.0.1 -w "$T/$name" -t 3600
	nf=$PID
	want 'in_ probe ss -Hlun' ':9995 '
	in_ probe softflowd -d -r "$T/packets.pcap" -n 127.0.0.1:9995 -p "$T/sf.pid" -c none "$@" \
		>"$T/softflowd.$name.log" 2>&1 || fail "softflowd $*: $(tail -3 "$T/softflowd.$name.log")"
	want "in_ probe ss -Hlun | awk '/:9995 /{print \$2}'" '^0$'
	want "'$DUMP' '$T/$name.pcap' 2>&1 | wc -l" '^[1-9]'
	sleep 1 # the last datagrams on their way into the capture
	stop $cap
	stop $nf
	"$DUMP" -s "$T/$name.pcap" >"$T/$name.json" || fail "$name: refused"
	nfdump -q -N -6 -R "$T/$name" -o 'fmt:%sa,%da,%pr,%sp,%dp,%pkt,%byt' >"$T/$name.nfdump" 2>/dev/null
	python3 "$HELP" compare "$T/truth.json" "$T/$name.json" "$T/$name.nfdump" "$name" || fail "$name"
}
ROUNDS=0
round v5 -v 5
round v9 -v 9
round ipfix -v 10
round milli -v 10 -A milli
round micro -v 10 -A micro
round nano -v 10 -A nano
round biflow -v 10 -b
round v9_sampled -v 9 -s 10
round ipfix_sampled -v 10 -s 10
round v5_sampled -v 5 -s 10
round psamp -v psamp
