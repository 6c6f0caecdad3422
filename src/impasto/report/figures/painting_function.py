"""Painting made visible: what each target voxel's intensity asks for, and what it gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from impasto.core import Dose, Image
from impasto.core.arrays import FloatArray
from impasto.report.figures.chart import chart_with_legend
from impasto.report.theme import INK, SOFT
from impasto.report.units import quantity_and_unit

__all__ = ["TargetVoxels", "painting_figure", "running_percentiles", "target_voxels"]

_DENSITY = LinearSegmentedColormap.from_list("density", ["#e3edf4", "#7fb3d3", "#1f6ea5", "#0a2f52"])
_UNIFORM = "#d55e00"


@dataclass(frozen=True, eq=False)
class TargetVoxels:
    """Values of every target voxel, all of shape (voxel,).

    Parameters
    ----------
    intensity : ndarray
        Of the functional image.
    prescribed_gy : ndarray
    delivered_gy : list of ndarray
        One a plan.
    """

    intensity: FloatArray
    prescribed_gy: FloatArray
    delivered_gy: list[FloatArray]


def target_voxels(functional: Image, prescribed: Image, doses: Sequence[Dose]) -> TargetVoxels:
    """Gather intensity, prescribed and delivered dose at the prescription's voxels inside the target."""
    box = prescribed.cropped_to(np.asarray(prescribed.data > 0))
    inside = np.asarray(box.data > 0)

    def taken(image: Image) -> FloatArray:
        return np.asarray(image.resampled_linear(box.grid).data[inside], dtype=np.float64)

    return TargetVoxels(taken(functional), np.asarray(box.data[inside], float), [taken(d.image) for d in doses])


def painting_figure(voxels: TargetVoxels, functional: Image, plans: Sequence[str]) -> Figure:
    """Draw dose against intensity: the prescription as a line, the first plan as density, the second as a band.

    Parameters
    ----------
    voxels : TargetVoxels
    functional : Image
        Names the horizontal axis.
    plans : sequence of str
    """
    figure, axes, legend = chart_with_legend(3.2)
    low, high = np.percentile(voxels.intensity, [0.1, 99.9])
    doses = np.concatenate([voxels.prescribed_gy, *voxels.delivered_gy])
    bottom, top = np.percentile(doses, [0.2, 99.8])
    bottom, top = bottom - 0.06 * (top - bottom) - 0.1, top + 0.06 * (top - bottom) + 0.1
    counts, _, _ = np.histogram2d(
        voxels.intensity, voxels.delivered_gy[0], bins=(120, 70), range=((low, high), (bottom, top))
    )
    shown = np.ma.masked_equal(counts.T, 0)
    axes.imshow(
        shown, origin="lower", extent=(low, high, bottom, top), aspect="auto", interpolation="none", cmap=_DENSITY,
        norm=PowerNorm(0.5, vmin=0, vmax=max(counts.max(), 1.0)), zorder=1,
    )  # fmt: skip
    for delivered in voxels.delivered_gy[1:2]:
        at, percentiles = running_percentiles(voxels.intensity, delivered, (5.0, 50.0, 95.0))
        axes.fill_between(at, percentiles[0], percentiles[2], color=_UNIFORM, alpha=0.13, linewidth=0, zorder=2)
        axes.plot(at, percentiles[1], color=_UNIFORM, linestyle=(0, (4.0, 2.0)), linewidth=1.3, zorder=3)
    at, percentiles = running_percentiles(voxels.intensity, voxels.prescribed_gy, (50.0,))
    axes.plot(at, percentiles[0], color=INK, linewidth=1.5, zorder=4)
    axes.set_xlim(low, high)
    axes.set_ylim(bottom, top)
    axes.set_xlabel(quantity_and_unit(functional), parse_math=False)
    axes.set_ylabel("Dose (Gy)")
    _write_legend(legend, plans, int(counts.max()))
    return figure


def running_percentiles(
    x: FloatArray, y: FloatArray, percentiles: Sequence[float], bins: int = 40
) -> tuple[FloatArray, FloatArray]:
    """Percentiles of y in equally wide bins of x; bins with fewer than three samples are left out.

    Returns
    -------
    at : ndarray, shape (bin,)
        Mean x of each bin.
    values : ndarray, shape (percentile, bin)
    """
    edges = np.linspace(x.min(), x.max(), bins + 1)
    number = np.clip(np.digitize(x, edges) - 1, 0, bins - 1)
    full = [members for members in (np.flatnonzero(number == b) for b in range(bins)) if len(members) >= 3]
    at = np.array([x[members].mean() for members in full])
    values = np.array([np.percentile(y[members], percentiles) for members in full]).reshape(len(full), -1)
    return at, values.T


def _write_legend(legend: Axes, plans: Sequence[str], most: int) -> None:
    legend.plot([0.0, 0.34], [-0.08, -0.08], color=INK, linewidth=1.5)
    legend.text(0.42, -0.08, "Prescribed (median)", va="center", fontsize=7, weight="bold")
    legend.text(0.42, -0.32, plans[0], va="center", fontsize=7, weight="bold", parse_math=False)
    legend.text(0.42, -0.49, f"voxels in each bin, 1 to {most}", va="center", fontsize=6.5, color=SOFT)
    for step in range(4):
        legend.add_patch(Rectangle((0.085 * step, -0.37), 0.085, 0.1, facecolor=_DENSITY(step / 3), linewidth=0))
    if len(plans) > 1:
        legend.fill_between([0.0, 0.34], -0.81, -0.67, color=_UNIFORM, alpha=0.13, linewidth=0)
        legend.plot([0.0, 0.34], [-0.74, -0.74], color=_UNIFORM, linestyle=(0, (4.0, 2.0)), linewidth=1.3)
        legend.text(0.42, -0.74, plans[1], va="center", fontsize=7, weight="bold", parse_math=False)
        legend.text(0.42, -0.91, "median; 5 to 95 % of voxels", va="center", fontsize=6.5, color=SOFT)
