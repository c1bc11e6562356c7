"""Pictures and depth maps as tensors, as they travel from one stage to the next.

A picture is uint8, 1×height×width×3, and a depth map float32, 1×height×width×1.
"""

from __future__ import annotations

from generation.errors import BadRequest
from generation.wire import tensors_pb2 as pb
from inference.transforms.work import MAX_PIXELS

CHANNELS = 3
DEPTH_BYTES = 4
SHAPE = "send one of 1×height×width×3 in DT_UINT8, as this server makes them"
DEPTH_SHAPE = "send one of 1×height×width×1 in DT_FLOAT32, as this server makes them"


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


def depth_tensor(width: int, height: int, depths: bytes) -> pb.Tensor:
    """The tensor of a depth map: floats of 32 bits, little endian, row by row."""
    return pb.Tensor(dtype=pb.DT_FLOAT32, shape=[1, height, width, 1], data=depths)


def is_depth(tensor: pb.Tensor) -> bool:
    """Whether a tensor is a depth map by its form, and no picture."""
    return tensor.dtype == pb.DT_FLOAT32 and list(tensor.shape[3:]) == [1]


def depth_size(tensor: pb.Tensor) -> tuple[int, int]:
    """Width and height of a depth map.

    Raises:
        BadRequest: its sizes are wrong.
    """
    shape = tuple(tensor.shape)
    if len(shape) != 4 or shape[0] != 1 or min(shape[1:3]) < 1:
        raise BadRequest("tensor", f"{shape} is the shape of no depth map; {DEPTH_SHAPE}")
    height, width = shape[1:3]
    if len(tensor.data) != width * height * DEPTH_BYTES:
        reason = f"it holds {len(tensor.data)} bytes, not {width}×{height}×{DEPTH_BYTES}"
        raise BadRequest("tensor", reason)
    return width, height
