"""Survival of patients in a table: what is asked, analysed, left out and reported."""
