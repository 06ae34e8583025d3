"""Places: the street graph, travel times, the basemap."""
