#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Collectors under one load: ours with every detector and a million lines, nfcapd (which only stores) and
# FastNetMon, one after the other with the same generator, core, receive buffer and namespace. The rate
# without loss is found by stepping: drops of the socket from /proc/net/udp, and what each says it took.
exec 3>&1 1>&2
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/test/net/lib.sh"
. "$top/test/bench/flow_peers.inc"
. "$top/test/bench/flow_ours.inc"
need jq taskset apt-get dpkg-deb ss awk
FORMATS=${FORMATS:-v9 ipfix sflow} SECONDS_A_RUN=${SECONDS_A_RUN:-4} RCVBUF=$((8 << 20)) PORT=29995
WHO=${WHO:-nfcapd fastnetmon ours} MOST=${MOST:-12000000} WHAT=${WHAT:-search turns population}
LOAD=$BIN/test/bench/flow_load
[ -x "$LOAD" ] || fail "no $LOAD"
[ "$(nproc)" -ge 2 ] || skip "needs two cores: one to send, one to collect"
ns node

socket_of() { in_ node awk -v p="$(printf ':%04X' $PORT)" '$2 ~ p"$" { print $5, $NF }' /proc/net/udp | head -1; }
drops() { socket_of | awk '{ print $2 }'; }
queued() { socket_of | awk '{ split($1, q, ":"); print q[2] }'; }
# What the host gave to others of both cores, ms: a collector cannot take what comes while it does not run.
stolen() { awk -v hz="$(getconf CLK_TCK)" '$1 == "cpu0" || $1 == "cpu1" { n += $9 } END { print n * 1000 / hz }' /proc/stat; }
cpu() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) / hz }' "/proc/$COLLECTOR/stat"; }
rss_mib() { awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$COLLECTOR/status"; }
ready() {
	want 'queued' '^[0-9A-F]+$'
	local rb
	rb=$(in_ node ss -lunmH "sport = :$PORT" | grep -o 'rb[0-9]*' | head -1)
	[ "$rb" = "rb$RCVBUF" ] || fail "the receive buffer is $rb, not $RCVBUF"
}

# One run at a rate: $LOST datagrams, $RATE really sent, $RECORDS, $CPU seconds, $STOLEN ms, $SAID.
one() { # WHO FORMAT RATE
	local who=$1 n before cpu0 stolen0 fresh=${1}_fresh
	[ -z "${!fresh}" ] || { "${who}_start" "$2" && ready; }
	n=$(awk -v r="$3" -v s="$SECONDS_A_RUN" 'BEGIN { printf "%d", r * s }')
	before=$(drops) cpu0=$(cpu) stolen0=$(stolen)
	in_ node "$LOAD" -c 0 -f "$2" -r "$3" -n "$n" -p "${POOL:-3000000}" "127.0.0.1:$PORT" >"$T/sent.json" || fail "no load"
	want 'queued' '^0*$'
	sleep 0.3
	CPU=$(awk "BEGIN { print $(cpu) - $cpu0 }") LOST=$(($(drops) - before)) STOLEN=$(($(stolen) - stolen0))
	RATE=$(jq .rate "$T/sent.json") RECORDS=$(jq .records "$T/sent.json") SAID=
	[ -z "${!fresh}" ] || "${who}_stop"
	[ "$who" != ours ] || ours_said
	echo "$who $2: asked $3, sent $RATE records/s, $RECORDS in all, $LOST datagrams lost, CPU $CPU s, $STOLEN ms stolen${SAID:+, it says $SAID}"
	[ "$LOST" = 0 ] || return 1
	[ -z "$SAID" ] || [ "$SAID" -ge "$RECORDS" ] || return 1
	awk "BEGIN { exit !($RATE > 0.97 * $3) }" || return 2
}
# Lost twice, before a rate counts as too much, and three times too slow, before the sender does: other programs
# run on this machine. A loss while the host took a core away says nothing of the collector; six of them do.
holds() {
	local i s=0 bad=0 slow=0
	for i in $(seq 6); do
		one "$@" && return 0
		s=$?
		if [ $s = 2 ]; then
			slow=$((slow + 1))
		elif [ "$STOLEN" -lt 60 ]; then
			bad=$((bad + 1))
		fi
		[ $bad -lt 2 ] || return 1
		[ $slow -lt 3 ] || return 2
	done
	return 1
}

# The highest rate without loss: up by half, then four times between. $BEST, $BEST_CPU (s a million).
search() { # WHO FORMAT FROM
	local rate=$3 low=0 high=0 i s
	BEST=0 BEST_CPU=null LIMITED=false RUNS=0
	for i in $(seq 14); do
		RUNS=$((RUNS + 1))
		holds "$1" "$2" "$rate"
		s=$?
		if [ $s != 1 ]; then
			[ "$RATE" -lt "$BEST" ] || BEST=$RATE BEST_CPU=$(awk "BEGIN { printf \"%.3f\", $CPU / $RECORDS * 1e6 }")
			# The sender cannot do more: then that is what we know.
			[ $s != 2 ] || { LIMITED=true && break; }
			low=$rate
			if [ "$high" = 0 ]; then rate=$((rate * 3 / 2)); else rate=$(((low + high) / 2)); fi
			[ "$rate" -le "$MOST" ] || break
		else
			high=$rate
			if [ "$low" = 0 ]; then rate=$((rate / 2)); else rate=$(((low + high) / 2)); fi
		fi
		[ "$high" = 0 ] || [ $(((high - low) * 100)) -gt $((high * 5)) ] || break
	done
}

# Ours and nfcapd in turns, so that both see the same minutes of this machine: ours stays where it is, all lines
# being there already, nfcapd listens beside it.
pair_start() { # FORMAT
	ours_start "$1"
	ready
	POOL=8000000 SECONDS_A_RUN=8 one ours "$1" 1000000 || true
}
pair_one() { # WHO FORMAT RATE
	local port=$PORT s=0
	COLLECTOR=$(role hear-flow)
	[ "$1" = ours ] || PORT=$((port + 1))
	one "$@" || s=$?
	PORT=$port
	return $s
}

# How much each takes of more than it can, by its own CPU seconds: what the host takes away does not count.
# Medians: $TAKEN, $PEER_TAKEN.
turns() { # FORMAT RATE
	local who out=$T/turns
	: >"$out"
	for _ in $(seq "${TURNS:-5}"); do
		for who in nfcapd ours; do
			pair_one $who "$1" "$2" || true
			awk "BEGIN { print \"$who\", int($RECORDS * (1 - $LOST / $(jq .datagrams "$T/sent.json")) / $CPU) }" >>"$out"
		done
	done
	median() { awk -v w="$1" '$1 == w { print $2 }' "$out" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
	TAKEN=$(median ours) PEER_TAKEN=$(median nfcapd)
}

# The highest rate each took once without loss, by steps of 4 %, of six tries each: $TAKEN, $PEER_TAKEN.
stairs() { # FORMAT FROM
	local rate=$2 who up=both done
	TAKEN=0 PEER_TAKEN=0
	while [ -n "$up" ]; do
		up= done=" "
		for _ in 1 2 3 4 5 6; do
			for who in nfcapd ours; do
				[[ "$done" != *" $who "* ]] || continue
				pair_one $who "$1" "$rate" || continue
				up=one done="$done$who "
				if [ $who = ours ]; then TAKEN=$RATE; else PEER_TAKEN=$RATE; fi
			done
		done
		rate=$((rate * 26 / 25))
	done
}

# NAME VALUE UNIT BETTER TARGET, then a JSON list of peers [{peer, value}] and more members.
line() {
	jq -nc --arg name "$1" --argjson v "$2" --arg unit "$3" --arg better "$4" --argjson target "$5" --argjson peers "$6" \
		--argjson more "${7:-{\}}" --arg load "$(cut -d' ' -f1 /proc/loadavg)" '
		def times($p): if $better == "more" then $v / $p else $p / $v end * 100 | round / 100;
		{name: $name, value: $v, unit: $unit, better: $better, target: $target,
		 met: (if $v == null then false elif $better == "more" then $v >= $target else $v <= $target end), runs: 1, min: $v, max: $v,
		 cpu_s: null, load: ($load | tonumber)} + $more +
		(if ($peers | length) > 0 then {peer: $peers[0].peer, peer_value: $peers[0].value,
			ratio: (if $v > 0 and $peers[0].value > 0 then times($peers[0].value) else null end), peers: $peers}
		 else {peer: null, peer_value: null, ratio: null} end)' >&3
}

does() { [[ " $WHAT " == *" $1 "* ]]; }
suffix() { [ "$1" = v9 ] || echo "_$1"; }
for f in $FORMATS; do
	rates='[]' costs='[]' sizes='[]' idles='[]' target=3000000
	for who in $WHO; do
		does search || continue
		fresh=${who}_fresh
		if ! "${who}_have"; then
			echo "$who is left out: $MISSING"
			continue
		fi
		from=${START:-1500000}
		[ "$who" != fastnetmon ] || from=150000
		[ "$f" != sflow ] || from=$((from / 2))
		size=null idle=null
		if [ -z "${!fresh}" ]; then
			"${who}_start" "$f"
			ready
			# All lines once, so that what they cost is there.
			[ "$who" != ours ] || POOL=8000000 SECONDS_A_RUN=8 one ours "$f" 1000000 || true
		fi
		search "$who" "$f" $from
		if [ -z "${!fresh}" ]; then
			size=$(rss_mib)
			c=$(cpu)
			sleep 10
			idle=$(awk "BEGIN { printf \"%.1f\", ($(cpu) - $c) * 10 }")
			"${who}_stop"
		fi
		echo "$who $f: $BEST records/s without loss, $BEST_CPU CPU-s a million, RSS $size MiB, idle $idle %"
		name=$("${who}_name" "$f")
		if [ "$who" = ours ]; then
			more=$(jq -nc --argjson l $LIMITED --argjson r $RUNS '{sender_limited: $l, runs: $r}')
			line "flow.lossless_records_per_s$(suffix "$f")" "$BEST" 1/s more "$target" "$rates" "$more"
			line "flow.cpu_s_per_million$(suffix "$f")" "$BEST_CPU" s less 1 "$costs"
			line "flow.rss_mib_at_1m$(suffix "$f")" "$size" MiB less 1024 "$sizes"
			line "flow.idle_cpu_pct$(suffix "$f")" "$idle" % less 1 "$idles"
			continue
		fi
		[ "$who" != nfcapd ] || target=$BEST
		with() { jq -c --arg p "$name" --argjson v "$2" 'if $v == null then . else . + [{peer: $p, value: $v}] end' <<<"$1"; }
		rates=$(with "$rates" "$BEST") costs=$(with "$costs" "$BEST_CPU") sizes=$(with "$sizes" "$size") idles=$(with "$idles" "$idle")
	done
	[[ " $WHO " == *" ours "* && " $WHO " == *" nfcapd "* ]] && ours_have && nfcapd_have || continue
	does turns || does stairs || continue
	peer_is() { jq -nc --arg p "$(nfcapd_name "$f")" --argjson v "$PEER_TAKEN" '[{peer: $p, value: $v}]'; }
	pair_start "$f"
	if does stairs; then
		stairs "$f" "${START:-2500000}"
		line "flow.lossless_in_turns_per_s$(suffix "$f")" "$TAKEN" 1/s more "$PEER_TAKEN" "$(peer_is)"
	fi
	if does turns; then
		turns "$f" $((target * 3 / 2))
		line "flow.taken_per_cpu_s$(suffix "$f")" "$TAKEN" 1/s more "$PEER_TAKEN" "$(peer_is)" "{\"runs\": ${TURNS:-5}}"
	fi
	COLLECTOR=$(role hear-flow)
	ours_stop
done

# 200 lines x 12 Mbit/s at one victim: ours by the data's own time, and FastNetMon at its shipped thresholds
# under the same traffic in real time; a line with 1.2 Gbit/s shows that it is able to speak at all.
fnm_attacks() { grep -c 'Attack with direction' "$T/fnm.log" || true; }
for f in $FORMATS; do
	does population && [[ " $WHO " == *" ours "* ]] || continue
	sampling=1
	[ "$f" != sflow ] || sampling=1000
	took=$("$BIN/test/bench/flow_path" -T population -f "$f" -S $sampling | jq .population_s)
	more='{}'
	if [[ " $WHO " == *" fastnetmon "* ]] && fastnetmon_have; then
		fastnetmon_start "$f" on
		ready
		quiet=$(fnm_attacks)
		in_ node "$LOAD" -f "$f" -S $sampling -r 5000 -T population -d "${SILENCE:-30}" "127.0.0.1:$PORT" >"$T/sent.json"
		sleep 2
		said=$(($(fnm_attacks) - quiet))
		in_ node "$LOAD" -f "$f" -S $sampling -r 5000 -T loud -d 20 "127.0.0.1:$PORT" >"$T/sent.json"
		sleep 2
		loud=$(($(fnm_attacks) - quiet - said))
		fastnetmon_stop
		echo "fastnetmon on 200 lines x 12 Mbit/s: $said alarms; on one of 1.2 Gbit/s: $loud"
		more=$(jq -nc --arg p "$(fastnetmon_name)" --argjson s $said --argjson l $loud \
			'{peer_note: "\($p) at its thresholds: \($s) alarms on this, \($l) on one line of 1.2 Gbit/s"}')
	fi
	line "flow.population_detect_s$(suffix "$f")" "${took:-null}" s less 10 '[]' "$more"
done
