"""Rules that turn observations into alerts, and an alert's life until someone decides."""
