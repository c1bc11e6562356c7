"""The link that adds the bot, and what in the developer portal is in its way."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from discord import AppInfo

from bot.invitation import obstacles


@pytest.mark.parametrize(
    ("is_public", "needs_grant", "says"),
    [
        (True, False, []),
        (False, False, ["Public Bot"]),
        (True, True, ["Requires OAuth2 Code Grant"]),
        (False, True, ["Public Bot", "Requires OAuth2 Code Grant"]),
    ],
)
def test_settings_that_are_in_its_way_are_named(
    is_public: bool, needs_grant: bool, says: list[str]
):
    application = create_autospec(AppInfo, instance=True)
    application.bot_public, application.bot_require_code_grant = is_public, needs_grant
    found = obstacles(application)
    assert len(found) == len(says)
    assert all(name in line for name, line in zip(says, found, strict=True))
