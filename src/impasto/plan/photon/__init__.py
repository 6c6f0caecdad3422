"""Photon dose: pencil beams on a generic, uncommissioned 6 MV machine. Not for clinical use."""
