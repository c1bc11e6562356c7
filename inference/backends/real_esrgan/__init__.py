"""Real-ESRGAN on the processor: larger pictures by networks whose weights ship in a package."""
