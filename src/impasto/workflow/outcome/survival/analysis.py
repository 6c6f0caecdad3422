"""From a table of patients to the findings of a survival report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impasto import __version__
from impasto.core import ImpastoError
from impasto.core.arrays import BoolArray
from impasto.outcome.survival import (
    CompetingFollowUp,
    CoxModel,
    FollowUp,
    LogRank,
    RestrictedMean,
    RestrictedMeanDifference,
    SubgroupFactor,
    Subgroups,
    covariates,
    cox_model,
    cumulative_incidence,
    gray_test,
    kaplan_meier,
    landmark,
    log_rank,
    proportional_hazards,
    restricted_mean,
    restricted_mean_difference,
    reverse_kaplan_meier,
    subgroup_hazard_ratios,
)
from impasto.report import Heading, IncidenceFindings, LeftOut, Step, SurvivalFindings
from impasto.workflow.outcome.patient_table import PatientTable, doubtful_identifiers
from impasto.workflow.outcome.survival.exclusions import left_out_text
from impasto.workflow.outcome.survival.request import SurvivalRequest, request_settings

__all__ = ["analyse_survival"]

_NO_EVENT = ("", "0", "censored", "none")


def analyse_survival(table: PatientTable, request: SurvivalRequest) -> SurvivalFindings:
    """Do everything that was asked for, and note what could not be done and why.

    Parameters
    ----------
    table : PatientTable
    request : SurvivalRequest

    Raises
    ------
    ImpastoError
        When a column is missing or does not hold what it should.
    """
    notes = list(table.notes)
    _check_table(table, request, notes)
    table, excluded = _primary(table, request, notes)
    follow_up = FollowUp(table.numbers(request.time), _events(table, request), request.time_unit)
    if not follow_up.events:
        notes.append("Nobody had the event: there is nothing to compare, and no median.")
    follow_up, table = _from_landmark(follow_up, table, request, notes)
    groups = _groups(table, request)
    by_group = {name: follow_up.of(chosen) for name, chosen in groups.items()}
    models, left_out_of_models = _models(follow_up, table, request, list(groups), notes)
    subgroups, left_out_of_subgroups = _subgroups(follow_up, table, request, list(groups), notes)
    means, difference = _restricted(by_group, request, notes)
    observation = {
        name: reverse_kaplan_meier(one, request.confidence, request.interval)
        for name, one in {"all": follow_up, **by_group}.items()
    }
    curves = {name: kaplan_meier(one, request.confidence, request.interval) for name, one in by_group.items()}
    return SurvivalFindings(
        heading=Heading(request.endpoint, table.source, "survival analysis", date.today().isoformat(), False),
        endpoint=request.endpoint,
        origin=request.origin,
        curves=curves,
        observation=observation,
        times=request.times or _round_times(follow_up),
        comparisons=_comparisons(follow_up, table, request, notes),
        models=models,
        diagnostics={title: proportional_hazards(model, request.time_scale) for title, model in models.items()},
        restricted_means=means,
        restricted_difference=difference,
        subgroups=subgroups,
        incidences=_incidences(table, request, groups, notes),
        left_out=LeftOut(excluded, left_out_of_models, left_out_of_subgroups),
        notes=tuple(notes),
        settings=request_settings(request),
        provenance=(Step("survival", (table.source,), f"{follow_up.patients} patients", __version__),),
    )


def _check_table(table: PatientTable, request: SurvivalRequest, notes: list[str]) -> None:
    """Look at every row, those that will be left out too: what is wrong there is wrong elsewhere."""
    for name in dict.fromkeys([*request.columns(), request.causes, request.patient]):
        if name:
            table.text(name)
    if request.patient:
        table.require_unique(request.patient)
    else:
        notes += doubtful_identifiers(table, [*request.columns(), request.causes])
    for name in request.subgroups:
        table.groups(name)
    times = table.known_numbers(request.time)
    if (times < 0.0).any():
        row = int(np.argmax(times < 0.0))
        problem = f"row {table.lines[row]}, column {request.time!r}: a time of {times[row]:g}"
        raise ImpastoError(table.source, problem, "give times from 0 on")
    if request.causes:
        _check_causes(table, request, notes)


def _check_causes(table: PatientTable, request: SurvivalRequest, notes: list[str]) -> None:
    """Say when the column of causes and that of the event disagree: nobody can tell which is right."""
    known = table.of(table.is_complete(request.primary_columns()))
    has_cause = ~np.isin(known.text(request.causes), _NO_EVENT)
    without = _events(known, request) & ~has_cause
    if without.any():
        notes.append(
            f"{int(without.sum())} patients have the event of {request.event_column} and no cause: they count as "
            "censored in the cumulative incidence."
        )


def _primary(table: PatientTable, request: SurvivalRequest, notes: list[str]) -> tuple[PatientTable, str]:
    """Keep every patient whose end, arm and strata are known, and say who is not kept."""
    needed = request.primary_columns()
    known = table.is_complete(needed)
    if not known.any():
        raise ImpastoError(table.source, f"no row has all of {', '.join(needed)}", "fill the table")
    said = left_out_text(table, needed)
    if said:
        notes.append(f"Primary analysis: {said}.")
    return table.of(known), said


def _events(table: PatientTable, request: SurvivalRequest) -> BoolArray:
    column, sign, value = request.event.partition("=")
    texts = table.text(column)
    if sign:
        if value not in texts:
            raise ImpastoError(table.source, f"nobody has {column} = {value}", f"it has {', '.join(np.unique(texts))}")
        return np.asarray(texts == value, dtype=np.bool_)
    numbers = table.numbers(column) if table.is_numeric(column) else np.full(table.patients, np.nan)
    if not np.isin(numbers, (0.0, 1.0)).all():
        problem = f"column {column!r} has {', '.join(np.unique(texts)[:5])}"
        raise ImpastoError(table.source, problem, f"code it 0 and 1, or name the event: {column}=VALUE")
    return np.asarray(numbers == 1.0, dtype=np.bool_)


def _from_landmark(
    follow_up: FollowUp, table: PatientTable, request: SurvivalRequest, notes: list[str]
) -> tuple[FollowUp, PatientTable]:
    if not request.landmark:
        return follow_up, table
    found = landmark(follow_up, request.landmark)
    notes.append(
        f"Landmark at {request.landmark:g} {request.time_unit}: {found.events_before} patients with the event and "
        f"{found.censored_before} censored by then are left out; time counts from it."
    )
    return found.follow_up, table.of(found.is_included)


def _groups(table: PatientTable, request: SurvivalRequest) -> dict[str, BoolArray]:
    """Rows of each group, the reference first."""
    if not request.group:
        return {"all patients": np.ones(table.patients, dtype=bool)}
    texts = table.text(request.group)
    names = table.groups(request.group)
    if request.reference and request.reference not in names:
        problem = f"nobody has {request.group} = {request.reference}"
        raise ImpastoError(table.source, problem, f"take one of {', '.join(names)}")
    names.sort(key=lambda name: name != request.reference)
    return {name: texts == name for name in names}


def _strata(table: PatientTable, request: SurvivalRequest) -> NDArray[Any] | None:
    if not request.strata:
        return None
    return np.array([" / ".join(row) for row in zip(*(table.text(name) for name in request.strata), strict=True)])


def _comparisons(
    follow_up: FollowUp, table: PatientTable, request: SurvivalRequest, notes: list[str]
) -> tuple[LogRank, ...]:
    if not request.group:
        return ()
    groups, strata = table.text(request.group), _strata(table, request)
    try:
        plain = log_rank(follow_up, groups)
        return (plain,) if strata is None else (plain, log_rank(follow_up, groups, strata))
    except ImpastoError as error:
        notes.append(f"No log-rank test: {error.problem}.")
        return ()


def _models(
    follow_up: FollowUp, table: PatientTable, request: SurvivalRequest, names: list[str], notes: list[str]
) -> tuple[dict[str, CoxModel], dict[str, str]]:
    """Fit the group alone, stratified, and adjusted, as asked for; a model that has no answer gives a note.

    A model leaves out who has no value of its own covariates, and nobody else; whom it does is said by its title.
    """
    layers = f"stratified by {', '.join(request.strata)}"
    wanted: dict[str, tuple[tuple[str, ...], bool]] = {}
    if request.group:
        wanted["unadjusted"] = ((), False)
        if request.strata:
            wanted[layers] = ((), True)
    if request.adjust:
        adjusted = ", ".join(request.adjust)
        title = f"adjusted for {adjusted}" if request.group else adjusted
        wanted[f"{title}, {layers}" if request.strata else title] = (request.adjust, bool(request.strata))
    models, left_out = {}, {}
    for title, (adjust, is_stratified) in wanted.items():
        known = table.is_complete([request.time, *adjust])
        excluded = left_out_text(table, adjust)
        try:
            if not known.any():
                raise ImpastoError(table.source, f"nobody has {' and '.join(adjust)}", "fill the columns")
            models[title] = _model(follow_up.of(known), table.of(known), request, names[0], adjust, is_stratified)
        except ImpastoError as error:
            why = f" ({excluded})" if excluded else ""
            notes.append(f"No Cox model {title}: {error.subject}: {error.problem}{why}.")
            continue
        if excluded:
            left_out[title] = excluded
            notes.append(f"Cox model, {title}: {excluded}.")
    return models, left_out


def _model(
    follow_up: FollowUp,
    table: PatientTable,
    request: SurvivalRequest,
    reference: str,
    adjust: tuple[str, ...],
    is_stratified: bool,
) -> CoxModel:
    columns: dict[str, NDArray[Any]] = {request.group: table.text(request.group)} if request.group else {}
    columns |= {name: table.values(name) for name in adjust}
    design = covariates(columns, {request.group: reference} if request.group else {})
    return cox_model(follow_up, design, _strata(table, request) if is_stratified else None, request.ties)


def _restricted(
    by_group: Mapping[str, FollowUp], request: SurvivalRequest, notes: list[str]
) -> tuple[dict[str, RestrictedMean], RestrictedMeanDifference | None]:
    if not any(one.events for one in by_group.values()):
        # a standard error of 0 would look like certainty
        notes.append("No restricted mean: nobody had the event.")
        return {}, None
    horizon = request.horizon
    if horizon is None:
        horizon = min(float(one.time.max()) for one in by_group.values())
        horizon = float(floor(horizon)) if horizon >= 2.0 else horizon
    try:
        means = {name: restricted_mean(one, horizon, request.confidence) for name, one in by_group.items()}
        if len(by_group) != 2:
            return means, None
        reference, other = by_group.values()
        return means, restricted_mean_difference(other, reference, horizon, request.confidence)
    except ImpastoError as error:
        notes.append(f"No restricted mean: {error.problem}.")
        return {}, None


def _subgroups(
    follow_up: FollowUp, table: PatientTable, request: SurvivalRequest, names: list[str], notes: list[str]
) -> tuple[Subgroups | None, dict[str, str]]:
    """Estimate each factor's subgroups in those whose value of it is known, and say whom that leaves out."""
    if not request.subgroups or not follow_up.events:
        return None, {}
    if len(names) != 2:
        notes.append(f"No subgroups: a hazard ratio compares two groups, not {len(names)}.")
        return None, {}
    everyone = _of_factors(follow_up, table, request, names[0], [])
    factors: list[SubgroupFactor] = []
    left_out = {}
    for name in request.subgroups:
        known = table.is_complete([name])
        excluded = left_out_text(table, [name])
        try:
            table.groups(name)
            factors += _of_factors(follow_up.of(known), table.of(known), request, names[0], [name]).factors
        except ImpastoError as error:
            why = f" ({excluded})" if excluded else ""
            notes.append(f"No subgroups by {name}: {error.subject}: {error.problem}{why}.")
            continue
        if excluded:
            left_out[name] = excluded
            notes.append(f"Subgroups by {name}: {excluded}.")
    return replace(everyone, factors=tuple(factors)), left_out


def _of_factors(
    follow_up: FollowUp, table: PatientTable, request: SurvivalRequest, reference: str, factors: list[str]
) -> Subgroups:
    return subgroup_hazard_ratios(
        follow_up, table.text(request.group), {name: table.text(name) for name in factors}, reference,
        _strata(table, request), request.confidence, request.ties,
    )  # fmt: skip


def _incidences(
    table: PatientTable, request: SurvivalRequest, groups: Mapping[str, BoolArray], notes: list[str]
) -> tuple[IncidenceFindings, ...]:
    if not request.causes:
        return ()
    texts = table.text(request.causes)
    names = sorted(set(texts.tolist()) - set(_NO_EVENT))
    if not names:
        notes.append(f"No cumulative incidence: column {request.causes} names no event.")
        return ()
    codes = np.array([names.index(text) + 1 if text in names else 0 for text in texts.tolist()])
    times = table.numbers(request.time) - request.landmark
    follow_up = CompetingFollowUp(times, codes, names, request.time_unit)
    found = []
    for cause in names:
        curves = {
            group: cumulative_incidence(follow_up.of(chosen), cause, request.confidence)
            for group, chosen in groups.items()
        }
        tested = gray_test(follow_up, table.text(request.group), cause) if len(groups) > 1 else None
        found.append(IncidenceFindings(cause, curves, tested))
    return tuple(found)


def _round_times(follow_up: FollowUp) -> tuple[float, ...]:
    """Whole years where time is in months, else thirds of the follow-up, at most three."""
    longest = float(follow_up.time.max())
    step = 12.0 if follow_up.time_unit == "months" and longest >= 12.0 else float(f"{longest / 4.0:.1g}")
    return tuple(step * (place + 1) for place in range(min(3, max(1, floor(longest / step)))))
