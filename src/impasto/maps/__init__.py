"""Quantitative maps of functional images."""
