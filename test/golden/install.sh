#!/bin/bash
# make install puts in place all that README's steps use, each where its reader looks for it; a
# configuration that is there stays. Arguments: the build folder, its prefix.
build=$1 prefix=$2 bad=0 src=$(cd "$(dirname "$0")/../.." && pwd)
t=$(mktemp -d) && trap 'rm -rf "$t"' EXIT
case $prefix in /usr | /usr/local) ;; *) echo "skipped: prefix $prefix has no units" && exit 77 ;; esac
put() { meson install -C "$build" --no-rebuild --quiet --destdir "$t" >"$t/log" 2>&1 || { cat "$t/log" && exit 1; }; }
put
for f in bin/lymph sbin/lymphd lib/systemd/system/lymphd.service lib/sysusers.d/lymph.conf \
	lib/tmpfiles.d/lymph.conf share/man/man1/lymph.1 share/man/man1/lymph-report.1 \
	share/man/man5/lymphd.conf.5 share/man/man5/lymph-conscience.5 share/man/man8/lymphd.8 \
	share/doc/lymph/lymphd.conf \
	share/doc/lymph/conscience.example share/doc/lymph/hook.example \
	share/doc/lymph/fail2ban/action.d/lymph.conf share/doc/lymph/nginx.conf share/doc/lymph/grafana-lymph.json share/doc/lymph/lymph-alerts.yml \
	$(cd "$src" && ls docs | sed 's|^|share/doc/lymph/|') share/bash-completion/completions/lymph; do
	[ -s "$t$prefix/$f" ] || { echo "no $prefix/$f" && bad=1; }
done
for p in $(sed -n 's/^ExecStart[A-Za-z]*=\([^ ]*\).*/\1/p' "$t$prefix/lib/systemd/system/lymphd.service"); do
	[ -x "$t$p" ] || { echo "the unit starts $p, which is not there" && bad=1; }
done
[ -x "$t$prefix/share/doc/lymph/hook.example" ] || { echo "the hook's example cannot be run" && bad=1; }
cmp "$t$prefix/share/doc/lymph/lymphd.conf" "$t/etc/lymph/lymphd.conf" || bad=1
echo '# mine' >>"$t/etc/lymph/lymphd.conf"
put
tail -1 "$t/etc/lymph/lymphd.conf" | grep -q '^# mine$' || { echo "the configuration was overwritten" && bad=1; }
exit $bad
