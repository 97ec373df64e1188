# Plinth. `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export CGO_ENABLED := 0
BIN := bin/plinth
P ?= kill

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

.PHONY: build
build: ## build bin/plinth, without cgo
	@go build -trimpath -ldflags='-s -w' -pgo=cmd/plinth/plinth.pgo -o $(BIN) ./cmd/plinth

.PHONY: dev
dev: build ## build, and serve the chat example on SQLite; prints URLs and keys
	@scripts/example
	@$(BIN) dev --project examples/chat

.PHONY: deps
deps: ## install what the tests need and the machine lacks (Postgres, PostGIS, Chromium, gcc, npm packages)
	@scripts/deps

.PHONY: test
test: deps build ## run every test; at most 12 minutes on 2 cores
	@PLINTH_BIN=$(CURDIR)/$(BIN) scripts/test

.PHONY: check
check: ## gofmt, vet, staticcheck, floors and budgets, generated files fresh
	@scripts/check

.PHONY: vuln
vuln: ## known vulnerabilities in what the program links; VULNDB=folder or URL
	@scripts/vuln

.PHONY: chart
chart: ## what Helm says of deploy/helm; builds Helm once, 3 minutes
	@scripts/chart

.PHONY: release
release: ## archives for each machine, checksums and bills of materials, in dist/
	@scripts/release dist

.PHONY: proof
proof: deps build ## run one proof whole: make proof P=kill
	@scripts/proof $(P)

ENGINE ?= sqlite
PORT ?= 3000
.PHONY: conformance-server
conformance-server: ## serve the conformance fixture: ENGINE=sqlite|postgres PORT=3000
	@go run ./tests/conformance/serve -engine $(ENGINE) -port $(PORT)

.PHONY: conformance
conformance: ## run the conformance cases; write their baseline and docs/compatibility.md
	@go test ./tests/conformance -update

.PHONY: bench
bench: build ## measure Plinth beside its rivals, 15 minutes; ONLY=… RIVALS=… for a part
	@scripts/bench

PARTS ?= idle,talk,fanout,changes,jitter
.PHONY: bench-realtime
bench-realtime: build ## measure realtime with many phones, 4 minutes; PARTS=idle for a part
	@go run ./bench/crowd -parts $(PARTS)
	@go test ./internal/realtime -run XXX -bench Match -benchtime 1s | grep Benchmark

.PHONY: profile
profile: build ## write down what the processors do, for the compiler, 3 minutes
	@scripts/profile

.PHONY: bench-signin
bench-signin: build ## measure sign-ins a second and what other requests wait meanwhile, 1 minute
	@go run ./bench/signin

.PHONY: bench-cluster
bench-cluster: build ## measure what the second and third node cost an operation, by load, 10 minutes
	@go run ./bench/nodes -nodes 1,2,2apart,3,3apart -clients 8,16,32,64 -rates 300 -rounds 3

.PHONY: bench-files
bench-files: ## measure files beside cp and nginx, 3 minutes
	@scripts/bench-files

.PHONY: bench-gate
bench-gate: ## what the hot paths allocate, against bench/gate.txt; no clock
	@go run ./scripts/benchgate

.PHONY: status
status: ## write docs/status.md from the promises and their tests
	@go run ./scripts/status -write

.PHONY: clean
clean: ## remove what was built
	@rm -rf bin
