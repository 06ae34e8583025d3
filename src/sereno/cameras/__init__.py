"""The register of cameras and streams, and their health."""
