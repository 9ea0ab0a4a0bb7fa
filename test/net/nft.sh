#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The nft actuator against the kernel: what it puts is what nft shows and what packets meet; what ends,
# ends; one element that is gone takes no other with it; a person's element is left alone.
. "$(dirname "$0")/lib.sh"
need nft curl python3 jq setpriv
PRINT=$BIN/test/unit/act/ruleset_print
ns o r l
link o 203.0.113.2/24,203.0.113.53/24,2001:db8:f::2/64,2001:db8:f::53/64 r 203.0.113.1/24,2001:db8:f::1/64
link r 192.0.2.254/24,2001:db8:1::254/64 l 192.0.2.1/24,192.0.2.2/24,2001:db8:1::1/64,2001:db8:1::2/64
router r
for a in 192.0.3.0 192.0.3.149 192.0.4.1; do in_ l ip addr add "$a/32" dev lo; done
for a in 2001:db8:0:1ff::149 2001:db8:0:200::1; do in_ l ip addr add "$a/128" dev lo nodad; done
for p in 192.0.3.0/24 192.0.4.0/24; do route r $p 192.0.2.1; done
route r 2001:db8:0:100::/56 2001:db8:1::1
route r 2001:db8:0:200::/56 2001:db8:1::1
for p in default ; do route o $p 203.0.113.1 && route l $p 192.0.2.254; done
in_ o ip -6 route add default via 2001:db8:f::1
in_ l ip -6 route add default via 2001:db8:1::254
mkdir "$T/www" && echo yes >"$T/www/index.html"
for p in 3128 8080; do bg l python3 -m http.server $p --bind :: --directory "$T/www"; done
for p in 2525 8080; do bg o python3 -m http.server $p --bind :: --directory "$T/www"; done
want 'in_ l ss -Hltn' ':3128 ' && want 'in_ l ss -Hltn' ':8080 '
want 'in_ o ss -Hltn' ':2525 ' && want 'in_ o ss -Hltn' ':8080 '

load() { # further always-reach; sed of the ruleset
	"$PRINT" >/dev/null || fail "no $PRINT"
	"$PRINT" 203.0.113.53 2001:db8:f::53/128 | sed "${1:-}" >"$T/ruleset.nft"
	in_ r nft -f "$T/ruleset.nft" || fail "the ruleset does not load"
}
driver() { in_ r "$BIN/test/net/nft_driver" ${MODE:-} 2>/dev/null; }
# One actuator stays open for orders of packets' tests: a line, its answer.
say() {
	printf '%s\n' "$@" | driver >"$T/said"
	cat "$T/said"
}
said() { grep -qE -- "$1" "$T/said" || fail "not said: $1: $(cat "$T/said")"; }
unsaid() { ! grep -qE -- "$1" "$T/said" || fail "said: $1: $(cat "$T/said")"; }
get() { # from, source, URL's host:port
	in_ "$1" curl -s -m 1 --noproxy '*' --interface "$2" -o /dev/null "http://$3/"
}
passes() {
	local _
	for _ in $(seq 30); do get "$@" && return; done
	fail "does not pass: $*"
}
blocked() { ! get "$@" || fail "passes: $*"; }
LIFE=3600000
load

# What nobody has an order about.
say 'keep on' >/dev/null
passes o 203.0.113.2 192.0.2.1:3128
passes o 2001:db8:f::2 '[2001:db8:1::1]:3128'
passes l 192.0.2.1 203.0.113.2:2525

# Filter towards a line: that address, that port, and nothing beside it.
say "put 1 in 192.0.2.1 6 3128 $LIFE" "put 2 in 2001:db8:1::1 6 3128 $LIFE" commit >/dev/null
said 'committed 2, 0 failed: Success'
blocked o 203.0.113.2 192.0.2.1:3128
passes o 203.0.113.2 192.0.2.1:8080
passes o 203.0.113.2 192.0.2.2:3128
blocked o 2001:db8:f::2 '[2001:db8:1::1]:3128'
passes o 2001:db8:f::2 '[2001:db8:1::1]:8080'
passes o 2001:db8:f::2 '[2001:db8:1::2]:3128'
say hits >/dev/null
said '^hit in4 192.0.2.1/32 6 3128: [1-9]'
said '^hit in6 2001:db8:1::1/128 6 3128: [1-9]'
# nft shows whose it is; a re-assert keeps the counter; the drop ends it.
want 'in_ r nft list set inet lymph in4' '192.0.2.1 . tcp . 3128 timeout .*comment "order 1 put [0-9]+ end [0-9]+"'
say "put 1 in 192.0.2.1 6 3128 $LIFE 60000 replace" commit list hits >/dev/null
said 'seen 1 in4 192.0.2.1/32 6 3128 life 3600000 left (60|59) s'
said 'hit in4 192.0.2.1/32 6 3128: [1-9]'
say 'drop 1 in 192.0.2.1 6 3128' 'drop 2 in 2001:db8:1::1 6 3128' commit list >/dev/null
said 'listed 0: whole, kept yyyyyyyyyy'
passes o 203.0.113.2 192.0.2.1:3128
passes o 2001:db8:f::2 '[2001:db8:1::1]:3128'

# Filter from a line: the far port, wherever it is.
say "put 3 out 192.0.2.1 6 2525 $LIFE" "put 4 out 2001:db8:1::1 6 2525 $LIFE" commit >/dev/null
blocked l 192.0.2.1 203.0.113.2:2525
passes l 192.0.2.1 203.0.113.2:8080
passes l 192.0.2.2 203.0.113.2:2525
blocked l 2001:db8:1::1 '[2001:db8:f::2]:2525'
passes l 2001:db8:1::1 '[2001:db8:f::2]:8080'
say flush list >/dev/null
said 'flush: Success'
said 'listed 0: whole, kept nnnnnnnnnn'
passes l 192.0.2.1 203.0.113.2:2525

# Quarantine of an address: always-reach in both directions, news of the path, and nothing else.
in_ l nft -f - <<-EOT
	table inet t {
		chain c {
			type filter hook input priority 0;
			icmp type destination-unreachable counter
			icmp type echo-request counter
			icmpv6 type packet-too-big counter
		}
	}
EOT
say 'keep on' "put 5 quar 192.0.2.1 0 0 $LIFE" "put 6 quar 2001:db8:1::1 0 0 $LIFE" commit >/dev/null
blocked o 203.0.113.2 192.0.2.1:8080
blocked l 192.0.2.1 203.0.113.2:8080
passes l 192.0.2.1 203.0.113.53:8080
passes o 203.0.113.53 192.0.2.1:8080
passes o 203.0.113.2 192.0.2.2:8080
blocked o 2001:db8:f::2 '[2001:db8:1::1]:8080'
blocked l 2001:db8:1::1 '[2001:db8:f::2]:8080'
passes l 2001:db8:1::1 '[2001:db8:f::53]:8080'
passes o 2001:db8:f::53 '[2001:db8:1::1]:8080'
passes o 2001:db8:f::2 '[2001:db8:1::2]:8080'
in_ o python3 - <<-'EOT'
	import socket
	s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
	for body in bytes([8]) + bytes(35), bytes([3, 4, 0, 0, 0, 0, 5, 0, 0x45]) + bytes(27):
	    total = sum(int.from_bytes(body[i:i + 2], "big") for i in range(0, len(body), 2))
	    total = 0xffff - ((total & 0xffff) + (total >> 16))
	    s.sendto(body[:2] + total.to_bytes(2, "big") + body[4:], ("192.0.2.1", 0))
	s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
	s.sendto(bytes([2, 0, 0, 0, 0, 0, 5, 0, 0x60]) + bytes(47), ("2001:db8:1::1", 0, 0, 0))
EOT
want 'in_ l nft list table inet t' 'destination-unreachable counter packets [1-9]'
want 'in_ l nft list table inet t' 'packet-too-big counter packets [1-9]'
never 'in_ l nft list table inet t' 'echo-request counter packets [1-9]'
say hits 'drop 5 quar 192.0.2.1 0 0' 'drop 6 quar 2001:db8:1::1 0 0' commit >/dev/null
said '^hit quar4 192.0.2.1/32 0 0: [1-9]'
said '^hit quar6 2001:db8:1::1/128 0 0: [1-9]'

# Of a prefix: all of it, not its first address alone; hits are the prefix's.
passes o 203.0.113.2 192.0.3.149:8080
say "put 7 quar 192.0.3.0/24 0 0 $LIFE" "put 8 quar 2001:db8:0:100::/56 0 0 $LIFE" commit >/dev/null
blocked o 203.0.113.2 192.0.3.0:8080
blocked o 203.0.113.2 192.0.3.149:8080
passes o 203.0.113.53 192.0.3.149:8080
passes o 203.0.113.2 192.0.4.1:8080
blocked o 2001:db8:f::2 '[2001:db8:0:1ff::149]:8080'
passes o 2001:db8:f::53 '[2001:db8:0:1ff::149]:8080'
passes o 2001:db8:f::2 '[2001:db8:0:200::1]:8080'
say hits >/dev/null
said '^hit wide4 192.0.3.0/24 0 0: [1-9]'
said '^hit wide6 2001:db8:0:100::/56 0 0: [1-9]'
# What overlaps is refused alone; neighbours and the end of all addresses are not in each other's way.
say "put 9 quar 192.0.3.128/25 0 0 $LIFE" "put 10 quar 192.0.2.0/24 0 0 $LIFE" \
	"put 11 quar 192.0.4.0/24 0 0 $LIFE" "put 12 quar 255.255.255.0/24 0 0 $LIFE" \
	"put 7 quar 192.0.3.0/24 0 0 $LIFE 60000 replace" commit list >/dev/null
said 'put 9 wide4 192.0.3.128/25 0 0: '
said 'committed 5, 1 failed'
for n in '7 wide4 192.0.3.0/24' '10 wide4 192.0.2.0/24' '11 wide4 192.0.4.0/24' '12 wide4 255.255.255.0/24'; do
	said "seen $n 0 0"
done
said 'seen 7 wide4 192.0.3.0/24 0 0 life 3600000 left (60|59) s'
say 'drop 7 quar 192.0.3.0/24 0 0' 'drop 10 quar 192.0.2.0/24 0 0' 'drop 12 quar 255.255.255.0/24 0 0' \
	commit list >/dev/null
said 'listed 2: whole'
passes o 203.0.113.2 192.0.3.149:8080

# From all lines at one victim: its port or all, an address or a prefix; whoever else, as before.
passes l 192.0.2.1 203.0.113.2:2525
say "put 13 victim 203.0.113.2/32 6 2525 $LIFE" "put 14 victim 2001:db8:f::/64 6 0 $LIFE" commit list >/dev/null
said 'committed 2, 0 failed: Success'
said 'seen 13 victim4 203.0.113.2/32 6 2525 life 3600000'
said 'seen 14 victim6 2001:db8:f::/64 6 0 life 3600000'
for a in 192.0.2.1 192.0.2.2; do blocked l $a 203.0.113.2:2525 && passes l $a 203.0.113.2:8080; done
passes o 203.0.113.2 192.0.2.1:3128
blocked l 2001:db8:1::1 '[2001:db8:f::2]:2525'
blocked l 2001:db8:1::2 '[2001:db8:f::53]:8080'
say "put 13 victim 203.0.113.2/32 6 2525 $LIFE 60000 replace" "put 15 victim 203.0.113.0/24 6 0 $LIFE" \
	"put 16 victim 203.0.113.0/24 17 0 $LIFE" commit list hits >/dev/null
# One around another: whichever the kernel takes, what they say holds.
said 'seen 13 victim4 203.0.113.2/32 6 2525 life 3600000 left (60|59) s'
blocked l 192.0.2.2 203.0.113.2:2525
said 'seen 16 victim4 203.0.113.0/24 17 0 '
said '^hit victim4 203.0.113.2/32 6 2525: [1-9]'
said '^hit victim6 2001:db8:f::/64 6 0: [1-9]'
say 'drop 13 victim 203.0.113.2/32 6 2525' 'drop 14 victim 2001:db8:f::/64 6 0' \
	'drop 15 victim 203.0.113.0/24 6 0' 'drop 16 victim 203.0.113.0/24 17 0' commit list >/dev/null
said 'committed 4, 0 failed'
passes l 192.0.2.1 203.0.113.2:2525
passes l 2001:db8:1::1 '[2001:db8:f::2]:2525'

# Time: a lease, and never beyond the end, with nobody there to take it back.
say "put 20 in 192.0.2.1 6 3128 $LIFE 1500" "put 21 quar 192.0.3.0/24 0 0 1500" \
	"put 22 in 192.0.2.2 6 3128 0" commit >/dev/null
said 'put 22 in4 192.0.2.2/32 6 3128: Timer expired'
blocked o 203.0.113.2 192.0.2.1:3128
want 'get o 203.0.113.2 192.0.2.1:3128 && echo open' open
want 'get o 203.0.113.2 192.0.3.149:8080 && echo open' open

# One that ended by itself a moment ago: the batch that renews it, or drops it, holds all the same.
load
say "many 3000 1 $LIFE" "put 9001 in 192.0.2.1 6 3128 300" "put 9002 in 192.0.2.1 6 3129 300" \
	"put 9003 quar 192.0.3.0/24 0 0 300" commit 'sleep 700' "again 3000 1 $LIFE" \
	"put 9001 in 192.0.2.1 6 3128 $LIFE $LIFE replace" "drop 9002 in 192.0.2.1 6 3129" \
	"put 9003 quar 192.0.3.0/24 0 0 $LIFE $LIFE replace" commit list >/dev/null
said 'committed 3003, 0 failed: Success'
[ "$(grep -c '^seen' "$T/said")" = 3002 ] || fail "not 3002: $(tail -1 "$T/said")"
said 'seen 9001 in4 192.0.2.1/32 6 3128 life 3600000 left 3600 s'
said 'seen 9003 wide4 192.0.3.0/24 0 0 life 3600000 left 3600 s'
# All gone at once, all there already, half and half.
say flush "again 3000 1 $LIFE" commit "many 6000 1 $LIFE" commit 'unmany 8000 1' commit count >/dev/null
[ "$(grep -c ', 0 failed: Success' "$T/said")" = 3 ] || fail "$(cat "$T/said")"
said 'listed 0: whole'
# Told twice in one breath: in the order told.
say "put 30 in 192.0.2.1 6 1 $LIFE" "drop 30 in 192.0.2.1 6 1" "put 31 in 192.0.2.1 6 1 $LIFE" \
	"put 32 in 192.0.2.1 6 2 $LIFE" "drop 32 in 192.0.2.1 6 2" commit list >/dev/null
said 'committed 5, 0 failed'
said 'seen 31 in4 192.0.2.1/32 6 1 '
said 'listed 1: whole'

# A person's elements: shown as nobody's, replaced only where an order wants the place.
load
in_ r nft add element inet lymph in4 '{ 192.0.2.7 . tcp . 80, 192.0.2.8 . tcp . 80 timeout 1h comment "order 5 put x" }'
in_ r nft add element inet lymph wide4 '{ 192.0.5.3-192.0.5.200 }'
say 'keep on' list >/dev/null
said 'seen 0 in4 192.0.2.7/32 6 80 life 0 left never'
said 'seen 0 in4 192.0.2.8/32 6 80 life 0 left 3600 s'
said 'seen 0 wide4 192.0.5.3/32 0 0 life 0 left never'
say "put 40 in 192.0.2.7 6 80 $LIFE" commit list >/dev/null
said 'seen 40 in4 192.0.2.7/32 6 80 life 3600000 left 3600 s'
in_ r nft flush set inet lymph in4
say list >/dev/null
said 'listed 1: whole, kept nyyyyyyyyy'
say 'keep off' 'keep off' list >/dev/null
said 'listed 1: whole, kept nnnnnnnnnn'

# Others insert beside a load, some of them the same places; afterwards none of ours is missing.
load
cat >"$T/racer" <<-'EOT'
	i=0
	while [ ! -e "$1/stop" ]; do
		i=$((i + 1))
		nft add element inet lymph in4 "{ 198.18.$((i % 190)).7 . tcp . 3128 }" 2>/dev/null
		nft add element inet lymph in4 "{ 10.0.$((i % 250)).1 . tcp . 80 timeout 1h }" 2>/dev/null
		echo $i >"$1/raced"
	done
EOT
bg r bash "$T/racer" "$T"
want 'cat $T/raced' '[1-9]'
MODE=loop say "many 50000 1 $LIFE" commit list >"$T/raced50k"
touch "$T/stop"
grep -q 'committed 50000, 0 failed: Success' "$T/raced50k" || fail "$(head -5 "$T/raced50k")"
grep -qE '^listed [0-9]+: (whole|Interrupted)' "$T/raced50k" || fail "$(tail -1 "$T/raced50k")"
in_ r nft -j list set inet lymph in4 | grep -oE '"order [0-9]+ ' | sort -u >"$T/there"
[ "$(wc -l <"$T/there")" = 50000 ] || fail "$((50000 - $(wc -l <"$T/there"))) of 50000 missing"
whole() { [ "$(grep -oE '^seen [1-9][0-9]*' "$1" | sort -u | wc -l)" = 50000 ] || fail "the list has a hole"; }
! grep -q '^listed.*whole' "$T/raced50k" || whole "$T/raced50k"
MODE=loop say list >/dev/null
said '^listed [0-9]+: whole'
whole "$T/said"

# As the role will run: one capability, another uid.
load
printf '%s\n' 'keep on' "put 50 in 192.0.2.1 6 3128 $LIFE" commit list |
	in_ r setpriv --reuid 64999 --regid 64999 --clear-groups --inh-caps=-all,+net_admin \
		--ambient-caps=-all,+net_admin --bounding-set=-all,+net_admin --no-new-privs \
		"$BIN/test/net/nft_driver" >"$T/said" 2>&1
said 'seen 50 in4 192.0.2.1/32 6 3128'

# Counters full: the drop stands.
load 's/size 65536/size 1/'
say "put 60 in 192.0.2.1 6 3128 $LIFE" "put 61 in 192.0.2.2 6 3128 $LIFE" commit >/dev/null
for a in 192.0.2.1 192.0.2.2 192.0.2.1; do blocked o 203.0.113.2 $a:3128; done
say hits >/dev/null
said '^listed 1: '

# A set gone fails what it was to take; the table gone fails all, and is as good as empty.
printf 'table inet lymph\ndelete table inet lymph\ntable inet lymph {\n%s\n}\n' \
	'set in4 { type ipv4_addr . inet_proto . inet_service; flags timeout; }' | in_ r nft -f -
say "put 70 in 192.0.2.1 6 3128 $LIFE" "put 71 in 2001:db8::1 6 3128 $LIFE" \
	'drop 72 in 2001:db8::2 6 3128' commit list >/dev/null
said 'put 71 in6 2001:db8::1/128 6 3128: No such file'
said 'committed 3, 1 failed: Success'
said 'seen 70 in4'
said 'listed 1: No such process'
in_ r nft delete table inet lymph
say "put 80 in 192.0.2.1 6 3128 $LIFE" 'drop 81 in 192.0.2.2 6 3128' commit list flush 'keep on' >/dev/null
said 'committed 2, 2 failed: No such file'
said 'listed 0: No such file'
said 'flush: No such file'
said 'keep: No such file'
