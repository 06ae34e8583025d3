"""One door for footage that was recorded elsewhere: what a camera's card holds of a gap becomes segments."""
