"""What ends the program with a sentence of its own; light, since the start waits for imports."""


class CannotStart(Exception):
    """The program cannot start or go on; the text is one sentence for the operator."""
