"""Spectra of a case: preparation, fit, concentrations, and one voxel's fit as a picture."""
