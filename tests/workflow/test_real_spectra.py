"""Spectra that scanners measured in normal brain, fitted with a basis set that others simulated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from impasto.files import read_spectra
from impasto.maps.spectroscopy import ratio_maps
from impasto.workflow.spectroscopy.analysis import SpectraAnalysis, analyse_spectra
from impasto.workflow.spectroscopy.settings import SpectroscopySettings

SIEMENS = [("SVS_30.rda", None), ("SVS_30.IMA", None)]
PHILIPS = [(f"sub-0{n}_PRESS_35_act.sdat", f"sub-0{n}_PRESS_35_ref.sdat") for n in (1, 2)]
STIFFNESS = (2.0, 4.0, 6.0)

ReferenceData = Callable[[str], Path]


def analysis(folder: Path, name: str, water: str | None, freedom_per_ppm: float) -> SpectraAnalysis:
    spectra = read_spectra(folder / name, None if water is None else folder / water)
    settings = SpectroscopySettings(
        basis_file=str(folder / "press_30ms_3T.basis"), baseline_freedom_per_ppm=freedom_per_ppm
    )
    return analyse_spectra(spectra, None, settings)


@pytest.mark.parametrize(("name", "water"), SIEMENS + PHILIPS)
def test_ratios_are_those_of_normal_brain_and_hardly_change_with_the_baseline(
    reference_data: ReferenceData, name: str, water: str | None
) -> None:
    # ranges: normal brain at short echo time, Pouwels & Frahm 1998
    folder = reference_data("mrs")
    volumes = [analysis(folder, name, water, freedom).volume for freedom in STIFFNESS]
    # one volunteer has lipid from outside the voxel, which the quality filter finds: the ratios hold all the same
    found = [ratio_maps(replace(volume, accepted=np.array([True]))) for volume in volumes]
    for ratio, low, high in (("tNAA/tCr", 1.0, 2.0), ("tCho/tCr", 0.15, 0.4)):
        values = [float(maps[ratio].data.item()) for maps in found]
        assert all(low < value < high for value in values), values
        assert max(values) - min(values) < 0.2 * min(values), values


def test_another_field_and_echo_time_are_said(reference_data: ReferenceData) -> None:
    notes = analysis(reference_data("mrs"), *PHILIPS[0], 4.0).notes
    assert any("TE 35 ms" in note and "TE 30 ms" in note for note in notes), notes
