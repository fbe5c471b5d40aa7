"""The commands of `captioning` that need a checkout."""
