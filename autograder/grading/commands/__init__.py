"""The commands that grade; they need a checkout."""
