"""Convolution and max pooling over images ``(N, C, H, W)``.

A convolution is one matrix product once every patch under the filter stands in a column of its own:
``im2col`` lays the patches out, ``col2im`` is its transpose and adds them back. Convolution here is
what deep learning calls by that name, a cross-correlation: the filter is not flipped.

Source: K. Chellapilla, S. Puri, P. Simard, “High Performance Convolutional Neural Networks for
Document Processing”, 2006, section 3.
"""


# Patches are laid out for a few images at a time: enough to fill a matrix product, few enough for
# the columns to stay in the processor's cache until the product has read them.
BLOCK_BYTES = 2 * 2**20
