#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The warden's unit: systemd's own measure of its exposure, at most 2.7; and the calls that roles build
# their boxes with are allowed, though no group of systemd names them.
unit=$(cd "$(dirname "$0")/../.." && pwd)/etc/lymphd.service
command -v systemd-analyze >/dev/null || { echo "skipped: needs systemd-analyze" && exit 77; }
level=$(systemd-analyze security --offline=true "$unit" 2>/dev/null | sed -n 's/.*exposure level.*: \([0-9.]*\).*/\1/p')
echo "exposure $level"
awk -v l="$level" 'BEGIN { exit !(l != "" && l <= 2.7) }' || exit 1
for call in seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self setrlimit prlimit64; do
	grep -q "^SystemCallFilter=[^~].*\b$call\b\|^SystemCallFilter=$call\b" "$unit" || { echo "$call is not allowed" && exit 1; }
done
