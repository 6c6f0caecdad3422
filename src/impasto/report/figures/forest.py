"""Forest of hazard ratios: all patients, subgroups, and whether the effect differs between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from impasto.outcome.survival import Subgroup, Subgroups
from impasto.report.theme import INK, PALE, SOFT

__all__ = ["forest_figure"]

_WIDTH_IN, _ROW_IN, _TOP_IN, _BOTTOM_IN = 7.2, 0.185, 0.42, 0.6
_NAME_IN, _FIRST_IN, _SECOND_IN = 0.05, 2.35, 3.15
_PANEL_IN = (3.35, 5.3)
_RATIO_IN, _P_IN = 6.45, 7.15
"""Inches from the left: names, the arms' events, the panel, the ratio, the p of interaction."""

_TICKS = (0.1, 0.2, 0.25, 0.33, 0.5, 0.67, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 10.0)
_BLUE = "#0072b2"


@dataclass(frozen=True)
class _Row:
    text: str
    subgroup: Subgroup | None
    p: str = ""
    is_factor: bool = False


def forest_figure(subgroups: Subgroups) -> Figure:
    """Draw each subgroup's hazard ratio with its interval; squares grow with events, a diamond is all patients.

    Parameters
    ----------
    subgroups : Subgroups
    """
    rows = _rows(subgroups)
    height_in = _TOP_IN + _ROW_IN * len(rows) + _BOTTOM_IN
    figure = Figure(figsize=(_WIDTH_IN, height_in))
    words = figure.add_axes((0.0, _BOTTOM_IN / height_in, 1.0, 1.0 - _BOTTOM_IN / height_in))
    words.set_xlim(0.0, _WIDTH_IN)
    words.set_ylim(len(rows), -_TOP_IN / _ROW_IN)
    words.set_axis_off()
    left, right = (edge / _WIDTH_IN for edge in _PANEL_IN)
    bottom = _BOTTOM_IN / height_in
    panel = figure.add_axes((left, bottom, right - left, _ROW_IN * len(rows) / height_in))
    panel.set_ylim(len(rows), 0.0)
    _set_ratio_axis(panel, rows, subgroups)
    _write_heads(words, subgroups)
    most = max(sum(row.subgroup.events) for row in rows if row.subgroup is not None)
    for place, row in enumerate(rows):
        _write_row(words, place + 0.5, row)
        if row.subgroup is not None:
            _draw_effect(panel, place + 0.5, row.subgroup, most, place == 0)
    return figure


def _rows(subgroups: Subgroups) -> list[_Row]:
    rows = [_Row("All patients", subgroups.everyone)]
    for factor in subgroups.factors:
        p = "" if factor.interaction is None else _p(factor.interaction.p_value)
        rows.append(_Row(factor.name, None, p, is_factor=True))
        rows += [_Row(f"   {one.level}", one) for one in factor.subgroups]
    return rows


def _write_heads(words: Axes, subgroups: Subgroups) -> None:
    style: dict[str, Any] = {"fontsize": 6.8, "weight": "bold", "va": "bottom", "parse_math": False}
    words.text(_NAME_IN, -0.35, "Subgroup", **style)
    for x, arm in zip((_FIRST_IN, _SECOND_IN), subgroups.arms, strict=True):
        words.text(x, -0.35, f"{_shortened(arm)}\nevents/n", ha="right", **style)
    percent = f"{100.0 * subgroups.confidence:g} % CI"
    words.text(_RATIO_IN, -0.35, f"Hazard ratio\n({percent})", ha="right", **style)
    words.text(_P_IN, -0.35, "p inter-\naction", ha="right", **style)
    words.plot([_NAME_IN, _P_IN], [-0.12, -0.12], color=SOFT, linewidth=0.6)


def _write_row(words: Axes, y: float, row: _Row) -> None:
    style: dict[str, Any] = {"fontsize": 7, "va": "center", "parse_math": False}
    weight = "bold" if row.is_factor or y < 1.0 else "normal"
    words.text(_NAME_IN, y, row.text, weight=weight, **style)
    words.text(_P_IN, y, row.p, ha="right", **style)
    if row.subgroup is None:
        return
    for x, events, patients in zip((_FIRST_IN, _SECOND_IN), row.subgroup.events, row.subgroup.patients, strict=True):
        words.text(x, y, f"{events}/{patients}", ha="right", **style)
    effect = row.subgroup.effect
    text = "not estimable"
    if effect is not None:
        text = f"{effect.hazard_ratio:.2f} ({effect.lower:.2f} to {effect.upper:.2f})"
    words.text(_RATIO_IN, y, text, ha="right", **style)


def _draw_effect(panel: Axes, y: float, subgroup: Subgroup, most: int, is_everyone: bool) -> None:
    effect = subgroup.effect
    if effect is None:
        return
    low, high = panel.get_xlim()
    if is_everyone:
        panel.fill([effect.lower, effect.hazard_ratio, effect.upper, effect.hazard_ratio],
                   [y, y - 0.3, y, y + 0.3], color=INK, linewidth=0.0)  # fmt: skip
        panel.axvline(effect.hazard_ratio, color=SOFT, linewidth=0.7, linestyle=(0, (2.0, 2.0)), zorder=0)
        return
    panel.plot([max(effect.lower, low), min(effect.upper, high)], [y, y], color=INK, linewidth=1.0)
    for limit, edge, mark in ((effect.lower, low, "<"), (effect.upper, high, ">")):
        if (limit < low) if mark == "<" else (limit > high):
            panel.plot(edge, y, marker=mark, markersize=3.5, color=INK, clip_on=False)
    size = 2.5 + 4.0 * np.sqrt(sum(subgroup.events) / most)
    panel.plot(effect.hazard_ratio, y, marker="s", markersize=size, color=_BLUE, markeredgewidth=0.0)


def _set_ratio_axis(panel: Axes, rows: list[_Row], subgroups: Subgroups) -> None:
    effects = [row.subgroup.effect for row in rows if row.subgroup is not None and row.subgroup.effect is not None]
    low = min([0.5, *(effect.lower for effect in effects)])
    high = max([2.0, *(effect.upper for effect in effects)])
    low, high = max(low / 1.05, 0.1), min(high * 1.05, 10.0)
    panel.set_xscale("log")
    panel.set_xlim(low, high)
    kept: list[float] = []
    for tick in sorted((one for one in _TICKS if low <= one <= high), key=lambda one: abs(np.log(one))):
        if all(abs(np.log(tick / other)) > np.log(high / low) / 9.0 for other in kept):
            kept.append(tick)
    panel.xaxis.set_major_locator(FixedLocator(kept))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.axvline(1.0, color=INK, linewidth=0.7)
    panel.set_yticks([])
    panel.spines["left"].set_visible(False)
    for row in range(1, len(rows)):
        if rows[row].is_factor:
            panel.axhline(row, color=PALE, linewidth=0.5, zorder=-1)
    reference, other = (_shortened(arm) for arm in subgroups.arms)
    middle = np.log(1.0 / low) / np.log(high / low)
    for x, side, text in (
        (middle - 0.02, "right", f"\u2190 {other} better"),
        (middle + 0.02, "left", f"{reference} better \u2192"),
    ):
        panel.text(x, -0.36 / (_ROW_IN * len(rows)), text, transform=panel.transAxes, ha=side, va="top", fontsize=6.8,
                   color=SOFT, parse_math=False)  # fmt: skip


def _shortened(name: str, letters: int = 14) -> str:
    return name if len(name) <= letters else name[: letters - 1] + "\u2026"


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "<0.001"
