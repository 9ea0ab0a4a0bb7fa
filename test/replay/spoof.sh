#!/bin/bash
# A real SYN flood of 37,841 forged sources, mapped into a customers' network as if it left from there: it
# fires where it enters, and no line is framed by it. And one victim's view of an amplifier.
. "$(dirname "$0")/lib.sh"
need_data
flood=$data/stopddos/pkt.TCP.synflood.spoofed.pcap
command -v tcprewrite >/dev/null || { echo "no tcprewrite here"; exit 77; }
tcprewrite --infile="$flood" --outfile="$t/flood.pcap" --srcipmap=0.0.0.0/0:100.64.0.0/10 --skipbroadcast >/dev/null 2>&1 ||
	tcprewrite --infile="$flood" --outfile="$t/flood.pcap" --srcipmap=0.0.0.0/0:100.64.0.0/10 >/dev/null || exit 1

# All of 100.64.0.0/10 is ours; a /24 of it is behind the interface.
for sav in none loose; do
	acting "in-$sav" --own 100.64.0.0/10 --behind 100.64.7.0/24 --sav $sav "$t/flood.pcap" >"$t/got"
	grep -q '^spoof -$' "$t/got" || say "sav $sav: no spoof"
	nobody_above_log "in-$sav"
done
# Seen at a tap, with nothing to say who belongs where: still nobody framed.
acting tap --own 100.64.0.0/10 "$t/flood.pcap" >"$t/got"
nobody_above_log tap
# From outside, as it was caught: the victim is ours and accused of nothing.
expect victim "" --own 10.10.10.10/32 "$flood"
expect amplified "" --own 10.10.10.10/32 "$data/stopddos/amp.UDP.isakmp.pcap"
done_with
