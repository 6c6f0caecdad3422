"""The sections of a report of survival: curves first, then comparisons, models, subgroups, competing risks."""

from __future__ import annotations

from impasto.outcome.survival import Tested
from impasto.report.figures.cumulative_incidence import cumulative_incidence_figure
from impasto.report.figures.forest import forest_figure
from impasto.report.figures.residual_trend import residual_trend_figure
from impasto.report.figures.survival_curve import survival_figure
from impasto.report.page import FigureBlock, Section, figure_block
from impasto.report.record_tables import provenance_table, settings_table
from impasto.report.survival_findings import IncidenceFindings, SurvivalFindings
from impasto.report.survival_tables import (
    diagnostics_table,
    incidence_table,
    medians_table,
    model_table,
    p_text,
    restricted_mean_table,
    survival_at_table,
    tests_table,
    time_text,
)

__all__ = ["curve_results", "fullest_model", "incidence_results", "survival_sections", "survival_summary"]


def survival_summary(found: SurvivalFindings) -> FigureBlock:
    """Make the first picture: the curves."""
    first = next(iter(found.curves.values()))
    caption = (
        f"{found.endpoint}: Kaplan-Meier estimate with {100 * first.confidence:g} % limits on the {first.interval} "
        "scale. Ticks: censored patients."
    )
    figure = survival_figure(found.curves, found.endpoint, found.origin, curve_results(found))
    return figure_block(
        figure, caption, f"{found.endpoint} of {', '.join(found.curves)} over time, with numbers at risk."
    )


def survival_sections(found: SurvivalFindings) -> tuple[Section, ...]:
    """Build every section, in reading order."""
    made = [Section("survival", found.endpoint, tables=(medians_table(found), survival_at_table(found)))]
    if found.comparisons:
        tests = [one.tested for one in found.comparisons]
        made.append(Section("comparison", "Comparison", tables=(tests_table("Tests", tests),)))
    if found.restricted_means:
        made.append(Section("restricted-mean", "Restricted mean", tables=(restricted_mean_table(found),)))
    if found.models:
        tables = [
            model_table(title, model, found.confidence, found.left_out.models.get(title, ""))
            for title, model in found.models.items()
        ]
        if found.diagnostics:
            tables.append(diagnostics_table(found))
        made.append(Section("models", "Cox regression", figures=_residuals(found), tables=tuple(tables)))
    if found.subgroups is not None:
        made.append(_subgroups(found))
    if found.incidences:
        made.append(_incidences(found))
    tables = [table for table in (settings_table(found.settings), provenance_table(found.provenance)) if table.rows]
    if tables:
        made.append(Section("provenance", "Settings and provenance", tables=tuple(tables)))
    return tuple(made)


def curve_results(found: SurvivalFindings) -> tuple[str, ...]:
    """Write what belongs into the corner of the curves: medians, the first hazard ratio, the first test."""
    said = [f"Median {name}: {time_text(curve.median(), found.time_unit)}" for name, curve in found.curves.items()]
    if found.models and len(found.curves) == 2:
        term = next(iter(found.models.values())).terms(found.confidence)[0]
        arms = term.name.partition(": ")[2]
        limits = f"({100 * term.confidence:g} % CI {term.lower:.2f} to {term.upper:.2f})"
        said.append(f"Hazard ratio, {arms}: {term.hazard_ratio:.2f} {limits}")
    said += [_test_line(one.tested) for one in found.comparisons[:1]]
    return tuple(said)


def fullest_model(found: SurvivalFindings) -> str:
    """Title of the model with most covariates, whose residuals are shown."""
    return max(found.diagnostics, key=lambda title: len(found.models[title].covariates.names))


def incidence_results(incidence: IncidenceFindings) -> tuple[str, ...]:
    """Write what belongs into the corner of an incidence figure."""
    if incidence.tested is None:
        return ()
    return (_test_line(incidence.tested),)


def _test_line(tested: Tested) -> str:
    p = p_text(tested.p_value)
    return f"{tested.name}, {tested.alternative}: p {p if p.startswith('<') else f'= {p}'}"


def _residuals(found: SurvivalFindings) -> tuple[FigureBlock, ...]:
    """Show the residuals of the fullest model."""
    if not found.diagnostics:
        return ()
    title = fullest_model(found)
    caption = (
        f"Scaled Schoenfeld residuals of the Cox model, {title}: each event, their running mean (line), and the "
        "coefficient of the model (dashed). A slope means that the hazard ratio changes."
    )
    figure = residual_trend_figure(found.models[title], found.diagnostics[title])
    return (figure_block(figure, caption, "Scaled Schoenfeld residuals over time for each covariate."),)


def _subgroups(found: SurvivalFindings) -> Section:
    assert found.subgroups is not None
    figure = figure_block(
        forest_figure(found.subgroups),
        "Hazard ratio in subgroups (Cox regression). Squares grow with events; diamond and dashed line: all patients.",
        "Forest plot of hazard ratios in subgroups.",
    )
    tests = [one.interaction for one in found.subgroups.factors if one.interaction is not None]
    text = "Exploratory: tests of interaction are not corrected for their number and find only large differences."
    everyone = sum(found.subgroups.everyone.patients)
    text += f" All patients: n = {everyone}."
    text += "".join(f" By {name}: {said}." for name, said in found.left_out.subgroups.items())
    tables = (tests_table("Tests of interaction", tests),) if tests else ()
    return Section("subgroups", "Subgroups", text, (figure,), tables)


def _incidences(found: SurvivalFindings) -> Section:
    figures = tuple(
        figure_block(
            cumulative_incidence_figure(one.curves, found.origin, incidence_results(one)),
            f"Cumulative incidence of {one.cause} (Aalen-Johansen) with {100 * found.confidence:g} % limits; other "
            "events compete.",
            f"Cumulative incidence of {one.cause} over time, with numbers at risk.",
        )
        for one in found.incidences
    )
    tests = [one.tested for one in found.incidences if one.tested is not None]
    tables = (incidence_table(found), *((tests_table("Gray's tests", tests),) if tests else ()))
    return Section("competing-risks", "Competing risks", figures=figures, tables=tables)
