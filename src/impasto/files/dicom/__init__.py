"""DICOM in and out."""

from impasto.files.dicom.reference import SeriesReference

__all__ = ["SeriesReference"]
