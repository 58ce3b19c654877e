"""The ledger's migrations, for both databases: one file of `versions` a step, applied by `ledger_upgrade`."""
