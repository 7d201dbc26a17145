"""The web server: waitress in as many processes as there are cores, on one listening socket.

Waitress receives requests and sends answers in one thread that never waits, so that slow clients
take no thread from the others; a few more threads run the views. `./run` has a worker
copied from the same process.
"""
