"""Any pipeline of diffusers that draws from words: one picture at a time, called as a whole."""
