"""What a backend raises when a picture did not come about."""


class DrawingFailed(Exception):
    """There is no picture; the text says why, in one sentence for people."""
