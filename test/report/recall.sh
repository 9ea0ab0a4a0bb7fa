#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every labelled line is recognised or listed with its reason, nobody else is accused, and docs/recognisers.md
# tells what was measured; without the samples of others our own attempts to frame somebody are tried all the
# same. UPDATE=1 writes the tables anew. Arguments: the recall program.
here=$(cd "$(dirname "$0")" && pwd)
doc=$here/../../docs/recognisers.md
logs=${LYMPH_DATA:-$here/../../../shared/data}/logs
bad=0
recall() { "$program" "$1" "$logs" "$here/recall.reasons" "$here/recall.attacks"; }
program=$1
table() { # name: what stands in the document
	sed -n "/^<!-- $1: /,/^<!-- end/p" "$doc" | grep '^|'
}
tables=rows
[ -d "$logs/fail2ban" ] && tables="rows docs" || echo "no labelled samples in $logs: the measured table is not compared"
for t in $tables; do
	name=${t/docs/table}
	if [ -n "${UPDATE:-}" ]; then
		recall $t 2>/dev/null >"$doc.new" &&
			sed -i -e "/^<!-- $name: /,/^<!-- end/{/^|/d}" -e "/^<!-- $name: /r $doc.new" "$doc"
		rm -f "$doc.new"
	fi
	diff -u <(table $name) <(recall $t 2>/dev/null) || { echo "docs/recognisers.md: UPDATE=1 $0" && bad=1; }
done
recall check || bad=1
exit $bad
