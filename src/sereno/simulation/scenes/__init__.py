"""Scenes drawn once at set-up: people, cars and streets before cameras that are not there."""
