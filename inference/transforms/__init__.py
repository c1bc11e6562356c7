"""Work on pictures that are there already: colours, warps, and pictures between two others."""
