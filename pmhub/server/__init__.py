"""The web server: waitress in as many processes as there are cores, on one listening socket.

Waitress receives requests and sends answers in one thread that never waits, so that slow clients do
not take a thread from the others; a few more threads run the views. Under `./run`, the worker is
copied from the same process.
"""
