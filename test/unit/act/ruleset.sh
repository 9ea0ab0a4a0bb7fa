#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The ruleset as it was read and agreed on: a change of it is a change of what packets meet.
# The print program is argument 1. UPDATE=1 writes the golden file anew.
golden=$(dirname "$0")/ruleset.nft
out=$("$1" 192.0.2.53 10.0.0.0/8 10.1.0.0/16 2001:db8::/32) || exit 1
[ -z "${UPDATE:-}" ] || printf '%s\n' "$out" >"$golden"
printf '%s\n' "$out" | diff "$golden" - || exit 1
# Nothing configured: the same without the elements, and no set but these two differs.
bare=$("$1") || exit 1
printf '%s\n' "$bare" | diff "$golden" - | grep '^[<>]' | grep -vE '^< 		(elements = \{|	[0-9a-f.:/]+,?|\})$' && exit 1
exit 0
