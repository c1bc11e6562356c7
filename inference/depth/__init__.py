"""How far away things are in pictures that are there already."""
