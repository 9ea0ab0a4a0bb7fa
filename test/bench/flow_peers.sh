# SPDX-License-Identifier: BSD-2-Clause
# Sourced by flow.sh: collectors of others, as Debian packs them, unpacked below build/peers and never
# installed, started in the namespace "node", which has loopback and no route. FastNetMon would send
# reports about its use to its makers: switched off, and there is no way out.

# PACKAGE PROGRAM...: $ROOT/NAME and the libraries this machine lacks, or a reason in $MISSING.
peer_fetch() {
	local package=$1 d=$top/build/peers/$1 f p
	shift
	MISSING=
	if [ ! -e "$d/done" ]; then
		mkdir -p "$d/partial"
		for p in "$package" "$@"; do
			(cd "$d" && apt-get -qq download "$p") >"$d/fetch.log" 2>&1 || MISSING="$p cannot be fetched"
			apt-get -y -qq --no-install-recommends --download-only -o "Dir::Cache::archives=$d" install "$p" \
				>>"$d/fetch.log" 2>&1
		done
		[ -z "$MISSING" ] || return 1
		for f in "$d"/*.deb; do dpkg-deb -x "$f" "$d/root" || { MISSING="$f does not unpack" && return 1; }; done
		: >"$d/done"
	fi
	ROOT=$d/root
}
# With its own libraries first, and the buffer all get.
peer() {
	local root=$1
	shift
	bg node env LD_LIBRARY_PATH="$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu" \
		LD_PRELOAD="$BIN/test/bench/rcvbuf.so" RCVBUF=$((RCVBUF / 2)) taskset -c 1 "$@"
}

# nfcapd and sfcapd write what comes into files and tell at their end how many flows that were. A fresh
# one for each run: its files are large.
nfcapd_have() { peer_fetch nfdump nfdump-sflow; }
nfcapd_name() { echo "$(nfcapd_program "$1") $(dpkg-deb -f "$top"/build/peers/nfdump/nfdump_*.deb Version | sed 's/-.*//')"; }
nfcapd_program() { if [ "$1" = sflow ]; then echo sfcapd; else echo nfcapd; fi; }
nfcapd_start() { # FORMAT
	local root=$top/build/peers/nfdump/root p
	p=$(nfcapd_program "$1")
	rm -rf "$T/nf" && mkdir -p "$T/nf"
	rm -f "$T/$p.log"
	peer "$root" "$root/usr/bin/$p" -p "$PORT" -b 127.0.0.1 -w "$T/nf" -t 3600
	COLLECTOR=$PID
}
nfcapd_stop() { # -> SAID
	stop "$COLLECTOR"
	SAID=$(sed -n "s/.*Flows: \([0-9]*\),.*/\1/p" "$T"/env.log | tail -1)
	rm -rf "$T/nf"
}
nfcapd_fresh=1

# FastNetMon: counts per address of networks_list, as shipped but for what takes it out of this machine's
# way and for the two costs we do not have either: no bans, no connection tracking.
fastnetmon_have() { peer_fetch fastnetmon; }
fastnetmon_name() { echo "fastnetmon $(dpkg-deb -f "$top"/build/peers/fastnetmon/fastnetmon_*.deb Version | sed 's/-.*//')"; }
fastnetmon_start() { # FORMAT [BAN]
	local root=$top/build/peers/fastnetmon/root port=netflow
	[ "$1" != sflow ] || port=sflow
	echo 10.0.0.0/12 >"$T/networks"
	: >"$T/whitelist"
	rm -f "$T/fnm.log" "$T/fnm.dat"
	sed "s,^disable_usage_report.*,disable_usage_report = on,
		s,^enable_ban .*,enable_ban = ${2:-off},; s,^enable_ban_ipv6.*,enable_ban_ipv6 = off,
		s,^networks_list_path.*,networks_list_path = $T/networks,
		s,^white_list_path.*,white_list_path = $T/whitelist,
		s,^enable_connection_tracking.*,enable_connection_tracking = off,
		s,^$port = off,$port = on,; s,^${port}_port.*,${port}_port = $PORT,; s,^${port}_host.*,${port}_host = 127.0.0.1,
		s,^enable_api.*,enable_api = off,; s,^prometheus = .*,prometheus = off,
		s,^notify_script_path.*,notify_script_path = /nonexistent,
		s,^monitor_local_ip_addresses.*,monitor_local_ip_addresses = off,
		s,^pid_path.*,pid_path = $T/fnm.pid,
		s,^cli_stats_file_path.*,cli_stats_file_path = $T/fnm.dat,
		s,^cli_stats_ipv6_file_path.*,cli_stats_ipv6_file_path = $T/fnm6.dat," \
		"$root/etc/fastnetmon.conf" >"$T/fnm.conf"
	grep -q '^disable_usage_report = on' "$T/fnm.conf" || fail "FastNetMon would report its use"
	peer "$root" "$root/usr/sbin/fastnetmon" --configuration_file "$T/fnm.conf" --log_file "$T/fnm.log" \
		--disable_pid_logic
	COLLECTOR=$PID
}
fastnetmon_stop() {
	stop "$COLLECTOR"
	SAID=
}
fastnetmon_fresh=
