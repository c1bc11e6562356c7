"""How each kind of job is made."""
