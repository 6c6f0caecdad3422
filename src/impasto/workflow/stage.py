"""What a stage of a protocol is: a function with named inputs, checked settings and named outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from impasto.core import (
    DiffusionSeries,
    Dose,
    Image,
    ImpastoError,
    MrAcquisition,
    PetAcquisition,
    Plan,
    Prescription,
    Progress,
    Spectra,
    StructureSet,
    Transform,
)
from impasto.files import StrictModel
from impasto.workflow.artefacts import Artefact, Figures

__all__ = ["Inputs", "Stage", "StageResult"]

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Inputs:
    """The inputs of one step, read from disk when first asked for.

    Parameters
    ----------
    step : str
        Name of the step, for messages.
    loaders : mapping of str to function
        Reads the thing in each slot.
    acquisitions : mapping of str to PetAcquisition or MrAcquisition
        Header facts of those inputs that are PET or MR images.
    """

    step: str
    loaders: Mapping[str, Callable[[], Artefact]]
    acquisitions: Mapping[str, PetAcquisition | MrAcquisition] = field(default_factory=dict)

    def has(self, slot: str) -> bool:
        """Say whether an optional slot is filled."""
        return slot in self.loaders

    def image(self, slot: str) -> Image:
        """Return the image in a slot."""
        return self._typed(slot, Image)

    def structures(self, slot: str) -> StructureSet:
        """Return the structure set in a slot."""
        return self._typed(slot, StructureSet)

    def prescription(self, slot: str) -> Prescription:
        """Return the prescription in a slot."""
        return self._typed(slot, Prescription)

    def plan(self, slot: str) -> Plan:
        """Return the plan in a slot."""
        return self._typed(slot, Plan)

    def dose(self, slot: str) -> Dose:
        """Return the dose in a slot."""
        return self._typed(slot, Dose)

    def spectra(self, slot: str) -> Spectra:
        """Return the spectra in a slot."""
        return self._typed(slot, Spectra)

    def diffusion(self, slot: str) -> DiffusionSeries:
        """Return the diffusion-weighted series in a slot."""
        return self._typed(slot, DiffusionSeries)

    def transform(self, slot: str) -> Transform:
        """Return the transform in a slot."""
        return self._typed(slot, Transform)

    def figures(self, slot: str) -> Figures:
        """Return the figures in a slot."""
        return self._typed(slot, Figures)

    def pet_acquisition(self, slot: str) -> PetAcquisition:
        """Return how the PET image in a slot was acquired."""
        found = self.acquisitions.get(slot)
        if not isinstance(found, PetAcquisition):
            problem = f"the image in {slot!r} has no PET header"
            raise ImpastoError(self.step, problem, "import the PET series from DICOM")
        return found

    def mr_acquisition(self, slot: str) -> MrAcquisition:
        """Return how the MR image in a slot was acquired; all of it unknown when nothing said it."""
        found = self.acquisitions.get(slot)
        return found if isinstance(found, MrAcquisition) else MrAcquisition()

    def _typed(self, slot: str, kind: type[Kind]) -> Kind:
        if slot not in self.loaders:
            raise ImpastoError(self.step, f"its input {slot!r} is not given", "name it in the protocol's step")
        thing = self.loaders[slot]()
        if not isinstance(thing, kind):
            raise ImpastoError(
                self.step,
                f"its input {slot!r} is a {type(thing).__name__}, not a {kind.__name__}",
                "correct the protocol",
            )
        return thing


@dataclass(frozen=True)
class StageResult:
    """What a stage gives: outputs by name, and plain sentences a reader must see."""

    outputs: Mapping[str, Artefact]
    notes: tuple[str, ...] = ()


def _no_files(settings: Any) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Stage:
    """A kind of step.

    Parameters
    ----------
    name : str
    settings : type of StrictModel
        Model of its settings with their defaults.
    run : function of (inputs, settings, progress) to StageResult
    version : int
        Raised when the same inputs and settings would give another result.
    files : function of settings to mapping of str to str
        Digests of files that settings name: where one was edited the step runs again.
    """

    name: str
    settings: type[StrictModel]
    run: Callable[[Inputs, Any, Progress], StageResult]
    version: int = 1
    files: Callable[[Any], Mapping[str, str]] = _no_files
