"""The kinds of steps that an adaptation is made of."""
