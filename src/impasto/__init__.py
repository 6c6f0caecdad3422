"""impasto paints radiation dose by biology. Research use only."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("impasto")
