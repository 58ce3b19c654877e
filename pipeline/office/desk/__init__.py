"""The counter's page: single reissues, lots and their spoils, the audit trail, in a browser at the office."""
