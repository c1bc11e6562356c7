from torch import Tensor

class BrownianTreeNoiseSampler:
    def __init__(
        self, x: Tensor, sigma_min: Tensor, sigma_max: Tensor, seed: int | None = None
    ) -> None: ...
    def __call__(self, sigma: Tensor, sigma_next: Tensor) -> Tensor: ...
