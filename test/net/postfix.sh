# SPDX-License-Identifier: BSD-2-Clause
# Sourced after lib.sh by what sends mails: Debian's postfix in the namespace "node", at 127.0.0.1:25. It delivers to
# Maildirs below $BOX, whose bounces role watch may read, and hands nothing on.
#
#   postfix_starts "MAILBOX FOLDER"...   with what stands in $PF/access, $PF/transport and, last, $PF/more.cf
#   postfix_again        it reads these anew           mails FOLDER   how many arrived there
#   outgoing JQ          of each mail of the node's, over or not
need postfix
BOX=$T/box PF=$T/pf
DESK=$((UID_BASE + 9)) # role watch
mkdir -p "$BOX" "$PF/data" "$PF/spool"
touch "$PF/access" "$PF/transport" "$PF/more.cf"

pf() { in_ node postfix -c "$PF" "$@" >>"$T/pf.log" 2>&1; }
postfix_main() {
	cat - "$PF/more.cf" >"$PF/main.cf" <<-EOT
		compatibility_level = 3.6
		queue_directory = $PF/spool
		data_directory = $PF/data
		command_directory = /usr/sbin
		daemon_directory = /usr/lib/postfix/sbin
		maillog_file = $T/postfix.log
		maillog_file_prefixes = $T
		inet_interfaces = loopback-only
		inet_protocols = ipv4
		myhostname = mx.x.example
		mydestination =
		local_transport = error:local delivery is off
		mynetworks = 127.0.0.0/8
		smtpd_relay_restrictions = check_recipient_access texthash:$PF/access, permit_mynetworks, reject
		virtual_mailbox_domains = isp.example, x.example, b.example
		virtual_mailbox_base = $BOX
		virtual_mailbox_maps = texthash:$PF/boxes
		virtual_minimum_uid = 100
		virtual_uid_maps = static:$DESK
		virtual_gid_maps = static:$DESK
		transport_maps = texthash:$PF/transport
		smtpd_peername_lookup = no
		smtpd_soft_error_limit = 1000
		smtpd_hard_error_limit = 1000
	EOT
}
postfix_starts() {
	local b
	for b; do
		mkdir -p "$BOX/${b#* }"/{new,cur,tmp}
		echo "$b/"
	done >"$PF/boxes"
	chown -R "$DESK:$DESK" "$BOX"
	chown postfix "$PF/data"
	# A delivery that fails when the mail is long accepted: transport "nouser:".
	printf '#!/bin/sh\ncat >/dev/null\nexit 67\n' >"$T/nouser" && chmod 755 "$T/nouser"
	cat >"$PF/master.cf" <<-EOT
		127.0.0.1:25 inet n - n - 20 smtpd
		pickup unix n - n 60 1 pickup
		cleanup unix n - n - 0 cleanup
		qmgr unix n - n 300 1 qmgr
		tlsmgr unix - - n 1000? 1 tlsmgr
		rewrite unix - - n - - trivial-rewrite
		bounce unix - - n - 0 bounce
		defer unix - - n - 0 bounce
		trace unix - - n - 0 bounce
		verify unix - - n - 1 verify
		proxymap unix - - n - - proxymap
		smtp unix - - n - - smtp
		relay unix - - n - - smtp
		error unix - - n - - error
		retry unix - - n - - error
		showq unix n - n - - showq
		virtual unix - n n - - virtual
		anvil unix - - n - 1 anvil
		scache unix - - n - 1 scache
		postlog unix-dgram n - n - 1 postlogd
		nouser unix - n n - - pipe user=nobody argv=$T/nouser
	EOT
	postfix_main
	pf start || fail "postfix does not start"
	trap 's=$?; pf stop; (exit $s); cleanup' EXIT
	want "in_ node bash -c 'exec 3<>/dev/tcp/127.0.0.1/25 && head -1 <&3'" '^220 '
}
postfix_again() { postfix_main && pf reload; }
mails() { find "$BOX/$1/new" -type f | wc -l; }
outgoing() { lymph outgoing --all --json --limit 1000 | jq -r ".outgoing[] | $1"; }
