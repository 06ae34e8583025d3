"""Packets of cameras from the recorder to who analyses them, on the same machine: the wire and its reading end."""
