"""Synthetic images of digits and of pages, for tests, benchmarks and trainings."""
