"""The figures of a report, one module each; every function returns a matplotlib figure without global state."""
