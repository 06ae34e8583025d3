"""The ONVIF client: what a device answers is hostile until it is one of our values."""
