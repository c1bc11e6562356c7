"""How pictures are sampled: many requests share each call of the UNet."""
