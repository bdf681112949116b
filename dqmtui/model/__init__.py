"""Pure and small: LS masks, the LS table, axes and histogram stacks, trends; no I/O."""
