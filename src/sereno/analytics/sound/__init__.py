"""What a camera's microphone hears: shots, glass, screams, sirens. Nothing of the sound is kept."""
