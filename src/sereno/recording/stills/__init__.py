"""Key frames as JPEG: what control asks, and the confined process that decodes."""
