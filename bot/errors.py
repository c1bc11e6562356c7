"""What ends the program with a sentence of its own; light, since the start waits for imports."""


class CannotStart(Exception):
    """The program cannot start or go on; the text is one sentence for the operator.

    `status` is the exit status of the process.
    """

    status = 1


class StateInUse(CannotStart):
    """Another process uses the state folder; whoever keeps the bot running need not try again."""

    status = 78
