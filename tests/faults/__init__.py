"""The engine under contention and faults: every order of a few steps, and storms with a seed."""
