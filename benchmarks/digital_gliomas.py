"""Metabolite maps of digital gliomas, made as ``impasto maps`` makes them, beside what they should show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.resample import resample_conserving
from impasto.maps.spectroscopy import METABOLITE_SUMS, abnormality_index, index_maps, ratio_maps
from impasto.phantom import EPSI, HEAD_GRID, Anatomy, MrsiScan, Tissue, concentrations, glioma_anatomy, mrsi_scan
from impasto.workflow.spectroscopy.analysis import SpectraAnalysis, analyse_spectra
from impasto.workflow.spectroscopy.settings import SpectroscopySettings

FloatArray = NDArray[np.floating]
BoolArray = NDArray[np.bool_]

SUMS = ("tNAA", "tCho", "tCr")
_AREA_OVER_CONCENTRATION = 3.0
_BRAIN = (Tissue.GREY_MATTER, Tissue.WHITE_MATTER, Tissue.OEDEMA, Tissue.TUMOUR, Tissue.NECROSIS)
_LEAST_BRAIN = 0.2


@dataclass(frozen=True, eq=False)
class MappedGlioma:
    """One patient: maps and truths on the grid of the spectra; nothing of the truth goes into the maps.

    Parameters
    ----------
    analysis : SpectraAnalysis
    choline_naa, cni : ndarray, shape (i, j, k)
        As mapped: NaN where nothing is shown. Cho/NAA as a ratio of peak areas.
    cni_upwards : ndarray, shape (i, j, k)
        The index when control voxels are dropped upwards only.
    controls : (int, int)
        Control voxels that remain for either index.
    true_choline_naa : ndarray, shape (i, j, k)
        From concentrations seen through the acquisition's point spread, as a ratio of peak areas.
    nominal_choline_naa : ndarray, shape (i, j, k)
        The same from mean concentrations in the nominal voxels, which no scanner sees.
    cells : ndarray, shape (i, j, k)
        Mean density of tumour cells in the nominal voxels.
    fitted, expected : mapping of str to ndarray, shape (fitted voxel,)
        Amplitudes of sums of metabolites, and what an ideal fit would find.
    linewidth_hz, brain : ndarray, shape (fitted voxel,)
        True width of a singlet, and share of brain seen through the point spread.
    """

    analysis: SpectraAnalysis
    choline_naa: FloatArray
    cni: FloatArray
    cni_upwards: FloatArray
    controls: tuple[int, int]
    true_choline_naa: FloatArray
    nominal_choline_naa: FloatArray
    cells: FloatArray
    fitted: dict[str, FloatArray]
    expected: dict[str, FloatArray]
    linewidth_hz: FloatArray
    brain: FloatArray


def mapped_glioma(seed: int) -> MappedGlioma:
    """Simulate a patient and its scan of 6.25 x 6.25 x 10 mm, and map it."""
    anatomy = glioma_anatomy(HEAD_GRID, seed)
    scan = mrsi_scan(anatomy, EPSI, seed)
    analysis = analyse_spectra(scan.spectra, anatomy.structures, SpectroscopySettings())
    volume, truth = analysis.volume, scan.truth
    fitted = {name: volume.fit.total(METABOLITE_SUMS[name])[0] for name in SUMS}
    usual = abnormality_index(fitted["tCho"], fitted["tNAA"], volume.accepted)
    upwards = abnormality_index(fitted["tCho"], fitted["tNAA"], volume.accepted, lower=-np.inf)
    return MappedGlioma(
        analysis,
        ratio_maps(volume)["Cho/NAA"].data,
        index_maps(volume)["CNI"].data,
        volume.image(upwards.z, "CNI", "1").data,
        (int(usual.control.sum()), int(upwards.control.sum())),
        _AREA_OVER_CONCENTRATION * truth.choline_naa.data,
        _nominal_choline_naa(anatomy, scan),
        resample_conserving(anatomy.tumour_cells, anatomy.grid, volume.grid),
        fitted,
        {name: _expected(name, scan)[volume.mask] for name in SUMS},
        truth.linewidth_hz.data[volume.mask],
        truth.brain.data[volume.mask],
    )


def _nominal_choline_naa(anatomy: Anatomy, scan: MrsiScan) -> FloatArray:
    grid = scan.spectra.grid
    found = concentrations(anatomy, ("GPC", "PCh", "NAA", "NAAG"), idh_mutant=False)
    mean = {name: resample_conserving(image.data, anatomy.grid, grid) for name, image in found.items()}
    tissue = np.sum([anatomy.share(part) for part in _BRAIN], axis=0)
    brain = resample_conserving(tissue, anatomy.grid, grid) > _LEAST_BRAIN
    choline, naa = mean["GPC"] + mean["PCh"], mean["NAA"] + mean["NAAG"]
    return _AREA_OVER_CONCENTRATION * np.divide(choline, naa, out=np.zeros(grid.shape), where=brain & (naa > 1e-3))


def _expected(name: str, scan: MrsiScan) -> FloatArray:
    """What is excited of a sum's concentration, as relaxation and receive coils let it be seen."""
    truth = scan.truth
    members = [member for member in METABOLITE_SUMS[name] if member in truth.concentrations]
    seen = np.sum([truth.relaxation[member] * truth.concentrations[member].data for member in members], axis=0)
    expected: FloatArray = seen * truth.sensitivity.data * truth.excited.data
    return expected
