#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Logs as sources: an EVE file being written, rotated by rename and by copy and truncate, while lymphd runs,
# is killed, and is down: each line counted once, each accusing line once in a report. Lines cut away while
# it is down are a gap, and said so. Syslog by UDP, TCP and a Unix socket from util-linux' logger; a sender
# that is not allowed is refused.
. "$(dirname "$0")/lib.sh"
need jq logger python3
ns node
mkdir "$T/log"
chmod 755 "$T/log"
EVE=$T/log/eve.json
node_conf <<-EOT
	log "suricata" { file = "$EVE" form = "eve" }
	log "udp" { listen = "udp:127.0.0.1:5514" }
	log "tcp" { listen = "tcp:127.0.0.1:5515" }
	log "far" { listen = "udp:127.0.0.1:5516" allow = { "192.0.2.0/24" } }
	log "unix" { listen = "unix:$T/log/syslog" rank = "organisation" }
	prefix "198.18.0.0/15" { kind = "residential" }
EOT

N=0
# eve COUNT: so many lines, of which every third accuses a line of ours, each its own.
eve() {
	python3 - "$1" "$N" >>"$EVE" <<-'EOP'
		import sys
		count, n = map(int, sys.argv[1:])
		for i in range(n, n + count):
		    src, dst = '198.18.%d.%d' % (i // 250, i % 250), '203.0.113.%d' % (i % 250)
		    rule = 'ET SCAN Potential SSH Scan' if i % 3 == 0 else 'ET INFO nothing'
		    print('{"timestamp":"2026-11-22T10:%02d:%02d.000000+0000","event_type":"alert","src_ip":"%s",'
		          '"src_port":%d,"dest_ip":"%s","dest_port":22,"proto":"TCP","alert":{"gid":1,"signature_id":%d,'
		          '"signature":"%s","category":"Attempted Information Leak","severity":2},"app_proto":"ssh",'
		          '"flow":{"pkts_toserver":9,"pkts_toclient":9}}' % (i // 60 % 60, i % 60, src, 1024 + i, dst, i, rule))
	EOP
	N=$((N + $1))
}
logs() { $LYMPH status --json --socket "$T/run/control.sock" | jq -c ".logs[] | select(.name == \"$1\") | $2"; }
# All lines of the file were read, and there is a report for each accusing one, none twice.
settled() {
	want "logs suricata .lines" "^$N\$"
	want "db 'SELECT count(*) FROM fact WHERE kind = 2'" "^$1\$"
	never "logs suricata .failed" '^[1-9]'
}
third() { echo $(((N + 2) / 3)); }

eve 100
node_start
node_serves
settled "$(third)"
# By rename, then by copy and truncate; lines go on coming.
eve 20
mv "$EVE" "$EVE.1" && eve 40
settled "$(third)"
cp "$EVE" "$EVE.2" && : >"$EVE" && eve 50
settled "$(third)"
want "logs suricata .gaps" '^0$'

# Killed while it reads; what is written meanwhile, and a rotation of each kind, are found again.
eve 100
node_kill
eve 30
mv "$EVE.1" "$EVE.3" && mv "$EVE" "$EVE.1" && eve 30
: >"$T/lymphd.log"
node_start
node_serves
settled "$(third)"
role hear-log | xargs kill -9
eve 25
cp "$EVE" "$EVE.4" && : >"$EVE" && eve 35
settled "$(third)"
role judge | xargs kill -9
eve 33
settled "$(third)"
want "logs suricata .gaps" '^0$'

# Cut away while nobody looked: said so, and the rest is read.
node_kill
LOSTLINES=40
eve $LOSTLINES
: >"$EVE"
eve 21
: >"$T/lymphd.log"
node_start
node_serves
want "logs suricata .gaps" '^1$'
want "cat $T/lymphd.log" 'hear-log: .*log suricata: .*lines may be missing'
want "logs suricata .lines" "^$((N - LOSTLINES))\$"
lymph status >"$T/shown"
want "cat $T/shown" 'suricata: .*gap'

# Syslog.
udp() { in_ node logger -n 127.0.0.1 -P 5514 -d "$@"; }
LINE='Failed password for root from 198.19.0.'
in_ node logger --rfc5424 -n 127.0.0.1 -P 5514 -d -t sshd --id=4242 "${LINE}1 port 4711 ssh2"
in_ node logger --rfc3164 -n 127.0.0.1 -P 5514 -d -t sshd "${LINE}2 port 4711 ssh2"
in_ node logger --rfc5424 -n 127.0.0.1 -P 5515 -T -t sshd "${LINE}3 port 4711 ssh2"
in_ node logger --rfc3164 --octet-count -n 127.0.0.1 -P 5515 -T -t sshd "${LINE}4 port 4711 ssh2"
in_ node logger -u "$T/log/syslog" -t sshd "${LINE}5 port 4711 ssh2"
in_ node logger -n 127.0.0.1 -P 5516 -d -t sshd "${LINE}6 port 4711 ssh2"
for i in 1 2 3 4 5; do
	want "lymph cases --json | jq -r '.cases[].subject'" "^198\.19\.0\.$i/32\$"
done
# Strong from Suricata's own file; the same by a datagram anybody may have forged is a text.
sed 's/198\.18\.[0-9]*\.[0-9]*/198.19.1.1/' "$EVE" | grep SCAN | head -1 >"$T/one"
in_ node logger --rfc5424 -n 127.0.0.1 -P 5514 -d -t suricata -f "$T/one" --size 4096
want "lymph cases --json | jq -r '.cases[].subject'" '^198\.19\.1\.1/32$'
evidence() { lymph why "$1" --json | jq -c '[.. | .evidence? | numbers] | max'; }
want "evidence 198.19.1.1" '^0\.6'
want "evidence 198.18.0.0" '^1(\.0)?$'
want "logs far .refused" '^1$'
want "logs far .lines" '^0$'
want "logs udp .accusing" '^3$'
want "logs tcp .accusing" '^2$'
want "logs unix .accusing" '^1$'
# Who they are, and with what weight.
want "lymph reporters --json" 'log:suricata'
want "lymph reporters --json | jq -c '.reporters[] | select(.name == \"log:unix\") | .standing'" '^"org"$'
never "lymph cases --json" '198\.19\.0\.6'
"$LYMPH" journal replay --state "$T/state" --json | grep -q '"identical":true' || fail "the journal does not replay"
