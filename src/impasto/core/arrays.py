"""Names for the array types that cross module borders."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["BoolArray", "FloatArray", "IntArray", "RealArray", "read_only"]

FloatArray: TypeAlias = NDArray[np.float64]
RealArray: TypeAlias = NDArray[np.floating[Any]]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]


def read_only(values: NDArray[Any]) -> NDArray[Any]:
    """Return a view of `values` that refuses to be written to."""
    view = values.view()
    view.flags.writeable = False
    return view
