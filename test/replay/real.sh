#!/bin/bash
# Real bots, scanners and benign hosts through `lymph replay`: who is found, and that nobody else is.
. "$(dirname "$0")/lib.sh"
need_data

# A bot among honest neighbours: 192.168.2.16 and nobody else, sampled too.
for n in 1 10; do
	acting "bot$n" --sample $n "$data/slips/test7-malicious.pcap" >"$t/bot$n"
	grep -q '^scan 192\.168\.2\.16$' "$t/bot$n" || say "test7 at 1:$n: no scan of 192.168.2.16"
	grep -v ' 192\.168\.2\.16$' "$t/bot$n" && say "test7 at 1:$n: somebody else was found"
done
nobody_above_log bot1 # a file does not say who could have written its sources
"$lymph" replay --json --sav loose "$data/slips/test7-malicious.pcap" |
	jq -e '.cases[] | select(.class == "scanner" and .address == "192.168.2.16" and .score > 0.5)' >/dev/null ||
	say "test7: believed sources weigh no more"

# Benign hosts, some of them scanned from outside all day, and what looks like abuse and is not.
for f in stratosphere/008-zeek-mixed__data__conn.log.labeled stratosphere/010-zeek-mixed__data__conn.log.labeled; do
	expect "$(basename "$f")" "" --own 147.32.80.0/22 "$data/$f"
done
for f in bittorrent.pcap wow.pcap steam.pcapng alexa-app.pcapng stun.pcap syncthing.pcap tor.pcap tuya_lp.pcap upnp.pcap coap_mqtt.pcap; do
	expect "$f" "" "$data/ndpi/$f"
	# The same addresses need not be private ones.
	expect "$f-all" "" --own 0.0.0.0/1 --own 128.0.0.0/1 --own ::/0 "$data/ndpi/$f"
done
expect android "" "$data/slips/test2-malicious.binetflow"

# One who sweeps SMB among 27 sources.
expect smb "walk 216.73.23.146" --own 216.73.23.0/24 "$data/slips/test3-mixed.binetflow"
acting smb-all --own 0.0.0.0/1 --own 128.0.0.0/1 --own ::/0 "$data/slips/test3-mixed.binetflow" |
	grep -v ' 216\.73\.23\.146$' && say "test3: a neighbour was found"

# A scan of a network from inside it.
acting nmap "$data/stratosphere/002-zeek-scenario-port-scanning__conn.log" >"$t/nmap"
grep -q '^scan 172\.16\.1\.11$' "$t/nmap" || say "002: no scan of 172.16.1.11"
grep -v ' 172\.16\.1\.11$' "$t/nmap" && say "002: somebody else was found"

# One port after the other at one host, a few pings, six hosts: no port of IoT malware, too few hosts.
# Read whole, and nobody accused by mistake.
for f in slips/test11-portscan.binetflow slips/test12-icmp-portscan.pcap slips/port-scans__horizontal__conn.log \
	slips/port-scans__vertical__conn.log slips/test5-mixed.binetflow; do
	acting "$(basename "$f")" "$data/$f" >"$t/got"
	jq -e '.files[0] | .refused == 0 and .flows > 10 and .whole' "$t/said/$(basename "$f").json" >/dev/null ||
		say "$f: not read whole"
done
done_with
