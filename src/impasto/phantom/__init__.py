"""Digital patients: anatomy and what scanners would give of it. All simulated."""

from impasto.phantom.anatomy import Anatomy, Tissue
from impasto.phantom.ct import ct_scan
from impasto.phantom.dce import DceProtocol, dce_scan, variable_flip_angle_scans
from impasto.phantom.diffusion import Diffusion, diffusion_of
from impasto.phantom.dsc import DscProtocol, dsc_scan
from impasto.phantom.dwi import DwiProtocol, dwi_scan
from impasto.phantom.enhancing_parts import EnhancingParts, truth_structures
from impasto.phantom.glioma import HEAD_GRID, glioma_anatomy, recurrent_glioma_anatomy
from impasto.phantom.head_neck import HEAD_NECK_GRID, HeadNeckState, head_neck_anatomy, head_neck_course
from impasto.phantom.head_neck_response import (
    head_neck_glucose_uptake,
    head_neck_hypoxia_uptake,
    head_neck_oxygen_mmhg,
)
from impasto.phantom.metabolites import choline_naa_truth, concentrations
from impasto.phantom.mr import flair_scan, mr_scans, t1_contrast_scan, t1_scan, t2_scan
from impasto.phantom.mrsi import MrsiScan, MrsiTruth, mrsi_scan
from impasto.phantom.mrsi_acquisition import EPSI, PRESS_BOX, Imperfections, MrsiAcquisition
from impasto.phantom.oxygen import oxygen_pressure_mmhg
from impasto.phantom.perfusion import Perfusion, perfusion_of
from impasto.phantom.pet import pet_scan
from impasto.phantom.tissue_classes import Mixture, brain_grid, mixture_on
from impasto.phantom.tracers import FDG, FET, FMISO, Tracer, amino_acid_uptake, glucose_uptake, hypoxia_uptake

__all__ = [
    "EPSI",
    "FDG",
    "FET",
    "FMISO",
    "HEAD_GRID",
    "HEAD_NECK_GRID",
    "PRESS_BOX",
    "Anatomy",
    "DceProtocol",
    "Diffusion",
    "DscProtocol",
    "DwiProtocol",
    "EnhancingParts",
    "HeadNeckState",
    "Imperfections",
    "Mixture",
    "MrsiAcquisition",
    "MrsiScan",
    "MrsiTruth",
    "Perfusion",
    "Tissue",
    "Tracer",
    "amino_acid_uptake",
    "brain_grid",
    "choline_naa_truth",
    "concentrations",
    "ct_scan",
    "dce_scan",
    "diffusion_of",
    "dsc_scan",
    "dwi_scan",
    "flair_scan",
    "glioma_anatomy",
    "glucose_uptake",
    "head_neck_anatomy",
    "head_neck_course",
    "head_neck_glucose_uptake",
    "head_neck_hypoxia_uptake",
    "head_neck_oxygen_mmhg",
    "hypoxia_uptake",
    "mixture_on",
    "mr_scans",
    "mrsi_scan",
    "oxygen_pressure_mmhg",
    "perfusion_of",
    "pet_scan",
    "recurrent_glioma_anatomy",
    "t1_contrast_scan",
    "t1_scan",
    "t2_scan",
    "truth_structures",
    "variable_flip_angle_scans",
]
