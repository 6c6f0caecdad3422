"""Pictures of one voxel's curve: what is drawn is what was found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from impasto.core import Grid, Image, ImpastoError
from impasto.maps.dce import VoxelReason as DceReason
from impasto.maps.diffusion import DiffusionReason
from impasto.maps.dsc import VoxelReason as DscReason
from impasto.report import (
    ArterialCurve,
    DecayCurve,
    FittedCurve,
    Parameter,
    ResidueFunction,
    TimeCurve,
    VoxelCurve,
    VoxelFindings,
)
from impasto.report.embed import svg_text
from impasto.report.figures.curve import curve_figure
from impasto.report.figures.curve_sheet import value_and_error
from impasto.report.theme import figure_style
from impasto.report.voxel_reasons import reasons_in_words

TIMES = np.arange(40) * 2.0
TRUTH = np.where(TIMES > 20.0, 10.0 * np.exp(-(TIMES - 20.0) / 30.0), 0.0)
DATA = TRUTH + np.random.default_rng(3).normal(0.0, 0.2, TIMES.size)
PARTS = {"plasma": 0.7 * TRUTH, "extravascular": 0.3 * TRUTH}
PLACE = Image(np.ones((8, 8, 3), np.float32), Grid.centred((8, 8, 3), (10, 10, 10)), "signal before the bolus", "1")
VOXEL = VoxelFindings(
    "perfusion",
    (-20.0, 35.5, 0.0),
    (Parameter("Ktrans", 0.12345, "/min", 0.0042), Parameter("MTT", 5.6789, "s"), Parameter("ve", np.nan, "1", np.nan)),
    notes=("Arterial input: mean of 20 voxels.",),
    place=PLACE,
)


def time_curve() -> TimeCurve:
    return TimeCurve(
        voxel=VOXEL,
        quantity="\u0394R2*",
        unit="/s",
        times_s=TIMES,
        curve=FittedCurve("deconvolution", DATA, TRUTH, np.linspace(0.2, 0.4, TIMES.size)),
        baseline=TIMES < 18.0,
        arrival_s=20.0,
        window=("rCBV", 16.0, 45.0),
        arterial=ArterialCurve(TIMES, 5.0 * TRUTH, "Arterial \u0394R2* (/s)", delay_s=3.0),
    )


def decay_curve() -> DecayCurve:
    b = np.repeat([0.0, 1000.0, 2500.0], [2, 6, 6])
    angles = np.where(b > 0.0, np.tile(np.linspace(0.0, 90.0, 7), 2), np.nan)
    fit = 900.0 * np.exp(-1e-3 * b * (0.3 + 1.4 * np.cos(np.deg2rad(np.nan_to_num(angles))) ** 2))
    return DecayCurve(
        voxel=VOXEL,
        b_values_s_per_mm2=b,
        curve=FittedCurve("tensor", 1.02 * fit, fit, np.full(b.size, 15.0)),
        used=b < 2000.0,
        s0=900.0,
        diffusivities_um2_per_ms={"along": 1.7, "mean": 0.77, "across": 0.3},
        angles_deg=angles,
        eigenvalues_um2_per_ms=(1.7, 0.4, 0.2),
    )


def draw(found: VoxelCurve) -> Figure:
    with figure_style():
        return curve_figure(found)


def words(figure: Figure) -> str:
    return "\n".join(text.get_text() for axes in figure.axes for text in axes.texts)


def line(axes: Axes, label: str) -> tuple[np.ndarray, np.ndarray]:
    found = next(one for one in axes.lines if one.get_label() == label)
    return np.asarray(found.get_xdata(), float), np.asarray(found.get_ydata(), float)


def test_samples_fit_and_residual_are_those_found() -> None:
    main, residual, *_ = draw(time_curve()).axes
    np.testing.assert_array_equal(line(main, "measured")[1], DATA)
    np.testing.assert_array_equal(line(main, "deconvolution")[1], TRUTH)
    np.testing.assert_allclose(line(residual, "residual")[1], DATA - TRUTH)


def test_noise_band_is_two_standard_deviations_of_each_sample() -> None:
    band = draw(time_curve()).axes[1].collections[0].get_paths()[0].vertices
    for at, expected in ((TIMES[0], 0.4), (TIMES[-1], 0.8)):
        assert np.abs(band[band[:, 0] == at, 1]).max() == pytest.approx(expected)


def test_area_baseline_and_arrival_are_marked() -> None:
    main = draw(time_curve()).axes[0]
    shaded = next(one for one in main.collections if one.get_label() == "area of rCBV").get_paths()[0].get_extents()
    assert (shaded.x0, shaded.x1) == (16.0, 45.0)
    assert line(main, "before the bolus")[0].tolist() == [0.0, 16.0]
    assert any(text.get_text() == "arrival 20.0 s" for text in main.texts)
    assert any(one.get_xdata()[0] == 20.0 == one.get_xdata()[1] for one in main.lines if len(one.get_xdata()) == 2)


def test_arterial_input_is_on_the_same_clock_and_moved_by_its_delay() -> None:
    figure = draw(time_curve())
    main, arterial = figure.axes[0], figure.axes[2]
    assert arterial.get_xlim() == main.get_xlim()
    np.testing.assert_array_equal(line(arterial, "arterial input")[1], 5.0 * TRUTH)
    np.testing.assert_allclose(line(arterial, "+3.0 s, as the voxel sees it")[0], TIMES + 3.0)


def test_leakage_correction_shows_both_curves_and_the_model() -> None:
    lower = FittedCurve("leakage model", DATA - 1.0, TRUTH - 1.0, np.full(TIMES.size, 0.2))
    main = draw(replace(time_curve(), uncorrected=lower)).axes[0]
    np.testing.assert_array_equal(line(main, "measured")[1], DATA - 1.0)
    np.testing.assert_array_equal(line(main, "leakage model")[1], TRUTH - 1.0)
    np.testing.assert_array_equal(line(main, "corrected for leakage")[1], DATA)


def test_components_are_drawn_and_sum_to_the_fit() -> None:
    fine = np.linspace(TIMES[0], TIMES[-1], 200)
    parts = {name: np.interp(fine, TIMES, part) for name, part in PARTS.items()}
    main = draw(replace(time_curve(), components=parts, fine_times_s=fine)).axes[0]
    total = line(main, "plasma")[1] + line(main, "extravascular")[1]
    np.testing.assert_allclose(line(main, "deconvolution")[1], total)


def test_residue_function_names_its_peak() -> None:
    residue = ResidueFunction(TIMES - 40.0, TRUTH[::-1].copy(), "mL/(100.g)/min", (2.5, 10.0))
    figure = draw(replace(time_curve(), residue=residue))
    assert "CBF at Tmax 2.5 s" in words(figure)
    assert "ml/100 g/min" in figure.axes[3].get_ylabel()


def test_table_says_numbers_with_errors_and_what_is_against_the_voxel() -> None:
    said = words(draw(time_curve()))
    for expected in ("0.1235 \u00b1 0.0042", "5.68", "\u2713 nothing", "Arterial input: mean of 20 voxels."):
        assert expected in said
    doubtful = replace(time_curve(), voxel=replace(VOXEL, reasons=("blood volume is not above zero",)))
    assert "\u2717 blood volume is not above zero" in words(draw(doubtful))
    assert "\u2713" not in words(draw(doubtful))


def test_voxel_without_curve_says_so() -> None:
    nothing = np.full(TIMES.size, np.nan)
    figure = draw(
        replace(time_curve(), curve=FittedCurve("deconvolution", nothing, nothing, nothing), arrival_s=np.nan)
    )
    assert "no curve in this voxel" in words(figure)
    assert "deconvolution" not in [one.get_label() for one in figure.axes[0].lines]


def test_title_gives_the_place_and_the_slice_shows_it() -> None:
    figure = draw(time_curve())
    assert figure.axes[0].get_title("left") == "perfusion: voxel at x \u221220.0, y +35.5, z +0.0 mm"
    place = figure.axes[-1]
    ends = np.concatenate([np.asarray(one.get_xydata()) for one in place.lines])
    np.testing.assert_allclose(ends.mean(axis=0), (-20.0, 35.5), atol=1e-9)


def test_signals_decay_on_the_lines_of_the_tensor() -> None:
    found = decay_curve()
    decay, angle, residual, *_ = draw(found).axes
    b, along = line(decay, "along: 1.70 \u00b5m\u00b2/ms")
    np.testing.assert_allclose(along, 900.0 * np.exp(-1.7e-3 * b))
    assert {text.get_text() for text in angle.texts} == {"b 1000", "b 2500"}
    np.testing.assert_allclose(line(residual, "residual")[1], found.curve.residual)


def test_measurements_left_out_are_hollow() -> None:
    found = decay_curve()
    points = draw(found).axes[0].collections[0]
    hollow = np.all(points.get_facecolors()[:, :3] == 1.0, axis=1)
    np.testing.assert_array_equal(hollow, ~found.used)


def test_decay_without_tensor_has_no_panel_of_directions() -> None:
    mean = replace(decay_curve(), angles_deg=None, eigenvalues_um2_per_ms=(), diffusivities_um2_per_ms={"mean": 0.8})
    assert len(draw(mean).axes) == len(draw(decay_curve()).axes) - 1


def test_pictures_are_vector_and_small() -> None:
    flat = replace(VOXEL, place=None)
    for found in (replace(time_curve(), voxel=flat), replace(decay_curve(), voxel=flat)):
        with figure_style():
            svg = svg_text(curve_figure(found))
        assert "<image" not in svg
        assert len(svg) < 300_000


@pytest.mark.parametrize("kind", [DceReason, DscReason, DiffusionReason])
def test_every_reason_has_words_of_its_own(kind) -> None:
    said = [reasons_in_words(flag.value, kind) for flag in kind]
    assert all(len(one) == 1 for one in said)
    assert len(set(said)) == len(list(kind))
    assert reasons_in_words(0, kind) == ()
    assert len(reasons_in_words(sum(flag.value for flag in kind), kind)) == len(list(kind))


@given(st.floats(-1e5, 1e5), st.floats(1e-4, 1e4))
def test_printed_number_is_within_its_error(value: float, error: float) -> None:
    number, _ = value_and_error(value, error)
    assert float(number.replace("\u2212", "-")) == pytest.approx(
        value, abs=max(0.06 * error, 0.51e-6 + 1e-9 * abs(value))
    )


def test_samples_of_different_number_are_refused() -> None:
    with pytest.raises(ImpastoError, match="give one of each a sample"):
        FittedCurve("fit", DATA, DATA[1:], DATA)
    with pytest.raises(ImpastoError, match="perfusion: samples of shapes"):
        replace(time_curve(), times_s=TIMES[1:])
