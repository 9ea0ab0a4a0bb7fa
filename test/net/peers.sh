# SPDX-License-Identifier: BSD-2-Clause
# Sourced after lib.sh by what measures or tries CrowdSec: its Debian packages, unpacked below build/ and never
# installed. $R is their root.
need apt-get dpkg-deb
PEERS=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/peers
mkdir -p "$PEERS"
if [ ! -x "$PEERS/root/usr/bin/crowdsec-firewall-bouncer" ]; then
	(cd "$PEERS" && apt-get -qq download crowdsec crowdsec-firewall-bouncer) >"$PEERS/fetch.log" 2>&1 ||
		skip "crowdsec's packages cannot be fetched: $(tail -n 1 "$PEERS/fetch.log")"
	for f in "$PEERS"/crowdsec*.deb; do dpkg-deb -x "$f" "$PEERS/root" || skip "cannot unpack $f"; done
fi
R=$PEERS/root
