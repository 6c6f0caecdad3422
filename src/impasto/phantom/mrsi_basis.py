"""Signals of what tissue holds, one unit each: metabolites by density matrix, macromolecules and lipids as broad lines.

The broad lines are the phantom's own, a little apart from those that fits use: real ones are never quite as assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from impasto.core.spectra import BasisSet
from impasto.maps.spectroscopy.basis import simulate_basis
from impasto.maps.spectroscopy.macromolecules import BroadLine, broad_line_basis
from impasto.phantom.metabolites import METABOLITES
from impasto.phantom.mrsi_acquisition import MrsiAcquisition

__all__ = ["tissue_basis"]

_MACROMOLECULES: Mapping[str, tuple[BroadLine, ...]] = {
    "MM09": (BroadLine(0.90, 0.15, 3.0),),
    "MM12": (BroadLine(1.21, 0.14, 2.0),),
    "MM14": (BroadLine(1.41, 0.18, 2.0),),
    "MM17": (BroadLine(1.68, 0.16, 2.0),),
    "MM20": (BroadLine(2.05, 0.18, 2.3), BroadLine(1.93, 0.14, 0.7)),
    "MM23": (BroadLine(2.27, 0.19, 3.0),),
    "MM26": (BroadLine(2.57, 0.14, 1.0), BroadLine(2.72, 0.14, 1.0)),
    "MM30": (BroadLine(2.98, 0.18, 3.0),),
    "MM32": (BroadLine(3.20, 0.17, 3.0),),
    "MM38": (BroadLine(3.62, 0.14, 0.5), BroadLine(3.77, 0.18, 1.7), BroadLine(3.90, 0.18, 1.3)),
}
_MACROMOLECULE_T2_S = 0.032

_LIPIDS: Mapping[str, tuple[BroadLine, ...]] = {
    "Lip09": (BroadLine(0.89, 0.13, 3.0),),
    "Lip13": (BroadLine(1.29, 0.12, 2.0),),
    "Lip20": (BroadLine(2.03, 0.14, 1.4), BroadLine(2.25, 0.15, 0.6), BroadLine(2.78, 0.18, 0.8)),
}
_LIPID_T2_S = 0.06


@lru_cache(maxsize=4)
def tissue_basis(acquisition: MrsiAcquisition) -> BasisSet:
    """Simulate all of :data:`~impasto.phantom.metabolites.METABOLITES` for a sequence.

    Parameters
    ----------
    acquisition : MrsiAcquisition

    Returns
    -------
    BasisSet
        Metabolites undamped; macromolecules (positions near Cudalbu 2021) and lipids decayed until the echo.
    """
    broad = {**_MACROMOLECULES, **_LIPIDS}
    names = [name for name in METABOLITES if name not in broad]
    frequency_mhz, dwell_s, points = acquisition.frequency_mhz, acquisition.dwell_s, acquisition.points
    sampling = (acquisition.sequence.echo_time_s, frequency_mhz, dwell_s, points)
    metabolites = simulate_basis(names, acquisition.sequence, frequency_mhz, dwell_s, points)
    macromolecules = broad_line_basis(_MACROMOLECULES, *sampling, _MACROMOLECULE_T2_S)
    return metabolites.joined(macromolecules).joined(broad_line_basis(_LIPIDS, *sampling, _LIPID_T2_S))
