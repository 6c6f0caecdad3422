"""``impasto design``: events, patients, boundaries, allocation and simulation of a trial."""

from __future__ import annotations

from math import ceil, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from impasto.cli.allocation import blocks, minimise
from impasto.cli.arguments import AsJson
from impasto.cli.console import print_json, print_line, print_table, progress_bars

if TYPE_CHECKING:
    from impasto.outcome.design import Boundaries, BoundaryFamily, EventFormula, SequentialTrial, Sidedness, Spending

__all__ = ["design"]

design = typer.Typer(no_args_is_help=True, help="Design a trial: events, patients, boundaries, allocation, simulation.")
design.command()(blocks)
design.command()(minimise)

_HazardRatio = Annotated[
    float, typer.Option(help="Hazard ratio, experimental to control, that the trial is planned for.")
]
_Power = Annotated[float, typer.Option(help="Chance to find the planned effect, 0 to 1.")]
_Alpha = Annotated[float, typer.Option(help="Type I error of the whole trial, 0 to 0.5.")]
_Sided = Annotated[
    Literal["two-sided", "one-sided"], typer.Option(help="Sides of the test; two-sided spends half of alpha on each.")
]
_Allocation = Annotated[float, typer.Option(help="Share of patients in the experimental arm, 0 to 1.")]
_Formula = Annotated[Literal["schoenfeld", "freedman"], typer.Option(help="Formula that gives the events.")]
_Looks = Annotated[
    str, typer.Option(metavar="2 | 0.5,1", help="Number of equally spaced looks, or their shares of the events.")
]
_Family = Literal["obrien-fleming", "pocock", "hwang-shih-decani", "classic-obrien-fleming", "classic-pocock"]
_FamilyOption = Annotated[
    _Family, typer.Option("--boundary", help="Lan-DeMets spending function, or a classic design.")
]
_Futility = Annotated[
    Literal["none", "obrien-fleming", "pocock", "hwang-shih-decani"],
    typer.Option(help="Spending function of the type II error; boundaries of futility are not binding."),
]
_FutilityGamma = Annotated[
    float, typer.Option(help="Parameter of --futility hwang-shih-decani; the lower, the later it is spent.")
]
_Gamma = Annotated[
    float, typer.Option(help="Parameter of --boundary hwang-shih-decani; the lower, the later it is spent.")
]
_Time = "in any unit, the same for all times"
_Dropout = Annotated[float, typer.Option(help="Share of patients lost by --at, were there no events, 0 to 1.")]
_ControlSurvival = Annotated[float, typer.Option(help="Share of the control arm event-free at --at, 0 to 1.")]
_At = Annotated[float, typer.Option(help=f"Time of --control-survival, {_Time}.")]
_Accrual = Annotated[float, typer.Option(help=f"Time over which patients come, {_Time}.")]


@design.command()
def events(
    hazard_ratio: _HazardRatio,
    power: _Power = 0.8,
    alpha: _Alpha = 0.05,
    sided: _Sided = "two-sided",
    allocation: _Allocation = 0.5,
    given: Annotated[
        int | None, typer.Option("--given", help="Show the power of so many events as well; none by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Events that a log-rank test needs, by Schoenfeld and Freedman.

    Example: impasto design events --hazard-ratio 0.66 --given 128
    """
    from impasto.outcome.design import detectable_hazard_ratio, power_of_events, required_events

    found: dict[str, float] = {}
    formulas: tuple[EventFormula, ...] = "schoenfeld", "freedman"
    for formula in formulas:
        exact = required_events(hazard_ratio, power, alpha, sided, allocation, formula)
        found[f"{formula.capitalize()} events"] = ceil(round(exact, 9))
        found[f"{formula.capitalize()} events, not rounded up"] = exact
    if given is not None:
        found[f"power of {given} events"] = power_of_events(given, hazard_ratio, alpha, sided, allocation)
        found[f"hazard ratio that {given} events find"] = detectable_hazard_ratio(
            given, power, alpha, sided, allocation
        )
    if as_json:
        print_json(found)
        return
    title = f"Hazard ratio {hazard_ratio:g}, power {power:g}, {sided} alpha {alpha:g}, log-rank test"
    print_table(title, ["", "value"], [[name, _dash(value)] for name, value in found.items()])


@design.command()
def patients(  # noqa: PLR0913  (each option is a number of the plan)
    event_count: Annotated[float, typer.Option("--events", help="Events wanted, a count.")],
    control_survival: _ControlSurvival,
    at: _At,
    hazard_ratio: _HazardRatio,
    accrual: _Accrual,
    follow_up: Annotated[float, typer.Option(help=f"Time from the last patient to the analysis, {_Time}.")],
    dropout: _Dropout = 0.0,
    allocation: _Allocation = 0.5,
    as_json: AsJson = False,
) -> None:
    """Patients that bring the events: exponential survival, uniform accrual, dropout.

    Example: impasto design patients --events 186 --control-survival 0.25 --at 24 --hazard-ratio 0.661
    --accrual 36 --follow-up 24
    """
    from impasto.outcome.design import AccrualPlan, exponential_hazard, sample_size

    hazards = exponential_hazard(control_survival, at), exponential_hazard(1.0 - dropout, at)
    plan = AccrualPlan(accrual, follow_up, hazards[0], hazard_ratio, hazards[1], allocation)
    size = sample_size(plan, event_count)
    found = {
        "patients": round(size.patients, 1), "control arm": size.per_arm[0], "experimental arm": size.per_arm[1],
        "chance of an event, control": round(size.event_probability[0], 4),
        "chance of an event, experimental": round(size.event_probability[1], 4),
        "lost before an event": round(size.lost, 1),
    }  # fmt: skip
    if as_json:
        print_json(found)
        return
    rows = [[name, str(value)] for name, value in found.items()]
    print_table(f"Patients for {event_count:g} events", ["", "value"], rows)


@design.command()
def boundaries(  # noqa: PLR0913  (each option is a number of the plan)
    looks: _Looks = "2",
    alpha: _Alpha = 0.05,
    sided: _Sided = "two-sided",
    family: _FamilyOption = "obrien-fleming",
    gamma: _Gamma = -4.0,
    hazard_ratio: _HazardRatio = 0.66,
    power: _Power = 0.8,
    allocation: _Allocation = 0.5,
    formula: _Formula = "schoenfeld",
    futility: _Futility = "none",
    futility_gamma: _FutilityGamma = -2.0,
    figure: Annotated[Path | None, typer.Option(help="Draw them: .png, .svg or .pdf; no figure by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Group-sequential boundaries, with the events, hazard ratio, alpha spent and power at each look.

    With --futility also where benefit has become unlikely: power and events then hold for a trial that stops there, the
    type I error whether it stops or not.

    Example: impasto design boundaries --looks 0.5,1 --hazard-ratio 0.66 --power 0.8 --futility obrien-fleming
    """
    from impasto.outcome.design import sequential_trial

    wanted = _boundaries(looks, alpha, sided, family, gamma)
    spending = _spending(futility, futility_gamma)
    trial = sequential_trial(wanted, hazard_ratio, power, allocation, formula, spending)
    limits = trial.boundaries
    rows = [
        [look + 1, f"{100 * share:.1f}", int(trial.events_at_looks[look]), f"{limits.z[look]:.4f}",
         f"{limits.nominal_p[look]:.6f}", f"{trial.hazard_ratio_at_looks[look]:.4f}",
         f"{limits.alpha_spent[look]:.6f}", f"{trial.stopped_under_effect[look]:.4f}"]
        for look, share in enumerate(limits.information)
    ]  # fmt: skip
    header = ["look", "information %", "events", "z", "nominal p", "hazard ratio", "alpha spent", "power so far"]
    if as_json:
        print_json({"name": limits.name, "sided": sided, "alpha": alpha, "inflation": trial.inflation,
                    "events": trial.events, "fixed_events": trial.fixed_events,
                    "looks": [dict(zip(header, row, strict=True)) for row in rows],
                    "futility": _futility_rows(trial)})  # fmt: skip
        return
    print_table(f"{limits.name}, {sided} alpha {alpha:g}, hazard ratio {hazard_ratio:g}", header, rows)
    print_line(
        f"{trial.fixed_events:.2f} events with one look ({formula}), x {trial.inflation:.6f} = {trial.events:.2f} "
        "(the table rounds up, and its hazard ratios are those of whole events); "
        f"{trial.expected_events:.1f} expected under the planned effect."
    )
    found = _futility_rows(trial)
    if trial.futility is not None and not found:
        print_line("[yellow]note[/] One look: there is none before it to stop at for futility.")
    elif trial.futility is not None:
        title = f"Futility, not binding: beta {1.0 - power:g} spent by {trial.futility.name}"
        print_table(title, list(found[0]), [[_dash(value) for value in row.values()] for row in found])
        never = trial.futility.chances(0.0)
        print_line(
            f"A treatment without effect stops for futility before the last look with a chance of "
            f"{never[0][-2]:.3f}; {trial.events:.1f} events instead of "
            f"{trial.fixed_events * limits.inflation(power):.1f} keep the power of {power:g} for those who stop."
        )
    if figure is not None:
        from impasto.workflow import draw_boundaries

        draw_boundaries(trial, figure)
        print_line(f"wrote {figure}")


@design.command()
def conditional(  # noqa: PLR0913  (each option is a number of the plan)
    z: Annotated[float, typer.Option(help="Log-rank z at the look, positive for benefit.")],
    information: Annotated[float, typer.Option(help="Share of the events at the look, 0 to 1.")],
    total_events: Annotated[int, typer.Option("--events", help="Events at full information, a count.")],
    hazard_ratio: _HazardRatio,
    looks: _Looks = "2",
    alpha: _Alpha = 0.05,
    sided: _Sided = "two-sided",
    family: _FamilyOption = "obrien-fleming",
    gamma: _Gamma = -4.0,
    allocation: _Allocation = 0.5,
    as_json: AsJson = False,
) -> None:
    """Conditional and predictive power at an interim look.

    Example: impasto design conditional --z 0.6 --information 0.5 --events 186 --hazard-ratio 0.66
    """
    from impasto.outcome.design import conditional_power, log_rank_drift

    limits = _boundaries(looks, alpha, sided, family, gamma)
    power = conditional_power(limits, information, z, log_rank_drift(hazard_ratio, total_events, allocation))
    found = {
        f"if the rest follows HR {hazard_ratio:g}": power.as_planned,
        "if the rest follows what was seen": power.as_seen,
        "if the rest has no effect": power.without_effect,
        "predictive, flat prior": power.predictive,
    }
    if as_json:
        print_json(found)
        return
    title = f"Chance to cross {limits.name} for benefit, z = {z:g} at {100 * information:g} % of the events"
    print_table(title, ["", "power"], [[name, f"{value:.4f}"] for name, value in found.items()])


@design.command()
def simulate(  # noqa: PLR0913  (each option is a number of the plan)
    total_events: Annotated[int, typer.Option("--events", help="Events at full information, a count.")],
    patient_count: Annotated[int, typer.Option("--patients", min=2, help="Patients of both arms, a count.")],
    control_survival: _ControlSurvival,
    at: _At,
    accrual: _Accrual,
    hazard_ratio: Annotated[float, typer.Option(help="True hazard ratio; 1 shows the type I error.")] = 1.0,
    delay: Annotated[float, typer.Option(min=0.0, help=f"The effect begins so long after entry, {_Time}.")] = 0.0,
    dropout: _Dropout = 0.0,
    allocation: _Allocation = 0.5,
    looks: _Looks = "2",
    alpha: _Alpha = 0.05,
    sided: _Sided = "two-sided",
    family: _FamilyOption = "obrien-fleming",
    gamma: _Gamma = -4.0,
    power: Annotated[float, typer.Option(help="Power that --futility was planned with, 0 to 1.")] = 0.8,
    futility: _Futility = "none",
    futility_gamma: _FutilityGamma = -2.0,
    trials: Annotated[int, typer.Option(min=1, help="Simulated trials, a count.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other trials.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Operating characteristics: trials simulated from entry to the last look, each judged by the boundaries.

    Example: impasto design simulate --events 186 --patients 220 --control-survival 0.25 --at 24 --accrual 36
    """
    import numpy as np

    from impasto.outcome.design import (
        TrialScenario,
        exponential_hazard,
        futility_boundaries,
        operating_characteristics,
    )

    hazards = exponential_hazard(control_survival, at), exponential_hazard(1.0 - dropout, at)
    scenario = TrialScenario(patient_count, accrual, hazards[0], hazard_ratio, delay, hazards[1], allocation)
    limits = _boundaries(looks, alpha, sided, family, gamma)
    spending = _spending(futility, futility_gamma)
    lower = None if spending is None else futility_boundaries(limits, 1.0 - power, spending)
    with progress_bars() as progress:
        found = operating_characteristics(scenario, limits, total_events, trials, seed, progress, lower)
    shares = {"rejected": found.rejected, "for benefit": found.for_benefit, "for harm": found.for_harm}
    shares |= {} if lower is None else {"stopped for futility": found.for_futility}
    shares |= {f"stopped at look {look + 1}": share for look, share in enumerate(found.stopped_at)}
    quartiles = np.nanpercentile(found.hazard_ratio, [2.5, 50, 97.5])
    if as_json:
        print_json({**{name: share.value for name, share in shares.items()}, "seed": seed, "trials": trials,
                    "hazard_ratio_percentiles": quartiles.tolist(), "unfinished": found.unfinished})  # fmt: skip
        return
    rows = [[name, f"{one.value:.4f}", f"{one.limits[0]:.4f} to {one.limits[1]:.4f}"] for name, one in shares.items()]
    print_table(f"{trials} trials, true hazard ratio {hazard_ratio:g}, seed {seed}", ["", "share", "95 % limits"], rows)
    print_line(
        f"estimated hazard ratio: median {quartiles[1]:.3f}, 95 % of trials {quartiles[0]:.3f} to {quartiles[2]:.3f}; "
        f"median duration {np.nanmedian(found.duration):.1f}; {found.unfinished} trials did not reach their events"
    )


def _spending(kind: Literal["none", "obrien-fleming", "pocock", "hwang-shih-decani"], gamma: float) -> Spending | None:
    from impasto.outcome.design import Spending

    return None if kind == "none" else Spending(kind, gamma)


def _futility_rows(trial: SequentialTrial) -> list[dict[str, int | float | None]]:
    """Give one row a look before the last, where the trial may stop for futility; None where nothing is to be spent."""
    limits = trial.futility
    if limits is None:
        return []
    ratios = limits.hazard_ratios(trial.events, trial.allocation)
    under_effect, without = limits.chances(limits.drift)[0], limits.chances(0.0)[0]
    return [
        {
            "look": look + 1,
            "events": int(trial.events_at_looks[look]),
            "z": round(float(limits.z[look]), 6) if isfinite(limits.z[look]) else None,
            "hazard ratio": round(float(ratios[look]), 6) if isfinite(limits.z[look]) else None,
            "beta spent": round(float(limits.beta_spent[look]), 6),
            "stopped under effect": round(float(under_effect[look]), 6),
            "stopped without effect": round(float(without[look]), 6),
        }
        for look in range(len(limits.z) - 1)
    ]


def _dash(value: float | None) -> str:
    return "\u2013" if value is None else str(value) if isinstance(value, int) else f"{value:.4f}"


def _boundaries(looks: str, alpha: float, sided: Sidedness, family: BoundaryFamily, gamma: float) -> Boundaries:
    import numpy as np

    from impasto.outcome.design import equal_looks, named_boundaries

    try:
        shares = [float(part) for part in looks.split(",")] if "," in looks or "." in looks else None
        information = equal_looks(int(looks)) if shares is None else np.array(shares)
    except ValueError:
        raise typer.BadParameter(f"{looks!r} is neither a number of looks nor shares", param_hint="--looks") from None
    return named_boundaries(family, information, alpha, sided, gamma)
