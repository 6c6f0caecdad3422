"""Digital patients: anatomy and what scanners would give of it. All simulated."""

from impasto.phantom.head import HeadAnatomy, head_anatomy
from impasto.phantom.scanner import ct_scan, pet_scan

__all__ = ["HeadAnatomy", "ct_scan", "head_anatomy", "pet_scan"]
