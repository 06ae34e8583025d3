"""What is worth decoding, and what is worth a detector: the cheap part of the analysis."""
