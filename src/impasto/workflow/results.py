"""Reading what a protocol left in a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from impasto.core import ImpastoError
from impasto.files import Case, CaseEntry, read_document, replacing_file, write_document
from impasto.workflow.artefacts import Artefact, read_artefact
from impasto.workflow.inputs import resolve_inputs
from impasto.workflow.protocol import Protocol, ReportRoles
from impasto.workflow.protocol_frame import ProtocolFrame, protocol_frame
from impasto.workflow.record import StepRecord, read_record
from impasto.workflow.settings import step_settings

__all__ = ["ProtocolResults", "keep_protocol", "open_results", "protocols_run"]

_PROTOCOL_FILE = "protocol.json"


@dataclass(frozen=True)
class ProtocolResults:
    """The results of one protocol in one case, read when asked for."""

    case: Case
    protocol: Protocol
    frame: ProtocolFrame
    records: tuple[StepRecord, ...]

    @property
    def inputs(self) -> Mapping[str, CaseEntry]:
        """Entries of the case by the protocol's name for them."""
        return self.frame.entries

    def report_roles(self) -> ReportRoles:
        """Return what the protocol shows in reports and exports.

        Raises
        ------
        ImpastoError
            When it plans nothing to show.
        """
        if self.protocol.report is None:
            raise ImpastoError(
                self.protocol.name, "makes maps, not plans", "choose a planning protocol with --protocol"
            )
        return self.protocol.report

    def load(self, reference: str) -> Artefact:
        """Read a protocol input (``"ct"``), brought into its frame, or a step's output (``"uptake.image"``)."""
        step, _, output = reference.partition(".")
        if not output:
            return self.frame.load(step)
        for record in self.records:
            if record.step == step and output in record.outputs:
                folder = self.case.results_folder(self.protocol.name) / step / output
                return read_artefact(record.outputs[output].kind, folder)
        raise ImpastoError(reference, "no step has left this", f"run {self.protocol.name} to its end")


def keep_protocol(case: Case, protocol: Protocol) -> None:
    """Keep the protocol, overridden settings and all, beside its results."""
    with replacing_file(case.results_folder(protocol.name) / _PROTOCOL_FILE) as path:
        write_document(protocol, path)


def protocols_run(case: Case) -> list[str]:
    """Names of the protocols that have results in a case."""
    return sorted(path.parent.name for path in case.folder.glob(f"results/*/{_PROTOCOL_FILE}"))


def open_results(case: Case, name: str | None = None) -> ProtocolResults:
    """Open the results of a protocol; without a name, of the only one that was run.

    Raises
    ------
    ImpastoError
        When nothing was run, several were, a run did not reach its end, or steps are out of date.
    """
    run = protocols_run(case)
    if name is None and len(run) > 1:
        raise ImpastoError(str(case.folder), f"several protocols were run: {', '.join(run)}", "choose with --protocol")
    if not run or (name is not None and name not in run):
        raise ImpastoError(
            str(case.folder), f"{name or 'no protocol'} was{'' if name is None else ' not'} run", "run it"
        )
    chosen = name or run[0]
    folder = case.results_folder(chosen)
    protocol = read_document(folder / _PROTOCOL_FILE, Protocol)
    entries = resolve_inputs(case, protocol)
    # a step whose optional inputs are not there is left out of every run
    wanted = [step.name for step in protocol.steps if all(needed in entries for needed in step.needs)]
    records = [read_record(folder / name) for name in wanted]
    missing = [name for name, record in zip(wanted, records, strict=True) if record is None]
    if missing:
        raise ImpastoError(chosen, f"these steps have no result yet: {', '.join(missing)}", "run the protocol again")
    frame = protocol_frame(case, protocol, entries)
    _require_current(protocol, {record.step: record for record in records if record is not None})
    return ProtocolResults(case, protocol, frame, tuple(record for record in records if record is not None))


def _require_current(protocol: Protocol, records: Mapping[str, StepRecord]) -> None:
    """Refuse results of steps that were made with other settings, or of other results, than those kept now."""
    for step, settings in step_settings(protocol).items():
        if step not in records:
            continue
        record = records[step]
        stale = record.settings != settings
        for used in record.inputs.values():
            source, _, output = used.reference.partition(".")
            stale = stale or (bool(output) and records[source].outputs[output].sha256 != used.sha256)
        if stale:
            raise ImpastoError(protocol.name, f"the result of {step} is out of date", "run the protocol again")
