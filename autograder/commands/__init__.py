"""The commands of `captioning` that check answers."""
