"""The engines: what each takes and what it costs."""
