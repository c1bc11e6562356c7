"""What the tests with torch share; where torch is missing they are skipped as one."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

if importlib.util.find_spec("torch") is None:
    collect_ignore_glob = ["*test_*.py"]

    def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line("SKIPPED tests/inference/diffusers: torch is missing.")
else:
    import torch
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    torch.set_num_threads(1)
    for library in (diffusers_logging, transformers_logging):
        library.set_verbosity_error()
        library.disable_progress_bar()


TIMEOUT_S = 180
"""Some of these tests take seconds of processor time, which is much on a busy machine."""


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker(pytest.mark.timeout(TIMEOUT_S))


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny pipeline by the name of its function in `tiny`, built once.

    Nobody may write into it; copy it first.
    """
    root = tmp_path_factory.mktemp("tiny")

    def folder(name: str) -> Path:
        from tests.inference.diffusers import (
            tiny,
            tiny_depth,
            tiny_films,
            tiny_generic,
            tiny_upscalers,
        )

        path = root / name
        modules = (tiny, tiny_depth, tiny_films, tiny_generic, tiny_upscalers)
        builders = {key: value for module in modules for key, value in vars(module).items()}
        return path if path.exists() else builders[name](path)

    return folder
