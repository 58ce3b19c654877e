"""The stages in the order of `office.job`; no stage imports another."""
