"""Small skills without order. Imports `base` and `model`, never `rules`."""
