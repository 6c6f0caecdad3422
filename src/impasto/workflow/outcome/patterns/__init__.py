"""Where recurrences lie in the dose: found in a case, and reported."""
