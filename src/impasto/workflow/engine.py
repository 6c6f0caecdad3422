"""Running a protocol on a case, step by step.

Every step's outputs are written beside and renamed into ``results/PROTOCOL/STEP`` with a record of what made them.
A step whose record is current is skipped, so an interrupted run resumes and a changed setting re-runs only what
depends on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import impasto
from impasto.core import ImpastoError, MrAcquisition, PetAcquisition, Progress, silent
from impasto.files import (
    Case,
    content_hash,
    replacing_folder,
    validated,
    write_document,
)
from impasto.workflow.artefacts import Artefact, read_artefact, write_artefact
from impasto.workflow.inputs import entry_acquisition, resolve_inputs
from impasto.workflow.protocol import Protocol, Step
from impasto.workflow.protocol_frame import ProtocolFrame, protocol_frame
from impasto.workflow.record import RECORD_FILE, InputRecord, OutputRecord, StepRecord, current_record, step_key
from impasto.workflow.results import keep_protocol
from impasto.workflow.settings import stage_named
from impasto.workflow.stage import Inputs, StageResult

__all__ = ["StepOutcome", "run_protocol"]


@dataclass(frozen=True)
class StepOutcome:
    """What happened to one step: whether it ran or was current, and its record."""

    record: StepRecord
    ran: bool


@dataclass(frozen=True)
class _Source:
    """Something a step can read: its content hash and how to load it."""

    sha256: str
    load: Callable[[], Artefact]
    acquisition: PetAcquisition | MrAcquisition | None = None


def run_protocol(
    case: Case, protocol: Protocol, only: str | None = None, progress: Progress = silent
) -> tuple[StepOutcome, ...]:
    """Run every step of a protocol whose result is not current.

    Parameters
    ----------
    case : Case
    protocol : Protocol
        With overridden settings already in it.
    only : str, optional
        Run this step alone; the steps it depends on must be current.
    progress : Progress

    Returns
    -------
    tuple of StepOutcome
        In order; with `only`, that one.

    Raises
    ------
    ImpastoError
        When an input is missing or a step cannot run; earlier steps' results stay.
    """
    names = [step.name for step in protocol.steps]
    if only is not None and only not in names:
        raise ImpastoError(only, f"{protocol.name} has no such step", f"choose one of: {', '.join(names)}")
    entries = resolve_inputs(case, protocol)
    keep_protocol(case, protocol)
    frame = protocol_frame(case, protocol, entries)
    sources = {name: _case_source(frame, name) for name in entries}
    outcomes = []
    for step in protocol.steps:
        if any(name not in entries for name in step.needs):
            continue
        may_run = only in (None, step.name)
        outcome = _run_step(step, sources, case.results_folder(protocol.name), may_run, progress)
        folder = case.results_folder(protocol.name) / step.name
        for name, output in outcome.record.outputs.items():
            load = cache(partial(read_artefact, output.kind, folder / name))
            sources[f"{step.name}.{name}"] = _Source(output.sha256, load)
        if may_run:
            outcomes.append(outcome)
        if step.name == only:
            break
    return tuple(outcomes)


def _case_source(frame: ProtocolFrame, name: str) -> _Source:
    entry = frame.entries[name]
    return _Source(frame.digest(name), cache(partial(frame.load, name)), entry_acquisition(frame.case, entry))


def _run_step(
    step: Step, sources: Mapping[str, _Source], results: Path, may_run: bool, progress: Progress
) -> StepOutcome:
    stage = stage_named(step.stage, step.name)
    settings = validated(step.settings, stage.settings, f"settings of {step.name}")
    given = {slot: sources[reference] for slot, reference in step.inputs.items() if reference in sources}
    hashes = {slot: source.sha256 for slot, source in given.items()}
    hashes |= {f"file {name}": sha256 for name, sha256 in stage.files(settings).items()}
    plain_settings = settings.model_dump(mode="json")
    key = step_key(stage.name, f"{impasto.__version__}/{stage.version}", plain_settings, hashes)
    record = current_record(results / step.name, key)
    if record is not None:
        return StepOutcome(record, ran=False)
    if not may_run:
        raise ImpastoError(step.name, "its result is missing or out of date", "run the whole protocol first")
    progress(step.name, 0.0)
    inputs = Inputs(
        step.name,
        {slot: source.load for slot, source in given.items()},
        {slot: source.acquisition for slot, source in given.items() if source.acquisition is not None},
    )
    started = time.perf_counter()
    result = stage.run(inputs, settings, _within(step.name, progress))
    references = {
        slot: InputRecord(reference=step.inputs[slot], sha256=source.sha256) for slot, source in given.items()
    }
    record = _write_result(
        results / step.name,
        result,
        StepRecord(
            step=step.name,
            stage=stage.name,
            key=key,
            impasto=impasto.__version__,
            settings=plain_settings,
            inputs=references,
            outputs={},
            notes=result.notes,
            seconds=round(time.perf_counter() - started, 3),
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
        ),
    )
    progress(step.name, 1.0)
    return StepOutcome(record, ran=True)


def _write_result(folder: Path, result: StageResult, record: StepRecord) -> StepRecord:
    with replacing_folder(folder) as fresh:
        outputs = {}
        for name, artefact in result.outputs.items():
            kind = write_artefact(artefact, fresh / name)
            outputs[name] = OutputRecord(kind=kind, sha256=content_hash(fresh / name))
        complete = record.model_copy(update={"outputs": outputs})
        write_document(complete, fresh / RECORD_FILE)
    return complete


def _within(step: str, progress: Progress) -> Progress:
    """Show a stage's own progress under the step's name."""

    def inner(work: str, fraction: float) -> None:
        progress(f"{step}: {work}" if work else step, fraction)

    return inner
