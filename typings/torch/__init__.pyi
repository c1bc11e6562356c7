from typing import Any, TypeAlias

from torch import nn as nn

Tensor: TypeAlias = Any
Generator: TypeAlias = Any
device: TypeAlias = Any
dtype: TypeAlias = Any

def __getattr__(name: str) -> Any: ...
