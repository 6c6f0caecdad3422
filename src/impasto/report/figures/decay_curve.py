"""One voxel of a diffusion-weighted series: decay with b, change with direction, residual of every measurement."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from impasto.report.curve_findings import DecayCurve
from impasto.report.figures.curve_sheet import curve_sheet, draw_residual, title_of, write_column
from impasto.report.theme import INK, PALE, SOFT

__all__ = ["decay_curve_figure"]

_ALONG, _ACROSS = "#d55e00", "#0072b2"
_LINES = {"along": _ALONG, "mean": INK, "across": _ACROSS}
_BY_ANGLE = LinearSegmentedColormap.from_list("angle", [_ALONG, "#a9a29c", _ACROSS])
_DECAY_IN, _DECAY_ALONE_IN, _ANGLE_IN, _RESIDUAL_IN, _APART_IN = 2.2, 3.0, 1.5, 0.75, 0.42
_SAME_SHELL = 0.1
_LINEAR_BELOW, _ONLY_DECADES_FROM = 4.0, 200.0


def decay_curve_figure(found: DecayCurve) -> Figure:
    """Draw a voxel's signals over b, over the angle to the principal direction, and what the fit leaves of them.

    Colour is the angle between gradient and principal direction: orange along, blue across. Hollow points did not
    decide the fit. Without a tensor the middle panel is left out.
    """
    rows = [(_DECAY_ALONE_IN, _APART_IN), (_RESIDUAL_IN, 0.0)]
    if found.angles_deg is not None:
        rows = [(_DECAY_IN, _APART_IN), (_ANGLE_IN, _APART_IN), (_RESIDUAL_IN, 0.0)]
    sheet = curve_sheet(rows, title_of(found.voxel))
    _draw_decay(sheet.panels[0], found)
    if found.angles_deg is not None:
        _draw_angles(sheet.panels[1], found, found.angles_deg)
    residual = sheet.panels[-1]
    number = np.arange(1, len(found.curve.data) + 1)
    draw_residual(residual, number, found.curve)
    _points(residual, number.astype(np.float64), found.curve.residual, found)
    residual.set_xlim(0.0, len(number) + 1.0)
    residual.set_xlabel("Measurement, in order")
    write_column(sheet, found.voxel)
    sheet.figure.align_ylabels(sheet.panels)
    return sheet.figure


def _draw_decay(axes: Axes, found: DecayCurve) -> None:
    highest = float(np.max(found.b_values_s_per_mm2))
    b = np.linspace(0.0, highest, 60)
    for name, diffusivity in found.diffusivities_um2_per_ms.items():
        label = f"{name}: {diffusivity:.2f} \u00b5m\u00b2/ms"
        decay = found.s0 * np.exp(-1e-3 * b * diffusivity)
        axes.plot(b, decay, color=_LINES[name], linewidth=1.2, label=label)
    _points(axes, found.b_values_s_per_mm2, found.curve.data, found)
    axes.set_yscale("log")
    _plain_ticks(axes, found.curve.data)
    axes.set_xlim(-0.03 * highest, 1.03 * highest)
    axes.set_xlabel("b (s/mm\u00b2)")
    axes.set_ylabel("Signal")
    if found.diffusivities_um2_per_ms:
        axes.legend(loc="lower left", fontsize=6.5, handlelength=1.6, labelspacing=0.3, borderaxespad=0.3)


def _draw_angles(axes: Axes, found: DecayCurve, angles_deg: np.ndarray) -> None:
    """Draw the signal of each shell over the angle; a tensor whose two lesser axes differ gives a band, not a line."""
    along, *across = found.eigenvalues_um2_per_ms
    angle = np.linspace(0.0, 90.0, 91)
    cosine = np.cos(np.deg2rad(angle)) ** 2
    for b in _shells(found.b_values_s_per_mm2[np.isfinite(angles_deg)]):
        low, high = (found.s0 * np.exp(-1e-3 * b * (along * cosine + d * (1.0 - cosine))) for d in across)
        axes.fill_between(angle, low, high, color=PALE, linewidth=0)
        axes.plot(angle, np.sqrt(low * high), color=SOFT, linewidth=0.9)
        axes.annotate(
            f"b {b:.0f}", (0.0, float(low[0])), (0.0, 3.0), textcoords="offset points", va="bottom", fontsize=6.0,
            color=SOFT,
        )  # fmt: skip
    _points(axes, angles_deg, found.curve.data, found)
    axes.set_yscale("log")
    _plain_ticks(axes, found.curve.data[np.isfinite(angles_deg)])
    axes.set_xlim(-2.0, 92.0)
    axes.set_xticks(np.arange(0, 91, 15))
    axes.set_xlabel("Angle between gradient and principal direction (\u00b0)")
    axes.set_ylabel("Signal")


def _points(axes: Axes, x: np.ndarray, y: np.ndarray, found: DecayCurve) -> None:
    """Draw samples, coloured by angle, hollow where they did not decide the fit."""
    angles = np.full(len(x), np.nan) if found.angles_deg is None else found.angles_deg
    colours = np.where(np.isfinite(angles)[:, None], _BY_ANGLE(np.nan_to_num(angles) / 90.0), (0.1, 0.1, 0.13, 1.0))
    faces = np.where(found.used[:, None], colours, (1.0, 1.0, 1.0, 1.0))
    edges = [(float(red), float(green), float(blue)) for red, green, blue, _ in colours]
    axes.scatter(x, y, s=9.0, facecolors=faces, edgecolors=edges, linewidths=0.7, zorder=3)


def _shells(b_values: np.ndarray) -> list[float]:
    """Means of b-values that differ by less than a tenth, rising."""
    shells: list[list[float]] = []
    for b in np.sort(b_values).tolist():
        if shells and b <= shells[-1][0] * (1.0 + _SAME_SHELL):
            shells[-1].append(b)
        else:
            shells.append([b])
    return [float(np.mean(shell)) for shell in shells]


def _plain_ticks(axes: Axes, values: np.ndarray) -> None:
    """Label a logarithmic axis with round numbers within its range."""
    positive = values[np.isfinite(values) & (values > 0.0)]
    if not positive.size:
        return
    low, high = 0.8 * float(positive.min()), 1.2 * float(positive.max())
    axes.set_ylim(low, high)
    if high / low < _LINEAR_BELOW:
        ticks = np.asarray(MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(low, high))
    else:
        decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
        ticks = np.outer(decades, (1.0, 2.0, 5.0) if high / low < _ONLY_DECADES_FROM else (1.0,)).ravel()
    ticks = ticks[(ticks >= low) & (ticks <= high)]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
