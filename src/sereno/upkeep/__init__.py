"""Cameras kept working: the daily proof of each one, and the tickets that follow from it."""
