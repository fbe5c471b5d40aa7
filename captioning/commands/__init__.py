"""The commands of `captioning`, a module each; `captioning.cli` assembles them."""
