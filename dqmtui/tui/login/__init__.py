"""Logging in without leaving the screen."""
