"""dicompyler-core's side of the benchmark `dvh`: runs in its own environment, reads one .npz, prints one JSON line.

The input holds ``cases`` (JSON): each with dose spacing and origin, a key of a dose array and keys of contours. With
a folder as input, the DVHs of every structure of its rtss.dcm and rtdose.dcm.
Times are CPU seconds of the calculation alone, with both files parsed before.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path

import numpy as np
from dicompylercore import dicomparser, dvh, dvhcalc
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

logging.disable(logging.CRITICAL)


def main() -> None:
    source = Path(sys.argv[1])
    answer = from_folder(source) if source.is_dir() else from_arrays(source)
    print(json.dumps(answer))


def from_folder(folder: Path) -> dict:
    contours = dicomparser.DicomParser(str(folder / "rtss.dcm"))
    dose = dicomparser.DicomParser(str(folder / "rtdose.dcm"))
    result = {}
    for number, found in contours.GetStructures().items():
        if not found["empty"]:
            result[found["name"]] = figures(contours, dose, number, repeats=5)
    return result


def from_arrays(path: Path) -> dict:
    arrays = np.load(path)
    cases = json.loads(str(arrays["cases"]))
    result = {}
    for case in cases:
        contours = dicomparser.DicomParser(structure_set([arrays[key] for key in case["contours"]]))
        dose = dicomparser.DicomParser(dose_grid(arrays[case["dose"]], case["spacing_mm"], case["origin_mm"]))
        result[case["name"]] = figures(contours, dose, 1)
    return result


def figures(
    contours: dicomparser.DicomParser, dose: dicomparser.DicomParser, number: int, repeats: int = 1
) -> dict[str, float]:
    structure = dict(contours.GetStructures()[number])
    structure["planes"] = contours.GetStructureCoordinates(number)
    structure["thickness"] = contours.CalculatePlaneThickness(structure["planes"])
    times = []
    for _ in range(repeats):
        start = time.process_time()
        calculated = dvhcalc._calculate_dvh(structure, dose)
        bins = np.arange(0, calculated.histogram.size + 1) / 100
        if calculated.histogram.size == 1:
            bins = np.arange(0, 2)
        histogram = dvh.DVH(calculated.histogram, bins, dvh_type="differential", dose_units="Gy").cumulative
        times.append(time.process_time() - start)
    answer = {"volume": histogram.volume, "Dmin": histogram.min, "Dmax": histogram.max, "Dmean": histogram.mean}
    for percent in (99, 98, 95, 50, 5, 2, 1):
        answer[f"D{percent}"] = histogram.dose_constraint(percent).value
    answer["D0.03cc"] = histogram.dose_constraint(0.03, "cc").value
    answer["seconds"] = min(times)
    return {key: float(value) for key, value in answer.items()}


def blank(sop_class_uid: str) -> Dataset:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = sop_class_uid
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = "1.2.3"
    data.is_little_endian, data.is_implicit_VR = True, False
    return data


def structure_set(contours: list[np.ndarray]) -> Dataset:
    data = blank("1.2.840.10008.5.1.4.1.1.481.3")
    data.Modality = "RTSTRUCT"
    region = Dataset()
    region.ROINumber, region.ROIName = 1, "shape"
    data.StructureSetROISequence = Sequence([region])
    observation = Dataset()
    observation.ReferencedROINumber, observation.RTROIInterpretedType = 1, "ORGAN"
    data.RTROIObservationsSequence = Sequence([observation])
    drawn = Dataset()
    drawn.ReferencedROINumber, drawn.ROIDisplayColor = 1, [255, 0, 0]
    items = []
    for contour in contours:
        item = Dataset()
        item.ContourGeometricType = "CLOSED_PLANAR"
        item.NumberOfContourPoints = len(contour)
        item.ContourData = [f"{value:.6g}" for value in contour.ravel()]
        items.append(item)
    drawn.ContourSequence = Sequence(items)
    data.ROIContourSequence = Sequence([drawn])
    return data


def dose_grid(dose_gy: np.ndarray, spacing_mm: list[float], origin_mm: list[float]) -> Dataset:
    """Pack doses, shape (i, j, k), in an RTDOSE with 32-bit values."""
    data = blank("1.2.840.10008.5.1.4.1.1.481.2")
    data.Modality, data.DoseUnits, data.DoseType, data.DoseSummationType = "RTDOSE", "GY", "PHYSICAL", "PLAN"
    data.ImagePositionPatient = [f"{value:.6g}" for value in origin_mm]
    data.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    data.PixelSpacing = [spacing_mm[1], spacing_mm[0]]
    frames = dose_gy.shape[2]
    data.GridFrameOffsetVector = [f"{k * spacing_mm[2]:.6g}" for k in range(frames)]
    data.NumberOfFrames, data.Rows, data.Columns = frames, dose_gy.shape[1], dose_gy.shape[0]
    data.FrameIncrementPointer = 0x3004000C
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 32, 32, 31, 0
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    scaling = float(dose_gy.max()) / (2**32 - 2)
    data.DoseGridScaling = f"{scaling:.10e}"
    stored = np.round(np.transpose(dose_gy, (2, 1, 0)) / float(data.DoseGridScaling)).astype("<u4")
    data.PixelData = stored.tobytes()
    return data


if __name__ == "__main__":
    main()
