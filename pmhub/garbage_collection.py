"""What spares the garbage collector work, and what gives the system back what nobody uses."""

import ctypes
import gc

_system = ctypes.CDLL(None)


def freeze() -> None:
    """Spare the garbage collector what is there for good.

    Modules, models and routes are some hundred thousand objects. Without this a full collection
    visits them all, in the midst of every tenth computation or so: 55 ms for nothing. Called
    before a process forks, it also leaves their memory shared.
    """
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Give the system back what is free in the heap, in some milliseconds. Without this a process
    keeps most of what its largest page took. Where the system's library is not glibc, that has ways
    of its own."""
    if trim := getattr(_system, "malloc_trim", None):
        trim(0)
