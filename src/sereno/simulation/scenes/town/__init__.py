"""The scenes of the demo town, one file a camera."""
