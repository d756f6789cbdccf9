"""The words of a picture: headline, captions, names, notes, descriptions."""
