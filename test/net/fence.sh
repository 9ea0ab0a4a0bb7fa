#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The kernel fence: whoever has the probe's uid reaches own addresses and no others, whatever it sends.
. "$(dirname "$0")/lib.sh"
need nft
ns node world
link node 10.9.0.1/24,fd09::1/64 world 10.9.0.2/24,fd09::2/64
in_ node ip route add default via 10.9.0.2
in_ node ip -6 route add default via fd09::2
in_ node sysctl -qw net.ipv4.ping_group_range="0 2147483647"
UID_BASE=64200
NODE=$BIN/test/net/lymphd_stub
node_conf <<-EOF
	prefix "192.0.2.0/24" { kind = "residential" }
	prefix "192.0.2.64/26" { kind = "business" }
	prefix "192.0.3.0/24" { kind = "residential" }
	prefix "2001:db8:1::/48" { kind = "residential" }
EOF
UID_PROBE=64202
# The world counts, by family and destination, before it drops all.
in_ world nft -f - <<-EOF
	table inet count {
		counter own4 {}
		counter own6 {}
		counter foreign4 {}
		counter foreign6 {}
		counter probe_probe {}
		chain in {
			type filter hook prerouting priority -300; policy accept;
			ip daddr { 192.0.2.0/24, 192.0.3.0/24 } counter name own4 drop
			ip6 daddr 2001:db8:1::/48 counter name own6 drop
			ip daddr { 198.51.100.0/24, 192.0.4.0/24 } counter name foreign4 drop
			ip6 daddr { 2001:db8:f::/48, 2001:db8:2::/48 } counter name foreign6 drop
		}
	}
EOF
seen() { in_ world nft list counter inet count "$1" | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }
shoot() { in_ node "$BIN/test/net/shoot" "$@"; }

# Without the fence each shot arrives: the counters can count.
shoot $UID_PROBE 198.51.100.7 2001:db8:f::7
want "seen foreign4" '^([4-9]|..+)$'
want "seen foreign6" '^([3-9]|..+)$'
in_ world nft reset counters >/dev/null

node_start
want "cat $T/lymphd.log" 'probe is ready'

shoot $UID_PROBE 198.51.100.7 2001:db8:f::7 192.0.4.1 2001:db8:2::1 192.0.1.255
shoot $UID_PROBE 192.0.2.1 192.0.2.70 192.0.3.255 2001:db8:1::1
want "seen own4" '^(1[2-9]|[2-9].|...+)$'
want "seen own6" '^([3-9]|..+)$'
# What was shot at own addresses came later and is there.
[ "$(seen foreign4)$(seen foreign6)" = 00 ] || fail "the fence leaks: $(seen foreign4) $(seen foreign6)"
shoot 64203 198.51.100.7 # another role's uid: not the fence's business
want "seen foreign4" '^([4-9]|..+)$'

# Flushed by hand: the probe's next start brings it back before anything else.
in_ node nft flush ruleset
kill -9 "$(role probe)"
want "role probe" '[0-9]'
want "in_ node nft list tables" lymph_fence
want "grep -c 'probe is ready' $T/lymphd.log" '^2$'
stop "$WARDEN"
[ -z "$(in_ node nft list ruleset)" ] || fail "the fence stayed after a clean stop"

# nft cannot work: no probe, the rest serves.
bg node unshare -m sh -c "mount --bind /bin/true /usr/sbin/nft && exec $BIN/test/net/lymphd_stub -c $T/lymphd.conf"
WARDEN=$PID
want "cat $T/unshare.log" 'hear-reports is ready'
want "cat $T/unshare.log" 'no fence, no probe'
never "role probe" '[0-9]'
