"""Contact sheets."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from media.errors import BadPicture
from media.marking.xmp import UNTRAINED
from media.montage import GAP_PX, MAX_PICTURES, contact_sheet

COLOURS = [(200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30), (30, 200, 200)]


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (256, 256)) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def sheet(count: int, size: tuple[int, int] = (256, 256), max_side_px: int = 2048) -> Image.Image:
    pictures = [picture(COLOURS[n % len(COLOURS)], size) for n in range(count)]
    with Image.open(BytesIO(contact_sheet(pictures, False, max_side_px))) as made:
        made.load()
        return made


def near(found: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(found, tuple)
    return all(abs(one - other) < 16 for one, other in zip(found, wanted, strict=True))


@pytest.mark.parametrize(
    ("count", "columns", "rows"),
    [(1, 1, 1), (2, 1, 2), (3, 2, 2), (4, 2, 2), (5, 2, 3), (9, 3, 3), (16, 4, 4), (25, 5, 5)],
)
def test_grid(count: int, columns: int, rows: int) -> None:
    made = sheet(count)
    across, down = (made.width - GAP_PX) // columns, (made.height - GAP_PX) // rows
    assert abs(across - down) <= 1
    for place in range(count):
        row, column = divmod(place, columns)
        middle = (GAP_PX + column * across + across // 2, GAP_PX + row * down + down // 2)
        assert near(made.getpixel(middle), COLOURS[place % len(COLOURS)])


@pytest.mark.parametrize("size", [(160, 160), (320, 128), (128, 320)])
@pytest.mark.parametrize("count", [1, 2, 7, 25])
def test_never_larger_than_allowed(count: int, size: tuple[int, int]) -> None:
    made = sheet(count, size, 300)
    assert max(made.size) <= 300
    assert max(made.size) > 250 or count == 1


def test_pictures_are_not_enlarged() -> None:
    assert sheet(1, (100, 50)).size == (100 + 2 * GAP_PX, 50 + 2 * GAP_PX)


def test_each_has_its_number() -> None:
    made = sheet(2)
    numbers: list[bytes] = []
    for top in (GAP_PX, 2 * GAP_PX + 256):
        corner = made.crop((GAP_PX, top, GAP_PX + 50, top + 50)).convert("L")
        white = corner.point([0] * 200 + [255] * 56)
        assert white.histogram()[255] > 20
        numbers.append(white.tobytes())
    assert numbers[0] != numbers[1]


def test_mixed_sizes_keep_their_shape() -> None:
    pictures = [picture(COLOURS[0], (400, 100)), picture(COLOURS[1], (100, 400))]
    with Image.open(BytesIO(contact_sheet(pictures, True))) as made:
        assert near(made.getpixel((GAP_PX + 200, GAP_PX + 10)), (30, 31, 34))
        assert near(made.getpixel((GAP_PX + 200, GAP_PX + 200)), COLOURS[0])


def test_the_sheet_is_marked() -> None:
    assert UNTRAINED.encode() in contact_sheet([picture(COLOURS[0])], False)


@pytest.mark.parametrize("count", [0, MAX_PICTURES + 1])
def test_too_few_or_too_many(count: int) -> None:
    with pytest.raises(ValueError, match="sheet"):
        contact_sheet([b""] * count, False)


def test_a_broken_picture_is_refused() -> None:
    with pytest.raises(BadPicture):
        contact_sheet([picture(COLOURS[0]), picture(COLOURS[1])[:-40]], False)
