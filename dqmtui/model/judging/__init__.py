"""Judging histograms: tests of two samples, outliers, steps, and the scan that ranks what is suspicious."""
