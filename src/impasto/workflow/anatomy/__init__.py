"""Anatomy of a case: which image it is found on, and finding it."""
