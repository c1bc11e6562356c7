"""The painter: abstract pictures from the words and the seed, without a model."""
