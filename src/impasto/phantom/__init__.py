"""Digital patients: anatomy and what scanners would give of it. All simulated."""

from impasto.phantom.anatomy import Anatomy, Tissue
from impasto.phantom.glioma import HEAD_GRID, glioma_anatomy, recurrent_glioma_anatomy
from impasto.phantom.head import HeadAnatomy, head_anatomy
from impasto.phantom.metabolites import choline_naa_truth, concentrations
from impasto.phantom.mr import flair_scan, mr_scans, t1_contrast_scan, t1_scan, t2_scan
from impasto.phantom.mrsi import MrsiScan, MrsiTruth, mrsi_scan
from impasto.phantom.mrsi_acquisition import EPSI, PRESS_BOX, Imperfections, MrsiAcquisition
from impasto.phantom.oxygen import oxygen_pressure_mmhg
from impasto.phantom.scanner import ct_scan, pet_scan
from impasto.phantom.tracers import FDG, FET, FMISO, Tracer, amino_acid_uptake, glucose_uptake, hypoxia_uptake

__all__ = [
    "EPSI",
    "FDG",
    "FET",
    "FMISO",
    "HEAD_GRID",
    "PRESS_BOX",
    "Anatomy",
    "HeadAnatomy",
    "Imperfections",
    "MrsiAcquisition",
    "MrsiScan",
    "MrsiTruth",
    "Tissue",
    "Tracer",
    "amino_acid_uptake",
    "choline_naa_truth",
    "concentrations",
    "ct_scan",
    "flair_scan",
    "glioma_anatomy",
    "glucose_uptake",
    "head_anatomy",
    "hypoxia_uptake",
    "mr_scans",
    "mrsi_scan",
    "oxygen_pressure_mmhg",
    "pet_scan",
    "recurrent_glioma_anatomy",
    "t1_contrast_scan",
    "t1_scan",
    "t2_scan",
]
