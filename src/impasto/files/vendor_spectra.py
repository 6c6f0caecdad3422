"""Spectra as scanners write them, converted by spec2nii (Clarke 2022).

Siemens RDA and DICOM, Philips SDAT with SPAR and DICOM, United Imaging DICOM, GE P-files.
"""

from __future__ import annotations

import gc
import io
import math
import re
import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

from impasto.core.errors import ImpastoError
from impasto.core.spectra import RawSpectra
from impasto.files.dicom.header import DAMAGE, lenient, read_header
from impasto.files.nifti_mrs import raw_spectra_of

__all__ = [
    "VendorSpectra",
    "is_p_file",
    "is_vendor_spectra",
    "philips_partner",
    "read_vendor_spectra",
    "spectroscopy_series",
]

_SPECTROSCOPY_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.4.2": "MR Spectroscopy Storage",
    "1.3.12.2.1107.5.9.1": "Siemens CSA Non-Image Storage",
    "1.3.46.670589.11.0.0.12.1": "Philips private spectroscopy",
}
_RDA_HEADER_END = b">>> End of header <<<\r\n"
_P_FILE = re.compile(r"^P\d+\.7$", re.IGNORECASE)
_OUTPUT = "spectra"
_WATER_SUFFIXES = (
    "_ref",
    "_quant",
    "_ref_no_ovs",
    "_rf_grads_ovs_off",
    "_ref_ecc",
    "_ecc",
    "_rf_off",
    "_vapor_ovs_rfoff",
)
"""How spec2nii names references without water suppression, the best for concentrations first."""

_Converted: TypeAlias = tuple[list[Any], list[str]]


@dataclass(frozen=True, eq=False)
class VendorSpectra:
    """What a scanner's file held.

    Parameters
    ----------
    signal : RawSpectra
    water : RawSpectra or None
        Reference without water suppression, where the same file holds one.
    notes : tuple of str
        What converted it, and what that warned of.
    """

    signal: RawSpectra
    water: RawSpectra | None
    notes: tuple[str, ...]


def is_p_file(path: Path) -> bool:
    """Whether a file has the name of a GE P-file, ``P12345.7``."""
    return _P_FILE.match(path.name) is not None


def is_vendor_spectra(path: Path) -> bool:
    """Whether a file is of one of the scanners' formats for spectra, by its name or DICOM header."""
    named = path.suffix.lower() in (".rda", ".sdat", ".spar") or is_p_file(path)
    return named or spectroscopy_series(path) is not None


def spectroscopy_series(path: Path) -> str | None:
    """Return the series instance UID of a spectroscopy DICOM file; None for any other file."""
    header = _dicom_header(path)
    if header is None or str(header.get("SOPClassUID", "")) not in _SPECTROSCOPY_CLASSES:
        return None
    return str(header.get("SeriesInstanceUID", ""))


def philips_partner(path: Path) -> Path | None:
    """Return the SPAR file of an SDAT file, or the other way round; None when it is not beside it."""
    wanted = {".sdat": ".spar", ".spar": ".sdat"}[path.suffix.lower()]
    beside = sorted(path.parent.iterdir()) if path.parent.is_dir() else []
    return next((p for p in beside if p.stem == path.stem and p.suffix.lower() == wanted), None)


def read_vendor_spectra(paths: Sequence[Path]) -> VendorSpectra:
    """Read spectra as a scanner wrote them.

    Parameters
    ----------
    paths : sequence of Path
        One file; several only for a DICOM series. An SDAT file needs its SPAR file beside it, and stands for both.

    Returns
    -------
    VendorSpectra
        In impasto's sign convention and LPS mm.

    Raises
    ------
    ImpastoError
        When spec2nii is not installed, the format is none of those known, or the file is damaged or of a kind that
        spec2nii does not convert.
    """
    name = str(paths[0])
    convert = _converter(paths)
    images, names, warned = _converted(convert, name)
    notes = [f"converted by spec2nii {version('spec2nii')}", *warned]
    found = {given.removeprefix(_OUTPUT): image for given, image in zip(names, images, strict=True)}
    if "" not in found:
        parts = ", ".join(suffix.strip("_") for suffix in found)
        raise ImpastoError(
            name, f"holds several signals ({parts})", "convert it with spec2nii and add the one you want"
        )
    water = next((found[suffix] for suffix in _WATER_SUFFIXES if suffix in found), None)
    return VendorSpectra(
        raw_spectra_of(found[""].image.nibImage, name),
        None if water is None else raw_spectra_of(water.image.nibImage, f"{name} (water reference)"),
        tuple(dict.fromkeys(notes)),
    )


def _converted(convert: Callable[[], _Converted], name: str) -> tuple[Sequence[Any], Sequence[str], list[str]]:
    """Call a converter; return its images, their names, and what it warned of."""
    problem = ""
    with warnings.catch_warnings(record=True) as caught, redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        try:
            images, names = convert()
        except ImpastoError:
            raise
        except Exception as error:  # whatever a third party's parser stumbles over
            problem = f"spec2nii cannot convert it ({type(error).__name__}: {error})"
        if problem:
            # a parser that failed leaves its file open: close it here, where nobody is warned of it
            gc.collect()
    if problem:
        raise ImpastoError(name, problem, "export it again, or convert it to NIfTI-MRS by hand")
    # Python's own warnings tell of spec2nii's code, not of the data
    return images, names, [str(one.message) for one in caught if one.category is UserWarning]


def _converter(paths: Sequence[Path]) -> Callable[[], _Converted]:
    """Return the call that converts files of this format, with spec2nii's part for it loaded."""
    path = paths[0]
    suffix = path.suffix.lower()
    if not path.is_file():
        raise ImpastoError(str(path), "is not there", "check the path")
    try:
        # importing warns of nibabel's and chardet's plans, which are no concern of the user
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if suffix in (".sdat", ".spar"):
                return _philips(path)
            if suffix == ".rda":
                return _siemens_rda(path)
            if is_p_file(path):
                from spec2nii.GE.ge_pfile import read_pfile

                return lambda: read_pfile(path, _OUTPUT)
            return _dicom(paths)
    except ModuleNotFoundError as error:
        raise ImpastoError(
            str(path),
            f"reading scanners' spectra needs {(error.name or '').partition('.')[0]}",
            "pip install impasto[spectra]",
        ) from None


def _siemens_rda(path: Path) -> Callable[[], _Converted]:
    from spec2nii.Siemens.rda import convert_rda

    content = path.read_bytes()
    end = content.find(_RDA_HEADER_END)
    if end < 0:
        raise ImpastoError(str(path), "has no RDA header", "check or export it again")
    header = content[:end].decode("latin-1")
    sizes = re.findall(r"^(?:VectorSize|CSIMatrixSize\[[012]\]): *(\d+)", header, re.MULTILINE)
    expected = 16 * math.prod(int(size) for size in sizes)
    present = len(content) - end - len(_RDA_HEADER_END)
    if len(sizes) != 4 or present != expected:
        raise ImpastoError(str(path), f"holds {present} bytes where its header promises {expected}", "copy it again")
    return lambda: convert_rda(path, _OUTPUT, False)


def _philips(path: Path) -> Callable[[], _Converted]:
    from spec2nii.Philips.philips import read_sdat_spar_pair, read_spar

    other = philips_partner(path)
    if other is None:
        missing = "SPAR" if path.suffix.lower() == ".sdat" else "SDAT"
        raise ImpastoError(str(path), f"has no {missing} file of the same name beside it", "copy both")
    sdat, spar = (path, other) if path.suffix.lower() == ".sdat" else (other, path)

    def convert() -> _Converted:
        header = read_spar(spar)
        encoded = [int(header.get(f"dim{axis}_pnts") or 1) for axis in (2, 3)]
        if header.get("phase_encoding_enable") == "yes" and max(encoded) > 1:
            problem = f"holds {encoded[0]} x {encoded[1]} voxels, and SDAT does not say where they lie"
            raise ImpastoError(str(sdat), problem, "export it as DICOM, or convert it to NIfTI-MRS")
        expected = 8 * int(header["rows"]) * int(header["samples"])
        if sdat.stat().st_size != expected:
            problem = f"has {sdat.stat().st_size} bytes where {spar.name} promises {expected}"
            raise ImpastoError(str(sdat), problem, "copy both again")
        converted: _Converted = read_sdat_spar_pair(sdat, spar, None, [None, None, None], _OUTPUT)
        return converted

    return convert


def _dicom(paths: Sequence[Path]) -> Callable[[], _Converted]:
    header = _dicom_header(paths[0])
    if header is None or str(header.get("SOPClassUID", "")) not in _SPECTROSCOPY_CLASSES:
        known = "RDA, SDAT with SPAR, spectroscopy DICOM or a GE P-file (P12345.7)"
        raise ImpastoError(str(paths[0]), "is of no known format of spectra", f"give NIfTI-MRS, {known}")
    maker = str(header.get("Manufacturer", "")).lower()
    files = [Path(path) for path in paths]
    if maker.startswith("siemens"):
        from spec2nii.Siemens.dicomfunctions import multi_file_dicom as siemens

        return lambda: siemens(files, _OUTPUT, "DIM_DYN", False)
    if maker.startswith("philips"):
        from spec2nii.Philips.philips_dcm import multi_file_dicom as philips

        return lambda: philips(files, _OUTPUT, "DIM_DYN", False)
    if maker == "uih":
        from spec2nii.uih import multi_file_dicom as united

        return lambda: united(files, _OUTPUT, None, False)
    problem = f"spectroscopy DICOM by {header.get('Manufacturer', '') or 'an unnamed maker'} is not read"
    raise ImpastoError(str(paths[0]), problem, "convert it to NIfTI-MRS")


def _dicom_header(path: Path) -> Any:
    try:
        with lenient():
            return read_header(path)
    except (ImpastoError, OSError, *DAMAGE):
        return None
