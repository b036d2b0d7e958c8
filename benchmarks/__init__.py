"""Measures Ember: `python -m benchmarks` prints every figure that the README gives."""
