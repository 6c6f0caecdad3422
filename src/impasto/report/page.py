"""The parts of the page: figures with captions and alternative texts, sections, key figures."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure

from impasto.report.embed import svg_data_uri
from impasto.report.tables import Table

__all__ = ["FigureBlock", "KeyFigure", "Section", "figure_block"]

_CSS_PIXELS_PER_INCH = 96


@dataclass(frozen=True)
class FigureBlock:
    """A figure ready for the page: its data URI, size, caption and what it shows in words."""

    source: str
    width_px: int
    height_px: int
    caption: str
    alternative: str


@dataclass(frozen=True)
class KeyFigure:
    """One figure that a reader should see first."""

    label: str
    value: str
    unit: str
    detail: str


@dataclass(frozen=True)
class Section:
    """A part of the page under one heading."""

    anchor: str
    title: str
    text: str = ""
    figures: tuple[FigureBlock, ...] = ()
    tables: tuple[Table, ...] = ()


def figure_block(figure: Figure, caption: str, alternative: str) -> FigureBlock:
    """Embed a figure."""
    width, height = (round(float(inches) * _CSS_PIXELS_PER_INCH) for inches in figure.get_size_inches())
    return FigureBlock(svg_data_uri(figure), width, height, caption, alternative)
