# The front door; meson does the work. Builds live below build/: run, check, asan, bench, fuzz.
all: build/run/build.ninja
	@ninja -C build/run --quiet

build/run/build.ninja:
	@tools/deps run
	@meson setup build/run -Dtests=false -Db_lto=true >/dev/null

run:     ; @tools/root run && tools/deps run && $(MAKE) --no-print-directory all && exec tools/story
check:   ; @tools/root check && tools/deps test && exec tools/check
bench:   ; @tools/root bench && tools/deps test && exec tools/bench
bench-peers: ; @tools/root bench-peers && tools/deps test && exec tools/bench-peers
bench-flow: ; @tools/root bench-flow && tools/deps test && exec tools/bench flow
fuzz:    ; @tools/deps test && exec tools/fuzz
lint:    ; @tools/deps test && exec tools/lint
install: all
	@meson install -C build/run
	@echo 'Next, on the machine it is for: systemd-sysusers lymph.conf; systemd-tmpfiles --create lymph.conf;'
	@echo 'systemctl daemon-reload; then your prefixes into /etc/lymph/lymphd.conf, and lymph check.'

.PHONY: all run check bench bench-peers bench-flow fuzz lint install
