"""Films: the client of the image-to-video REST API."""
