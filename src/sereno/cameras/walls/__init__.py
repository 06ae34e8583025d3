"""Arrangements of live pictures, saved."""
