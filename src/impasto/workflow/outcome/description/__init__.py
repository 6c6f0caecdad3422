"""Table 1 and adverse events of patients in a table."""
