"""Faces, only for a watch-list that the law and two persons allow. ``opening.py`` is the one way in."""
