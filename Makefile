# Atelier. `make run` and `make test` are all a newcomer needs; each sets up what it uses.
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)

.PHONY: help
help: ## Show what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Atelier needs Python 3.11 or newer; none was found. Set PYTHON=/path/to/python3.11."; exit 1; }
	@echo "Creating the virtual environment in $(VENV) with $(PYTHON) ..."
	@$(PYTHON) -m venv $(VENV)

# One stamp per set of dependencies, so that each target installs only what it uses.
define install
	@echo "Installing $(1) (the first time takes about a minute) ..."
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -q -c constraints.txt -e '.$(2)'
	@touch $@
endef
$(VENV)/.run: $(BIN)/python pyproject.toml constraints.txt
	$(call install,the bot and its playground,[heic])
$(VENV)/.test: $(BIN)/python pyproject.toml constraints.txt
	$(call install,the test tools,[test])
$(VENV)/.check: $(BIN)/python pyproject.toml constraints.txt
	$(call install,the checking tools,[test$(comma)check])
comma := ,

.PHONY: install
install: $(VENV)/.run ## What the bot needs, without starting it

.PHONY: run
run: $(VENV)/.run ## The whole studio on loopback, with a page to try it
	@exec $(BIN)/python -m playground

.PHONY: bot
bot: $(VENV)/.run ## The bot on Discord, with the settings in .env
	@exec $(BIN)/python -m bot

.PHONY: test
test: $(VENV)/.test ## The tests
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not campaign"

# torch is not pinned: which build is right depends on the card. Tests use one of the processor.
INFERENCE := .venv-inference
TORCH ?= torch
INFERENCE_PYTHON ?= $(PYTHON)
$(INFERENCE)/.run $(INFERENCE)/.test: pyproject.toml constraints.txt constraints-inference.txt
	@test -x $(INFERENCE)/bin/python || { \
		echo "Creating the virtual environment in $(INFERENCE) with $(INFERENCE_PYTHON) ..."; \
		$(INFERENCE_PYTHON) -m venv $(INFERENCE); }
	@echo "Installing torch (a few hundred MB, for a GPU some GB) ..."
	@$(INFERENCE)/bin/python -m pip install --disable-pip-version-check --progress-bar on -q '$(TORCH)'
	@echo "Installing the server with diffusers and Real-ESRGAN ..."
	@$(INFERENCE)/bin/python -m pip install --disable-pip-version-check --progress-bar on -q \
		-c constraints.txt -c constraints-inference.txt -e '.[diffusers$(comma)upscale$(if $(filter %.test,$@),$(comma)test$(comma)test-diffusers)]'
	@touch $@

.PHONY: inference
inference: $(INFERENCE)/.run ## The libraries for models in .venv-inference (TORCH=torch==2.13.0)
	@$(INFERENCE)/bin/python -m inference models

.PHONY: test-inference
test-inference: $(INFERENCE)/.test ## The tests of models, in .venv-inference
	@$(INFERENCE)/bin/python -m pytest -n 2 --dist loadfile \
		tests/inference/diffusers tests/inference/real_esrgan

.PHONY: campaigns
campaigns: $(VENV)/.test ## The long tests: kills under a storm, and that the benchmarks run
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m campaign

# stability-sdk cannot share an environment with our stubs, and from Python 3.13 on pip silently
# takes a version from before its protocol.
SDK_PYTHON ?= $(shell for p in $(PYTHON) python3.12 python3.11 python3.10; do \
	$$p -c 'import sys; sys.exit(sys.version_info >= (3, 13))' 2>/dev/null && echo $$p && break; done)

.PHONY: sdk
sdk: ## Stability's own client, for the contract tests
ifeq ($(SDK_PYTHON),)
	@echo "SKIPPED: stability-sdk 0.8.6 needs Python 3.10 to 3.12, and none was found (SDK_PYTHON=...)."
else
	@$(MAKE) --no-print-directory .venv-sdk/.animator
endif
.venv-sdk/.animator:
	@echo "Installing stability-sdk 0.8.6 in .venv-sdk with $(SDK_PYTHON) ..."
	@$(SDK_PYTHON) -m venv --clear .venv-sdk
	@.venv-sdk/bin/python -m pip install --disable-pip-version-check --progress-bar on -q 'stability-sdk[anim]==0.8.6'
	@touch $@

# Ray takes half a GB, and only who spreads one server over many GPUs needs it.
.PHONY: ray
ray: .venv-ray/.test ## Ray Serve for several GPUs in .venv-ray, and its campaign
	@$(BIN)/python -m pytest -m campaign tests/inference/ray
.venv-ray/.test: pyproject.toml constraints.txt
	@test -x .venv-ray/bin/python || $(INFERENCE_PYTHON) -m venv .venv-ray
	@echo "Installing Ray Serve in .venv-ray ..."
	@.venv-ray/bin/python -m pip install --disable-pip-version-check --progress-bar on -q \
		-c constraints.txt -e '.[ray]'
	@touch $@

.PHONY: format
format: $(VENV)/.check ## Format the code
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

.PHONY: generate
generate: $(VENV)/.check ## Write the generated files: stubs, tables of the pages
	@$(BIN)/python -m generation.wire.generate
	@$(BIN)/python -m bot.readme

.PHONY: check
check: $(VENV)/.check ## Everything that CI checks
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports
	@$(BIN)/hadolint Dockerfile
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory test-inference
	@$(MAKE) --no-print-directory campaigns
	@before=$$($(FINGERPRINT)); $(MAKE) --no-print-directory generate; test "$$before" = "$$($(FINGERPRINT))" || { \
		echo "Generated files were stale; they are fresh now: commit them."; exit 1; }
# What tells whether generating changed a file.
FINGERPRINT := cat docs/commands.md docs/engines.md docs/settings.md generation/wire/*.py generation/wire/*.pyi | cksum

.PHONY: constraints
constraints: $(BIN)/python ## Pin every dependency anew, without index addresses
	@$(BIN)/python -m pip install -q uv
	@$(BIN)/uv pip compile -q --universal --no-emit-index-url --no-header --no-annotate --python-version 3.11 \
		--extra test --extra check pyproject.toml -o constraints.txt
	@$(BIN)/uv pip compile -q --universal --no-emit-index-url --no-header --no-annotate --python-version 3.11 \
		--extra diffusers --extra upscale -c constraints.txt pyproject.toml | grep -vE '^(torch==|triton|nvidia|cuda)' \
		| grep -vxFf constraints.txt > constraints-inference.txt

.PHONY: bench
bench: $(VENV)/.run ## Measure speed and memory beside a baseline (NAMES, ARGS="--json FILE")
	@$(BIN)/python -m benchmarks $(NAMES) $(ARGS)

.PHONY: chaos
chaos: $(VENV)/.test ## kill -9 at 60 random moments under 300 jobs (ARGS="sqlite --seed 7", "films", "stability", "studio", "upgrade" or "clicks")
	@$(BIN)/python -m tests.chaos $(ARGS)

.PHONY: clean
clean: ## Remove the virtual environments and caches, never ./state
	@rm -rf $(VENV) .venv-sdk .venv-ray $(INFERENCE) .pytest_cache .ruff_cache .hypothesis *.egg-info build
