"""Pictures as tensors, as they travel from one stage to the next: uint8, 1×height×width×3."""

from __future__ import annotations

from generation.errors import BadRequest
from generation.wire import tensors_pb2 as pb
from inference.transforms.work import MAX_PIXELS

CHANNELS = 3
SHAPE = "send one of 1×height×width×3 in DT_UINT8, as this server makes them"


def picture_tensor(width: int, height: int, pixels: bytes) -> pb.Tensor:
    """The tensor of bare RGB pixels."""
    return pb.Tensor(dtype=pb.DT_UINT8, shape=[1, height, width, CHANNELS], data=pixels)


def tensor_size(tensor: pb.Tensor) -> tuple[int, int]:
    """Width and height of the picture in a tensor.

    Raises:
        BadRequest: it holds no picture.
    """
    shape = tuple(tensor.shape)
    if len(shape) != 4 or shape[0] != 1 or shape[3] != CHANNELS or tensor.dtype != pb.DT_UINT8:
        raise BadRequest("tensor", f"it is no picture; {SHAPE}")
    height, width = shape[1:3]
    if min(height, width) < 1 or height * width > MAX_PIXELS:
        raise BadRequest("tensor", f"{width}×{height} pixels are not from 1 to {MAX_PIXELS:,}")
    if len(tensor.data) != width * height * CHANNELS:
        reason = f"it holds {len(tensor.data)} bytes, not {width}×{height}×{CHANNELS}"
        raise BadRequest("tensor", reason)
    return width, height
