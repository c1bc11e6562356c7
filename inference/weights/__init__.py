"""Where weights are: which files a model needs, whether they are here, and how they get here."""
