"""``cs231n.fast_layers``: the same layers as matrix products; nothing needs to be compiled."""

from captioning.cs231n.ours import ours

__all__ = [
    "conv_backward_fast",
    "conv_backward_im2col",
    "conv_forward_fast",
    "conv_forward_im2col",
    "max_pool_backward_fast",
    "max_pool_forward_fast",
]

conv_forward_fast = ours("conv_forward", "conv_forward_fast")
conv_backward_fast = ours("conv_backward", "conv_backward_fast")
conv_forward_im2col = ours("conv_forward", "conv_forward_im2col")
conv_backward_im2col = ours("conv_backward", "conv_backward_im2col")
max_pool_forward_fast = ours("max_pool_forward", "max_pool_forward_fast")
max_pool_backward_fast = ours("max_pool_backward", "max_pool_backward_fast")
