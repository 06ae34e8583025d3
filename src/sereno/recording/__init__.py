"""Packets in, indexed segments out: write, hold, play back, live view."""
