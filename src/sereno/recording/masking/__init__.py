"""Static privacy masks burned in, where the law demands it and the camera cannot do it itself."""
