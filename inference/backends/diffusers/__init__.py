"""The backend that draws with trained models through diffusers; only this package knows torch."""
