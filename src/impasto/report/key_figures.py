"""The few figures on the first screen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from impasto.evaluate import RadiosurgerySummary
from impasto.report.content import ReportContent
from impasto.report.findings import (
    achieved_text,
    dose_histograms,
    limit_text,
    painted_target,
    target_quality,
)
from impasto.report.page import KeyFigure
from impasto.report.tables import number

__all__ = ["key_figures", "prescription_text"]


def prescription_text(content: ReportContent) -> str:
    """Say the prescription in a line: name, dose or range of doses, fractions."""
    wanted = np.asarray(content.images.prescribed.data)
    wanted = wanted[wanted > 0]
    low, high = float(wanted.min()), float(wanted.max())
    dose = f"{high:.4g} Gy" if high - low < 0.05 else f"{low:.4g} to {high:.4g} Gy"
    fractions = content.prescription.fractions
    return f"{content.prescription.name}: {dose} in {fractions} fraction{'s' if fractions > 1 else ''}"


def key_figures(content: ReportContent) -> tuple[KeyFigure, ...]:
    """Choose quality factor and coverage of the painted target, its mean dose, and the tightest organ limit.

    Radiosurgery, whose dose is far from even inside the target, has its own figures instead.
    """
    if content.radiosurgery:
        return (*_radiosurgery(content), *filter(None, [_limits(content)]))
    target = painted_target(content)
    return tuple(figure for figure in (*_quality(content, target), _mean(content, target), _limits(content)) if figure)


def _radiosurgery(content: ReportContent) -> tuple[KeyFigure, ...]:
    """Choose the zones that are kept, conformity on one line, what 12 Gy takes of the brain, and the beam-on time."""
    first, *others = content.radiosurgery
    zones, kept = len(first.zones), sum(zone.is_kept for zone in first.zones)
    worst = min(first.zones, key=lambda zone: zone.d98_gy / zone.level_gy)
    line = f"of the {first.indices.isodose_gy:g} Gy line"

    def beside(value: Callable[[RadiosurgerySummary], float | None], digits: int, unit: str = "") -> str:
        found = [(plan.name, value(plan)) for plan in others]
        return "".join(f"; {name}: {number(of, digits).text}{unit}" for name, of in found)

    def paddick(plan: RadiosurgerySummary) -> float | None:
        return plan.indices.paddick_conformity_index

    def outside(plan: RadiosurgerySummary) -> float:
        return plan.high_outside_target_ml

    return (
        KeyFigure(
            f"Zones kept, {first.name}", f"{kept} of {zones}", "",
            f"closest: {worst.structure}, D98 % {worst.d98_gy:.1f} Gy for a level of {worst.level_gy:.1f} Gy",
        ),
        KeyFigure("Paddick conformity", number(paddick(first), 2).text, "", f"{line}{beside(paddick, 2)}"),
        KeyFigure(
            f"V{first.high_gy:g} outside the target", f"{outside(first):.1f}", "ml",
            f"{first.high_ml:.1f} ml in all{beside(outside, 1, ' ml')}",
        ),
        *_beam_on(content),
    )  # fmt: skip


def _beam_on(content: ReportContent) -> list[KeyFigure]:
    minutes = [(plan.name, sum(shot.minutes for shot in plan.shots)) for plan in content.plans if plan.shots]
    if not minutes:
        return []
    others = "".join(f"; {name}: {other:.0f} min" for name, other in minutes[1:])
    return [KeyFigure("Beam-on time", f"{minutes[0][1]:.0f}", "min", f"{len(content.painted.shots)} shots{others}")]


def _quality(content: ReportContent, target: str) -> list[KeyFigure]:
    found = [(plan.name, target_quality(plan, target)) for plan in content.plans]
    known = [(name, histogram) for name, histogram in found if histogram is not None]
    if not known or known[0][0] != content.painted.name:
        return []
    first = known[0][1]
    factors = "".join(f"; {name}: {histogram.quality_factor:.4f}" for name, histogram in known[1:])
    shares = "".join(f"; {name}: {h.volume_percent_at(0.95):.1f} %" for name, h in known[1:])
    return [
        KeyFigure(
            f"Quality factor QF, {target}", f"{first.quality_factor:.4f}", "",
            f"mean deviation from the prescription, 0 is perfect{factors}",
        ),
        KeyFigure(
            f"Coverage, {target}", f"{first.volume_percent_at(0.95):.1f}", "%",
            f"of the volume receives at least 95 % of its prescribed dose{shares}",
        ),
    ]  # fmt: skip


def _mean(content: ReportContent, target: str) -> KeyFigure | None:
    means = [(plan.name, dose_histograms(plan).get(target)) for plan in content.plans]
    if means[0][1] is None:
        return None
    others = "; ".join(f"{name}: {histogram.mean_gy:.1f} Gy" for name, histogram in means[1:] if histogram)
    near_maximum = f"near-maximum D2 %: {means[0][1].dose_at_volume_percent_gy(2.0):.1f} Gy"
    detail = f"{near_maximum}; {others}" if others else near_maximum
    return KeyFigure(f"Mean dose, {target}", f"{means[0][1].mean_gy:.1f}", "Gy", detail)


def _limits(content: ReportContent) -> KeyFigure | None:
    outcomes = content.painted.evaluation.limits
    if not outcomes:
        return None
    kept = sum(outcome.is_met for outcome in outcomes)
    # the margin as a share of what is allowed compares limits of different kinds
    tightest = min(outcomes, key=lambda outcome: outcome.margin / max(outcome.margin + outcome.achieved, 1e-9))
    asked = f"{tightest.limit.structure}, {limit_text(tightest.limit)}"
    return KeyFigure(
        "Organ limits met", f"{kept} of {len(outcomes)}", "", f"tightest: {asked}; given {achieved_text(tightest)}"
    )
