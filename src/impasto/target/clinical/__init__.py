"""Clinical targets: what guidelines and trials make of the gross tumour."""

from impasto.target.clinical.geodesic import geodesic_expanded, geodesic_lengths_mm

__all__ = ["geodesic_expanded", "geodesic_lengths_mm"]
