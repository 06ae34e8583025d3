"""Peers that are measured beside us, each in an environment of its own, so that none of them enters Sereno's."""
