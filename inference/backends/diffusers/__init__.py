"""Stable Diffusion, SDXL and Kandinsky through diffusers; torch is imported only in here."""
