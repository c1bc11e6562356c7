"""Strokes, colours and textures: how the painter's pixels are made."""
