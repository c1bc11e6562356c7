"""From a request to what the UNet is told: texts, pictures, controls and guidance."""
