"""Commands as Discord's client shows them in each of its languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.playground.page.conftest import Screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SHOWN = """async (locale) => {
  const { localized } = await import("/web/js/client/localization.js");
  const command = {
    name: "draw",
    name_localizations: { ko: "그리기", "en-GB": "paint", "es-ES": "pinta" },
    description: "Draw it",
    description_localizations: { ko: "그려요" },
    options: [{
      name: "style",
      name_localizations: { ko: "스타일" },
      description: "Which",
      choices: [
        { name: "ink", name_localizations: { ko: "먹" }, value: "ink" },
        { name: "oil", value: "oil" },
      ],
    }],
  };
  const { name, label, description, options: [style] } = localized(command, locale);
  const choices = style.choices.map(({ name, value }) => `${name}=${value}`).join(" ");
  return [name, label, description, style.name, style.label, choices].join(", ");
}"""


@pytest.mark.parametrize(
    ("locale", "shown"),
    [
        ("ko", "draw, 그리기, 그려요, style, 스타일, 먹=ink oil=oil"),
        ("ja", "draw, draw, Draw it, style, style, ink=ink oil=oil"),
        ("en-US", "draw, paint, Draw it, style, style, ink=ink oil=oil"),
        ("es-419", "draw, pinta, Draw it, style, style, ink=ink oil=oil"),
        (None, "draw, draw, Draw it, style, style, ink=ink oil=oil"),
    ],
)
async def test_each_locale_is_shown_its_own_or_the_nearest(
    screen: Screen, locale: str | None, shown: str
) -> None:
    assert await screen.page.evaluate(SHOWN, locale) == shown
