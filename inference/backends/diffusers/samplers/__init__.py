"""The samplers: diffusers' schedulers and their settings, and their steps as coefficients."""
