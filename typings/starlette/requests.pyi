from typing import Any, TypeAlias

Request: TypeAlias = Any
