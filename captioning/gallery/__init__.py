"""The page that `captioning demo` ends with."""
