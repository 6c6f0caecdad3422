"""One voxel of a dynamic series: samples and fit, residual, arterial input, residue function."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from impasto.report.curve_findings import ArterialCurve, FittedCurve, ResidueFunction, TimeCurve
from impasto.report.figures.curve_sheet import FIT, curve_sheet, draw_residual, title_of, write_column
from impasto.report.theme import INK, PALE, SOFT
from impasto.report.units import printed_unit

__all__ = ["time_curve_figure"]

_COMPONENTS = {"plasma": "#b4518c", "extravascular": "#00785a"}
_ARTERIAL, _LEAKAGE, _WINDOW = "#b4518c", "#0072b2", "#f3d9a6"
_MAIN_IN, _RESIDUAL_IN, _ARTERIAL_IN, _RESIDUE_IN = 2.25, 0.75, 0.95, 1.0
_NARROW_IN, _WIDE_IN, _LEGEND_IN = 0.1, 0.42, 0.32
_SHOWN_LAGS_S = (-10.0, 40.0)
_DELAY_SEEN_S = 0.5


def time_curve_figure(found: TimeCurve) -> Figure:
    """Draw a voxel's curve.

    From above: samples, fit and what it is made of; residual within twice the noise; arterial input on the same clock;
    residue function where there is one. Marked are the frames before the bolus, its arrival, and the area that is
    mapped.
    """
    rows = [(_MAIN_IN, _NARROW_IN), (_RESIDUAL_IN, _NARROW_IN)]
    if found.arterial is not None:
        rows.append((_ARTERIAL_IN, _WIDE_IN if found.residue else 0.0))
    if found.residue is not None:
        rows.append((_RESIDUE_IN, 0.0))
    sheet = curve_sheet(rows, title_of(found.voxel), legend_in=_LEGEND_IN)
    main, residual, *rest = sheet.panels
    _draw_curves(main, found)
    draw_residual(residual, found.times_s, found.curve)
    panels = [main, residual]
    if found.arterial is not None:
        _draw_arterial(rest[0], found.arterial)
        panels.append(rest.pop(0))
    if found.residue is not None:
        _draw_residue(rest[0], found.residue)
    margin = 0.01 * float(np.ptp(found.times_s))
    for axes in panels:
        axes.set_xlim(float(found.times_s[0]) - margin, float(found.times_s[-1]) + margin)
        axes.tick_params(labelbottom=axes is panels[-1])
        if np.isfinite(found.arrival_s):
            axes.axvline(found.arrival_s, color=SOFT, linewidth=0.7, linestyle=(0, (3.0, 2.0)))
    panels[-1].set_xlabel("Time (s)")
    write_column(sheet, found.voxel)
    sheet.figure.align_ylabels(sheet.panels)
    return sheet.figure


def _draw_curves(axes: Axes, found: TimeCurve) -> None:
    times, curve = found.times_s, found.curve
    axes.axhline(0.0, color=SOFT, linewidth=0.5)
    measured = "measured" if found.uncorrected is None else "corrected for leakage"
    if found.uncorrected is not None:
        _draw_uncorrected(axes, times, found.uncorrected)
    axes.plot(times, curve.data, color=INK, linewidth=0, marker="o", markersize=2.4, zorder=3, label=measured)
    if np.isfinite(found.line).any():
        axes.plot(found.line_times_s, found.line, color=FIT, linewidth=1.4, zorder=2.5, label=curve.name)
        for name, values in found.components.items():
            colour = _COMPONENTS.get(name, SOFT)
            axes.plot(found.line_times_s, values, color=colour, linewidth=1.0, label=name)
    if found.window is not None:
        _shade_window(axes, found, found.window)
    _mark_bolus(axes, found)
    if not np.isfinite(curve.data).any():
        said = "no curve in this voxel"
        axes.text(0.5, 0.6, said, transform=axes.transAxes, ha="center", fontsize=7.5, color=SOFT)
    axes.set_ylabel(f"{found.quantity} ({printed_unit(found.unit)})")
    axes.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, fontsize=6.5, handlelength=1.6, labelspacing=0.3,
        columnspacing=1.4, borderaxespad=0.2,
    )  # fmt: skip


def _draw_uncorrected(axes: Axes, times_s: np.ndarray, curve: FittedCurve) -> None:
    axes.plot(
        times_s, curve.data, color=_LEAKAGE, linewidth=0, marker="o", markersize=2.4, markerfacecolor="white",
        markeredgewidth=0.6, label="measured",
    )  # fmt: skip
    axes.plot(times_s, curve.fit, color=_LEAKAGE, linewidth=0.9, linestyle=(0, (4.0, 1.5)), label=curve.name)


def _shade_window(axes: Axes, found: TimeCurve, window: tuple[str, float, float]) -> None:
    name, start, end = window
    times, data = found.times_s, found.curve.data
    if not np.isfinite([start, end]).all() or not np.isfinite(data).all():
        return
    start, end = max(start, float(times[0])), min(end, float(times[-1]))
    inside = np.unique(np.concatenate([[start, end], times[(times > start) & (times < end)]]))
    area = np.interp(inside, times, data)
    axes.fill_between(inside, 0.0, area, color=_WINDOW, alpha=0.7, linewidth=0, zorder=0.5, label=f"area of {name}")


def _mark_bolus(axes: Axes, found: TimeCurve) -> None:
    """Draw a bar below the frames before the bolus, and say when it arrives."""
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.04 * (high - low), high)
    frames = found.times_s[found.baseline]
    if len(frames):
        axes.plot(
            [float(frames[0]), float(frames[-1])], [0.02, 0.02], color=SOFT, linewidth=2.5, solid_capstyle="butt",
            transform=axes.get_xaxis_transform(), label="before the bolus",
        )  # fmt: skip
    if np.isfinite(found.arrival_s):
        axes.annotate(
            f"arrival {found.arrival_s:.1f} s", (found.arrival_s, 1.0), (-1.5, -1.0), textcoords="offset points",
            xycoords=axes.get_xaxis_transform(), ha="right", va="top", rotation=90, fontsize=6.0, color=SOFT,
        )  # fmt: skip


def _draw_arterial(axes: Axes, arterial: ArterialCurve) -> None:
    axes.fill_between(arterial.times_s, 0.0, arterial.values, color=_ARTERIAL, alpha=0.14, linewidth=0)
    axes.plot(arterial.times_s, arterial.values, color=_ARTERIAL, linewidth=1.1, label="arterial input")
    if abs(arterial.delay_s) > _DELAY_SEEN_S:
        later = arterial.times_s + arterial.delay_s
        label = f"{arterial.delay_s:+.1f} s, as the voxel sees it".replace("-", "\u2212")
        axes.plot(later, arterial.values, color=_ARTERIAL, linewidth=0.8, linestyle=(0, (3.0, 1.5)), label=label)
        axes.legend(loc="upper right", fontsize=6.0, handlelength=1.6, labelspacing=0.3, borderaxespad=0.2)
    axes.set_ylabel(arterial.quantity.replace(" (", "\n("))


def _draw_residue(axes: Axes, residue: ResidueFunction) -> None:
    axes.axhline(0.0, color=SOFT, linewidth=0.5)
    axes.axvline(0.0, color=PALE, linewidth=1.2)
    axes.plot(residue.lags_s, residue.values, color=FIT, linewidth=1.1, marker="o", markersize=1.8, label="residue")
    tmax, flow = residue.peak
    if np.isfinite([tmax, flow]).all():
        axes.plot([tmax], [flow], color=INK, marker="x", markersize=4.0, linewidth=0)
        axes.annotate(
            f"CBF at Tmax {tmax:.1f} s".replace("-", "\u2212"), (tmax, flow), (6.0, 0.0), textcoords="offset points",
            va="center", fontsize=6.0, color=INK,
        )  # fmt: skip
    axes.set_xlim(max(_SHOWN_LAGS_S[0], residue.lags_s[0]), min(_SHOWN_LAGS_S[1], residue.lags_s[-1]))
    axes.set_xlabel("Time after the arterial input (s)")
    axes.set_ylabel(f"Flow \u00d7 residue\n({printed_unit(residue.unit)})")
