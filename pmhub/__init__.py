"""The project package: what every app builds on."""
