"""Upscaling: what is asked for, and the tiles that a large picture is worked on in."""
