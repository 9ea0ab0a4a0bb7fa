#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Flow records from a real exporter: softflowd on a router between two hosts, NetFlow v5, v9 and IPFIX, all
# packets and one in ten. lymph exporters shows what it is and that nothing was lost; who is no exporter is
# refused and named; a file of indicators is taken while lymph runs.
. "$(dirname "$0")/lib.sh"
need softflowd jq curl python3
ns node a b
link a 198.51.100.2/24 node 198.51.100.1/24
link node 203.0.113.1/24 b 203.0.113.2/24
router node
route a default 198.51.100.1
route b default 203.0.113.1
in_ node ip addr add 127.0.0.9/8 dev lo
DEV=$(in_ node ip -o -4 addr show | awk '/198\.51\.100\.1/ { print $2 }')
# Behind one address, told apart by port.
{ people_conf && cat; } <<-EOF | node_conf
	telemetry { listen = {"127.0.0.1:2055"} indicators = "$T/indicators" subscribers = 10000 }
	exporter "127.0.0.1" { name = "five" port = 40005 }
	exporter "127.0.0.1" { name = "nine" port = 40009 }
	exporter "127.0.0.1" { name = "ten" port = 40010 }
	exporter "127.0.0.1" { name = "tenth" port = 40011 }
	interface "nine/*" { side = "tap" sav = "strict" }
	prefix "198.51.100.0/24" { kind = "residential" }
EOF
printf '203.0.113.77:6667/tcp,,,bad-1\nnonsense\n' >"$T/indicators"
node_start LYMPH_INDICATORS_MS=300
node_serves 1
exporters() { lymph exporters --json | jq -rc "$1"; }
one() { exporters ".exporters[] | select(.exporter == \"$1\") | $2"; }

# softflowd sends from a port of its own choosing: each through one of ours.
cat >"$T/relay.py" <<-EOF
	import socket, sys
	i = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	i.bind(("127.0.0.9", int(sys.argv[1])))
	o = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	o.bind(("127.0.0.1", int(sys.argv[1])))
	while True:
	    o.sendto(i.recv(65536), ("127.0.0.1", 2055))
EOF
meter() { # port, version, more
	bg node python3 "$T/relay.py" "$1"
	want "in_ node ss -Hlnu src 127.0.0.9:$1" "$1"
	bg node softflowd -d -i "$DEV" -n "127.0.0.9:$1" -v "$2" -t maxlife=4 -t general=2 -t tcp=2 -t tcp.fin=1 \
		-t tcp.rst=1 -t expint=1 -c "$T/$1.ctl" -p "$T/$1.pid" "${@:3}"
}
meter 40005 5
meter 40009 9
meter 40010 10
meter 40011 9 -s 10
# Large: what softflowd reads comes in blocks, and a block that is not full does not come.
mkdir "$T/www" && head -c 500000 /dev/zero >"$T/www/file"
bg b python3 -m http.server 80 --bind 203.0.113.2 --directory "$T/www"
want "in_ a curl -s -o /dev/null -w '%{http_code}' http://203.0.113.2/file" 200
traffic() { for _ in $(seq 60); do in_ a curl -s -o /dev/null http://203.0.113.2/file; done; }
traffic & PIDS="$PIDS $!"
want "one five .format" 'v5'
want "one nine .format" 'v9'
want "one ten .format" 'IPFIX'
for e in five nine ten; do
	want "one $e '.flows >= 20'" true
done
want "one tenth .sampling" '^10$'
wait $!
lymph exporters
for e in five nine ten tenth; do
	never "one $e '.lost, .bad, .no_template'" '[1-9]'
done

# A stranger: refused, counted, named with what to do.
in_ node python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.8", 5000))
for _ in range(7): s.sendto(b"\0\5" + b"x" * 70, ("127.0.0.1", 2055))'
want "exporters .refused_source" '^7$'
want "lymph exporters" '127\.0\.0\.8'
want "cat $T/lymphd.log" 'hear-flow: .*127\.0\.0\.8 is no exporter here'

# Indicators: one good, one bad line; then another file, without a restart.
want "cat $T/lymphd.log" 'hear-flow: 1 indicators read, 1 lines skipped'
printf '203.0.113.77:6667/tcp,,,bad-1\n203.0.113.78,,,bad-2\n' >"$T/indicators.new" && mv "$T/indicators.new" "$T/indicators"
want "cat $T/lymphd.log" 'hear-flow: 2 indicators read, 0 lines skipped'
rm "$T/indicators"
want "cat $T/lymphd.log" 'hear-flow: .*indicators: .*those of before stay'

# What it may: nothing; and its sockets say nothing.
never "readlink /proc/$(role hear-flow)/fd/* | grep -vE '^(socket|pipe|anon_inode):|/dev/null$|/lymphd.log$'" .
never "cat $T/lymphd.log" 'hear-flow .* died'
