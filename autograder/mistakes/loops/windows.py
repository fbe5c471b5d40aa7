"""Mistakes in loops over windows: convolution and pooling."""

from autograder.mistakes.loops.making import made

OVERLAP = (
    "Where windows overlap, a pixel is in several of them and gets a gradient from each. An assignment "
    "keeps only what came last: all of it counts."
)
CUT_OFF = (
    "The gradient belongs to the image without its padding. A slice that counts from the end, to minus the "
    "padding, is empty where there is no padding: count from the front, and how far the image reaches."
)
NUMBERED = (
    "The output is counted in rows of W_out pixels. If you number them by the height, only square outputs "
    "come out right."
)
STRIDE = (
    "Window number i begins at pixel i times the stride. The stride is missing somewhere: with a stride of "
    "1 nothing shows."
)
SHORT = "Your windows are a {} too small: a slice ends before its second number, which is not part of it."
WINDOWS = [
    made(
        "conv_forward_naive",
        "windows without the stride",
        "hs, ws = i * stride, j * stride",
        "hs, ws = i, j",
        STRIDE,
    ),
    made(
        "conv_forward_naive",
        "columns without the stride",
        "hs, ws = i * stride, j * stride",
        "hs, ws = i * stride, j",
        STRIDE,
    ),
    made(
        "conv_forward_naive",
        "rows without the stride",
        "hs, ws = i * stride, j * stride",
        "hs, ws = i, j * stride",
        STRIDE,
    ),
    made(
        "conv_forward_naive",
        "bias divided over nothing",
        " + b[f]",
        "",
        "Each filter has a bias, one number that is added to all of its output pixels.",
    ),
    made(
        "conv_forward_naive",
        "bias in the sum",
        "np.sum(window * w[f]) + b[f]",
        "np.sum(window * w[f] + b[f])",
        "The bias is inside the sum and so it is added as many times as the filter has weights. It belongs "
        "to the output pixel, once.",
    ),
    made(
        "conv_forward_naive",
        "not padded",
        "window = x_pad[n, :, hs",
        "window = np.pad(x, ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)))[n, :, hs",
        "All zeros stand behind the image: the size comes out right, and everything is moved. They go all "
        "around it.",
    ),
    made(
        "conv_forward_naive",
        "window of the stride",
        "hs : hs + HH, ws : ws + WW]\n                    out",
        "hs : hs + HH, ws : ws + HH]\n                    out",
        "A window is HH pixels high and WW wide. One of the two stands in the place of the other: with a "
        "square window nothing shows.",
    ),
    made(
        "conv_forward_naive",
        "channels padded too",
        'x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")',
        'x_pad = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (pad, pad)), mode="constant")[:, :C]',
        "Only height and width are padded. Where do zeros among the channels come from?",
    ),
    made(
        "conv_forward_naive",
        "rows numbered by the height",
        "    cache = (x, w, b, conv_param)\n    return out, cache",
        "    flat = np.zeros((N, F, H_out * W_out))\n    for i in range(H_out):\n        for j in "
        "range(W_out):\n"
        "            flat[:, :, (i * H_out + j) % (H_out * W_out)] = out[:, :, i, j]\n"
        "    out = flat.reshape(N, F, H_out, W_out)\n    cache = (x, w, b, conv_param)\n    return out, "
        "cache",
        NUMBERED,
    ),
    made(
        "conv_forward_naive",
        "filled column by column",
        "    cache = (x, w, b, conv_param)\n    return out, cache",
        "    out = out.transpose(0, 1, 3, 2).reshape(N, F, H_out, W_out)\n    cache = (x, w, b, "
        "conv_param)\n    return out, cache",
        "The output holds the right numbers, filled in column by column instead of row by row: only square "
        "outputs look like the right shape. transpose exchanges axes, reshape does not.",
    ),
    made(
        "conv_backward_naive", "overlap overwritten", "ws : ws + WW] += w[f]", "ws : ws + WW] = w[f]", OVERLAP
    ),
    made(
        "conv_backward_naive",
        "overlap overwritten, filters added",
        "                    dx_pad[n, :, hs : hs + HH, ws : ws + WW] += w[f] * dout[n, f, i, j]",
        "                    if f == 0:\n                        dx_pad[n, :, hs : hs + HH, ws : ws + WW] "
        "= np.tensordot(dout[n, :, i, j], w, (0, 0))",
        OVERLAP,
    ),
    made(
        "conv_backward_naive",
        "last window alone for w",
        "dw[f] += window",
        "dw[f] = window",
        "The same weights are used at every place of the image, and each place contributes to their "
        "gradient. An assignment keeps what came last.",
    ),
    made(
        "conv_backward_naive",
        "last pixel alone for b",
        "db[f] += dout",
        "db[f] = dout",
        "The bias is added at every place of the image, and each place contributes to its gradient. An "
        "assignment keeps what came last.",
    ),
    made(
        "conv_backward_naive",
        "no stride in the windows",
        "hs, ws = i * stride, j * stride",
        "hs, ws = i, j",
        STRIDE,
    ),
    made(
        "conv_backward_naive",
        "no stride in the window of dw",
        "dw[f] += window *",
        "dw[f] += x_pad[n, :, i : i + HH, j : j + WW] *",
        STRIDE,
    ),
    made(
        "conv_backward_naive",
        "no stride in the columns of dw",
        "dw[f] += window *",
        "dw[f] += x_pad[n, :, hs : hs + HH, j : j + WW] *",
        STRIDE,
    ),
    made(
        "conv_backward_naive",
        "no stride in the rows of dw",
        "dw[f] += window *",
        "dw[f] += x_pad[n, :, i : i + HH, ws : ws + WW] *",
        STRIDE,
    ),
    made(
        "conv_backward_naive",
        "no stride in dx",
        "dx_pad[n, :, hs : hs + HH, ws : ws + WW] +=",
        "dx_pad[n, :, i : i + HH, j : j + WW] +=",
        STRIDE,
    ),
    made(
        "conv_backward_naive",
        "cut off from the end",
        "pad : pad + H, pad : pad + W]",
        "pad:-pad, pad:-pad]",
        CUT_OFF,
    ),
    made(
        "conv_backward_naive",
        "not cut off in the middle",
        "dx_pad[:, :, pad : pad + H, pad : pad + W]",
        "dx_pad[:, :, :H, :W]",
        "The image lies in the middle of the padded one. Your gradient has the right size, and begins in "
        "the padding.",
    ),
    made(
        "conv_backward_naive",
        "bias's gradient averaged over the images",
        "    return dx, dw, db",
        "    return dx, dw, db / N",
        "The bias was added for every image, and the upstream gradient carries the mean over the batch "
        "already. Add up.",
    ),
    made("max_pool_forward", "no stride", "hs, ws = i * stride, j * stride", "hs, ws = i, j", STRIDE),
    made(
        "max_pool_forward",
        "no stride in the columns",
        "hs, ws = i * stride, j * stride",
        "hs, ws = i * stride, j",
        STRIDE,
    ),
    made(
        "max_pool_forward",
        "no stride in the rows",
        "hs, ws = i * stride, j * stride",
        "hs, ws = i, j * stride",
        STRIDE,
    ),
    made(
        "max_pool_forward",
        "the window in place of the stride",
        "hs, ws = i * stride, j * stride",
        "hs, ws = i * HH, j * WW",
        "Window number i begins at pixel i times the stride. You move on by the window's own size, which is "
        "the same only where windows lie side by side.",
    ),
    made(
        "max_pool_forward",
        "window of the stride",
        "hs : hs + HH, ws : ws + WW",
        "hs : hs + stride, ws : ws + stride",
        "How far the window moves and how large it is are two things. You look at as many pixels as the "
        "stride.",
    ),
    made(
        "max_pool_forward",
        "square window",
        "hs : hs + HH, ws : ws + WW",
        "hs : hs + HH, ws : ws + HH",
        "A window is pool_height pixels high and pool_width wide. One of the two stands in the place of the "
        "other.",
    ),
    made(
        "max_pool_forward",
        "mean",
        "np.max(x[n",
        "np.mean(x[n",
        "That is mean pooling. Of each window the largest number is wanted.",
    ),
    made(
        "max_pool_forward",
        "never below zero",
        "np.max(x[n, c, hs : hs + HH, ws : ws + WW])",
        "max(0, np.max(x[n, c, hs : hs + HH, ws : ws + WW]))",
        "The largest number of a window can be negative. Where does the 0 come from: an array of zeros that "
        "is compared with?",
    ),
    made("max_pool_backward", "overlap overwritten", "ws + col] += dout", "ws + col] = dout", OVERLAP),
    made(
        "max_pool_backward",
        "windows overwritten",
        "dx[n, c, hs + row, ws + col] += dout[n, c, i, j]",
        "grad = np.zeros_like(window)\n                    grad[row, col] = dout[n, c, i, j]\n"
        "                    dx[n, c, hs : hs + HH, ws : ws + WW] = grad",
        OVERLAP,
    ),
    made(
        "max_pool_backward",
        "windows overwritten, by a mask",
        "dx[n, c, hs + row, ws + col] += dout[n, c, i, j]",
        "dx[n, c, hs : hs + HH, ws : ws + WW] = (window == window.max()) * dout[n, c, i, j]",
        OVERLAP,
    ),
    made(
        "max_pool_backward",
        "overwritten where the mask is",
        "dx[n, c, hs + row, ws + col] += dout[n, c, i, j]",
        "dx[n, c, hs : hs + HH, ws : ws + WW][window == window.max()] = dout[n, c, i, j]",
        OVERLAP,
    ),
    made(
        "max_pool_backward",
        "all ties",
        "dx[n, c, hs + row, ws + col] += dout[n, c, i, j]",
        "dx[n, c, hs : hs + HH, ws : ws + WW] += (window == window.max()) * dout[n, c, i, j]",
        "Where several pixels of a window are the largest, each gets the whole gradient, so more comes back "
        "than came in. Here the first of them gets all of it, and the others nothing.",
    ),
    made(
        "max_pool_backward",
        "shared by ties",
        "dx[n, c, hs + row, ws + col] += dout[n, c, i, j]",
        "dx[n, c, hs : hs + HH, ws : ws + WW] += (window == window.max()) / (window == window.max()).sum() "
        "* dout[n, c, i, j]",
        "Where several pixels of a window are the largest, they share the gradient in yours. Here the first "
        "of them gets all of it, and the others nothing.",
    ),
    made(
        "max_pool_backward",
        "last of the ties",
        "row, col = np.unravel_index(np.argmax(window), window.shape)",
        "row, col = np.argwhere(window == window.max())[-1]",
        "Where several pixels of a window are the largest, yours gives the gradient to the last of them. "
        "Here it is the first.",
    ),
    made(
        "max_pool_backward",
        "smallest pixel",
        "np.argmax(window)",
        "np.argmin(window)",
        "The gradient goes to the smallest pixel of the window. Only the largest one reached the output.",
    ),
    made(
        "max_pool_backward",
        "largest in size",
        "np.argmax(window)",
        "np.argmax(np.abs(window))",
        "The gradient goes to the pixel that is largest in size, whatever its sign. Only the largest "
        "reached the output.",
    ),
    made(
        "max_pool_backward",
        "row and column exchanged",
        "row, col = np.unravel_index(np.argmax(window), window.shape)",
        "col, row = np.unravel_index(np.argmax(window), window.shape); row, col = min(row, HH - 1), "
        "min(col, WW - 1)",
        "Row and column of the largest pixel are taken for each other.",
    ),
    made("max_pool_backward", "no stride", "hs, ws = i * stride, j * stride", "hs, ws = i, j", STRIDE),
    made(
        "max_pool_backward",
        "row and column of another width",
        "np.unravel_index(np.argmax(window), window.shape)",
        "divmod(int(np.argmax(window)), HH); row, col = min(row, HH - 1), min(col, WW - 1)",
        "argmax counts the pixels of a window row by row, and a row is pool_width long. If you divide by "
        "the height, only square windows come out right.",
    ),
    made(
        "max_pool_backward",
        "mean's gradient",
        "dx[n, c, hs + row, ws + col] += dout[n, c, i, j]",
        "dx[n, c, hs : hs + HH, ws : ws + WW] += dout[n, c, i, j] / (HH * WW)",
        "That is the gradient of mean pooling. Only the largest pixel of a window decides, so only it gets "
        "a gradient.",
    ),
    made(
        "max_pool_backward",
        "the image in place of ones",
        "+= dout[n, c, i, j]",
        "+= dout[n, c, i, j] * window[row, col]",
        "The slope at the largest pixel is 1, however large the pixel is. You multiply by the pixel.",
    ),
    made(
        "conv_forward_naive",
        "only the last channel",
        "out[n, f, i, j] = np.sum(window * w[f]) + b[f]",
        "for c in range(C):\n                        out[n, f, i, j] = np.sum(window[c] * w[f, c]) + b[f]",
        "Only the last channel reaches the output: each channel's sum is written over the one before. What "
        "is to become of the sums of all channels?",
    ),
    made(
        "conv_forward_naive",
        "only the first channel",
        "np.sum(window * w[f])",
        "np.sum(window[0] * w[f, 0])",
        "Only the first channel reaches the output. A filter looks at all channels, and adds up what it "
        "sees.",
    ),
    made(
        "max_pool_forward", "windows a row short", "hs : hs + HH,", "hs : hs + HH - 1,", SHORT.format("row")
    ),
    made(
        "max_pool_forward",
        "windows a column short",
        "ws : ws + WW]",
        "ws : ws + WW - 1]",
        SHORT.format("column"),
    ),
]
