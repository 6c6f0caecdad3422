"""What is done to spectra before a fit, and that it is said."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from impasto.core import Grid, ImpastoError, Spectra
from impasto.maps.spectroscopy import Press, simulate_basis
from impasto.workflow.spectroscopy.analysis import analyse_edited_spectra, analyse_spectra, prepared_signals
from impasto.workflow.spectroscopy.settings import SpectroscopySettings
from impasto.workflow.spectroscopy.view import voxel_spectrum

NAMES, USUAL = ("NAA", "Cr", "GPC", "Ins", "Glu"), np.array([10.0, 7.5, 1.7, 5.0, 8.0])
GRID = Grid.centred((8, 8, 4), (10, 10, 10))
DWELL_S, POINTS, FREQUENCY_MHZ, ECHO_S = 8e-4, 512, 123.25, 0.03
DENOISED = SpectroscopySettings(low_rank_denoising=True, metabolites=NAMES)


@pytest.fixture(scope="module")
def spectra() -> Spectra:
    """Three tissues in all proportions."""
    rng = np.random.default_rng(0)
    basis = simulate_basis(NAMES, Press(ECHO_S), FREQUENCY_MHZ, DWELL_S, POINTS)
    mmol = rng.dirichlet(np.ones(3), GRID.shape) @ (USUAL * rng.uniform(0.3, 1.7, (3, len(NAMES))))
    fid = mmol @ basis.fid * np.exp(-np.pi * 6.0 * DWELL_S * np.arange(POINTS))
    channels = rng.standard_normal((2, *fid.shape))
    return Spectra(fid + channels[0] + 1j * channels[1], GRID, DWELL_S, FREQUENCY_MHZ, ECHO_S)


def test_denoising_is_said_and_bounds_know_of_it(spectra: Spectra) -> None:
    plain = analyse_spectra(spectra, None, DENOISED.model_copy(update={"low_rank_denoising": False}))
    denoised = analyse_spectra(spectra, None, DENOISED)
    # what water removal takes along may be one more component
    assert any(re.search("denoised to rank [34]: standard errors", note) for note in denoised.notes)
    before, after = (np.median(one.volume.fit.total(("NAA",))[1]) for one in (plain, denoised))
    # noise of three components, where a fit without them has that of more than five
    assert 0.25 * before < after < 0.9 * before


def test_nothing_is_denoised_away(spectra: Spectra) -> None:
    rng = np.random.default_rng(1)
    channels = rng.standard_normal((2, *spectra.fid.shape))
    signals = prepared_signals(spectra.with_fid(channels[0] + 1j * channels[1]), np.full(GRID.shape, True), DENOISED)
    assert signals.fid.any()
    assert signals.noise_components is None
    assert any("were not denoised" in note for note in signals.notes)


def test_errors_that_would_not_know_of_denoising_are_refused(spectra: Spectra) -> None:
    with pytest.raises(ImpastoError, match="low_rank_denoising"):
        analyse_spectra(spectra, None, DENOISED.model_copy(update={"method": "peak height"}))
    with pytest.raises(ImpastoError, match="low_rank_denoising"):
        analyse_edited_spectra(spectra, spectra, None, DENOISED)


def test_one_voxel_is_drawn_as_it_was_measured(spectra: Spectra) -> None:
    drawn = voxel_spectrum(spectra, DENOISED, (4, 4, 2), "voxel")
    expected = spectra.fid[4, 4, 2]
    assert drawn.noise == pytest.approx(np.std(expected[-POINTS // 4 :].real), rel=0.25)


def test_filter_ringing_is_left_out_and_said(spectra: Spectra) -> None:
    ringing = 3e3 / np.arange(POINTS, 0, -1) * (-1.0) ** np.arange(POINTS)
    signals = prepared_signals(replace(spectra, fid=spectra.fid + ringing), np.full(GRID.shape, True), DENOISED)
    assert any("digital filter rings" in note for note in signals.notes)
    assert not any("rings" in note for note in prepared_signals(spectra, np.full(GRID.shape, True), DENOISED).notes)
