"""Texts of a length that attention on a processor likes.

Its vectors hold 16 numbers. For the 77 tokens of a text, cross-attention takes a quarter to a half
longer than for 80 of which three are masked; a masked token has a weight of exactly 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from inference.backends.diffusers.model import Model

LANES = 16
_PLAIN_BLOCKS = frozenset(
    {
        *("DownBlock2D", "CrossAttnDownBlock2D", "UNetMidBlock2DCrossAttn"),
        *("UpBlock2D", "CrossAttnUpBlock2D"),
    }
)
_PLAIN_SETTINGS: dict[str, tuple[Any, ...]] = {
    "only_cross_attention": (False, None),
    "dual_cross_attention": (False, None),
    "attention_type": ("default", None),
    "encoder_hid_dim_type": (None,),
    "addition_embed_type": (None, "text_time"),
}


def lengthened(model: Model, embeds: Tensor) -> tuple[Tensor, Tensor | None]:
    """Embeddings (rows, tokens, width) as the UNet reads them, and which tokens are not spare.

    None where there are no spare ones: on a GPU, whose kernels do not like masks, and for a UNet
    that looks at texts in other ways than by plain cross-attention.
    """
    rows, tokens, width = embeds.shape
    spare = -tokens % LANES
    if model.device.type != "cpu" or not spare or not _is_plain(model.unet.config):
        return embeds, None
    longer = torch.cat((embeds, embeds.new_zeros(rows, spare, width)), dim=1)
    mask = embeds.new_ones(rows, tokens + spare)
    mask[:, tokens:] = 0
    return longer, mask


def _is_plain(config: Any) -> bool:
    blocks = (*config.down_block_types, config.mid_block_type, *config.up_block_types)
    return _PLAIN_BLOCKS.issuperset(blocks) and all(
        config.get(name) in values for name, values in _PLAIN_SETTINGS.items()
    )
