"""How many rows a call of the UNet has.

A row's last bits depend on the number of rows in its call. On a processor each bucket has one
number, so the same request gives the same bytes whatever else is drawn; a call with fewer pictures
is padded. What is gained by large calls is overhead, of which large models have little: their calls
are as small as a guided picture. On a GPU a few numbers serve, for padding would cost too much.
"""

from __future__ import annotations

CPU_CALL_FLOPS = 4e9
"""About a tenth of a second on one core."""
GPU_CALL_FLOPS = 64e12
"""About a tenth of a second on a large GPU."""
FEWEST = 2
CPU_MOST, GPU_MOST = 16, 32
"""Beyond these there is hardly any overhead left to share."""


def row_counts(device_type: str, row_flops: float) -> tuple[int, ...]:
    """The numbers of rows that calls may have, ascending."""
    is_cpu = device_type == "cpu"
    wanted = (CPU_CALL_FLOPS if is_cpu else GPU_CALL_FLOPS) / max(row_flops, 1.0)
    most = FEWEST
    while most * 2 <= min(wanted, CPU_MOST if is_cpu else GPU_MOST):
        most *= 2
    if is_cpu:
        return (most,)
    return tuple(2**power for power in range(1, most.bit_length()))


def halved(counts: tuple[int, ...]) -> tuple[int, ...]:
    """The same with half the rows at most, for a device whose memory is too small."""
    most = max(counts[-1] // 2, 1)
    return (*(count for count in counts if count < most), most)
