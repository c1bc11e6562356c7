"""Ray Serve before several servers: one address for all of them, on one machine or many."""
