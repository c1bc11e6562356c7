"""Blends: pictures that are drawn from several others, and how they are asked for and shown."""
