"""Work on pictures, done in worker processes: the process that asks never imports Pillow."""
