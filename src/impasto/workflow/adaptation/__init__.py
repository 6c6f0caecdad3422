"""Adaptive painting: every day's image gives a new prescription and plan, doses come together before treatment."""

from impasto.workflow.adaptation.phases import Phase, find_phases
from impasto.workflow.adaptation.protocol import ADAPTATION_PROTOCOL, AdaptationChoice, adaptation_protocol

__all__ = ["ADAPTATION_PROTOCOL", "AdaptationChoice", "Phase", "adaptation_protocol", "find_phases"]
