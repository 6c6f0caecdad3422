"""One voxel's spectrum as spectroscopists judge it: residual, data under the fit, baseline, each signal below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from impasto.core.arrays import FloatArray
from impasto.maps.spectroscopy.fit_curves import FitCurves
from impasto.maps.spectroscopy.fit_result import METABOLITE_SUMS
from impasto.report.figures.chart import thinned
from impasto.report.figures.spectrum_table import write_spectrum_table
from impasto.report.spectroscopy_findings import VoxelSpectrum
from impasto.report.theme import INK, PALE, SOFT
from impasto.report.units import position_text

__all__ = ["SIGNAL_COLOURS", "grouped_signals", "spectra_figures", "spectrum_figure", "stacked_offsets"]

SIGNAL_COLOURS: Mapping[str, str] = {
    "tNAA": "#0072b2",
    "tCho": "#d55e00",
    "tCr": "#00785a",
    "Ins": "#b4518c",
    "Glx": "#8a6700",
    "Lac": "#7a3b1d",
    "MM + Lip": "#666b73",
    "Other": "#9aa0a8",
}
"""Colour of each sum of signals, in the order they are stacked."""

_FIT, _BASELINE = "#c9302c", "#3aa5dd"
_BROAD = "MM + Lip"
_PEAKS_PPM = {"tNAA": (1.9, 2.12), "tCr": (2.9, 3.1), "tCho": (3.12, 3.3), "Ins": (3.45, 3.7), "Glx": (2.25, 2.5)}
_PEAKS_PPM |= {"Lac": (1.2, 1.45), "MM + Lip": (1.2, 1.4)}
_UNSEEN = 0.001
"""Share of the highest point by which a drawn curve may miss the true one."""

_STANDS_OUT, _GAP, _GAPS_FOR_NAMES = 0.04, 0.12, 1.5
"""Share of the highest point from which a peak is named; room between rows; and above peaks for names, in gaps."""

_GAPS_BESIDE = 1.0 + _GAPS_FOR_NAMES
"""Gaps of a stack besides those above each signal: half a one at either end, and that for the names."""


_WIDTH_IN, _HEIGHT_IN, _LEFT_IN, _TABLE_IN, _BOTTOM_IN, _TOP_IN = 7.6, 4.7, 0.72, 1.95, 0.42, 0.28


@dataclass(frozen=True)
class _Stack:
    """Heights of the curves, in the data's units; data stand at zero."""

    residual: float
    signals: tuple[float, ...]
    bottom: float
    top: float

    @property
    def span(self) -> float:
        return self.top - self.bottom


def spectra_figures(spectra: Sequence[VoxelSpectrum]) -> list[Figure]:
    """Draw spectra of one acquisition, a figure each: accepted ones in the same scale, rejected ones in their own."""
    spans = [_stack(spectrum.curves, _gap(spectrum.curves)).span for spectrum in spectra]
    accepted = [span for span, spectrum in zip(spans, spectra, strict=True) if spectrum.verdict.is_accepted]
    common = max(accepted, default=None)
    return [spectrum_figure(spectrum, common if spectrum.verdict.is_accepted else None) for spectrum in spectra]


def spectrum_figure(spectrum: VoxelSpectrum, span: float | None = None) -> Figure:
    """Draw a voxel's spectrum and fit, all curves in one scale, with a table of what was read from it.

    From above: residual within twice the noise; data, fit and baseline; what each sum of signals contributes.

    Parameters
    ----------
    spectrum : VoxelSpectrum
    span : float, optional
        From the bottom to the top of the chart, in the data's units, if that is more than the curves need: spectra
        drawn with the same can be compared by eye.
    """
    figure = Figure(figsize=(_WIDTH_IN, _HEIGHT_IN))
    width = _WIDTH_IN - _LEFT_IN - _TABLE_IN - 0.25
    height = _HEIGHT_IN - _BOTTOM_IN - _TOP_IN
    axes = figure.add_axes((_LEFT_IN / _WIDTH_IN, _BOTTOM_IN / _HEIGHT_IN, width / _WIDTH_IN, height / _HEIGHT_IN))
    curves, gap = spectrum.curves, _gap(spectrum.curves)
    stack = _stack(curves, gap)
    if span is not None and span > stack.span:
        gap += (span - stack.span) / (len(stack.signals) + _GAPS_BESIDE)
        stack = _stack(curves, gap)
    _frame(axes, curves.shifts_ppm)
    _draw_residual(axes, spectrum, stack.residual)
    _draw_data(axes, curves)
    _label_peaks(axes, curves)
    _draw_signals(axes, curves, stack.signals)
    axes.set_ylim(stack.top - max(stack.span, span or 0.0), stack.top)
    axes.set_title(_title(spectrum), pad=6, parse_math=False)
    table = figure.add_axes((1.0 - _TABLE_IN / _WIDTH_IN, 0.0, _TABLE_IN / _WIDTH_IN, 1.0))
    table.set_xlim(0.0, _TABLE_IN)
    table.set_ylim(-_HEIGHT_IN, 0.0)
    table.set_axis_off()
    write_spectrum_table(table, spectrum, {**SIGNAL_COLOURS, "Lip": SIGNAL_COLOURS[_BROAD]})
    return figure


def _highest(curves: FitCurves) -> float:
    return float(np.max(np.maximum(curves.data, curves.fit)))


def _gap(curves: FitCurves) -> float:
    return _GAP * _highest(curves)


def _stack(curves: FitCurves, gap: float) -> _Stack:
    """Put the residual above the data and their peaks' names, the signals below, each a gap from its neighbour."""
    signals = list(grouped_signals(curves).values())
    lowest = float(np.min([curves.data, curves.fit, curves.baseline]))
    first = lowest - gap - max(float(np.max(signals[0])), 0.0)
    heights = tuple(first + offset for offset in stacked_offsets(signals, gap))
    residual = _highest(curves) + _GAPS_FOR_NAMES * gap - float(np.min(curves.residual))
    bottom = heights[-1] + min(0.0, float(np.min(signals[-1]))) - 0.5 * gap
    return _Stack(residual, heights, bottom, residual + float(np.max(curves.residual)) + 0.5 * gap)


def _draw_signals(axes: Axes, curves: FitCurves, heights: Sequence[float]) -> None:
    tolerance = _UNSEEN * _highest(curves)
    for (name, curve), height in zip(grouped_signals(curves).items(), heights, strict=True):
        colour = SIGNAL_COLOURS[name]
        at_ppm, drawn = thinned(curves.shifts_ppm, curve, tolerance)
        axes.fill_between(at_ppm, height, height + drawn, color=colour, alpha=0.16, linewidth=0)
        axes.plot(at_ppm, height + drawn, color=colour, linewidth=1.0, label=name)
        _name_row(axes, name, colour, height)


def grouped_signals(curves: FitCurves) -> dict[str, FloatArray]:
    """Sum the components to what is reported: clinical sums, macromolecules with lipids, all others.

    Returns
    -------
    dict of str to ndarray, shape (point,)
        In the order of :data:`SIGNAL_COLOURS`; sums without members are left out. Together they are the fit without
        its baseline.
    """
    group_of = {
        member: name for name, members in METABOLITE_SUMS.items() for member in members if name in SIGNAL_COLOURS
    }
    grouped: dict[str, FloatArray] = {}
    for component, curve in curves.components.items():
        broad = component.startswith(("MM", "Lip"))
        name = _BROAD if broad else group_of.get(component, "Other")
        grouped[name] = grouped.get(name, np.zeros_like(curve)) + curve
    return {name: grouped[name] for name in SIGNAL_COLOURS if name in grouped}


def stacked_offsets(curves: Sequence[FloatArray], gap: float) -> list[float]:
    """Heights at which curves stand below each other, as close as they may without touching.

    Examples
    --------
    >>> stacked_offsets([np.array([0.0, 0.0]), np.array([3.0, 0.0]), np.array([0.0, 2.0])], 1.0)
    [0.0, -4.0, -7.0]
    """
    offsets = [0.0]
    lowest = np.asarray(curves[0], dtype=np.float64)
    for curve in curves[1:]:
        offset = min(float(np.min(lowest - curve)), offsets[-1]) - gap
        offsets.append(offset)
        lowest = np.minimum(lowest, offset + curve)
    return offsets


def _frame(axes: Axes, shifts_ppm: FloatArray) -> None:
    high, low = float(np.max(shifts_ppm)), float(np.min(shifts_ppm))
    axes.set_xlim(high, low)
    axes.set_xticks(np.arange(np.ceil(2.0 * low) / 2.0, high + 1e-9, 0.5))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Chemical shift (ppm)")
    axes.grid(axis="x", color=PALE, linewidth=0.5)
    axes.set_axisbelow(True)


def _draw_residual(axes: Axes, spectrum: VoxelSpectrum, offset: float) -> None:
    curves = spectrum.curves
    ends = [float(np.max(curves.shifts_ppm)), float(np.min(curves.shifts_ppm))]
    if spectrum.noise is not None:
        low, high = offset - 2.0 * spectrum.noise, offset + 2.0 * spectrum.noise
        axes.fill_between(ends, low, high, color=PALE, alpha=0.6, linewidth=0)
    axes.plot(ends, [offset, offset], color=SOFT, linewidth=0.5)
    axes.plot(curves.shifts_ppm, offset + curves.residual, color=INK, linewidth=0.6, label="residual")
    _name_row(axes, "Residual", INK, offset)


def _draw_data(axes: Axes, curves: FitCurves) -> None:
    tolerance = _UNSEEN * _highest(curves)
    axes.plot(*thinned(curves.shifts_ppm, curves.baseline, tolerance), color=_BASELINE, linewidth=1.0, label="baseline")
    axes.plot(*thinned(curves.shifts_ppm, curves.fit, tolerance), color=_FIT, linewidth=1.5, alpha=0.9, label="fit")
    axes.plot(curves.shifts_ppm, curves.data, color=INK, linewidth=0.6, label="data")
    at = float(curves.baseline[0])
    for line, (name, colour) in enumerate((("Data", INK), ("Fit", _FIT), ("Baseline", _BASELINE))):
        axes.annotate(
            name, (0.0, at), (-8.0, 9.0 * (2 - line)), xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="right", va="center", fontsize=6.8, color=colour, weight="bold", annotation_clip=False,
        )  # fmt: skip


def _name_row(axes: Axes, name: str, colour: str, height: float) -> None:
    axes.annotate(
        name, (0.0, height), (-8.0, 0.0), xycoords=("axes fraction", "data"), textcoords="offset points",
        ha="right", va="center", fontsize=6.8, color=colour, weight="bold", annotation_clip=False,
    )  # fmt: skip


def _label_peaks(axes: Axes, curves: FitCurves) -> None:
    """Name what stands out of the spectrum, above it; inverted lactate below."""
    signals, gap = grouped_signals(curves), 0.5 * _gap(curves)
    shown = np.maximum(curves.data, curves.fit)
    for name, (low, high) in _PEAKS_PPM.items():
        inside = (curves.shifts_ppm >= low) & (curves.shifts_ppm <= high)
        if name not in signals or not inside.any():
            continue
        curve = np.where(inside, signals[name], 0.0)
        peak = int(np.argmax(np.abs(curve)))
        rivals = [np.max(signals[other][inside]) for other in (_BROAD, "Lac") if other in signals and other != name]
        hidden = 0.0 < curve[peak] < max(rivals, default=0.0)
        if hidden or abs(curve[peak]) < _STANDS_OUT * float(np.max(shown)):
            continue
        inverted = curve[peak] < 0.0
        near = np.abs(curves.shifts_ppm - curves.shifts_ppm[peak]) < 0.06
        level = float(np.min(curves.data[near]) - gap if inverted else np.max(shown[near]) + gap)
        axes.text(
            float(curves.shifts_ppm[peak]), level, "Lip" if name == _BROAD else name, ha="center",
            va="top" if inverted else "bottom", fontsize=6.8, color=SIGNAL_COLOURS[name], weight="bold",
        )  # fmt: skip


def _title(spectrum: VoxelSpectrum) -> str:
    if spectrum.position_mm is None:
        return spectrum.label
    return f"{spectrum.label}: voxel at {position_text(spectrum.position_mm)}"
