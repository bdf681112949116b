"""Async clients of DIALS and OMS over one transport."""
