"""The small table beside a spectrum: amplitudes with Cramer-Rao bounds, ratios, quality and verdict."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from impasto.maps.spectroscopy.metabolite_maps import CLINICAL_RATIOS
from impasto.report.spectroscopy_findings import Estimate, VoxelSpectrum
from impasto.report.theme import INK, PALE, SOFT
from impasto.report.units import printed_unit

__all__ = ["decimal_exponent", "write_spectrum_table"]

_MET, _UNMET = "#00674b", "#a3260f"
_UNSURE_PERCENT = 30.0
_STEP_IN = 0.165
_RIGHT_IN = 1.9
_VALUE_IN = 1.3
_SUPERSCRIPTS = str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")


def write_spectrum_table(axes: Axes, spectrum: VoxelSpectrum, colours: Mapping[str, str]) -> None:
    """Write the table from the top of axes whose units are inches, y from the top downwards negative.

    Parameters
    ----------
    axes : Axes
    spectrum : VoxelSpectrum
    colours : mapping
        Name of an amplitude to the colour of its curve.
    """
    y = -0.42
    exponent = decimal_exponent([one.value for one in spectrum.amplitudes])
    power = f"10{str(exponent).translate(_SUPERSCRIPTS)} " if exponent else ""
    y = _head(axes, y, "", f"{power}{printed_unit(spectrum.unit)}", "CRLB")
    for one in spectrum.amplitudes:
        ink = INK if one.error_percent <= _UNSURE_PERCENT else SOFT
        axes.plot([0.0, 0.1], [y, y], color=colours.get(one.name, PALE), linewidth=2.4, solid_capstyle="butt")
        _write(axes, 0.17, y, one.name, "left", ink)
        _write(axes, _VALUE_IN, y, f"{one.value / 10.0**exponent:.2f}", "right", ink)
        _write(axes, _RIGHT_IN, y, _percent(one), "right", ink)
        y -= _STEP_IN
    y = _head(axes, y - 0.1, "Ratio", "", "SE")
    for one in spectrum.ratios:
        _write(axes, 0.0, y, _ratio_name(one.name), "left", INK)
        bound = "\u2265 " if one.is_lower_bound else ""
        known = np.isfinite(one.value)
        _write(axes, _VALUE_IN, y, f"{bound}{_ratio(one.value)}" if known else "\u2013", "right", INK)
        _write(axes, _RIGHT_IN, y, f"\u00b1 {_ratio(one.standard_error)}" if known else "", "right", INK)
        y -= _STEP_IN
    y = _head(axes, y - 0.1, "Quality", "", "")
    for name, value in (("SNR", f"{spectrum.signal_to_noise:.0f}"), ("FWHM", f"{spectrum.fwhm_hz:.1f} Hz")):
        _write(axes, 0.0, y, name, "left", INK)
        _write(axes, _VALUE_IN, y, value, "right", INK)
        y -= _STEP_IN
    _write_verdict(axes, y - 0.04, spectrum)


def decimal_exponent(values: list[float]) -> int:
    """Power of ten to take out of numbers so that the largest has one to three digits before the point.

    Examples
    --------
    >>> decimal_exponent([12.0, 0.5]), decimal_exponent([4.1e-5]), decimal_exponent([25000.0])
    (0, -6, 3)
    """
    largest = max((abs(value) for value in values if np.isfinite(value)), default=0.0)
    return 0 if largest == 0.0 else 3 * int(np.floor(np.log10(largest) / 3.0))


def _head(axes: Axes, y: float, left: str, middle: str, right: str) -> float:
    for x, text, across in ((0.0, left, "left"), (_VALUE_IN, middle, "right"), (_RIGHT_IN, right, "right")):
        axes.text(x, y, text, ha=across, va="center", fontsize=6.3, color=SOFT)
    axes.plot([0.0, _RIGHT_IN], [y - 0.09, y - 0.09], color=SOFT, linewidth=0.6)
    return y - 0.09 - 0.6 * _STEP_IN


def _write(axes: Axes, x: float, y: float, text: str, across: str, colour: str) -> None:
    axes.text(x, y, text, ha=across, va="center_baseline", fontsize=7.0, color=colour, parse_math=False)


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value < 10.0 else f"{value:.1f}"


def _ratio_name(name: str) -> str:
    """Say where a ratio is one of peak areas, which counts protons, not one of concentrations."""
    counts_protons = name in CLINICAL_RATIOS and CLINICAL_RATIOS[name].factor != 1.0
    return f"{name} (areas)" if counts_protons else name


def _percent(one: Estimate) -> str:
    return f"{one.error_percent:.0f} %" if one.error_percent < 1000.0 else "\u2013"


def _write_verdict(axes: Axes, y: float, spectrum: VoxelSpectrum) -> None:
    verdict = spectrum.verdict
    colour = _MET if verdict.is_accepted else _UNMET
    word = "\u2713 accepted" if verdict.is_accepted else "\u2717 rejected"
    axes.text(0.0, y, word, va="center_baseline", fontsize=7.2, color=colour, weight="bold")
    for line in textwrap.wrap(verdict.reason, 32)[:3]:
        y -= 0.85 * _STEP_IN
        axes.text(0.0, y, line, va="center_baseline", fontsize=6.5, color=colour, parse_math=False)
