"""Spectra as NIfTI-MRS (Clarke 2022): complex samples along NIfTI's fourth axis, and a JSON header extension.

NIfTI's world is RAS, impasto's is LPS: the flip happens at this door as in :mod:`impasto.files.nifti`. The sign of
the signal is NIfTI-MRS's own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nifti_mrs.create_nmrs import gen_nifti_mrs_hdr_ext
from nifti_mrs.hdr_ext import Hdr_Ext
from numpy.typing import NDArray

from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.spectra import WATER_PPM, RawSpectra, Spectra
from impasto.files.atomic import replacing_file
from impasto.files.nifti import RAS_FROM_LPS

__all__ = ["is_nifti_mrs", "is_simulated", "raw_spectra_of", "read_nifti_mrs", "write_nifti_mrs"]

_EXTENSION_CODE = 44
_COIL, _TRANSIENTS = "DIM_COIL", ("DIM_DYN", "DIM_MEAS")
_DEFAULT_TAGS = (_COIL, "DIM_DYN", "DIM_INDIRECT_0")
_SECONDS = {"sec": 1.0, "unknown": 1.0, "msec": 1e-3, "usec": 1e-6}
_LONGEST_DWELL_S = 0.1
_LONGEST_ECHO_TIME_S = 2.0
_HIGHEST_FREQUENCY_MHZ = 2000.0
_SIMULATED = "SimulatedData"
_RESEARCH = "ResearchUse"


@dataclass(frozen=True)
class _Header:
    """What the header extension says."""

    frequency_mhz: float
    nucleus: str
    echo_time_s: float
    repetition_time_s: float | None
    centre_ppm: float
    tags: tuple[str, ...]


def is_nifti_mrs(path: Path) -> bool:
    """Whether a NIfTI file says that it holds spectra."""
    try:
        header = nibabel.load(path).header
    except (ImageFileError, EOFError, OSError, ValueError):
        return False
    named = hasattr(header, "get_intent") and str(header.get_intent()[2]).startswith("mrs_v")
    return bool(named) or _EXTENSION_CODE in _codes(header)


def is_simulated(path: Path) -> bool:
    """Whether a NIfTI-MRS file is marked as simulated, not measured.

    Raises
    ------
    ImpastoError
        When the file cannot be read or is not NIfTI-MRS.
    """
    mark = _extension(_loaded(path), str(path)).get(_SIMULATED)
    return bool(mark.get("Value")) if isinstance(mark, dict) else False


def read_nifti_mrs(path: Path, echo_time_s: float | None = None) -> RawSpectra:
    """Read a NIfTI-MRS file.

    Parameters
    ----------
    path : Path
        ``.nii`` or ``.nii.gz``.
    echo_time_s : float, optional
        For files that do not state it.

    Returns
    -------
    RawSpectra
        Coil and transient axes of length one where the file has none; repeated measurements (``DIM_MEAS``) count as
        transients. Where the header says that another chemical shift than water's lies at zero frequency
        (``SpecFreqChemShift``, ``RxOffset``), the signal is turned so that water does.

    Raises
    ------
    ImpastoError
        When the file cannot be read, is not NIfTI-MRS, is real or not finite, lacks or contradicts a fact that is
        needed (dwell time, frequency, nucleus, echo time), lies in k-space, or has an axis that is neither coil nor
        transient.
    """
    return raw_spectra_of(_loaded(path), str(path), echo_time_s)


def raw_spectra_of(file: Any, name: str, echo_time_s: float | None = None) -> RawSpectra:
    """Read an open NIfTI-MRS image, see :func:`read_nifti_mrs`; `name` is what errors call it."""
    header = _parsed(_extension(file, name), name, echo_time_s, file.ndim)
    if not np.issubdtype(file.get_data_dtype(), np.complexfloating):
        raise ImpastoError(name, "its samples are not complex", "export the complex time signal")
    dwell_s = _dwell_s(file.header, _extension(file, name), name)
    try:
        fid = np.asarray(file.dataobj)
        grid = Grid(fid.shape[:3], RAS_FROM_LPS @ file.affine)
        fid = _water_at_zero(_coils_then_transients(fid, header.tags, name), header, dwell_s)
        return RawSpectra(
            fid, grid, dwell_s, header.frequency_mhz, header.echo_time_s, header.nucleus, header.repetition_time_s
        )
    except (EOFError, OSError, ValueError) as error:
        raise ImpastoError(name, f"is not a readable NIfTI file ({error})", "check or export it again") from None
    except ImpastoError as error:
        raise ImpastoError(name, error.problem, error.remedy) from None


def write_nifti_mrs(spectra: Spectra | RawSpectra, path: Path, simulated: bool = False) -> None:
    """Write spectra as NIfTI-MRS, marked as for research use.

    Parameters
    ----------
    spectra : Spectra or RawSpectra
        A water reference is not written: it is a file of its own, written with ``replace(spectra, fid=spectra.water)``.
    path : Path
        Ends in ``.nii.gz`` or ``.nii``; appears whole or not at all.
    simulated : bool
        Marks the data as generated, not measured.

    Raises
    ------
    ImpastoError
        When the file cannot be written.
    """
    fid = np.asarray(spectra.fid)
    header = Hdr_Ext(float(spectra.frequency_mhz), spectra.nucleus)
    if isinstance(spectra, RawSpectra):
        header.set_dim_info(0, _COIL)
        header.set_dim_info(1, _TRANSIENTS[0])
    header.set_standard_def("EchoTime", float(spectra.echo_time_s))
    if spectra.repetition_time_s is not None:
        header.set_standard_def("RepetitionTime", float(spectra.repetition_time_s))
    header.set_standard_def("SpectralWidth", 1.0 / spectra.dwell_s)
    header.set_standard_def("ConversionMethod", "impasto")
    header.set_user_def(_RESEARCH, True, "Written by research software: not for clinical use.")
    if simulated:
        header.set_user_def(_SIMULATED, True, "Generated by a model, not measured in a patient.")
    affine = RAS_FROM_LPS @ spectra.grid.affine
    file = gen_nifti_mrs_hdr_ext(fid, float(spectra.dwell_s), header, affine=affine, no_conj=True)
    with replacing_file(path) as beside:
        nibabel.save(file.image.nibImage, beside)


def _loaded(path: Path) -> Any:
    try:
        return nibabel.load(path)
    except (ImageFileError, EOFError, OSError, ValueError) as error:
        raise ImpastoError(str(path), f"is not a readable NIfTI file ({error})", "check or export it again") from None


def _codes(header: Any) -> list[int]:
    return list(header.extensions.get_codes()) if hasattr(header, "extensions") else []


def _extension(file: Any, name: str) -> dict[str, Any]:
    codes = _codes(file.header)
    if _EXTENSION_CODE not in codes:
        problem = f"has no NIfTI-MRS header extension (code {_EXTENSION_CODE})"
        raise ImpastoError(name, problem, "convert the scanner's file with spec2nii, or add it as an image")
    try:
        content = json.loads(file.header.extensions[codes.index(_EXTENSION_CODE)].get_content())
    except (json.JSONDecodeError, UnicodeDecodeError, TypeError) as error:
        raise ImpastoError(name, f"its NIfTI-MRS header is not JSON ({error})", "convert it again") from None
    if not isinstance(content, dict):
        raise ImpastoError(name, "its NIfTI-MRS header is not a JSON object", "convert it again")
    return content


def _parsed(content: dict[str, Any], name: str, echo_time_s: float | None, axes: int) -> _Header:
    nucleus = _only(content, "ResonantNucleus", name)
    if not isinstance(nucleus, str) or not re.fullmatch(r"\d+[A-Z][a-z]?", nucleus):
        raise ImpastoError(name, f"its nucleus {nucleus!r} is none", "correct ResonantNucleus, for example to 1H")
    frequency_mhz = _number(_only(content, "SpectrometerFrequency", name), "SpectrometerFrequency", name)
    if not 0.0 < frequency_mhz <= _HIGHEST_FREQUENCY_MHZ:
        problem = f"its spectrometer frequency is {frequency_mhz:g} MHz"
        raise ImpastoError(name, problem, "correct SpectrometerFrequency, which is in MHz")
    if any(content.get("kSpace") or ()):
        raise ImpastoError(name, "lies in k-space", "reconstruct it before import")
    repetition_time_s = content.get("RepetitionTime")
    water_ppm = WATER_PPM if nucleus == "1H" else 0.0
    centre = content.get("SpecFreqChemShift", water_ppm), content.get("RxOffset", 0.0)
    return _Header(
        frequency_mhz,
        nucleus,
        _echo_time_s(content, name) if echo_time_s is None else echo_time_s,
        None if repetition_time_s is None else _number(repetition_time_s, "RepetitionTime", name),
        _number(centre[0], "SpecFreqChemShift", name) + _number(centre[1], "RxOffset", name),
        tuple(content.get(f"dim_{axis + 1}") or _DEFAULT_TAGS[axis - 4] for axis in range(4, min(axes, 7))),
    )


def _only(content: dict[str, Any], key: str, name: str) -> Any:
    values = content.get(key)
    if values in (None, []):
        raise ImpastoError(name, f"its NIfTI-MRS header lacks {key}", "convert it again")
    if isinstance(values, list) and len(values) > 1:
        raise ImpastoError(name, f"it has several values of {key}", "give spectra of one nucleus")
    return values[0] if isinstance(values, list) else values


def _echo_time_s(content: dict[str, Any], name: str) -> float:
    if content.get("EchoTime") is None:
        raise ImpastoError(name, "does not state the echo time", "give it (--echo-time)")
    echo_time_s = _number(content["EchoTime"], "EchoTime", name)
    if not 0.0 <= echo_time_s <= _LONGEST_ECHO_TIME_S:
        raise ImpastoError(name, f"its echo time is {echo_time_s:g} s", "correct EchoTime, which is in seconds")
    return echo_time_s


def _number(value: Any, key: str, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ImpastoError(name, f"its {key} is {value!r}, not a number", "convert it again")
    return float(value)


def _dwell_s(header: Any, content: dict[str, Any], name: str) -> float:
    unit = header.get_xyzt_units()[1]
    dwell_s = float(header["pixdim"][4]) * _SECONDS.get(unit, np.nan)
    if not 0.0 < dwell_s <= _LONGEST_DWELL_S:
        problem = f"its dwell time is {float(header['pixdim'][4]):g} ({unit})"
        raise ImpastoError(name, problem, "write the time between samples into pixdim[4]")
    width_hz = content.get("SpectralWidth")
    if width_hz is not None and abs(_number(width_hz, "SpectralWidth", name) * dwell_s - 1.0) > 1e-3:
        problem = f"its spectral width of {width_hz:g} Hz contradicts its dwell time of {dwell_s:g} s"
        raise ImpastoError(name, problem, "correct the one that is wrong")
    return dwell_s


def _coils_then_transients(
    fid: NDArray[np.complexfloating], tags: tuple[str, ...], name: str
) -> NDArray[np.complexfloating]:
    """Order the axes behind time as coil, transient; several kinds of transients become one axis."""
    if fid.ndim < 4:
        raise ImpastoError(name, f"has {fid.ndim} axes", "give three of space and one of time")
    coils = [axis for axis, tag in enumerate(tags, 4) if tag == _COIL]
    transients = [axis for axis, tag in enumerate(tags, 4) if tag in _TRANSIENTS]
    others = {axis: tag for axis, tag in enumerate(tags, 4) if axis not in (*coils, *transients)}
    for axis, tag in others.items():
        if fid.shape[axis] > 1:
            problem = f"has {fid.shape[axis]} signals along {tag}, which is neither coil nor transient"
            raise ImpastoError(name, problem, "choose or combine them (mrs_tools split, or the sequence's own tool)")
    ordered = np.moveaxis(fid, (*coils, *transients, *others), range(4, fid.ndim))
    coil_count = int(np.prod([fid.shape[axis] for axis in coils]))
    return np.ascontiguousarray(ordered.reshape(*fid.shape[:4], coil_count, -1))


def _water_at_zero(fid: NDArray[np.complexfloating], header: _Header, dwell_s: float) -> NDArray[np.complexfloating]:
    """Turn a proton signal so that water's chemical shift lies at zero frequency."""
    offset_hz = (header.centre_ppm - WATER_PPM) * header.frequency_mhz
    if header.nucleus != "1H" or abs(offset_hz) < 1e-6:
        return fid
    times_s = np.arange(fid.shape[3]) * dwell_s
    turning = np.exp(-2j * np.pi * offset_hz * times_s).astype(fid.dtype)
    turned: NDArray[np.complexfloating] = fid * turning[:, None, None]
    return turned
