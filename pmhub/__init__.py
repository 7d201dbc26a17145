"""The project package: what every app leans on."""
