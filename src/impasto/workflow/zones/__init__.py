"""Zones of a case: rules and calibrations read, zones found by maps, and what is said of them."""
