"""Chapter 6: convolution and pooling."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

CONV_FORWARD_NAIVE = [
    Mistake(
        "bias forgotten",
        "conv_forward_naive",
        ".sum(axis=(1, 2, 3)) + b[f]",
        ".sum(axis=(1, 2, 3))",
        "Each filter has a bias, one number that is added to all of its output pixels.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "bias added at every pixel of the patch",
        "conv_forward_naive",
        "(patch * w[f]).sum(axis=(1, 2, 3)) + b[f]",
        "(patch * w[f] + b[f]).sum(axis=(1, 2, 3))",
        "The bias is inside the sum and so it is added as many times as the filter has weights. It belongs "
        "to the output pixel, once.",
        kind=Kind.EXTRA_TERM,
    ),
    Mistake(
        "filter flipped",
        "conv_forward_naive",
        "patch * w[f])",
        "patch * w[f, :, ::-1, ::-1])",
        "That is the convolution of a mathematician, with the filter turned round. Networks call a "
        "cross-correlation by that name: the first weight meets the first pixel of the patch.",
    ),
    Mistake(
        "stride forgotten for the rows",
        "conv_forward_naive",
        "i * stride : i * stride + HH",
        "i : i + HH",
        "The window moves on by the stride in both directions. Test with a stride above 1: which rows of the "
        "image do your windows see?",
        kind=Kind.PLACE,
    ),
    Mistake(
        "end of the window multiplied by the stride",
        "conv_forward_naive",
        "j * stride : j * stride + WW",
        "j * stride : (j + 1) * stride",
        "How far the window moves and how wide it is are two numbers. With a stride of 1 your patch has a "
        "single column.",
    ),
    Mistake(
        "padded with the border's pixels",
        "conv_forward_naive",
        "(pad, pad), (pad, pad)))",
        '(pad, pad), (pad, pad)), mode="edge")',
        "Around the image there are zeros. Copies of the border are another convention, and only pixels near "
        "the border tell the two apart.",
        kind=Kind.PLACE,
    ),
    Mistake(
        "padded at one side only",
        "conv_forward_naive",
        "(pad, pad), (pad, pad)))",
        "(0, 2 * pad), (0, 2 * pad)))",
        "All zeros stand behind the image: the size comes out right, and everything is moved. They go all "
        "around it, the same number on each side.",
    ),
    Mistake(
        "one channel forgotten",
        "conv_forward_naive",
        "(patch * w[f])",
        "(patch[:, :1] * w[f, :1])",
        "A filter looks at all channels of the patch at once, and the sum runs over them too. Test with an "
        "image of more than one channel.",
    ),
    Mistake(
        "mean over the patch",
        "conv_forward_naive",
        ".sum(axis=(1, 2, 3)) + b[f]",
        ".mean(axis=(1, 2, 3)) + b[f]",
        "An output pixel is a weighted sum. The filter's weights are what may make a mean of it.",
    ),
    Mistake(
        "the same filter for all outputs",
        "conv_forward_naive",
        "(patch * w[f])",
        "(patch * w[0])",
        "Each output channel has a filter of its own. Compare two channels of your output.",
        kind=Kind.PLACE,
    ),
    Mistake(
        "padding counted once",
        "conv_forward_naive",
        "(size + 2 * pad - window) // stride",
        "(size + pad - window) // stride",
        "There is padding at both ends: an image of 5 pixels padded by 1 is 7 wide. How many windows fit?",
        inside="_output_size",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "width counted with the filter's height",
        "conv_forward_naive",
        "_output_size(W, WW, stride, pad)",
        "_output_size(W, HH, stride, pad)",
        "How many windows fit side by side hangs on how wide the filter is. A filter need not be square.",
        kind=Kind.SHAPE,
    ),
]

CONV_BACKWARD_NAIVE = [
    Mistake(
        "overlaps not added up",
        "conv_backward_naive",
        "dx_padded[:, :, rows, columns] += w[f] * upstream",
        "dx_padded[:, :, rows, columns] = w[f] * upstream",
        "A pixel stands in several windows and is read by every filter. An assignment keeps what came last; "
        "all of it counts.",
    ),
    Mistake(
        "only the last window for the filter",
        "conv_backward_naive",
        "dw[f] += (x",
        "dw[f] = (x",
        "The same weights are used at every place of the image, and each place contributes to their "
        "gradient.",
    ),
    Mistake(
        "stride forgotten",
        "conv_backward_naive",
        "rows = slice(i * stride, i * stride + HH)",
        "rows = slice(i, i + HH)",
        "On the way back the windows must lie where they lay on the way forward. Where was window i with a "
        "stride of 2?",
        kind=Kind.PLACE,
    ),
    Mistake(
        "padding cut off at the wrong end",
        "conv_backward_naive",
        "dx_padded[:, :, pad : pad + H, pad : pad + W]",
        "dx_padded[:, :, :H, :W]",
        "The image lies in the middle of the padded one. Your gradient has the right size, and begins in the "
        "padding.",
    ),
    Mistake(
        "padding not cut off",
        "conv_backward_naive",
        "dx_padded[:, :, pad : pad + H, pad : pad + W]",
        "dx_padded",
        "A gradient has the shape of what it belongs to. The zeros around the image are yours; nobody wants "
        "their gradient.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "cut off counted from the end",
        "conv_backward_naive",
        "dx_padded[:, :, pad : pad + H, pad : pad + W]",
        "dx_padded[:, :, pad:-pad, pad:-pad]",
        "It works until somebody pads with 0: then minus 0 is 0, and the slice is empty.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "mean over the batch",
        "conv_backward_naive",
        "* upstream).sum(axis=0)",
        "* upstream).mean(axis=0)",
        "The upstream gradient carries the 1/N of the loss already. Contributions of the images are added "
        "up.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "bias: mean over the pixels",
        "conv_backward_naive",
        "db = dout.sum(axis=(0, 2, 3))",
        "db = dout.mean(axis=(2, 3)).sum(axis=0)",
        "The bias was added to every output pixel, and so every one of them counts in full.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "bias: one image only",
        "conv_backward_naive",
        "db = dout.sum(axis=(0, 2, 3))",
        "db = dout[0].sum(axis=(1, 2))",
        "The bias was added in all images of the batch. Over which axes was it spread on the way forward?",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "filter flipped",
        "conv_backward_naive",
        "+= w[f] * upstream",
        "+= w[f, :, ::-1, ::-1] * upstream",
        "In a formula with one convolution for all pixels the filter is turned round. Window by window each "
        "weight goes back to the pixel that it was multiplied with.",
    ),
    Mistake(
        "sign turned",
        "conv_backward_naive",
        "+= w[f] * upstream",
        "-= w[f] * upstream",
        "A gradient tells in which direction the loss grows; the step downhill is taken later, by the update "
        "rule.",
        kind=Kind.SIGN,
    ),
    Mistake(
        "all filters in every bias",
        "conv_backward_naive",
        "db = dout.sum(axis=(0, 2, 3))",
        "db = np.full(F, dout.sum())",
        "Each filter has a bias of its own. Yours all get what comes back to all of them: is an index"
        " missing?",
    ),
    Mistake(
        "last column of windows left out",
        "conv_backward_naive",
        "for j in range(W_out):",
        "for j in range(W_out - 1):",
        "Every window that was read on the way forward gives something back. Count the rounds of your"
        " loops: the last window is missing.",
        kind=Kind.PLACE,
    ),
    Mistake(
        "last row of windows left out",
        "conv_backward_naive",
        "for i in range(H_out):",
        "for i in range(H_out - 1):",
        "Every window that was read on the way forward gives something back. Count the rounds of your"
        " loops: the last window is missing.",
        kind=Kind.PLACE,
    ),
]

IM2COL = [
    Mistake(
        "channel behind the patch's rows and columns",
        "im2col",
        "cols[:, p, q] =",
        "cols.reshape(HH, WW, C, N, H_out, W_out)[p, q] =",
        "The rows run over the channels first, then over the patch. They must stand in the order in which "
        "a filter is laid flat, or the product multiplies what does not belong together.",
    ),
    Mistake(
        "image behind the output's rows and columns",
        "im2col",
        "cols[:, p, q] = channel_first[\n"
        "                :, :, p : p + stride * H_out : stride, q : q + stride * W_out : stride\n"
        "            ]\n",
        "cols.reshape(C, HH, WW, H_out, W_out, N)[:, p, q] = channel_first[\n"
        "                :, :, p : p + stride * H_out : stride, q : q + stride * W_out : stride\n"
        "            ].transpose(0, 2, 3, 1)\n",
        "The columns run over the images first, then over the output's pixels. Whose pixel is column 1 of "
        "yours?",
        kind=Kind.WHERE,
    ),
    Mistake(
        "channel and image not exchanged",
        "im2col",
        "x_padded.transpose(1, 0, 2, 3)",
        "x_padded.reshape(C, N, H + 2 * pad, W + 2 * pad)",
        "A reshape keeps the order in memory, it does not exchange axes. Look at the columns of an image of "
        "two channels.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "patch's rows and columns exchanged",
        "im2col",
        "cols[:, p, q] =",
        "cols.reshape(C, WW, HH, N, H_out, W_out)[:, q, p] =",
        "Within a channel the rows run over the patch row by row. A window that is not square shows the "
        "difference.",
    ),
    Mistake(
        "stride forgotten",
        "im2col",
        ":, :, p : p + stride * H_out : stride, q : q + stride * W_out : stride",
        ":, :, p : p + H_out, q : q + W_out",
        "Neighbouring windows are a stride apart, so the pixels at one place of all windows are, too.",
    ),
    Mistake(
        "stride for the columns only",
        "im2col",
        "p : p + stride * H_out : stride",
        "p : p + H_out",
        "The window moves on by the stride downwards as well.",
    ),
    Mistake(
        "padded at one side only",
        "im2col",
        "x_padded[:, :, pad : pad + H, pad : pad + W] = x",
        "x_padded[:, :, :H, :W] = x",
        "The zeros go around the image, on all four sides. Where in the larger array does the image begin?",
    ),
    Mistake(
        "always float64",
        "im2col",
        "cols = np.empty((C, HH, WW, N, H_out, W_out), dtype=x.dtype)",
        "cols = np.empty((C, HH, WW, N, H_out, W_out))",
        "A new array is float64 unless you say otherwise, and these columns are the largest array of the "
        "network.",
        kind=Kind.DTYPE,
    ),
]

COL2IM = [
    Mistake(
        "overlaps not added up",
        "col2im",
        "q : q + stride * W_out : stride] += cols[",
        "q : q + stride * W_out : stride] = cols[",
        "A pixel stands in several patches, and each has something for it. An assignment keeps what came "
        "last.",
    ),
    Mistake(
        "overlaps averaged",
        "col2im",
        "            ]\n",
        "            ]\n"
        "    counts = np.zeros(x_padded.shape[2:])\n"
        "    for p in range(HH):\n"
        "        for q in range(WW):\n"
        "            counts[p : p + stride * H_out : stride, q : q + stride * W_out : stride] += 1\n"
        "    x_padded /= np.maximum(counts, 1).astype(x_padded.dtype)\n",
        "It is the transpose of laying out that is asked for, not its inverse: what belongs to a pixel is "
        "added up, however many patches it stands in.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "padding not cut off",
        "col2im",
        "    for p in range(HH):\n",
        "    pad = 0\n    for p in range(HH):\n",
        "The image lies inside the padded one. Your result has its size and begins in the padding.",
    ),
    Mistake(
        "columns not laid out as they were made",
        "col2im",
        "cols = cols.reshape(C, HH, WW, N, H_out, W_out)",
        "cols = cols.reshape(N, C, HH, WW, H_out, W_out).transpose(1, 2, 3, 0, 4, 5)",
        "Take the axes of the columns apart in the order in which they were put together: channel and patch "
        "in the rows, image and pixel in the columns.",
    ),
    Mistake(
        "channel and image not exchanged back",
        "col2im",
        "x_padded.transpose(1, 0, 2, 3)",
        "x_padded.reshape(C, N, H + 2 * pad, W + 2 * pad)",
        "A reshape keeps the order in memory, it does not exchange axes. Where does the second image's "
        "first channel go?",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "stride forgotten",
        "col2im",
        ":, :, p : p + stride * H_out : stride, q : q + stride * W_out : stride] += ",
        ":, :, p : p + H_out, q : q + W_out] += ",
        "The pixels at one place of all windows are a stride apart. They must go back where they came from.",
        kind=Kind.PLACE,
    ),
    Mistake(
        "always float64",
        "col2im",
        "W + 2 * pad), dtype=cols.dtype)",
        "W + 2 * pad))",
        "A new array is float64 unless you say otherwise. float32 in, float32 out.",
        kind=Kind.DTYPE,
    ),
]

CONV_FORWARD = [
    Mistake(
        "bias forgotten",
        "conv_forward",
        "np.add(product.transpose(1, 0, 2, 3), b[:, None, None], out=out[block])",
        "out[block] = product.transpose(1, 0, 2, 3)",
        "Each filter has a bias, one number that is added to all of its output pixels.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "image and filter not exchanged",
        "conv_forward",
        "product = (filters @ cols).reshape(F, -1, H_out, W_out)\n"
        "        np.add(product.transpose(1, 0, 2, 3)",
        "product = (filters @ cols).reshape(-1, F, H_out, W_out)\n        np.add(product",
        "The rows of the product are filters, its columns run over images and pixels. Giving the axes other "
        "names does not exchange them.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "bias along the width",
        "conv_forward",
        "b[:, None, None]",
        "np.resize(b, W_out)",
        "NumPy lines axes up from the last one: a vector that is added to a picture is spread along its "
        "width. Which axis does the bias belong to?",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "filters laid flat in another order",
        "conv_forward",
        "w.reshape(F, C * HH * WW)",
        "w.transpose(0, 2, 3, 1).reshape(F, C * HH * WW)",
        "The weights must stand in the order of the rows that im2col makes: channel, then row and column of "
        "the patch. An order of Keras's is another one.",
    ),
    Mistake(
        "padded at one side only",
        "conv_forward",
        "im2col(x[block], HH, WW, stride, pad)",
        "im2col(np.pad(x[block], ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad))), HH, WW, stride)",
        "The zeros go around the image, on all four sides; im2col does it if you say how many.",
    ),
    Mistake(
        "filter flipped",
        "conv_forward",
        "w.reshape(F, C * HH * WW)",
        "w[:, :, ::-1, ::-1].reshape(F, C * HH * WW)",
        "That is the convolution of a mathematician, with the filter turned round. Networks call a "
        "cross-correlation by that name.",
    ),
]

CONV_BACKWARD = [
    Mistake(
        "upstream gradient laid flat without exchanging axes",
        "conv_backward",
        "dout[block].transpose(1, 0, 2, 3).reshape(F, -1)",
        "dout[block].reshape(F, -1)",
        "The rows of the product were filters; the upstream gradient has the image in front. A reshape does "
        "not exchange axes.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "bias: mean over the pixels",
        "conv_backward",
        "dout.sum(axis=(0, 2, 3))",
        "dout.mean(axis=(2, 3)).sum(axis=0)",
        "The bias was added to every output pixel, and so every one of them counts in full.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "mean over the batch",
        "conv_backward",
        "    db = dout",
        "    dw /= N\n    db = dout",
        "The upstream gradient carries the 1/N of the loss already. Contributions of the images are added "
        "up.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "bias: one image only",
        "conv_backward",
        "dout.sum(axis=(0, 2, 3))",
        "dout[0].sum(axis=(1, 2))",
        "The bias was added in all images of the batch. Over which axes was it spread on the way forward?",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "bias not added up over the pixels",
        "conv_backward",
        "dout.sum(axis=(0, 2, 3))",
        "dout.sum(axis=0)",
        "A gradient has the shape of what it belongs to: one number per filter.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "upstream gradient changed",
        "conv_backward",
        "    db = dout.sum(axis=(0, 2, 3))\n",
        "    db = dout.sum(axis=(0, 2, 3))\n    dout *= 0\n",
        "The upstream gradient is the caller's array: the caller may need it again.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "filters laid flat in another order",
        "conv_backward",
        "col2im(filters.T",
        "col2im(w.transpose(0, 2, 3, 1).reshape(F, -1).T",
        "The rows of the columns run over channel, then row and column of the patch, and a filter must be "
        "laid flat in the same order.",
    ),
]

MAX_POOL_FORWARD = [
    Mistake(
        "begun with zero",
        "max_pool_forward",
        "out = first.copy()",
        "out = np.maximum(first, 0)",
        "A maximum that is begun with 0 is never below 0. In a window whose pixels are all negative the "
        "largest is negative, too.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "mean for the maximum",
        "max_pool_forward",
        "    for view in others:\n        np.maximum(out, view, out=out)\n",
        "    for view in others:\n        out = out + view\n    out = out / (1 + len(others))\n",
        "That is average pooling. The strongest answer under the window counts, and not how strong they are "
        "together.",
    ),
    Mistake(
        "last pixel of the window left out",
        "max_pool_forward",
        "for view in others:",
        "for view in others[:-1]:",
        "A slice ends before its second number. Is every pixel of the window looked at, the last one as "
        "well?",
    ),
    Mistake(
        "stride as large as the window",
        "max_pool_forward",
        "    first, *others = _window_views(x, pool_param)\n",
        "    H_out = _output_size(x.shape[2], pool_param['pool_height'], pool_param['stride'])\n"
        "    W_out = _output_size(x.shape[3], pool_param['pool_width'], pool_param['stride'])\n"
        "    first, *others = _window_views(x, pool_param | {'stride': pool_param['pool_height']})\n"
        "    first, *others = (np.resize(view, (*x.shape[:2], H_out, W_out)) for view in (first, *others))\n",
        "Windows may overlap, or leave pixels out between them: how far they move is the stride, whatever "
        "their size.",
    ),
    Mistake(
        "pixels overwritten",
        "max_pool_forward",
        "out = first.copy()",
        "out = first",
        "A slice of an array is a view: what you write into it is written into the picture.",
        kind=Kind.ALIASED,
    ),
    Mistake(
        "smallest for the largest",
        "max_pool_forward",
        "np.maximum(out",
        "np.minimum(out",
        "You keep the weakest answer under each window.",
    ),
    Mistake(
        "width counted with the window's height",
        "max_pool_forward",
        "W_out = 1 + (W - WW) // stride",
        "W_out = 1 + (W - HH) // stride",
        "How many windows fit side by side hangs on how wide the window is. It need not be square.",
        kind=Kind.SHAPE,
        as_written=True,
    ),
]

MAX_POOL_BACKWARD = [
    Mistake(
        "all tied pixels get the gradient",
        "max_pool_backward",
        "        unclaimed &= ~winner\n",
        "",
        "Where several pixels share the largest value, each of yours gets the whole gradient, and more goes "
        "back than came. After a rectifier whole windows are zeros.",
    ),
    Mistake(
        "gradient divided among tied pixels",
        "max_pool_backward",
        "        dview += dout * winner\n        unclaimed &= ~winner\n",
        "        ties = sum((other == out).astype(dout.dtype) for other in _window_views(x, pool_param))\n"
        "        dview += dout * (view == out) / ties\n",
        "Dividing among all that share the largest value is a rule, too, and not ours: the first in reading "
        "order gets it all, as in PyTorch.",
    ),
    Mistake(
        "last of tied pixels",
        "max_pool_backward",
        "zip(_window_views(x, pool_param), _window_views(dx, pool_param), strict=True)",
        "reversed(list(zip(_window_views(x, pool_param), _window_views(dx, pool_param), strict=True)))",
        "Of pixels that share the largest value the first in reading order gets the gradient; yours is the "
        "last.",
    ),
    Mistake(
        "overlaps not added up",
        "max_pool_backward",
        "dview += dout * winner",
        "dview[winner] = dout[winner]",
        "Where windows overlap, a pixel may win several of them, and gets the gradients of all.",
    ),
    Mistake(
        "to every pixel of the window",
        "max_pool_backward",
        "dview += dout * winner",
        "dview += dout",
        "A pixel that did not win its window did not reach the output: moving it a little changes nothing.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "shared evenly, as for a mean",
        "max_pool_backward",
        "dview += dout * winner",
        "dview += dout / (pool_param['pool_height'] * pool_param['pool_width'])",
        "That is the gradient of average pooling. Only the pixel that won its window reached the output.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "upstream gradient ignored",
        "max_pool_backward",
        "dview += dout * winner",
        "dview += winner",
        "You say which pixels won, and not what that is worth: the derivative of the maximum is multiplied "
        "with the upstream gradient.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "pixel's value passed on",
        "max_pool_backward",
        "dview += dout * winner",
        "dview += dout * winner * view",
        "The derivative of the maximum by the pixel that won is 1, whatever its value is.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "place in the window for one in the image",
        "max_pool_backward",
        "dx[n, c, hs + row, ws + col]",
        "dx[n, c, row, col]",
        "The winner's row and column count from the corner of its window. Where in the image is that?",
        as_written=True,
    ),
    Mistake(
        "row and column of the winner exchanged",
        "max_pool_backward",
        "dx[n, c, hs + row, ws + col]",
        "dx[n, c, min(hs + col, H - 1), min(ws + row, W - 1)]",
        "First comes the row, then the column. Which of the two is added to where the window begins "
        "at the top?",
        as_written=True,
    ),
    Mistake(
        "pixel in place of its gradient",
        "max_pool_backward",
        "+= dout[n, c, i, j]",
        "+= window[row, col]",
        "The winner gets what comes back to its window, and not its own value.",
        kind=Kind.MISSING_TERM,
        as_written=True,
    ),
]

MISTAKES = [
    *CONV_FORWARD_NAIVE,
    *CONV_BACKWARD_NAIVE,
    *IM2COL,
    *COL2IM,
    *CONV_FORWARD,
    *CONV_BACKWARD,
    *MAX_POOL_FORWARD,
    *MAX_POOL_BACKWARD,
]
