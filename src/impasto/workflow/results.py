"""Reading what a protocol left in a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from impasto.core import ImpastoError
from impasto.files import Case, CaseEntry, EntryKind, read_document, replacing_file, write_document
from impasto.workflow.artefacts import Artefact, read_artefact
from impasto.workflow.inputs import resolve_inputs
from impasto.workflow.protocol import Protocol, ReportRoles
from impasto.workflow.protocol_frame import ProtocolFrame, protocol_frame
from impasto.workflow.record import StepRecord, read_record
from impasto.workflow.settings import step_settings

__all__ = ["ProtocolResults", "keep_protocol", "open_plans", "open_results", "protocols_run"]

_PROTOCOL_FILE = "protocol.json"
_NO_PLAN = "choose a protocol that plans with --protocol, or run one"

_PREPARING = ("registration", "anatomy", "lesions", "maps")
"""Protocols whose results others take as inputs."""

_PLANS_BESIDE = ("adaptive",)
"""Protocols that plan, of which reports and exports do not tell as of one prescription."""


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
            raise ImpastoError(self.protocol.name, "it plans no dose", _NO_PLAN)
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
    """Open the results of a protocol; without a name, of the one that the others were run for.

    That is the only one that plans; where none plans, the only one that does more than prepare images.

    Raises
    ------
    ImpastoError
        When nothing was run, several protocols could be meant, a run did not reach its end, or steps are out of date.
    """
    protocol = (
        _kept(case, name) if name is not None else _meant(case, [_kept(case, one) for one in protocols_run(case)])
    )
    chosen, folder = protocol.name, case.results_folder(protocol.name)
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


def open_plans(case: Case, name: str | None = None) -> ProtocolResults:
    """Open the results of a protocol that plans; without a name, of the only one that was run.

    Raises
    ------
    ImpastoError
        When the protocol plans no dose, no protocol that was run does, or several do; as :func:`open_results`.
    """
    if name is None:
        run = [_kept(case, one) for one in protocols_run(case)]
        planning = [one for one in run if one.report is not None]
        if not planning:
            why = f"{', '.join(one.name for one in run)} plan none" if run else "no protocol was run"
            dose = "no dose was planned" if case.of_kind(EntryKind.DOSE) else "no dose"
            raise ImpastoError(str(case.folder), f"{dose} in this case ({why})", "run a protocol that plans")
        name = _meant(case, planning).name
    results = open_results(case, name)
    results.report_roles()
    return results


def _kept(case: Case, name: str) -> Protocol:
    path = case.results_folder(name) / _PROTOCOL_FILE
    if not path.is_file():
        raise ImpastoError(str(case.folder), f"{name} was not run", f"run it: impasto run {name}")
    return read_document(path, Protocol)


def _meant(case: Case, run: Sequence[Protocol]) -> Protocol:
    """Return the one that the others were run for."""
    if not run:
        raise ImpastoError(str(case.folder), "no protocol was run", "run one: impasto run")
    planning = [one for one in run if one.report is not None or one.name in _PLANS_BESIDE]
    left = planning or [one for one in run if one.name not in _PREPARING] or run
    if len(left) > 1:
        names = ", ".join(one.name for one in left)
        raise ImpastoError(str(case.folder), f"several protocols were run: {names}", "choose with --protocol")
    return left[0]


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
