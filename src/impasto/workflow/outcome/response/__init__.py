"""Response of one patient: a table of scans, measured and judged."""
