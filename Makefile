# The front door; meson does the work. make run | check | bench | fuzz | lint | install
BUILD ?= build

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet

$(BUILD)/build.ninja:
	@tools/deps run
	@meson setup $(BUILD) -Dtests=false >/dev/null

run: ; @tools/deps run && tools/story
check: ; @tools/deps test && tools/check
bench: ; @tools/deps test && tools/bench
fuzz: ; @tools/deps test && tools/fuzz
lint: ; @tools/deps test && tools/lint
install: all ; @meson install -C $(BUILD)

.PHONY: all run check bench fuzz lint install
