"""Outcome: response, failure patterns, survival, trial design, and whether published numbers cohere."""

__all__: list[str] = []
