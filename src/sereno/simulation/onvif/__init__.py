"""A camera's ONVIF side: its clock, its motors, its events and its card, over real sockets."""
