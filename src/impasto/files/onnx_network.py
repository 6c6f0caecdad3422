"""A neural network in an ONNX file, run by onnxruntime, which is installed only where it is wanted."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impasto.core.errors import ImpastoError

__all__ = ["OnnxNetwork", "open_onnx"]


@dataclass(frozen=True)
class OnnxNetwork:
    """A network with one input of (1, channel, i, j, k) and one output that counts.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
    window : tuple of int, optional
        Voxels it takes, where the file fixes them.
    """

    session: Any
    window: tuple[int, int, int] | None

    def __call__(self, volume: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network; the first output is returned."""
        try:
            first = self.session.run(None, {self.session.get_inputs()[0].name: volume})[0]
        except Exception as error:  # onnxruntime raises classes of its own that share no base but Exception
            problem = f"the network cannot take an input of shape {volume.shape} ({error})"
            raise ImpastoError("ONNX network", problem, "set its window and channels") from None
        return np.asarray(first, dtype=np.float32)


def open_onnx(path: Path) -> OnnxNetwork:
    """Open a network.

    Raises
    ------
    ImpastoError
        When onnxruntime is not installed, the file is not there, no ONNX model, or takes no five-dimensional input.
    """
    if not path.is_file():
        raise ImpastoError(str(path), "is not there", "check the path of the ONNX file")
    try:
        runtime = importlib.import_module("onnxruntime")
    except ImportError:
        raise ImpastoError(
            str(path), "onnxruntime, which runs it, is not installed", "pip install onnxruntime"
        ) from None
    try:
        session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:  # see above
        raise ImpastoError(str(path), f"is no usable ONNX model ({error})", "export it again") from None
    shape = session.get_inputs()[0].shape
    if len(shape) != 5:
        problem = f"its input has {len(shape)} dimensions, not (1, channel, i, j, k)"
        raise ImpastoError(str(path), problem, "give a three-dimensional segmentation network")
    sides = shape[2:]
    fixed = all(isinstance(side, int) and side > 0 for side in sides)
    return OnnxNetwork(session, (sides[0], sides[1], sides[2]) if fixed else None)
