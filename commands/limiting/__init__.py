"""The parts of /limits."""
