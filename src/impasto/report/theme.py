"""The look of every figure: type, ink and colours."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.colors import LinearSegmentedColormap

from impasto.core import Role, StructureSet

__all__ = ["DIVERGING", "DOSE", "FUNCTIONAL", "HALO", "INK", "PALE", "SOFT", "StructureColour", "figure_style"]
__all__ += ["structure_colours", "target_colours"]

INK = "#1b1d21"
SOFT = "#666b73"
PALE = "#d9dade"
HALO = "#0b0c0e"

DOSE = LinearSegmentedColormap.from_list(
    "dose", ["#2c2a7a", "#5b2a8c", "#93298a", "#c73a6b", "#e85d47", "#f58b2e", "#fbb938", "#fbe26a", "#fffbd6"]
)
"""Indigo to pale yellow with rising lightness, so that print in grey keeps the order."""

DIVERGING = LinearSegmentedColormap.from_list(
    "diverging", ["#0a3f73", "#2f79b5", "#92c0df", "#f6f6f4", "#f1b08a", "#cf5b3b", "#7f1d1d"]
)
"""Blue below, red above, paper in the middle; blue and red stay apart in all common colour deficiencies."""

FUNCTIONAL = LinearSegmentedColormap.from_list(
    "functional", ["#06231f", "#0c5148", "#1a8573", "#4fb892", "#a5dca6", "#f2f9d0"]
)
"""Green, so that an image of biology is never taken for one of dose."""

_STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 7.5,
    "axes.labelsize": 7.5,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "impasto",
}


@dataclass(frozen=True)
class StructureColour:
    """One hue in two lightnesses: for charts on paper and for lines over a dark image."""

    on_paper: str
    on_dark: str


# Okabe and Ito's (2008) colour-blind-safe hues; targets take the cool ones, because the dose around them is warm.
_TARGETS = (
    StructureColour("#0072b2", "#7fd0ff"),
    StructureColour("#009e73", "#5cf0c0"),
    StructureColour("#2b2d77", "#b9bcff"),
    StructureColour("#3aa5dd", "#d2f0ff"),
    StructureColour("#7a3fc4", "#cf9dff"),
    StructureColour("#4d8f2a", "#a8ef7a"),
    StructureColour("#00707c", "#3fdcec"),
)
_ORGANS = (
    StructureColour("#d55e00", "#ffa25e"),
    StructureColour("#b4518c", "#ffb3dc"),
    StructureColour("#a67c00", "#f0dc55"),
    StructureColour("#3f4650", "#e6ebf2"),
    StructureColour("#7a3b1d", "#e8b79a"),
    StructureColour("#5d7a1f", "#c5e87d"),
    StructureColour("#8c1d40", "#ff8fa3"),
    StructureColour("#6b4fa0", "#cdb5ff"),
    StructureColour("#1c6660", "#8fd6c6"),
    StructureColour("#8a6a52", "#d9c3a5"),
)
_EXTERNAL = StructureColour("#9aa0a8", "#a9b0b8")

_WITHOUT_DOSE = (
    StructureColour("#d55e00", "#ff8f3f"),
    StructureColour("#0072b2", "#7fd0ff"),
    StructureColour("#009e73", "#5cf0c0"),
    StructureColour("#a67c00", "#ffe14d"),
    StructureColour("#b4518c", "#ffa3dc"),
    StructureColour("#6b4fa0", "#c4a2ff"),
    StructureColour("#3f4650", "#ffffff"),
)
"""Hues as far apart as they can be, for pages where no dose takes the warm ones."""


def structure_colours(structures: StructureSet, names: Sequence[str]) -> dict[str, StructureColour]:
    """Give each named structure its colour: one assignment for all pictures, charts and tables of a report."""
    colours, targets, organs = {}, 0, 0
    for name in names:
        role = structures[name].role
        if role is Role.EXTERNAL:
            colours[name] = _EXTERNAL
        elif role.is_target:
            colours[name] = _TARGETS[targets % len(_TARGETS)]
            targets += 1
        else:
            colours[name] = _ORGANS[organs % len(_ORGANS)]
            organs += 1
    return colours


def target_colours(names: Sequence[str]) -> dict[str, StructureColour]:
    """Give each target a colour of its own on a page that shows no dose."""
    return {name: _WITHOUT_DOSE[number % len(_WITHOUT_DOSE)] for number, name in enumerate(names)}


@contextmanager
def figure_style() -> Iterator[None]:
    """Set matplotlib's parameters for building and saving figures, and put them back."""
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        # a name in a script that the face lacks is drawn as boxes in the legend; the page's text has it in full
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        yield
