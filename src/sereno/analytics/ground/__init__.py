"""Where on the ground things are and how fast they go, on cameras with a calibration."""
