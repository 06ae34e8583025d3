"""Which ground a camera's picture shows: the record of its calibration."""
