"""RTSTRUCT to structures: contours exactly as stored, with notes on everything that a reader should know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pydicom.dataset import Dataset

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.structures import Role, Structure, StructureSet
from impasto.files.dicom.frame_of_reference import require_same_frame
from impasto.files.dicom.reference import SeriesReference
from impasto.files.dicom.rt_opening import opened_rt, read_positions, read_text
from impasto.files.dicom.self_crossing import crosses_itself

__all__ = ["StructureSetFile", "StructureSetReference", "read_structures"]

_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")


@dataclass(frozen=True)
class StructureSetReference:
    """What other RT objects name a structure set and its regions by.

    Parameters
    ----------
    sop_instance_uid : str
    roi_numbers : dict of str to int
        ROI Number of each structure.
    """

    sop_instance_uid: str
    roi_numbers: dict[str, int]


@dataclass(frozen=True, eq=False)
class StructureSetFile:
    """What an RTSTRUCT holds.

    Parameters
    ----------
    structures : StructureSet
        Contours as stored, LPS mm. Several contours in a plane combine by exclusive or.
    reference : StructureSetReference
        By what plans and stored DVHs refer to it.
    label : str
        Structure Set Label.
    patient_id, study_instance_uid : str
    referenced_series_uids : tuple of str
        The image series that it says it was drawn on.
    notes : tuple of str
        What was passed over, renamed or found odd.
    """

    structures: StructureSet
    reference: StructureSetReference
    label: str
    patient_id: str
    study_instance_uid: str
    referenced_series_uids: tuple[str, ...]
    notes: tuple[str, ...]

    def require_frame_of(self, series: SeriesReference) -> None:
        """Raise unless the structures lie in the frame of reference of an image series.

        Raises
        ------
        ImpastoError
            When the frames differ; or when none is named and the series is not the one they were drawn on.
        """
        frame = self.structures.frame_of_reference_uid
        if not frame and series.series_instance_uid in self.referenced_series_uids:
            return
        require_same_frame(f"structure set {self.label or self.reference.sop_instance_uid}", frame, series)


def read_structures(
    path: Path, *, frame_of_reference_uid: str | None = None, slice_spacing_mm: float | None = None
) -> StructureSetFile:
    """Read an RTSTRUCT.

    Parameters
    ----------
    path : Path
    frame_of_reference_uid : str, optional
        Which frame to read where the file has regions in several; the others' are passed over with a note.
    slice_spacing_mm : float, optional
        Slice distance of the image it was drawn on: the thickness of regions drawn on one slice only.

    Returns
    -------
    StructureSetFile
        Closed planar contours (CLOSED_PLANAR, CLOSEDPLANAR_XOR) become structures; points and open lines are passed
        over with a note. A region without contours is an empty structure.

    Raises
    ------
    ImpastoError
        When the file is no whole RTSTRUCT, coordinates are not finite triples, or regions lie in several frames and
        none was chosen.
    """
    with opened_rt(path, "RTSTRUCT") as dataset:
        if "StructureSetROISequence" not in dataset:
            raise ImpastoError(str(path), "holds no list of regions", "the file is incomplete: export it again")
        return _Reading(path, dataset, slice_spacing_mm).result(frame_of_reference_uid)


class _Reading:
    """One pass over an open RTSTRUCT; gathers notes on the way."""

    def __init__(self, path: Path, dataset: Dataset, slice_spacing_mm: float | None) -> None:
        self.path = path
        self.dataset = dataset
        self.slice_spacing_mm = slice_spacing_mm
        self.notes: list[str] = []
        self.numbers: dict[str, int] = {}
        self.contour_items = self._by_roi("ROIContourSequence")
        self.observations = self._by_roi("RTROIObservationsSequence")

    def result(self, wanted_frame: str | None) -> StructureSetFile:
        regions = list(self.dataset.StructureSetROISequence)
        frame = self._frame(regions, wanted_frame)
        if "RTROIObservationsSequence" not in self.dataset:
            self.notes.append("no ROI observations: every role is OTHER")
        structures = []
        for region in regions:
            number, name = int(region.ROINumber), self._name(region)
            own_frame = str(region.get("ReferencedFrameOfReferenceUID", "") or "") or frame
            if own_frame != frame:
                self.notes.append(f"{name}: passed over, it lies in another frame of reference ({own_frame})")
                continue
            self.numbers[name] = number
            structures.append(self._structure(number, name))
        listed = {int(region.ROINumber) for region in regions}
        self.notes += [
            f"contours of ROI number {n} passed over: no region has it"
            for n in sorted(set(self.contour_items) - listed)
        ]
        return StructureSetFile(
            StructureSet(tuple(structures), frame),
            StructureSetReference(str(self.dataset.get("SOPInstanceUID", "")), self.numbers),
            self._text(self.dataset, "StructureSetLabel", "the label"),
            self._text(self.dataset, "PatientID", "the patient ID"),
            str(self.dataset.get("StudyInstanceUID", "") or ""),
            _series_uids(self.dataset),
            tuple(self.notes),
        )

    def _by_roi(self, keyword: str) -> dict[int, Dataset]:
        items = self.dataset.get(keyword) or []
        return {int(item.ReferencedROINumber): item for item in items if "ReferencedROINumber" in item}

    def _text(self, item: Dataset, keyword: str, thing: str) -> str:
        text, as_declared = read_text(item, keyword, self.dataset.get("SpecificCharacterSet"))
        if not as_declared:
            self.notes.append(f"{thing} {text!r} is not in the character set that the file declares")
        return text

    def _frame(self, regions: list[Dataset], wanted: str | None) -> str | None:
        frames = {str(r.get("ReferencedFrameOfReferenceUID", "") or "") for r in regions} - {""}
        if not frames:
            items = self.dataset.get("ReferencedFrameOfReferenceSequence") or []
            frames = {str(item.get("FrameOfReferenceUID", "") or "") for item in items} - {""}
        if not frames:
            frames = {str(self.dataset.get("FrameOfReferenceUID", "") or "")} - {""}
        if wanted is not None:
            if wanted not in frames:
                known = ", ".join(sorted(frames)) or "none"
                raise ImpastoError(str(self.path), f"has no frame of reference {wanted}", f"choose one of: {known}")
            return wanted
        if len(frames) > 1:
            known = ", ".join(sorted(frames))
            raise ImpastoError(
                str(self.path), f"has regions in {len(frames)} frames of reference", f"choose one of: {known}"
            )
        if not frames:
            self.notes.append("no frame of reference is named")
        return next(iter(frames), None)

    def _name(self, region: Dataset) -> str:
        number = int(region.ROINumber)
        name = self._text(region, "ROIName", "the name")
        if not name:
            name = f"ROI {number}"
            self.notes.append(f"ROI number {number} has no name: called {name!r}")
        unique, count = name, 1
        while unique in self.numbers:
            count += 1
            unique = f"{name} ({count})"
        if unique != name:
            self.notes.append(f"several regions are called {name!r}: ROI number {number} becomes {unique!r}")
        return unique

    def _structure(self, number: int, name: str) -> Structure:
        item = self.contour_items.get(number, Dataset())
        contours = self._contours(item, name)
        colour = [int(c) for c in item.get("ROIDisplayColor") or []]
        structure = Structure(name, self._role(number, name), tuple(contours), plane_spacing_mm=self.slice_spacing_mm)
        if len(colour) == 3:
            structure = replace(structure, colour=(colour[0], colour[1], colour[2]))
        self._note_oddities(structure)
        return structure

    def _contours(self, item: Dataset, name: str) -> list[FloatArray]:
        contours = []
        other_types: dict[str, int] = {}
        for n, contour in enumerate(item.get("ContourSequence") or [], start=1):
            kind = str(contour.get("ContourGeometricType", "") or "no type")
            if kind not in _CLOSED:
                other_types[kind] = other_types.get(kind, 0) + 1
                continue
            points = read_positions(contour, "ContourData", f"{self.path}: contour {n} of {name!r}")
            stated = contour.get("NumberOfContourPoints")
            if stated is not None and int(stated) != len(points):
                self.notes.append(f"{name}: contour {n} has {len(points)} points, not {stated} as it says")
            if len(points) < 3:
                self.notes.append(f"{name}: contour {n} passed over, its {len(points)} points enclose nothing")
                continue
            contours.append(points)
        self.notes += [f"{name}: {count} {kind} passed over" for kind, count in other_types.items()]
        return contours

    def _role(self, number: int, name: str) -> Role:
        observation = self.observations.get(number)
        kind = str(observation.get("RTROIInterpretedType", "") or "") if observation is not None else ""
        if kind and kind not in list(Role):
            self.notes.append(f"{name}: interpreted type {kind} is read as OTHER")
            return Role.OTHER
        return Role(kind) if kind else Role.OTHER

    def _note_oddities(self, structure: Structure) -> None:
        if not structure.contours:
            return
        crossing = [n for n, contour in enumerate(structure.contours, start=1) if crosses_itself(contour)]
        if crossing:
            self.notes.append(
                f"{structure.name}: {len(crossing)} contours cross themselves (first: {crossing[0]});"
                " the even-odd rule decides what is inside"
            )
        try:
            planes = len(structure.stack.positions_mm)
        except ImpastoError as error:
            self.notes.append(f"{error.subject}: {error.problem}")
            return
        if planes == 1 and self.slice_spacing_mm is None:
            self.notes.append(f"{structure.name}: drawn on one slice, taken as {structure.stack.spacing_mm:g} mm thick")


def _series_uids(dataset: Dataset) -> tuple[str, ...]:
    frames = dataset.get("ReferencedFrameOfReferenceSequence") or []
    studies = [study for frame in frames for study in frame.get("RTReferencedStudySequence") or []]
    series = [one for study in studies for one in study.get("RTReferencedSeriesSequence") or []]
    return tuple(dict.fromkeys(str(one.SeriesInstanceUID) for one in series if "SeriesInstanceUID" in one))
