"""One voxel's curve against the maps of its case, the truth it was made from, and requests that make no sense."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.workflow.perfusion_case import (
    AT_MM,
    AXIAL,
    DSC_TIMES_S,
    GRADIENTS,
    RADIAL,
    S0,
    VOXEL,
    dce_truth,
    perfusion_case,
)

from impasto.core import DiffusionSeries, GradientTable, Grid, Image, ImpastoError
from impasto.files import Case, CaseEntry, EntryKind, create_case, native, save_case
from impasto.report import DecayCurve, TimeCurve
from impasto.workflow import draw_curve, map_protocol, run_independent_steps
from impasto.workflow.curves.diffusion import diffusion_curve
from impasto.workflow.curves.view import voxel_curve
from impasto.workflow.importing.entries import with_diffusion
from impasto.workflow.maps.mapped_series import mapped_series
from impasto.workflow.stages.map_names import output_name

_UNMOVED = {"dwi.motion_correction": False, "dwi.brain": ""}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    made = perfusion_case(tmp_path_factory.mktemp("curves") / "case")
    assert not run_independent_steps(made, map_protocol(made).with_settings(_UNMOVED)).failures
    return made


@pytest.mark.parametrize("name", ["dce", "dsc", "dwi"])
def test_numbers_beside_the_curve_are_those_of_the_maps(case: Case, name: str) -> None:
    found = voxel_curve(case, AT_MM, name).voxel
    assert found.position_mm == pytest.approx(AT_MM)
    folder = case.results_folder("maps") / name
    mapped = [one for one in found.parameters if (folder / output_name(one.name)).is_dir()]
    assert len(mapped) >= 6
    for one in mapped:
        image = native.read_image(folder / output_name(one.name) / "image")
        assert one.value == pytest.approx(float(image.data[VOXEL]), rel=1e-4, abs=1e-6), one.name
        assert one.unit == image.unit
        if image.standard_error is not None:
            assert one.standard_error == pytest.approx(float(image.standard_error[VOXEL]), rel=1e-4), one.name


@pytest.mark.parametrize("name", ["dce", "dsc", "dwi"])
def test_residuals_are_as_large_as_the_noise_beside_them(case: Case, name: str) -> None:
    curve = voxel_curve(case, AT_MM, name).curve
    assert 0.6 < np.sqrt(np.mean((curve.residual / curve.noise) ** 2)) < 1.4


def test_concentration_is_followed_by_the_fit(case: Case) -> None:
    found = voxel_curve(case, AT_MM, "dce")
    assert isinstance(found, TimeCurve)
    truth = dce_truth()
    assert np.abs(found.curve.fit - truth).max() < 0.1 * truth.max()
    at_frames = np.interp(found.times_s, found.line_times_s, found.line)
    np.testing.assert_allclose(at_frames, found.curve.fit, atol=1e-9)
    assert found.arrival_s == pytest.approx(32.0, abs=4.0)
    assert found.times_s[found.baseline].max() < 32.0
    assert found.window == ("IAUC60", pytest.approx(found.arrival_s), pytest.approx(found.arrival_s + 60.0))


def test_leakage_correction_lifts_a_curve_that_leakage_lowered(case: Case) -> None:
    found = voxel_curve(case, AT_MM, "dsc")
    assert isinstance(found, TimeCurve)
    assert found.uncorrected is not None
    late = DSC_TIMES_S > 80.0
    assert np.all(found.curve.data[late] > found.uncorrected.data[late])
    numbers = {one.name: one.value for one in found.voxel.parameters}
    assert numbers["K2"] > 0.0
    assert numbers["rCBV"] > numbers["rCBV-uncorrected"]


def test_residue_function_peaks_at_flow_and_tmax(case: Case) -> None:
    found = voxel_curve(case, AT_MM, "dsc")
    assert isinstance(found, TimeCurve)
    assert found.residue is not None
    tmax_s, flow = found.residue.peak
    assert flow == pytest.approx(found.residue.values.max(), rel=1e-4)
    assert tmax_s == pytest.approx(found.residue.lags_s[np.argmax(found.residue.values)], abs=0.75)


def test_signal_decays_with_the_tensor(case: Case) -> None:
    found = voxel_curve(case, AT_MM, "dwi")
    assert isinstance(found, DecayCurve)
    assert found.angles_deg is not None
    cosine = np.abs(GRADIENTS.directions @ np.array([0.6, 0.0, 0.8]))
    weighted = np.isfinite(found.angles_deg)
    np.testing.assert_array_equal(weighted, GRADIENTS.b_values_s_per_mm2 > 0.0)
    np.testing.assert_allclose(found.angles_deg[weighted], np.rad2deg(np.arccos(cosine[weighted])), atol=3.0)
    truth = S0 * np.exp(-1e-3 * GRADIENTS.b_values_s_per_mm2 * (RADIAL + (AXIAL - RADIAL) * cosine**2))
    np.testing.assert_allclose(found.curve.fit, truth, atol=25.0)
    assert list(found.diffusivities_um2_per_ms.values()) == pytest.approx(
        [AXIAL, (AXIAL + 2.0 * RADIAL) / 3.0, RADIAL], abs=0.08
    )
    assert found.used.all()


def test_trace_images_decay_with_their_adc_and_strong_ones_do_not_decide_it(tmp_path: Path) -> None:
    b = np.array([0.0, 500.0, 1000.0, 3000.0])
    signal = S0 * np.exp(-1e-3 * b * 0.8) + np.array([0.0, 0.0, 0.0, 100.0])
    data = np.broadcast_to(signal, (6, 6, 3, 4)) + np.random.default_rng(0).normal(0.0, 3.0, (6, 6, 3, 4))
    image = Image(data.astype(np.float32), Grid.centred((6, 6, 3), (2, 2, 5)), "signal", "1", np.arange(4.0))
    entry = CaseEntry("trace", EntryKind.DIFFUSION, "MR")
    case = with_diffusion(
        create_case(tmp_path / "case", "trace"), entry, DiffusionSeries(image, GradientTable(b, np.zeros((4, 3))))
    )
    save_case(case)
    series = mapped_series(case, entry)
    settings = series.settings.model_copy(update={"motion_correction": False})
    found = diffusion_curve(replace(series, settings=settings), (2, 2, 1), "trace", lambda work, fraction: None)
    assert found.angles_deg is None
    assert found.used.tolist() == [True, True, True, False]
    assert found.diffusivities_um2_per_ms["mean"] == pytest.approx(0.8, abs=0.02)
    np.testing.assert_allclose(found.curve.fit, S0 * np.exp(-1e-3 * b * 0.8), atol=10.0)


def test_voxel_without_signal_shows_why_there_is_no_fit(case: Case) -> None:
    corner = tuple(float(x) for x in native.read_image(case.path(case.entry(EntryKind.IMAGE, "dsc"))).grid.origin_mm)
    found = voxel_curve(case, corner, "dwi")
    assert isinstance(found, DecayCurve)
    assert "outside the voxels that are mapped" in found.voxel.reasons
    assert found.diffusivities_um2_per_ms == {}
    assert np.isnan(found.curve.fit).all()


def test_series_that_was_fitted_is_taken_from_the_results(case: Case) -> None:
    series = mapped_series(case, case.entry(EntryKind.DIFFUSION, "dwi"))
    given = series.inputs.diffusion("series")
    image = given.image
    halved = replace(given, image=Image(0.5 * image.data, image.grid, image.quantity, image.unit, image.times_s))
    settings = series.settings.model_copy(update={"motion_correction": True})
    kept = replace(series, settings=settings, results={"corrected-series": lambda: halved})
    drawn = diffusion_curve(kept, VOXEL, "dwi", lambda work, fraction: None)
    np.testing.assert_allclose(drawn.curve.data, 0.5 * given.image.data[VOXEL])


def test_settings_are_those_of_the_last_maps_else_the_defaults(tmp_path: Path) -> None:
    case = perfusion_case(tmp_path / "case")
    before = voxel_curve(case, AT_MM, "dce")
    assert before.curve.name == "extended Tofts model"
    assert any(note.startswith("Default settings") for note in before.voxel.notes)
    run_independent_steps(case, map_protocol(case).with_settings({"dce.fit.model": "Patlak", **_UNMOVED}))
    after = voxel_curve(case, AT_MM, "dce")
    assert after.curve.name == "Patlak model"
    assert any(note.startswith("Settings of maps") for note in after.voxel.notes)


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_picture_is_written_as_its_name_says(case: Case, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"curve.{suffix}"
    draw_curve(case, AT_MM, path, "dwi")
    assert path.read_bytes()[:5] in (b"\x89PNG\r", b"<?xml", b"%PDF-")


def test_several_series_are_named(case: Case, tmp_path: Path) -> None:
    with pytest.raises(ImpastoError, match=r"has several series: dce, dsc, dwi; choose with --series"):
        draw_curve(case, AT_MM, tmp_path / "curve.png")
    with pytest.raises(ImpastoError, match=r"has no series 'dti'; choose with --series one of: dce, dsc, dwi"):
        draw_curve(case, AT_MM, tmp_path / "curve.png", "dti")


def test_point_outside_is_told_how_far_the_series_reaches(case: Case, tmp_path: Path) -> None:
    with pytest.raises(ImpastoError, match=r"outside the series 'dsc'; .*-12 to 12, -12 to 12, -10 to 10 mm"):
        draw_curve(case, (0.0, 0.0, 11.0), tmp_path / "curve.png", "dsc")
    assert not list(tmp_path.iterdir())


def test_case_without_series_and_name_without_format_are_refused(case: Case, tmp_path: Path) -> None:
    empty = create_case(tmp_path / "empty", "nothing")
    save_case(empty)
    with pytest.raises(ImpastoError, match="no series of perfusion or diffusion"):
        voxel_curve(empty, AT_MM)
    with pytest.raises(ImpastoError, match=r"end it in \.png"):
        draw_curve(case, AT_MM, tmp_path / "curve.jpg", "dsc")
