"""From photos to features: opened (`images`), seen by VGG16 (`features`), projected (`pca`), scaled
(`standardization`); of a whole `folder`; and which network made them (`encoder`)."""
