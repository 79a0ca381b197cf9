# Lianbang 链榜. `make help` lists what can be done.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

LINT_VERSION := v2.15.0
LINT := bin/golangci-lint-$(LINT_VERSION)
WEB := frontend
NPM := npm --prefix $(WEB) --no-audit --no-fund

.PHONY: help
help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build ## build everything and start it on embedded engines with demo content
	@LIANBANG_DEMO=$${LIANBANG_DEMO:-true} exec bin/lianbang

.PHONY: build
build: web ## build the program, front end included, into bin/
	go build -o bin/lianbang ./services/cmd/lianbang

.PHONY: web
web: $(WEB)/node_modules/.installed ## build the front end into frontend/dist
	@if [ ! -f $(WEB)/dist/index.html ] || [ -n "$$(find $(WEB)/src $(WEB)/public $(WEB)/index.html $(WEB)/vite.config.ts $(WEB)/package-lock.json -newer $(WEB)/dist/index.html -print -quit)" ]; then \
		$(NPM) run --silent build && touch $(WEB)/dist/index.html; fi

$(WEB)/node_modules/.installed: $(WEB)/package-lock.json
	$(NPM) ci --silent
	@touch $@

.PHONY: generate
generate: $(WEB)/node_modules/.installed ## regenerate servers, clients and types from the specifications
	go generate ./...
	go run ./services/cmd/lianbang specs > $(WEB)/node_modules/.bundle.json
	$(NPM) run --silent generate

.PHONY: test
test: ## everything CI runs; installs what it needs
	@.ci/test

.PHONY: lint
lint: $(LINT) $(WEB)/node_modules/.installed ## format, vet and lint, Go and front end
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "not formatted (gofmt -w):"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	$(LINT) run ./...
	$(NPM) run --silent lint

$(LINT):
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv bin/golangci-lint $@

.PHONY: e2e
e2e: build ## the browser tests alone
	$(NPM) run --silent e2e

.PHONY: screens
screens: build ## pictures of every page at 1440 and 390 px, into a temporary directory
	$(NPM) run --silent screens

.PHONY: lighthouse
lighthouse: build ## Lighthouse figures of home, results and a detail page
	$(NPM) run --silent lighthouse

.PHONY: bench
bench: build ## measurements, side by side with what they are compared to
	@.ci/bench

.PHONY: prove
prove: build ## the full-size runs of what `make test` runs small
	LIANBANG_PROVE=1 LIANBANG_TEST_EVAL=$${LIANBANG_TEST_EVAL:-$$(realpath -e ../shared/eval 2>/dev/null || true)} go test -timeout 60m ./...
	.ci/fuzz 60s

.PHONY: fuzz
fuzz: ## feed everything that reads foreign input with random input
	.ci/fuzz 30s

.PHONY: clean
clean: ## remove what was built; data stays
	rm -rf bin $(WEB)/node_modules
	find $(WEB)/dist -mindepth 1 ! -name .gitkeep -delete
