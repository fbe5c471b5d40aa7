"""Photos: read, seen by VGG16, and described by the features of its layer fc7."""
