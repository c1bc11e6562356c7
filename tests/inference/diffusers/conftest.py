"""What the tests with torch share; where torch is missing they are skipped as one."""

from __future__ import annotations

import importlib.util

import pytest

if importlib.util.find_spec("torch") is None:
    collect_ignore_glob = ["test_*.py"]

    def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line("SKIPPED tests/inference/diffusers: torch is missing.")
else:
    import torch

    torch.set_num_threads(1)
