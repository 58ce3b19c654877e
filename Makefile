# What a fresh Debian or Ubuntu machine needs is git, make and python 3.11 or newer; `.ci/prepare` installs the rest.

PYTHON := .venv/bin/python
ISSUERS := kyokai kenpo kyosai

.PHONY: demo desk test check bench soak docs proof golden lock clean
.DEFAULT_GOAL := test

.venv/ready: requirements.lock pyproject.toml .ci/prepare
	@.ci/prepare

demo: .venv/ready
	@$(PYTHON) -m pipeline.office.demo $(ISSUERS)

# The counter's page on invented members; Ctrl-C ends it.
desk: .venv/ready
	@$(PYTHON) -m pipeline.office.desk.sample

test: .venv/ready
	@.ci/prepare tests
	@$(PYTHON) -m pytest -q -n 2
	@echo "make test: all tests passed."

check: .venv/ready
	@.ci/prepare tests
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy
	@$(PYTHON) -m pipeline.office.reference --check
	@$(PYTHON) -m tests.features --check
	@$(PYTHON) -m pytest -q -n 2
	@echo "make check: format, lint, types, generated pages and tests are all in order."

# Pages in docs/ that are made from the code.
docs: .venv/ready
	@$(PYTHON) -m pipeline.office.reference
	@$(PYTHON) -m tests.features

# Measured speed; the figures depend on the machine and are no part of the tests.
bench: .venv/ready
	@$(PYTHON) -m tests.bench

# One big order, killed and resumed again and again.
soak: .venv/ready
	@$(PYTHON) -m tests.soak

# The pantograph through every copier, by both judges: docs/pantograph-proof.md.
proof: .venv/ready
	@.ci/prepare tests
	@$(PYTHON) -m tests.proof_page

golden: .venv/ready
	@$(PYTHON) -m tests.golden

lock:
	@.ci/lock

clean:
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info output/demo output/desk
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "make clean: done; orders in output/ were left alone."
