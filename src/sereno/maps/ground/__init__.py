"""From a camera's picture to the ground: calibration, positions with their errors, what is too far to tell."""
