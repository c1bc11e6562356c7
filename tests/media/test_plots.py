"""The plot of a guild's spending."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from io import BytesIO

import pytest
from PIL import Image

from media.plots import COLOURS, GROUND, OTHERS, Chart, plain, spending_plot
from media.pool import MediaPool

WIDTH, MOST_HEIGHT = 1200, 960


def chart(
    engines: dict[str, list[float]], members: list[tuple[int, str, float]] | None = None
) -> Chart:
    count = max((len(days) for days in engines.values()), default=7)
    days = [date(2026, 11, 1) + timedelta(days=number) for number in range(count)]
    return Chart("Spending", "1 to 7 November", days, engines, members or [])


def drawn(one: Chart) -> Image.Image:
    with Image.open(BytesIO(spending_plot(one))) as picture:
        picture.load()
        return picture.convert("RGB")


def share(picture: Image.Image, colour: str) -> int:
    """How many pixels have that very colour."""
    wanted = tuple(bytes.fromhex(colour[1:]))
    counts = picture.getcolors(1 << 20) or []
    return sum(count for count, found in counts if found == wanted)


def test_every_engine_has_its_colour_and_the_larger_one_more_of_it():
    picture = drawn(chart({"small": [1.0] * 7, "large": [3.0] * 7}))
    assert picture.width == WIDTH
    assert picture.getpixel((1, 1)) == tuple(bytes.fromhex(GROUND[1:]))
    first, second = (share(picture, colour) for colour in COLOURS[:2])
    assert first > second > 1000
    assert not share(picture, COLOURS[2])


def test_what_is_too_much_for_a_colour_of_its_own_is_drawn_together():
    picture = drawn(chart({f"engine {number}": [1.0 + number] for number in range(12)}))
    assert all(share(picture, colour) for colour in COLOURS)


def test_a_member_without_a_name_that_the_font_has_is_drawn_too():
    names = ["🦊", "costs $5 or $6", "x" * 200, "", "Mina"]
    members = [(1 << 59 | number, name, 1.0 + number) for number, name in enumerate(names)]
    with_names = drawn(chart({"painter": [1.0]}, members))
    assert with_names.tobytes() != drawn(chart({"painter": [1.0]})).tobytes()


@pytest.mark.parametrize("engines", [{}, {"painter": [0.0] * 7}, {"painter": [0.01] * 365}])
def test_there_is_a_plot_of_little_and_of_much(engines: dict[str, list[float]]):
    picture = drawn(chart(engines))
    assert picture.width == WIDTH
    assert picture.height < MOST_HEIGHT


def test_the_figures_may_be_large():
    members = [(number, f"member {number}", 987_654.32) for number in range(40)]
    picture = drawn(chart({OTHERS: [1_000_000.0] * 30, "x": [9.0] * 30}, members))
    assert (picture.width, picture.height < MOST_HEIGHT) == (WIDTH, True)


def test_what_the_font_has_not_is_left_out():
    assert plain("Grüße, 🦊 Κώστα") == "Grüße,  Κώστα"
    assert plain("🦊") == ""


async def test_a_worker_of_the_pool_draws_it():
    async with MediaPool() as pool:
        data = await pool.run(spending_plot, chart({"painter": [1.0] * 7}))
    with Image.open(BytesIO(data)) as picture:
        assert picture.width == WIDTH


def test_only_drawing_imports_matplotlib():
    code = "import sys, media.plots; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0
