"""Digital patients: anatomy and what scanners would give of it. All simulated."""

from impasto.phantom.anatomy import Anatomy, Tissue
from impasto.phantom.glioma import HEAD_GRID, glioma_anatomy, recurrent_glioma_anatomy
from impasto.phantom.head import HeadAnatomy, head_anatomy
from impasto.phantom.mr import flair_scan, mr_scans, t1_contrast_scan, t1_scan, t2_scan
from impasto.phantom.scanner import ct_scan, pet_scan

__all__ = [
    "HEAD_GRID",
    "Anatomy",
    "HeadAnatomy",
    "Tissue",
    "ct_scan",
    "flair_scan",
    "glioma_anatomy",
    "head_anatomy",
    "mr_scans",
    "pet_scan",
    "recurrent_glioma_anatomy",
    "t1_contrast_scan",
    "t1_scan",
    "t2_scan",
]
