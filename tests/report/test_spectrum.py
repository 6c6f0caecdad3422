from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from matplotlib.figure import Figure
from matplotlib.text import Text
from tests.report.known_spectra import NOISE, SHIFTS_PPM, curves, fit, line, spectrum

from impasto.core import Grid, ImpastoError
from impasto.maps.spectroscopy.metabolite_maps import FittedVolume
from impasto.report import Estimate, Verdict, VoxelSpectrum
from impasto.report.embed import svg_text
from impasto.report.figures.spectrum import grouped_signals, spectra_figures, spectrum_figure, stacked_offsets
from impasto.report.figures.spectrum_table import decimal_exponent
from impasto.report.theme import figure_style


def draw(of: VoxelSpectrum) -> Figure:
    with figure_style():
        return spectrum_figure(of)


def texts(figure: Figure, axes: int) -> list[Text]:
    return list(figure.axes[axes].texts)


def drawn(figure: Figure, label: str) -> tuple[np.ndarray, np.ndarray]:
    found = next(curve for curve in figure.axes[0].lines if curve.get_label() == label)
    return np.asarray(found.get_xdata(), float), np.asarray(found.get_ydata(), float)


def test_sums_are_what_is_reported_and_leave_nothing_out() -> None:
    grouped = grouped_signals(curves())
    assert list(grouped) == ["tNAA", "tCho", "tCr", "Lac", "MM + Lip", "Other"]
    np.testing.assert_allclose(grouped["tNAA"], line(2.01, 1.0) + line(2.04, 0.1))
    np.testing.assert_allclose(grouped["MM + Lip"], line(0.9, 0.15, 0.2) + line(2.0, 0.05, 0.2))
    np.testing.assert_allclose(sum(grouped.values()) + curves().baseline, curves().fit)


@given(
    npst.arrays(np.float64, st.tuples(st.integers(1, 6), st.just(20)), elements=st.floats(-5.0, 5.0)),
    st.floats(0.01, 1.0),
)
def test_stacked_curves_never_touch(stack: np.ndarray, gap: float) -> None:
    placed = stack + np.array(stacked_offsets(list(stack), gap))[:, None]
    for above in range(len(placed) - 1):
        assert np.all(placed[above] - placed[above + 1 :] >= gap - 1e-9)


def test_shift_axis_runs_backwards_over_the_fitted_range() -> None:
    left, right = draw(spectrum()).axes[0].get_xlim()
    assert (left, right) == pytest.approx((4.1, 0.5))


def test_curves_are_the_data_within_the_width_of_a_line() -> None:
    figure, expected = draw(spectrum()), curves()
    np.testing.assert_array_equal(drawn(figure, "data")[1], expected.data)
    for label, curve in (("fit", expected.fit), ("baseline", expected.baseline)):
        at_ppm, values = drawn(figure, label)
        shown = np.interp(-SHIFTS_PPM, -at_ppm, values)
        assert np.abs(shown - curve).max() < 0.002 * expected.data.max()
    residual = drawn(figure, "residual")[1]
    np.testing.assert_allclose(residual - residual.mean(), expected.residual - expected.residual.mean(), atol=1e-12)
    assert residual.min() > expected.data.max()
    creatine_ppm, creatine = drawn(figure, "tCr")
    assert np.ptp(creatine) == pytest.approx(np.ptp(expected.components["Cr"]), rel=0.01)
    assert creatine_ppm[np.argmax(creatine)] == pytest.approx(3.03, abs=0.01)


def test_noise_band_is_two_standard_deviations_either_side() -> None:
    band = draw(spectrum()).axes[0].collections[0].get_paths()[0].get_extents()
    assert band.height == pytest.approx(4.0 * NOISE)


def test_peaks_are_named_where_they_are() -> None:
    # names of rows stand at the left, in another frame, and come first or last: peaks are those inside the range
    named = {text.get_text(): text for text in texts(draw(spectrum()), 0) if text.get_position()[0] > 0.4}
    for name, ppm in (("tNAA", 2.01), ("tCr", 3.03), ("tCho", 3.21), ("Lac", 1.33)):
        assert named[name].get_position()[0] == pytest.approx(ppm, abs=0.02), name
    assert "Ins" not in named


def test_inverted_lactate_is_named_below_its_doublet() -> None:
    for lactate, above in ((0.3, True), (-0.3, False)):
        figure = draw(spectrum(lactate=lactate))
        label = next(
            t
            for t in texts(figure, 0)
            if t.get_text() == "Lac" and t.get_position()[0] == pytest.approx(1.33, abs=0.02)
        )
        data = curves(lactate).data[np.argmin(np.abs(SHIFTS_PPM - 1.33))]
        assert bool(label.get_position()[1] > data) == above


def test_table_says_numbers_errors_bounds_and_verdict() -> None:
    rejected = spectrum(verdict=Verdict(False, "linewidth of 15 Hz is above 12 Hz"))
    words = [text.get_text() for text in texts(draw(rejected), 1)]
    assert {"8.00", "5 %", "60 %", "41", "6.3 Hz"} <= set(words)
    assert "10\u207b\u2076 arb. unit" in words
    assert "\u2265 4.20" in words
    assert "Cho/NAA (areas)" in words
    assert "\u2717 rejected" in words
    assert "linewidth of 15 Hz is above 12" in words
    assert "\u2713 accepted" in [text.get_text() for text in texts(draw(spectrum()), 1)]


def test_title_gives_the_place_in_the_patient() -> None:
    assert draw(spectrum()).axes[0].get_title("left") == "Tumour: voxel at x \u221220.0, y +35.5, z +12.0 mm"


def test_accepted_spectra_share_a_scale_and_rejected_ones_have_their_own() -> None:
    weak = spectrum("Weak", verdict=Verdict(False, "no signal"))
    with figure_style():
        figures = spectra_figures([spectrum(lactate=2.0), spectrum(lactate=0.1), weak])
    spans = [np.ptp(figure.axes[0].get_ylim()) for figure in figures]
    assert spans[0] == pytest.approx(spans[1])
    assert spans[2] < 0.8 * spans[0]


def test_figure_is_vector_and_small() -> None:
    with figure_style():
        svg = svg_text(spectrum_figure(spectrum()))
    assert "<image" not in svg
    assert len(svg) < 300_000


def test_numbers_are_read_from_the_fit() -> None:
    mask = np.zeros((4, 4, 2), dtype=bool)
    mask[1, 2, 0] = mask[3, 0, 1] = True
    volume = FittedVolume(
        fit(), Grid.axis_aligned(mask.shape, (10.0, 10.0, 20.0), (0.0, 0.0, 0.0)), mask, np.ones(2, bool)
    )
    first = VoxelSpectrum.of("a", volume, 0, curves(), Verdict(True))
    second = VoxelSpectrum.of("b", volume, 1, curves(), Verdict(True))
    assert first.position_mm == (10.0, 20.0, 0.0)
    assert second.position_mm == (30.0, 0.0, 20.0)
    amplitudes = {one.name: one for one in first.amplitudes}
    assert amplitudes["tNAA"].error_percent == pytest.approx(5.0)
    ratios = {one.name: one for one in first.ratios}
    assert ratios["tCho/tNAA"].value == pytest.approx(0.2)
    assert ratios["tCho/tNAA"].standard_error == pytest.approx(np.hypot(0.1, 0.2 * 0.5) / 10.0)
    assert ratios["Cho/NAA"].value == pytest.approx(0.6)  # nine protons of choline over three of NAA
    assert not ratios["tCho/tNAA"].is_lower_bound
    bound = next(one for one in second.ratios if one.name == "tCho/tNAA")
    assert bound.is_lower_bound
    assert bound.value == pytest.approx(3.0 / (2.0 * 0.5))
    assert (second.signal_to_noise, second.fwhm_hz, second.noise) == (30.0, 7.0, 0.2)


def test_voxel_that_was_not_fitted_is_refused() -> None:
    volume = FittedVolume(fit(), Grid.centred((2, 1, 1), (10, 10, 10)), np.ones((2, 1, 1), bool), np.ones(2, bool))
    with pytest.raises(ImpastoError, match="voxel 2 is not among the 2 fitted"):
        VoxelSpectrum.of("Tumour", volume, 2, curves(), Verdict(True))


def test_error_of_nothing_is_not_a_percentage() -> None:
    assert Estimate("Lac", 0.0, 0.1).error_percent == float("inf")


@given(st.floats(1e-12, 1e12))
def test_power_of_ten_leaves_one_to_three_digits(value: float) -> None:
    assert 0.999 <= value / 10.0 ** decimal_exponent([value, 0.0, float("nan")]) < 1000.001
