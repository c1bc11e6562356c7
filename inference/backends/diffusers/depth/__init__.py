"""The depth of given pictures, by models of transformers."""
