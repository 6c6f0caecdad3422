"""Photon dose: pencil beams on a generic, uncommissioned 6 MV machine. Not for clinical use."""

from impasto.plan.photon.electron_density import GENERIC_DENSITY_TABLE, DensityTable, electron_density
from impasto.plan.photon.geometry import beam_axes, beam_geometry
from impasto.plan.photon.image_edge import share_through_edge
from impasto.plan.photon.machine import PhotonMachine, generic_6mv
from impasto.plan.photon.pencil_beam import PencilBeamSettings, bixel_kernels, pencil_beam_influence
from impasto.plan.photon.planning import PhotonModel, PhotonSettings, photon_model, plan_photon, plan_with_model
from impasto.plan.photon.radiological_depth import radiological_depth_mm

__all__ = [
    "GENERIC_DENSITY_TABLE",
    "DensityTable",
    "PencilBeamSettings",
    "PhotonMachine",
    "PhotonModel",
    "PhotonSettings",
    "beam_axes",
    "beam_geometry",
    "bixel_kernels",
    "electron_density",
    "generic_6mv",
    "pencil_beam_influence",
    "photon_model",
    "plan_photon",
    "plan_with_model",
    "radiological_depth_mm",
    "share_through_edge",
]
