"""LoRAs and textual inversions: small additions to a loaded model."""
