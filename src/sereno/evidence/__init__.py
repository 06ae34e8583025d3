"""Footage as proof: hold, hash, seal, export, verify."""
