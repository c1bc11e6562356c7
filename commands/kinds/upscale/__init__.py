"""Upscales: which engines make a picture larger, and how that is asked for and shown."""
