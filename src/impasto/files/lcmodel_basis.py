"""LCModel's `.basis` files: FORTRAN namelists, each metabolite followed by its spectrum as text.

What is stored (Provencher, LCModel source and manual): the unitary discrete Fourier transform of the time signal
zero-filled to twice its length, its first point halved, in transform order (not rearranged). ISHIFT moves it on to its
place: point ``j`` of the spectrum, counted upfield from PPMSEP (4.65 ppm), is stored point ``j + ISHIFT``. The sign of
frequencies is impasto's. One unit of concentration is the stored spectrum times ``TRAMP / (VOLUME CONC)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from impasto.core.errors import ImpastoError
from impasto.core.spectra import WATER_PPM, BasisSet
from impasto.files.atomic import replacing_file

__all__ = ["LCMODEL_SYNONYMS", "read_lcmodel_basis", "write_lcmodel_basis"]

ComplexArray = NDArray[np.complexfloating]

LCMODEL_SYNONYMS: Mapping[str, str] = {
    "mI": "Ins",
    "mIns": "Ins",
    "m-Ins": "Ins",
    "Scyllo": "sIns",
    "sI": "sIns",
    "PCho": "PCh",
    "Glyc": "Gly",
    "bHG": "2HG",
    "PEth": "PE",
    "PhEth": "PE",
}
"""Other writers' names for metabolites, and the names used here. In LCModel's lists, Glyc is glycine."""

_NUMBERS_PER_LINE = 6

_ENTRY = re.compile(
    r"""([A-Z]\w*)\s*=\s*              # key
        ('(?:[^']|'')*' | [^=']*?)     # value, quoted or not
        \s*,?\s*(?=[A-Z]\w*\s*=|\Z)    # up to the next key
    """,
    re.VERBOSE | re.IGNORECASE,
)


def read_lcmodel_basis(path: Path) -> BasisSet:
    """Read a basis set.

    Parameters
    ----------
    path : Path

    Returns
    -------
    BasisSet
        Of the file's own dwell time and its own scale, one unit of concentration each; with the linewidth that it was
        made with. Names as in :data:`LCMODEL_SYNONYMS`.

    Raises
    ------
    ImpastoError
        When the file cannot be read, is not a basis set, or a spectrum is cut short.
    """
    subject = str(path)
    try:
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise ImpastoError(subject, f"cannot be read ({error})", "check the path") from None
    common: dict[str, str] = {}
    names: list[str] = []
    spectra: list[ComplexArray] = []
    for namelist, entries, body in _namelists(text):
        if namelist == "BASIS":
            names.append(LCMODEL_SYNONYMS.get(entries.get("METABO", ""), entries.get("METABO", "")))
            spectra.append(_centred_spectrum(entries, body, int(_number(common, "NDATAB", subject)), subject))
        elif namelist in ("SEQPAR", "BASIS1"):
            common.update(entries)
    if not spectra:
        raise ImpastoError(subject, "holds no metabolite", "give a .basis file of LCModel")
    fid = np.fft.ifft(np.array(spectra), axis=1, norm="ortho")
    return BasisSet(
        tuple(names),
        _full_first_point(_without_zero_filling(fid)),
        _number(common, "BADELT", subject),
        _number(common, "HZPPPM", subject),
        1e-3 * _number(common, "ECHOT", subject),
        common.get("SEQ", ""),
    )


def write_lcmodel_basis(basis: BasisSet, path: Path, linewidth_hz: float = 0.0) -> None:
    """Write a basis set that LCModel and its kin read.

    Parameters
    ----------
    basis : BasisSet
        LCModel expects some linewidth; undamped signals ring where they are cut off.
    path : Path
    linewidth_hz : float
        Full width at half maximum that the signals already have (FWHMBA).
    """
    with replacing_file(path) as draft:
        draft.write_text("".join(_written(basis, linewidth_hz)), encoding="ascii")


def _namelists(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Yield each namelist's name, its entries as text, and the lines between it and the next."""
    name, inside = "", False
    header: list[str] = []
    body: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if not inside and stripped[:1] in ("$", "&"):
            if name:
                yield name, _entries("\n".join(header)), "\n".join(body)
            name, _, rest = stripped[1:].partition(" ")
            name, header, body, inside = name.upper(), [rest], [], True
        elif inside:
            inside = stripped.upper() not in ("$END", "&END", "/")
            header.append(line if inside else "")
        else:
            body.append(line)
    if name:
        yield name, _entries("\n".join(header)), "\n".join(body)


def _entries(text: str) -> dict[str, str]:
    """Entries ``KEY = value`` of a namelist, without the quotes and the comma of a value."""
    return {key.upper(): value.strip().strip("'").strip() for key, value in _ENTRY.findall(text.strip())}


def _number(entries: Mapping[str, str], key: str, subject: str) -> float:
    try:
        return float(entries[key].replace("D", "E").replace("d", "e"))
    except (KeyError, ValueError):
        raise ImpastoError(subject, f"does not state {key}", "give a .basis file of LCModel") from None


def _centred_spectrum(entries: Mapping[str, str], body: str, points: int, subject: str) -> ComplexArray:
    """Return one metabolite's spectrum of unit concentration, 4.65 ppm first."""
    name = entries.get("METABO", "a metabolite")
    try:
        values = np.array(body.split(), dtype=float)
    except ValueError:
        values = np.empty(0)
    if len(values) != 2 * points:
        raise ImpastoError(subject, f"the spectrum of {name} does not have {points} points", "export it again")
    settings = {"ISHIFT": "0", "CONC": "1", "TRAMP": "1", "VOLUME": "1", **entries}
    shift = int(_number(settings, "ISHIFT", subject))
    scale = _number(settings, "TRAMP", subject) / (
        _number(settings, "VOLUME", subject) * _number(settings, "CONC", subject)
    )
    spectrum: ComplexArray = np.roll(scale * (values[0::2] + 1j * values[1::2]), -shift)
    return spectrum


def _without_zero_filling(fid: ComplexArray) -> ComplexArray:
    """Cut the second half where it holds nothing; not every writer fills with zeros."""
    half = fid.shape[1] // 2
    empty = np.abs(fid[:, half:]).max() < 1e-3 * np.abs(fid).max()
    return fid[:, :half] if empty else fid


def _full_first_point(fid: ComplexArray) -> ComplexArray:
    """Double the first point where it was halved before the transform.

    Far from all lines the real part of a spectrum is half the first point when that is whole, and nothing when it is
    halved: a line ``exp(i w n)`` from n = 0 sums up to ``1 / 2 + i cot(w / 2) / 2``.
    """
    spectra = np.fft.fft(fid, axis=1)
    points = fid.shape[1]
    far = spectra[:, points // 2 - points // 32 : points // 2 + points // 32 + 1].mean(axis=1)
    strength = np.abs(fid[:, 0]) ** 2
    begins = strength > 0.0
    offset = np.median(np.real(far * fid[:, 0].conj())[begins] / strength[begins]) if begins.any() else 0.5
    if offset > 0.25:
        return fid
    full = fid.copy()
    full[:, 0] *= 2.0
    return full


def _written(basis: BasisSet, linewidth_hz: float) -> Iterator[str]:
    points = 2 * basis.fid.shape[1]
    yield (
        " $SEQPAR\n"
        f" FWHMBA = {linewidth_hz / basis.frequency_mhz:.8f},\n"
        f" HZPPPM = {basis.frequency_mhz:.6f},\n"
        f" ECHOT = {1e3 * basis.echo_time_s:.4f},\n"
        f" SEQ = '{basis.sequence}'\n"
        " $END\n"
        " $BASIS1\n"
        " IDBASI = 'impasto',\n"
        " FMTBAS = '(6E13.5)',\n"
        f" BADELT = {basis.dwell_s:.9e},\n"
        f" NDATAB = {points}\n"
        " $END\n"
    )
    halved = basis.fid.astype(complex)
    halved[:, 0] *= 0.5
    for name, spectrum in zip(basis.names, np.fft.fft(halved, points, axis=1, norm="ortho"), strict=True):
        yield f" $NMUSED\n FILRAW = '{name}',\n PPMSEP = {WATER_PPM:.2f}\n $END\n"
        yield f" $BASIS\n ID = '{name}',\n METABO = '{name}',\n CONC = 1.,\n TRAMP = 1.,\n VOLUME = 1.,\n"
        yield " ISHIFT = 0\n $END\n"
        values = np.stack([spectrum.real, spectrum.imag], axis=1).ravel()
        for start in range(0, len(values), _NUMBERS_PER_LINE):
            yield "".join(f"{value:13.5E}" for value in values[start : start + _NUMBERS_PER_LINE]) + "\n"
