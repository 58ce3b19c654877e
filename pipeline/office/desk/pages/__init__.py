"""The desk's pages, a module a subject; each has a `router`."""
