"""The people's floor: commands, the main flow, disk and clock, the ledger."""
