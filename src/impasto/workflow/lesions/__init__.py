"""Lesions of a case: found, or imported from others' masks."""
