"""Mistakes in loops over edges, windows, words and captions."""

from autograder.mistakes.loops.making import made

OTHERS = [
    made(
        "numeric_gradient",
        "entry left where it was last",
        "        x[ix] = old\n        gradient",
        "        gradient",
        "An entry stays where f was last called, so the following ones are measured at another place. Put "
        "each back before the next.",
    ),
    made(
        "backpropagate",
        "assigned instead of added",
        "gradients[edges[e, 1]] += gradients",
        "gradients[edges[e, 1]] = gradients",
        "A source that several nodes use gets a gradient from each of them. An assignment keeps what "
        "came last.",
    ),
    made(
        "backpropagate",
        "slopes in the other order",
        "* slopes[e]",
        "* slopes[len(edges) - 1 - e]",
        "Each edge has a slope of its own. You go through the edges from the last to the first; and "
        "through the slopes?",
    ),
    made(
        "backpropagate",
        "first edge left out",
        "range(len(edges))",
        "range(1, len(edges))",
        "The first edge is left out. Where does the loop over the edges end?",
    ),
    made(
        "backpropagate",
        "last edge left out",
        "range(len(edges))",
        "range(len(edges) - 1)",
        "The last edge is left out. Where does the loop over the edges begin?",
    ),
    made(
        "softmax_loss",
        "right class added",
        "dx[np.arange(N), y] -= 1",
        "dx[np.arange(N), y] += 1",
        "At the right class 1 is taken away from the probability: a larger logit there lowers the loss.",
    ),
    made(
        "softmax_loss",
        "all along the batch",
        "np.max(x, axis=1, keepdims=True)\n    probs = np.exp(shifted)\n    probs /= np.sum(probs, axis=1, "
        "keepdims=True)",
        "np.max(x, axis=0)\n    probs = np.exp(shifted)\n    probs /= np.sum(probs, axis=0)",
        "The probabilities of one example add up to one over the classes. Along which axis do you take the "
        "largest, and the sum?",
    ),
    made(
        "adam",
        "rates times the number of steps",
        "mt = m / (1 - beta1**t)\n    vt = v / (1 - beta2**t)",
        "mt = m / (1 - beta1 * t)\n    vt = v / (1 - beta2 * t)",
        "1 - beta times t is negative from the second step on. It is a power: what is left of the zeros of "
        "the beginning is multiplied by beta at every step.",
    ),
    made(
        "conv_backward_naive",
        "bias: the sum again at every pixel",
        "db[f] += dout[n, f, i, j]",
        "db[f] += np.sum(dout[n, f])",
        "The sum over all pixels is added once for every pixel. Once is enough: is it inside of too many "
        "loops?",
    ),
    made(
        "im2col",
        "output's rows and columns exchanged",
        "        for i in range(H_out):\n            for j in range(W_out):\n",
        "        for j in range(W_out):\n            for i in range(H_out):\n",
        "The columns run over the output's rows, and within each over its columns. Which of your two loops "
        "is the inner one?",
    ),
    made(
        "im2col",
        "all axes padded",
        'np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")',
        "np.pad(x, pad)",
        "A single number pads every axis: you have images and channels of zeros. Only height and width get a "
        "border.",
    ),
    made(
        "col2im",
        "overlaps not added up",
        "window_width] += window",
        "window_width] = window",
        "A pixel stands in several patches, and each has something for it. An assignment keeps what came "
        "last.",
    ),
    made(
        "col2im",
        "one column for all windows",
        "                column += 1\n",
        "",
        "Every window has a column of its own. In yours all get the first: does the count go on?",
    ),
    made(
        "col2im",
        "channel behind the patch",
        "cols[:, column].reshape(C, window_height, window_width)",
        "cols[:, column].reshape(window_height, window_width, C).transpose(2, 0, 1)",
        "A column was laid out with the channel first, then the patch's rows and columns. It must be taken "
        "apart in that order.",
    ),
    made(
        "col2im",
        "padding kept",
        "return x_pad[:, :, pad : pad + H, pad : pad + W]",
        "return x_pad",
        "The image lies inside the padded one. The border of zeros was yours; take it off again.",
    ),
    made(
        "conv_forward",
        "images behind the pixels",
        "reshape(F, N, H_out, W_out).transpose(1, 0, 2, 3)",
        "reshape(F, H_out, W_out, N).transpose(3, 0, 1, 2)",
        "Our im2col has the columns in the order image, row, column; in CS231n's the image comes last. "
        "Take them apart in the order in which they stand.",
    ),
    made(
        "conv_forward",
        "filters laid flat in columns",
        "w.reshape(F, -1).dot(cols)",
        "w.reshape(-1, F).T.dot(cols)",
        "A reshape keeps the order in memory: to (-1, F) it deals the numbers of one filter out to all. A "
        "row for each filter is reshape(F, -1).",
    ),
    made(
        "conv_backward",
        "images behind the pixels",
        "dout.transpose(1, 0, 2, 3)",
        "dout.transpose(1, 2, 3, 0)",
        "Our im2col has the columns in the order image, row, column; in CS231n's the image comes last. The "
        "upstream gradient must stand in the same order.",
    ),
    made(
        "conv_backward",
        "filters laid flat in columns",
        "w.reshape(F, -1).T.dot(upstream)",
        "w.reshape(-1, F).dot(upstream)",
        "A reshape keeps the order in memory, it does not transpose: to (-1, F) it deals the numbers of "
        "one filter out to all.",
    ),
    made(
        "max_pool_forward",
        "largest of all images",
        "np.max(x[n, c, hs : hs + HH",
        "np.max(x[:, :, hs : hs + HH",
        "Each image and each channel has a maximum of its own. Yours is the largest of all of them.",
    ),
    made(
        "max_pool_forward",
        "largest of all channels",
        "np.max(x[n, c, hs : hs + HH",
        "np.max(x[n, :, hs : hs + HH",
        "Each channel has a maximum of its own. Yours is the largest of all channels.",
    ),
    made(
        "max_pool_backward",
        "stride forgotten where it is written",
        "dx[n, c, hs + row, ws + col]",
        "dx[n, c, i + row, j + col]",
        "The winner's place is counted from the corner of its window, and window i begins at pixel i times "
        "the stride.",
    ),
    made(
        "encode_captions",
        "<END> in the last column",
        'encoded[n, t] = word_to_idx["<END>"]',
        'encoded[n, -1] = word_to_idx["<END>"]',
        "<END> follows the last word; the padding comes behind it.",
    ),
    made(
        "encode_captions",
        "one word too few",
        "if t > max_length",
        "if t >= max_length",
        "max_length words a caption may have. Yours keeps one less: <START> is not among them.",
    ),
    made(
        "encode_captions",
        "<START> forgotten",
        'encoded[n, 0] = word_to_idx["<START>"]\n        t = 1',
        "t = 0",
        "A row begins with <START>. Yours begins with the first word.",
    ),
    made(
        "encode_captions",
        "unknown words passed over",
        'encoded[n, t] = word_to_idx.get(word, word_to_idx["<UNK>"])',
        "if word not in word_to_idx:\n                continue\n            encoded[n, t] = "
        "word_to_idx[word]",
        "A word that the vocabulary lacks is a word of the caption too, and keeps its place: <UNK> "
        "stands there.",
    ),
    made(
        "temporal_softmax_loss",
        "stops at the first padding",
        "mask.reshape(N * T)",
        "np.cumprod(mask, axis=1).reshape(N * T)",
        "A False in the mask leaves out its own position only. You leave out all that follows it, too.",
    ),
    made(
        "temporal_softmax_loss",
        "mask the wrong way round",
        "mask.reshape(N * T)",
        "~mask.reshape(N * T)",
        "The mask is True at the words that count. You count the padding.",
    ),
    made(
        "temporal_softmax_loss",
        "probabilities not averaged",
        "dx_flat[np.arange(N * T), y_flat] -= 1\n    dx_flat /= N",
        "dx_flat[np.arange(N * T), y_flat] -= 1 / N",
        "The whole difference, probability minus one, is divided by N. You divide the one alone.",
    ),
    made(
        "bleu",
        "quotient the wrong way round",
        "math.exp(1 - r / c)",
        "math.exp(1 - c / r)",
        "A penalty is below 1. Where the candidates are too short, which of the two quotients is above 1?",
    ),
    made(
        "bleu",
        "mean over the captions",
        "    c = sum(len(candidate) for candidate in candidates)\n",
        "    if len(candidates) > 1:\n        pairs = zip(candidates, references, strict=True)\n"
        "        return float(np.mean([bleu([one], [others], max_n) for one, others in pairs]))\n"
        "    c = sum(len(candidate) for candidate in candidates)\n",
        "BLEU counts over all captions together, and divides once. Yours is the mean of the scores of single "
        "captions, of which many are 0.",
    ),
    made(
        "bleu",
        "longest runs left out",
        "range(1, max_n + 1)",
        "range(1, max_n)",
        "The longest runs are left out: a range ends before its second number.",
    ),
    made(
        "bleu",
        "always the fourth root",
        "logs / max_n",
        "logs / 4",
        "The mean is over max_n shares, not always over four.",
    ),
    made(
        "top_p_filter",
        "sum goes on in the next row",
        "        total = 0.0\n",
        "        total = total if n else 0.0\n",
        "Each row has probabilities of its own, which add up from 0. Yours goes on where the row before has "
        "ended.",
    ),
    made(
        "top_p_filter",
        "logits added up, one by one",
        "total += probs[word]",
        "total += row[word]",
        "Probabilities reach p, not logits.",
    ),
    made(
        "top_p_filter",
        "logarithms of probabilities kept",
        "filtered[n, word] = row[word]",
        "filtered[n, word] = np.log(probs[word])",
        "The logits that are kept stay as they are. Yours are log-probabilities.",
    ),
    made(
        "top_p_filter",
        "one word too many",
        "if total >= p:",
        "if total - probs[word] >= p:",
        "A word that makes the sum reach p is the last. Yours keeps one more.",
    ),
    made(
        "relu_backward",
        "where the input was negative",
        "x > 0",
        "x < 0",
        "The gradient passes where the input was positive. Yours passes where it was negative.",
    ),
    made(
        "softmax_loss",
        "logarithms of all classes",
        "probs[np.arange(N), y])) / N",
        "probs)) / N",
        "The loss is the logarithm of the right class's probability alone. You add up those of all classes.",
    ),
    made(
        "adam",
        "beta1 for both moments",
        'v = beta2 * config["v"] + (1 - beta2) * dw**2',
        'v = beta1 * config["v"] + (1 - beta1) * dw**2',
        "The second moment has a rate of its own, beta2.",
    ),
    made(
        "max_pool_backward",
        "largest of all images",
        "+= dout[n, c, i, j]",
        "+= dout[n, c, i, j] * (np.max(window) == np.max(x[:, :, hs : hs + HH, ws : ws + WW]))",
        "Each image and each channel has a winner in each window. Yours has one for all of them.",
    ),
    made(
        "word_embedding_backward",
        "rows of the time steps",
        "dW[x[n, t]]",
        "dW[t]",
        "A row of dW belongs to a word. You write into the row of the time step: which word is said there?",
    ),
    made(
        "temporal_softmax_loss",
        "softmax along time",
        "probs = np.exp(x_flat - np.max(x_flat, axis=1, keepdims=True))\n"
        "    probs /= np.sum(probs, axis=1, keepdims=True)\n"
        "    log_probs = x_flat - np.max(x_flat, axis=1, keepdims=True)\n"
        "    log_probs = log_probs - np.log(np.sum(np.exp(log_probs), axis=1, keepdims=True))",
        "z = x - np.max(x, axis=1, keepdims=True)\n"
        "    probs = (np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)).reshape(N * T, V)\n"
        "    log_probs = np.log(probs)",
        "The probabilities of one position add up to one over the words, the last axis. Yours do so over "
        "the time steps.",
    ),
    made(
        "standardize",
        "one mean and one spread for all",
        "mean = np.mean(shifted, axis=0)\n    var = np.mean((shifted - mean) ** 2, axis=0)",
        "mean = np.mean(shifted)\n    var = np.mean((shifted - mean) ** 2)",
        "Each column is a quantity of its own, with a mean and a variance of its own. You take one mean "
        "and one variance of all numbers: which axis is meant?",
    ),
    made(
        "standardize",
        "one mean and one spread for all, epsilon outside",
        "mean = np.mean(shifted, axis=0)\n    var = np.mean((shifted - mean) ** 2, axis=0)\n    return "
        "(shifted - mean) / np.sqrt(var + epsilon)",
        "return (x - x.mean()) / (x.std() + epsilon)",
        "Each column is a quantity of its own, with a mean and a variance of its own. You take one mean "
        "and one spread of all numbers: which axis is meant?",
    ),
    made(
        "directional_derivative",
        "upstream gradient on one side only",
        "below = np.sum(upstream * f(",
        "below = np.sum(f(",
        "Both values of f are multiplied by the upstream gradient. Yours multiplies one.",
    ),
    made(
        "directional_derivative",
        "same step in all entries",
        "    above = np.sum(upstream * f(x + h * direction))\n    below = np.sum(upstream * f(x - h * "
        "direction))\n    return float((above - below)",
        "    above = np.sum(upstream * f(x + h))\n    below = np.sum(upstream * f(x - h))\n    return "
        "float(np.sum(direction) * (above - below)",
        "The step goes along the direction, in each entry by its own part of it. Yours moves all entries "
        "alike.",
    ),
    made(
        "directional_derivative",
        "divided by the length of the direction",
        "/ (2 * h)",
        "/ (2 * h * np.linalg.norm(direction))",
        "The slope along a direction twice as long is twice as large. You divide by its length.",
    ),
    made(
        "dropout_forward",
        "one number for a row",
        "random(x.shape)",
        "random((len(x), 1))",
        "A random number is drawn for each entry. With one for a row, whole rows are dropped.",
    ),
    made(
        "dropout_forward",
        "normal numbers",
        "random(x.shape)",
        "standard_normal(x.shape)",
        "random draws evenly between 0 and 1, so that a share p of the numbers is below p. Which share "
        "of normal ones is?",
    ),
    made(
        "top_k_filter",
        "largest ones at the front",
        "filtered[n, kept[n]] = logits",
        "filtered[n, : len(kept[n])] = logits",
        "The logits that are kept stay where they are: column v belongs to word v. Yours stand at the "
        "front, sorted.",
    ),
    made(
        "top_k_filter",
        "columns of one row kept in all",
        "filtered[n, kept[n]] = logits[n, kept[n]]",
        "filtered[:, kept[n]] = logits[:, kept[n]]",
        "filtered[:, kept] takes the columns that any row keeps, in all rows. Each row keeps words of "
        "its own.",
    ),
    made(
        "sample_words",
        "one word before",
        'side="right")',
        'side="right") - 1',
        "Count how many sums the random number has passed: that is the index, counted from 0. Yours is "
        "one less.",
    ),
    made(
        "sample_words",
        "more random numbers than one for a row",
        "    darts = rng",
        "    rng.random(len(logits))\n    darts = rng",
        "More random numbers are drawn than one for each row, and the words are those of the second draw.",
    ),
    made(
        "sample_words",
        "sums that do not end at 1",
        "darts[n] * cumulative[-1]",
        "darts[n]",
        "The random numbers lie between 0 and 1, and your sums end far above: they are not probabilities "
        "yet.",
    ),
]
