"""Frames in, observations out: decode, gate, detect, track, read plates."""
