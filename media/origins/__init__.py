"""How a picture was made, as the file itself says it: Atelier's own recipe and other programs'."""
