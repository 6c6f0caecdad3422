"""Finding out what a folder or zip file of DICOM files holds, from the headers alone."""

from __future__ import annotations

import filecmp
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pydicom import uid
from pydicom.dataset import Dataset

from impasto.core.errors import ImpastoError
from impasto.core.progress import Progress, silent
from impasto.files.dicom.archive import is_zip, unpacked
from impasto.files.dicom.frame import Frame, frames_of
from impasto.files.dicom.grouping import SeriesFiles, grouped
from impasto.files.dicom.header import DAMAGE, lenient, read_header
from impasto.files.dicom.phases import with_phases_joined
from impasto.files.dicom.reference import SeriesReference, reference_from_header
from impasto.files.dicom.segmentation import SEGMENTATIONS

__all__ = ["ObjectFile", "Scan", "Skipped", "scan"]

_IMAGES: Final = {
    uid.CTImageStorage,
    uid.EnhancedCTImageStorage,
    uid.LegacyConvertedEnhancedCTImageStorage,
    uid.MRImageStorage,
    uid.EnhancedMRImageStorage,
    uid.LegacyConvertedEnhancedMRImageStorage,
    uid.PositronEmissionTomographyImageStorage,
    uid.EnhancedPETImageStorage,
    uid.LegacyConvertedEnhancedPETImageStorage,
}

_OBJECTS: Final = {
    uid.RTStructureSetStorage: "structure_sets",
    uid.RTDoseStorage: "doses",
    uid.RTPlanStorage: "plans",
    **dict.fromkeys(SEGMENTATIONS, "segmentations"),
}

_LABELS = ("StructureSetLabel", "RTPlanLabel", "ContentLabel", "SeriesDescription")


@dataclass(frozen=True)
class ObjectFile:
    """A DICOM object that is not an image: structure set, dose, plan or segmentation.

    Parameters
    ----------
    path : Path
    label : str
        Its own label, else the description of its series.
    reference : SeriesReference
        Patient, study, series and frame of reference; its one SOP instance UID.
    """

    path: Path
    label: str
    reference: SeriesReference


@dataclass(frozen=True)
class Skipped:
    """A file that was not used.

    Parameters
    ----------
    path : Path
        As the user knows it: a file inside a zip file is shown below the zip file's name.
    reason : str
    file : Path, optional
        Where it lies while the scan is open: elsewhere than `path` for a file inside a zip file.
    """

    path: Path
    reason: str
    file: Path | None = None


@dataclass(frozen=True, eq=False)
class Scan:
    """What was found, and every file that was passed over.

    Parameters
    ----------
    series : tuple of SeriesFiles
    structure_sets, doses, plans, segmentations : tuple of ObjectFile
    skipped : tuple of Skipped
    """

    series: tuple[SeriesFiles, ...]
    structure_sets: tuple[ObjectFile, ...]
    doses: tuple[ObjectFile, ...]
    plans: tuple[ObjectFile, ...]
    segmentations: tuple[ObjectFile, ...]
    skipped: tuple[Skipped, ...]


@contextmanager
def scan(source: Path, progress: Progress = silent) -> Iterator[Scan]:
    """Sort the DICOM files of a folder by what they are, whatever their names and however nested.

    Zip files are unpacked to a temporary folder that is there for the length of the ``with`` block: read what was
    found inside it.

    Parameters
    ----------
    source : Path
        A folder, a zip file or a single DICOM file.
    progress : Progress

    Yields
    ------
    Scan
        Files that are not DICOM, damaged, cut short, of a kind that is not read, or byte-for-byte copies of another
        are listed as skipped.

    Raises
    ------
    ImpastoError
        When the source is not there.
    """
    if not source.exists():
        raise ImpastoError(str(source), "is not there", "check the path")
    with ExitStack() as stack:
        sorter = _Sorter()
        files = list(_files(source, sorter.skipped, stack))
        with lenient():
            for done, (file, shown) in enumerate(files):
                sorter.add(file, shown)
                progress("reading headers", (done + 1) / len(files))
        yield sorter.result()


def _files(source: Path, skipped: list[Skipped], stack: ExitStack) -> Iterator[tuple[Path, Path]]:
    """Yield every file below a source with the path to show for it, zip files taken apart."""
    if not source.is_dir():
        yield from _file(source, source, skipped, stack)
        return

    def unreadable(error: OSError) -> None:
        skipped.append(Skipped(Path(error.filename or source), f"cannot be read ({error.strerror})"))

    for folder, subfolders, names in os.walk(source, onerror=unreadable):
        subfolders.sort()
        for name in sorted(names):
            yield from _file(Path(folder, name), Path(folder, name), skipped, stack)


def _file(file: Path, shown: Path, skipped: list[Skipped], stack: ExitStack) -> Iterator[tuple[Path, Path]]:
    if not is_zip(file):
        yield file, shown
        return
    folder = tempfile.TemporaryDirectory(prefix="impasto-", ignore_cleanup_errors=True)
    try:
        for member, name in unpacked(file, Path(stack.enter_context(folder))):
            yield from _file(member, shown / name, skipped, stack)
    except ImpastoError as error:
        skipped.append(Skipped(shown, error.problem))


class _Sorter:
    """Collects files one by one."""

    def __init__(self) -> None:
        self.images: list[tuple[SeriesReference, tuple[Frame, ...]]] = []
        self.objects: dict[str, list[ObjectFile]] = {name: [] for name in _OBJECTS.values()}
        self.skipped: list[Skipped] = []
        self.instances: dict[str, tuple[Path, Path]] = {}

    def add(self, file: Path, shown: Path) -> None:
        try:
            header = read_header(file)
            stated = header.get("SOPClassUID") or header.file_meta.get("MediaStorageSOPClassUID") or ""
            sop_class = uid.UID(str(stated))
            if not sop_class:
                self.skipped.append(Skipped(shown, "does not say what kind of DICOM object it is", file))
            elif sop_class not in _IMAGES and sop_class not in _OBJECTS:
                self.skipped.append(Skipped(shown, f"{sop_class.name or 'unnamed'} objects are not read", file))
            elif sop_class in _IMAGES and int(header.get("SamplesPerPixel") or 1) > 1:
                self.skipped.append(Skipped(shown, "is a colour picture, not measured values", file))
            elif not self._is_copy(str(header.get("SOPInstanceUID", "")), file, shown):
                self._sort(header, sop_class, file)
        except ImpastoError as error:
            self.skipped.append(Skipped(shown, error.problem, file))
        except DAMAGE as error:
            self.skipped.append(Skipped(shown, f"its header is damaged ({error})"))

    def result(self) -> Scan:
        objects = {name: tuple(found) for name, found in self.objects.items()}
        return Scan(with_phases_joined(grouped(self.images)), skipped=tuple(self.skipped), **objects)

    def _is_copy(self, instance: str, file: Path, shown: Path) -> bool:
        if instance in self.instances:
            first, first_shown = self.instances[instance]
            if filecmp.cmp(first, file, shallow=False):
                self.skipped.append(Skipped(shown, f"is a copy of {first_shown}"))
                return True
        self.instances.setdefault(instance, (file, shown))
        return False

    def _sort(self, header: Dataset, sop_class: uid.UID, file: Path) -> None:
        reference = reference_from_header(header)
        if sop_class in _IMAGES:
            self.images.append((reference, frames_of(file, header)))
            return
        for item in header.get("ReferencedFrameOfReferenceSequence") or ():
            if not reference.frame_of_reference_uid and "FrameOfReferenceUID" in item:
                reference = replace(reference, frame_of_reference_uid=str(item.FrameOfReferenceUID))
        label = next((str(header[name].value) for name in _LABELS if header.get(name)), "")
        reference = replace(reference, sop_instance_uids=(str(header.SOPInstanceUID),))
        self.objects[_OBJECTS[sop_class]].append(ObjectFile(file, label, reference))
