"""The ``Detector`` port and what stands behind it."""
