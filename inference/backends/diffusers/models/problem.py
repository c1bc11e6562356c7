"""What is wrong with a model."""


class ModelProblem(Exception):
    """A model cannot be used; the text says why, in words that follow "it cannot be used:"."""
