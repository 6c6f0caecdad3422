"""The protocol that makes every map a case has data for."""

from __future__ import annotations

from impasto.core import ImpastoError
from impasto.files import Case, EntryKind
from impasto.workflow.protocol import InputChoice, Protocol, Step

__all__ = ["map_protocol"]


def map_protocol(case: Case) -> Protocol:
    """Write down one step for each thing in a case that a map can be made of: spectra, PET.

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
    for entry in case.of_kind(EntryKind.SPECTRA):
        source = f"{entry.name}-spectra"
        inputs[source] = InputChoice(kind="spectra", name=entry.name)
        given = {"spectra": source, **({"structures": "structures"} if drawn else {})}
        steps.append(Step(name=entry.name, stage="spectroscopy", inputs=given))
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
