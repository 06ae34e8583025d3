"""Clips served as cameras over RTSP, in phase with the wall clock, with faults that are switched at run time."""
