"""Writing PDF parts. The only owner of `pypdf` and `deflate`."""
