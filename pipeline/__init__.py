"""shikaku-press: from a member file to printed documents that are never wrong."""

__version__ = "0.1.0"
