"""Picture scenes: pictures that the project draws itself, with captions that are known to be true.

`scene` says what a scene is, `drawing` draws it, `sentences` describes it, `truth` judges any caption of
it, `words` reads one from a sentence. See datasets/scenes/DATASHEET.md.
"""
