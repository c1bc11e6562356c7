"""What a backend raises when its picture is no longer wanted."""


class Stopped(Exception):
    """The picture is no longer wanted."""
