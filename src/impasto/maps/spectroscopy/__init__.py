"""Spectra to metabolite maps: clean, fit, judge."""

__all__: list[str] = []
