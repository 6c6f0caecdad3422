"""How the values of a map become colours: hue by what is measured, range by what is usual or by the map itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import matplotlib as mpl
from matplotlib.colors import Colormap, LinearSegmentedColormap

from impasto.report.theme import DIVERGING, FUNCTIONAL

__all__ = ["USUAL_SCALES", "ColourScale"]

_DIFFUSION = mpl.colormaps["cividis"]
"""Even in lightness, and alike to readers of all colour vision (Nunez 2018)."""

_TIME = LinearSegmentedColormap.from_list(
    "time", ["#10183a", "#1d3a78", "#2b62a8", "#4b90c4", "#86bcd8", "#c4e0ea", "#f6fbfb"]
)
_OPAQUE = (1.0, 1.0)
_SHOWS_THROUGH = (0.0, 0.85)


@dataclass(frozen=True)
class ColourScale:
    """Colours of a map.

    Parameters
    ----------
    colours : Colormap
        Even in lightness.
    limits : tuple of float, optional
        Values at its ends; when not given, from zero (or its mirror image) to a round number above most values.
    percentile : float
        Share of the values, in percent, that must lie inside limits that are chosen.
    least_end : float
        A chosen upper end is no lower, so that noise about zero is not drawn as if it were much.
    is_signed : bool
        Whether zero lies in the middle.
    opacity : tuple of float
        At the lower end, and from 40 % of the scale upwards.
    """

    colours: Colormap = field(default_factory=lambda: FUNCTIONAL)
    limits: tuple[float, float] | None = None
    percentile: float = 98.0
    least_end: float = 0.0
    is_signed: bool = False
    opacity: tuple[float, float] = (0.4, 0.8)


USUAL_SCALES: Mapping[str, ColourScale] = {
    "CNI": ColourScale(limits=(0.0, 10.0)),
    "T1": ColourScale(_TIME, least_end=2.0, opacity=_OPAQUE),
    "Ktrans": ColourScale(percentile=99.5, least_end=0.05, opacity=_SHOWS_THROUGH),
    "PS": ColourScale(percentile=99.5, least_end=0.05, opacity=_SHOWS_THROUGH),
    "Fp": ColourScale(percentile=99.0, opacity=_SHOWS_THROUGH),
    "kep": ColourScale(opacity=_SHOWS_THROUGH),
    "ve": ColourScale(percentile=99.0, least_end=0.2, opacity=_SHOWS_THROUGH),
    "vp": ColourScale(percentile=99.0, least_end=0.05, opacity=_SHOWS_THROUGH),
    "IAUC60": ColourScale(percentile=99.0, opacity=_SHOWS_THROUGH),
    "rCBV": ColourScale(percentile=99.0, least_end=3.0, opacity=_OPAQUE),
    "rCBF": ColourScale(percentile=99.0, least_end=3.0, opacity=_OPAQUE),
    "CBV": ColourScale(percentile=99.0, opacity=_OPAQUE),
    "CBF": ColourScale(percentile=99.0, opacity=_OPAQUE),
    "K2": ColourScale(DIVERGING, is_signed=True, opacity=_OPAQUE),
    "MTT": ColourScale(_TIME, least_end=6.0, opacity=_OPAQUE),
    "Tmax": ColourScale(_TIME, least_end=6.0, opacity=_OPAQUE),
    "ADC": ColourScale(_DIFFUSION, (0.0, 3.0), opacity=_OPAQUE),
    "FA": ColourScale(_DIFFUSION, (0.0, 1.0), opacity=_OPAQUE),
    "kurtosis": ColourScale(_DIFFUSION, (0.0, 2.0), opacity=_OPAQUE),
    "restricted fraction": ColourScale(_DIFFUSION, (0.0, 1.0), opacity=_OPAQUE),
    "hindered diffusivity": ColourScale(_DIFFUSION, (0.0, 3.0), opacity=_OPAQUE),
    "White matter": ColourScale(limits=(0.0, 1.0), opacity=_SHOWS_THROUGH),
    "Grey matter": ColourScale(limits=(0.0, 1.0), opacity=_SHOWS_THROUGH),
    "CSF": ColourScale(limits=(0.0, 1.0), opacity=_SHOWS_THROUGH),
    "oxygen partial pressure": ColourScale(limits=(0.0, 60.0)),
    "dose factor for oxygen": ColourScale(limits=(1.0, 2.0)),
    "SUV": ColourScale(percentile=99.8, least_end=1.0, opacity=_SHOWS_THROUGH),
}
"""By name of the map. Amounts are green, diffusion blue to yellow, times blue, what has a sign blue to red.

Of what dwells in small regions (leakage, uptake) the range reaches further, and where there is none anatomy shows.
"""
