"""Uploads made into what an engine takes: read carefully, turned upright, cut to size.

All of it is meant for a worker process (`media.pool`); Pillow is imported inside the functions, so
that whoever only names them does not pay for it.
"""

from __future__ import annotations

import math
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING

from media.errors import BadPicture, Reason
from media.repair import complete_jpeg, complete_png, shrink
from quarantine.avif import is_heic, may_be_heic
from quarantine.errors import BadStructure, megapixels
from quarantine.formats import FORMATS, HEIF, HEIF_LIBRARY, OF_PILLOW, named
from quarantine.jpeg import is_jpeg
from quarantine.png import MAX_INFLATED
from quarantine.structure import check_picture_structure
from sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from PIL.Image import Image as Decoded

MAX_PIXELS = 32_000_000
"""Above what most telephones take, below what a worker cannot hold several times."""

MAX_PHOTO_PIXELS = 210_000_000
"""Of a JPEG, which is made smaller while it is decoded: the largest that telephones take."""

MAX_BYTES = 50 * 1024 * 1024

ORIENTATION = 0x0112
"""The EXIF tag that says how the camera was held."""

SAME_SHAPE = 0.03
"""How far two ratios may differ and still be one shape, as a difference of logarithms."""

SIDEWAYS = (5, 6, 7, 8)
BLACK, WHITE = 0, 255
NEARLY = 32
"""How far from black or white a drawn mask's colours may be."""

MAX_MIDTONES = 0.1
"""The share of greys that the soft edges of a drawn mask have at most."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What an upload is; width and height in pixels as it is seen, turned upright."""

    kind: str
    width: int
    height: int
    is_animated: bool
    has_transparency: bool


def inspect(data: bytes) -> Upload:
    """What the header says; nothing is decoded, and whether pixels are missing is not asked.

    Raises:
        BadPicture: it is not a picture that is read, or too large.
    """
    with opened(data, is_for_pixels=False) as picture:
        width, height = picture.size
        if _is_sideways(picture):
            width, height = height, width
        return Upload(
            kind=picture.format or "",
            width=width,
            height=height,
            is_animated=getattr(picture, "is_animated", False),
            has_transparency=picture.has_transparency_data,
        )


def prepare_init(data: bytes, width: int, height: int) -> bytes:
    """An upload as an RGB PNG of exactly that size, upright, cut in the middle where it overlaps.

    Transparent parts become white, colours sRGB.

    Raises:
        BadPicture: it cannot be read wholly, or is too large.
    """
    return fit_upload(data, [(width, height)]).png


@dataclass(frozen=True, slots=True)
class FittedUpload:
    """A PNG of one of the sizes that were allowed, and what the upload was, turned upright.

    `mask` is the one that its transparent pixels make, where that was asked for.
    """

    png: bytes = field(repr=False)
    size: tuple[int, int]
    seen: tuple[int, int]
    mask: bytes = field(default=b"", repr=False)


def fit_upload(data: bytes, sizes: Sequence[tuple[int, int]]) -> FittedUpload:
    """As `prepare_init`, of the size whose shape is nearest to that of the upload.

    Raises:
        BadPicture: as for `prepare_init`.
    """
    seen = inspect(data)
    size = nearest_shape((seen.width, seen.height), sizes)
    return FittedUpload(_png(decode(data).fitted(*size)), size, (seen.width, seen.height))


def fit_transparent(data: bytes, sizes: Sequence[tuple[int, int]]) -> FittedUpload:
    """As `fit_upload`, with a mask in which what is not opaque, or nearly, may change.

    The mask has hard edges, and is cut like its picture.

    Raises:
        BadPicture: as for `prepare_init`, or all of it is opaque (NOTHING_TRANSPARENT).
    """
    if not inspect(data).has_transparency:
        raise BadPicture(Reason.NOTHING_TRANSPARENT)
    fitted = fit_upload(data, sizes)
    with opened(data) as picture:
        alpha = _upright(picture).convert("RGBA").getchannel("A")
        # What shines through is white in the picture, so it is not kept.
        kept = WHITE + 1 - NEARLY
        mask = _fit(alpha, *fitted.size).point([BLACK] * kept + [WHITE] * NEARLY)
        if mask.getextrema() == (WHITE, WHITE):
            raise BadPicture(Reason.NOTHING_TRANSPARENT)
        return replace(fitted, mask=_png(mask))


def nearest_shape(seen: tuple[int, int], sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The size whose ratio of width to height is nearest, the first of equal ones."""
    ratio = math.log(seen[0] / seen[1])
    return min(sizes, key=lambda size: round(abs(math.log(size[0] / size[1]) - ratio), 9))


@dataclass(frozen=True, slots=True)
class Flat:
    """A decoded upload, upright and without transparency."""

    picture: Decoded
    profile: object

    def fitted(self, width: int, height: int) -> Decoded:
        """The picture of exactly that size, cut in the middle where it overlaps, in sRGB."""
        return _srgb(_fit(self.picture, width, height), self.profile)


def decode(data: bytes) -> Flat:
    """Decode an upload wholly, once for all sizes that are made of it.

    Raises:
        BadPicture: it cannot be read wholly, or is too large.
    """
    with opened(data) as picture:
        profile = picture.info.get("icc_profile")
        upright = _upright(picture)
        if upright.mode == "CMYK":
            # Its profile is one of inks: it is asked before they become other colours.
            return Flat(_srgb(upright, profile).convert("RGB"), None)
        return Flat(_flat(upright, WHITE), profile)


def prepare_mask(data: bytes, width: int, height: int) -> bytes:
    """An upload as a grey PNG of exactly that size: black may change, white is kept.

    Without transparency its brightness counts. With transparency, a drawing in black and white
    keeps its meaning and its transparent part may change; black strokes alone mark what may
    change; anything else (a photograph with a hole, white strokes) is kept where it is opaque.

    Raises:
        BadPicture: as for `prepare_init`, or the mask keeps everything (NOTHING_TO_CHANGE).
    """
    with opened(data) as picture:
        return _png(_changeable(_fit(_mask(_upright(picture)), width, height)))


def fit_mask(data: bytes, size: tuple[int, int], shapes: Sequence[tuple[int, int]]) -> FittedUpload:
    """As `prepare_mask`, for a mask of one of the shapes.

    Raises:
        BadPicture: as for `prepare_mask`, or it has another shape (OTHER_SHAPE, with its size).
    """
    seen = inspect(data)
    nearest = nearest_shape((seen.width, seen.height), shapes)
    off = math.log(seen.width / seen.height) - math.log(nearest[0] / nearest[1])
    if abs(off) > SAME_SHAPE:
        raise BadPicture(Reason.OTHER_SHAPE, f"{seen.width}×{seen.height}")
    return FittedUpload(prepare_mask(data, *size), size, (seen.width, seen.height))


def _changeable(mask: Decoded) -> Decoded:
    """The mask, unless it keeps everything."""
    darkest, _ = mask.getextrema()
    if isinstance(darkest, tuple) or darkest > WHITE - NEARLY:
        raise BadPicture(Reason.NOTHING_TO_CHANGE)
    return mask


@contextmanager
def opened(data: bytes, *, is_for_pixels: bool = True) -> Generator[Decoded]:
    """The picture with its header read; whatever goes wrong inside is its fault.

    A JPEG without its end is decoded to make it whole, where its pixels are wanted.

    Raises:
        BadPicture: it is no picture that is read, too large, or broken.
    """
    from PIL import Image, PngImagePlugin, UnidentifiedImageError

    # The structure's check bounds all of them together; profiles of more than a megabyte are usual.
    PngImagePlugin.MAX_TEXT_CHUNK = MAX_INFLATED
    # Pillow refuses what has more than twice this; our own limits are lower for all but a JPEG.
    Image.MAX_IMAGE_PIXELS = MAX_PHOTO_PIXELS
    if len(data) > MAX_BYTES:
        detail = Sentence("{size:.1f} of {most:.0f} MB", size=len(data) / 1e6, most=MAX_BYTES / 1e6)
        raise BadPicture(Reason.TOO_MANY_BYTES, detail)
    try:
        # Before Pillow, which takes memory for a whole canvas when it only opens some files.
        data = complete_png(data)
        check_picture_structure(data, MAX_PHOTO_PIXELS if is_jpeg(data) else MAX_PIXELS)
        data = complete_jpeg(data, MAX_PIXELS) if is_for_pixels else data
        with warnings.catch_warnings():
            # Pillow warns of what it repairs, and of what our own lower limit refuses next.
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data), formats=_formats(data)) as picture:
                _check_pixels(picture)
                yield picture
    except BadPicture:
        raise
    except BadStructure as error:
        raise BadPicture(Reason(error.fault), error.detail) from error
    except UnidentifiedImageError as error:
        if is_heic(data) and HEIF not in FORMATS:
            raise BadPicture(Reason.UNREAD_FORMAT, named((HEIF,))) from error
        raise BadPicture(Reason.UNKNOWN_FORMAT) from error
    except (MemoryError, Image.DecompressionBombError) as error:
        raise BadPicture(Reason.TOO_MANY_PIXELS, Sentence("more than the memory holds")) from error
    except Exception as error:
        # Decoders of hostile bytes raise whatever they like.
        raise BadPicture(Reason.BROKEN, type(error).__name__) from error


def _formats(data: bytes) -> tuple[str, ...]:
    """What a file may be; the decoder of HEIC is loaded for one that may be that."""
    if HEIF not in FORMATS or not may_be_heic(data):
        return OF_PILLOW
    # More threads would reserve more memory than a worker may have.
    import_module(HEIF_LIBRARY).register_heif_opener(thumbnails=False, decode_threads=1)
    return FORMATS


def _check_pixels(picture: Decoded) -> None:
    pixels = picture.width * picture.height
    most = MAX_PHOTO_PIXELS if picture.format == "JPEG" else MAX_PIXELS
    if pixels > most:
        raise BadPicture(Reason.TOO_MANY_PIXELS, megapixels(pixels, most))


def _is_sideways(picture: Decoded) -> bool:
    try:
        return picture.getexif().get(ORIENTATION) in SIDEWAYS
    except Exception:
        return False


def _upright(picture: Decoded) -> Decoded:
    from PIL import ImageOps

    shrink(picture, MAX_PIXELS)
    picture.load()
    # Many cameras write broken EXIF; the picture itself is whole.
    with suppress(Exception):
        # In place: a large picture has no copy to spare.
        ImageOps.exif_transpose(picture, in_place=True)
    return picture


def _flat(picture: Decoded, ground: int) -> Decoded:
    """RGB, with transparent parts over that grey."""
    from PIL import Image

    picture = _eight_bits(picture)
    if not picture.has_transparency_data:
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    rgba = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    flat = Image.new("RGB", rgba.size, (ground, ground, ground))
    flat.paste(rgba, mask=rgba)
    return flat


def _eight_bits(picture: Decoded) -> Decoded:
    # Pillow clips 16-bit greys to white where it should scale them.
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    return picture


def _fit(picture: Decoded, width: int, height: int) -> Decoded:
    from PIL import Image, ImageOps

    return ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)


def _srgb(picture: Decoded, profile: object) -> Decoded:
    """The colours as most screens show them, if the upload says what it means by its own."""
    from PIL import ImageCms

    if not isinstance(profile, bytes):
        return picture
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        turned = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
    except (OSError, ImageCms.PyCMSError):
        # A profile for other channels or a broken one: the colours as they are will do.
        return picture
    return turned or picture


def _mask(picture: Decoded) -> Decoded:
    from PIL import Image, ImageChops

    if not picture.has_transparency_data:
        return _flat(picture, WHITE).convert("L")
    alpha = picture.convert("RGBA").getchannel("A")
    if alpha.getextrema() == (WHITE, WHITE):
        return _flat(picture, WHITE).convert("L")
    opaque = alpha.point([BLACK] * 128 + [WHITE] * 128)
    dark, middle, bright = _tones(_flat(picture, BLACK).convert("L"), opaque)
    if dark and middle <= MAX_MIDTONES * (dark + middle + bright):
        if not bright:
            return ImageChops.invert(opaque)
        drawn = _flat(picture, BLACK).convert("L")
        return Image.composite(drawn, Image.new("L", drawn.size, BLACK), opaque)
    return opaque


def _tones(luminance: Decoded, opaque: Decoded) -> tuple[int, int, int]:
    """How many opaque pixels are nearly black, between, and nearly white."""
    counts = luminance.histogram(opaque)
    bright = sum(counts[WHITE - NEARLY :])
    dark = sum(counts[:NEARLY])
    return dark, sum(counts) - dark - bright, bright


def _png(picture: Decoded) -> bytes:
    picture.info.clear()
    buffer = BytesIO()
    # It is decoded again at once: speed counts for more than a tenth of the size.
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
