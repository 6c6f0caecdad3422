"""What the maps of a series were, or would be, made with: inputs and settings of its step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from impasto.core import ImpastoError
from impasto.files import Case, CaseEntry, StrictModel, validated
from impasto.workflow.artefacts import Artefact
from impasto.workflow.inputs import entry_acquisition, load_entry, resolve_inputs
from impasto.workflow.maps.protocol import map_protocol
from impasto.workflow.protocol import Protocol, Step
from impasto.workflow.results import ProtocolResults, open_results, protocols_run
from impasto.workflow.settings import stage_named
from impasto.workflow.stage import Inputs

__all__ = ["MappedSeries", "mapped_series"]

_SLOT = "series"


@dataclass(frozen=True)
class MappedSeries:
    """A series of a case, ready to be looked at as its maps see it.

    Parameters
    ----------
    stage : str
        That maps it.
    inputs : Inputs
    settings : StrictModel
        Of that stage.
    note : str
        Where the settings are from.
    results : mapping of str to function
        Loads each output of the step, where it was run.
    """

    stage: str
    inputs: Inputs
    settings: StrictModel
    note: str
    results: Mapping[str, Callable[[], Artefact]]


def mapped_series(case: Case, entry: CaseEntry) -> MappedSeries:
    """Find the step that maps a series: of the case's latest results that hold one, else of ``impasto maps``.

    Parameters
    ----------
    case : Case
    entry : CaseEntry
        A series that :func:`~impasto.workflow.maps.protocol.map_protocol` has a step for.

    Raises
    ------
    ImpastoError
        When nothing maps the series.
    """
    made = [(results, step) for results in _results(case) if (step := _step(results.protocol, results.inputs, entry))]
    if not made:
        protocol = map_protocol(case)
        entries = resolve_inputs(case, protocol)
        step = _step(protocol, entries, entry)
        if step is None:
            raise ImpastoError(
                entry.name, "is no series that maps are made of", "choose a DCE, DSC or diffusion series"
            )
        load = partial(_load_input, case, entries)
        return _opened(case, step, entries, load, "Default settings: no current maps of this series.")
    results, step = max(made, key=lambda pair: _finished(*pair))
    note = f"Settings of {results.protocol.name}, {_finished(results, step)[:10]}."
    found = _opened(case, step, results.inputs, results.load, note)
    record = next(record for record in results.records if record.step == step.name)
    outputs = {name: partial(results.load, f"{step.name}.{name}") for name in record.outputs}
    return MappedSeries(found.stage, found.inputs, found.settings, note, outputs)


def _results(case: Case) -> list[ProtocolResults]:
    """Results that are whole and current."""
    found = []
    for name in protocols_run(case):
        try:
            found.append(open_results(case, name))
        except ImpastoError:
            continue
    return found


def _step(protocol: Protocol, entries: Mapping[str, CaseEntry], series: CaseEntry) -> Step | None:
    return next((step for step in protocol.steps if entries.get(step.inputs.get(_SLOT, "")) == series), None)


def _finished(results: ProtocolResults, step: Step) -> str:
    return next(record.finished for record in results.records if record.step == step.name)


def _load_input(case: Case, entries: Mapping[str, CaseEntry], reference: str) -> Artefact:
    return load_entry(case, entries[reference])


def _opened(
    case: Case, step: Step, entries: Mapping[str, CaseEntry], load: Callable[[str], Artefact], note: str
) -> MappedSeries:
    given = {slot: entries.get(reference) for slot, reference in step.inputs.items()}
    acquired = {slot: entry_acquisition(case, entry) for slot, entry in given.items() if entry is not None}
    # an optional input that the case lacks is no slot; the output of another step is
    present = {slot: ref for slot, ref in step.inputs.items() if given[slot] is not None or "." in ref}
    inputs = Inputs(
        step.name,
        {slot: partial(load, reference) for slot, reference in present.items()},
        {slot: found for slot, found in acquired.items() if found is not None},
    )
    settings = validated(step.settings, stage_named(step.stage, step.name).settings, f"settings of {step.name}")
    return MappedSeries(step.stage, inputs, settings, note, {})
