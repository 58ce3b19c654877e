"""One page of regulation per file, each rule with its source. Imports `base` and `model`."""
