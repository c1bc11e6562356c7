"""Benchmarks of the inference server: sampling, adapters, upscaling, painting, Ray Serve."""
