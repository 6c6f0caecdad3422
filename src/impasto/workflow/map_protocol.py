"""The protocol that makes every map a case has data for."""

from __future__ import annotations

from collections.abc import Sequence

from impasto.core import ImpastoError
from impasto.files import Case, EntryKind
from impasto.workflow.protocol import InputChoice, Protocol, Step

__all__ = ["map_protocol"]

_EDIT_ON, _EDIT_OFF = "-edit-on", "-edit-off"


def map_protocol(case: Case) -> Protocol:
    """Write down one step for each thing in a case that a map can be made of: spectra, PET.

    Spectra named ``NAME-edit-on`` and ``NAME-edit-off`` are one lactate-edited experiment, the step ``NAME-edited``;
    in the first lactate is upright.

    Raises
    ------
    ImpastoError
        When there is none.
    """
    inputs: dict[str, InputChoice] = {}
    steps: list[Step] = []
    drawn = case.of_kind(EntryKind.STRUCTURES)
    if drawn:
        inputs["structures"] = InputChoice(kind="structures", name=drawn[0].name)
    seen = {"structures": "structures"} if drawn else {}
    names = [entry.name for entry in case.of_kind(EntryKind.SPECTRA)]
    edited = _edited_pairs(names)
    for name in names:
        inputs[f"{name}-spectra"] = InputChoice(kind="spectra", name=name)
        if name not in edited.values() and name not in edited:
            steps.append(Step(name=name, stage="spectroscopy", inputs={"spectra": f"{name}-spectra", **seen}))
    for on, off in edited.items():
        pair = {"edit_on": f"{on}-spectra", "edit_off": f"{off}-spectra", **seen}
        steps.append(Step(name=f"{on.removesuffix(_EDIT_ON)}-edited", stage="edited-spectroscopy", inputs=pair))
    for entry in case.of_kind(EntryKind.IMAGE):
        if entry.modality == "PT":
            source = f"{entry.name}-activity"
            inputs[source] = InputChoice(kind="image", name=entry.name)
            steps.append(Step(name=entry.name, stage="standardised-uptake", inputs={"image": source}))
    if not steps:
        raise ImpastoError(str(case.folder), "has nothing that maps are made of", "add spectra or PET")
    return Protocol(
        format=1,
        name="maps",
        title="Maps",
        about="Every map that the case has data for.",
        inputs=inputs,
        steps=tuple(steps),
        report=None,
    )


def _edited_pairs(names: Sequence[str]) -> dict[str, str]:
    """Return the edit-off that belongs to each edit-on."""
    pairs = {name: f"{name.removesuffix(_EDIT_ON)}{_EDIT_OFF}" for name in names if name.endswith(_EDIT_ON)}
    return {on: off for on, off in pairs.items() if off in names}
