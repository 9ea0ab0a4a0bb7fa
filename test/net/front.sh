# SPDX-License-Identifier: BSD-2-Clause
# Sourced after lib.sh by what is behind a reverse proxy: Debian's nginx with the shipped configuration, its paths
# and nothing else changed to this test's. The node listens at $FRONT/reports.sock and $FRONT/alerts.sock.
#
#   front NAME ADDRESS   in the namespace "node", with a certificate for both: $T/tls.pem is all that need be believed
#   open_door            before it: with the part for CrowdSec, which is shipped as a comment
need nginx openssl
FRONT=$T/front
SHIPPED=$T/lymph.conf
mkdir -p "$FRONT"
cp "$(dirname "${BASH_SOURCE[0]}")/../../etc/nginx/lymph.conf" "$SHIPPED"

open_door() {
	sed -i '/# location ~ /,/# }/s/^\(\t*\)# \?/\1/' "$SHIPPED"
	grep -q '^	location ~ ' "$SHIPPED" || fail "the shipped configuration has no part for CrowdSec"
}

front() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -addext "subjectAltName=DNS:$1,IP:$2" \
		-keyout "$T/tls.key" -out "$T/tls.pem" 2>/dev/null || fail "no certificate"
	{
		echo "daemon off; pid $T/nginx.pid; error_log $T/nginx-error.log; user root; worker_processes 1;"
		echo "events {} http { client_body_temp_path $T/n1; proxy_temp_path $T/n2; fastcgi_temp_path $T/n3;"
		echo "uwsgi_temp_path $T/n4; scgi_temp_path $T/n5;"
		sed "s|/run/lymph-intake/|$FRONT/|; s|/etc/ssl/lymph/fullchain.pem|$T/tls.pem|
			s|/etc/ssl/lymph/key.pem|$T/tls.key|" "$SHIPPED"
		echo "}"
	} >"$T/nginx.conf"
	nginx -t -c "$T/nginx.conf" >"$T/nginx-t.log" 2>&1 ||
		fail "nginx refuses the shipped configuration: $(cat "$T/nginx-t.log")"
	bg node nginx -c "$T/nginx.conf"
}
