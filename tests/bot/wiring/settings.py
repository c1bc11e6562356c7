"""Settings of a test alone, whatever the environment has."""

from __future__ import annotations

import pytest

from bot.settings import Settings


def settings_of(**given: str) -> Settings:
    """The settings with those variables set and no others."""
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(name.upper(), raising=False)
        for name, value in given.items():
            patch.setenv(name, value)
        return Settings.read()
