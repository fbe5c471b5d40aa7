"""Chapter 17: attention."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

ATTENTION_FORWARD = [
    Mistake(
        "scores not scaled",
        "dot_product_attention_forward",
        " * H**-0.5",
        "",
        "The more numbers are added up in a scalar product, the larger it gets, and a softmax of large "
        "scores looks at one cell only. What is the size of a sum of H random numbers?",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "scores divided by H",
        "dot_product_attention_forward",
        "H**-0.5",
        "H**-1.0",
        "A sum of H random numbers does not grow like H.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "scaled by the number of cells",
        "dot_product_attention_forward",
        "H**-0.5",
        "(R * C) ** -0.5",
        "What is scaled is a sum over H products, whatever the number of cells that compete afterwards.",
    ),
    Mistake(
        "one softmax over all images",
        "dot_product_attention_forward",
        "    exps = np.exp(scores - scores.max(axis=1, keepdims=True))\n"
        "    weights = exps / exps.sum(axis=1, keepdims=True)\n",
        "    exps = np.exp(scores - scores.max())\n    weights = exps / exps.sum()\n",
        "The cells of all images compete with each other. The weights of each image add up to one.",
        kind=Kind.PLACE,
    ),
    Mistake(
        "maximum not subtracted",
        "dot_product_attention_forward",
        "np.exp(scores - scores.max(axis=1, keepdims=True))",
        "np.exp(scores)",
        "The exponential of a large score overflows. A softmax does not change when the same number is taken "
        "from all scores of an image.",
        kind=Kind.NON_FINITE,
    ),
    Mistake(
        "one maximum for all images",
        "dot_product_attention_forward",
        "scores.max(axis=1, keepdims=True)",
        "scores.max()",
        "The largest score of all may be far above those of another image, whose exponentials are then all "
        "zero. Every image has a softmax of its own.",
        kind=Kind.NON_FINITE,
    ),
    Mistake(
        "weights of the whole batch",
        "dot_product_attention_forward",
        "exps.sum(axis=1, keepdims=True)",
        "exps.sum()",
        "The weights of one image add up to one. Yours do so over the whole batch, so an image's caption "
        "depends on its neighbours.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "grid read in the wrong order",
        "dot_product_attention_forward",
        "A.reshape(N, H, R * C)",
        "A.reshape(N, R * C, H).transpose(0, 2, 1)",
        "The features of a cell stand along the second axis, not side by side in memory. A reshape does not "
        "know that: yours mixes cells with features.",
    ),
    Mistake(
        "averaged once more",
        "dot_product_attention_forward",
        "(cells @ weights[:, :, None])[:, :, 0]",
        "(cells @ weights[:, :, None])[:, :, 0] / (R * C)",
        "The weights add up to one, so their sum of cells is an average already.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "likeliest cell only",
        "dot_product_attention_forward",
        "(cells @ weights[:, :, None])[:, :, 0]",
        "cells[np.arange(N), :, weights.argmax(axis=1)]",
        "Looking at one cell only has no gradient that could say where to look instead. The result is a mean "
        "of all cells.",
    ),
    Mistake(
        "softmax over the images",
        "dot_product_attention_forward",
        "exps.sum(axis=1, keepdims=True)",
        "exps.sum(axis=0, keepdims=True)",
        "The weights of one picture's cells add up to 1. Over which axis do yours?",
    ),
    Mistake(
        "scores in place of weights",
        "dot_product_attention_forward",
        "cells @ weights[:, :, None]",
        "cells @ scores[:, :, None]",
        "What is added up are the cells times their weights. You take the scores, before the softmax.",
    ),
    Mistake(
        "shifted scores in place of weights",
        "dot_product_attention_forward",
        "cells @ weights[:, :, None]",
        "cells @ (scores - scores.max(axis=1, keepdims=True))[:, :, None]",
        "What is added up are the cells times their weights. You take the scores, before the softmax.",
    ),
]

ATTENTION_BACKWARD = [
    Mistake(
        "plain sum in the softmax",
        "dot_product_attention_backward",
        "(weights * dweights).sum(axis=1, keepdims=True)",
        "dweights.sum(axis=1, keepdims=True)",
        "Behind a softmax each score's gradient is its weight times what its own gradient has more than "
        "the mean of all. Which mean: do all cells count alike in it?",
    ),
    Mistake(
        "softmax taken for independent weights",
        "dot_product_attention_backward",
        "(dweights - (weights * dweights).sum(axis=1, keepdims=True))",
        "dweights",
        "The weights add up to one: when one score rises, all other weights fall. The gradients of the "
        "scores of one image add up to zero; do yours?",
    ),
    Mistake(
        "sum over the whole batch",
        "dot_product_attention_backward",
        "(weights * dweights).sum(axis=1, keepdims=True)",
        "(weights * dweights).sum()",
        "Each image has a softmax of its own, and no image's gradient depends on another image.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "derivative of the softmax missing",
        "dot_product_attention_backward",
        "weights * (dweights - (weights * dweights).sum(axis=1, keepdims=True))",
        "dweights",
        "Between the scores and the weights there is a softmax, and the gradient has to come back through "
        "it.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "scale forgotten",
        "dot_product_attention_backward",
        " * h.shape[1] ** -0.5",
        "",
        "The scores were scaled on the way forward. What does a factor on the way forward become on the way "
        "back?",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "grid: no path through the scores",
        "dot_product_attention_backward",
        " + h[:, :, None] * dscores[:, None, :]",
        "",
        "Every cell is used twice: it is looked at, and it is compared with the hidden state to decide how "
        "much. Add up what comes back along both ways.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "grid: no path through the mean",
        "dot_product_attention_backward",
        "dattended[:, :, None] * weights[:, None, :] + ",
        "",
        "Every cell is used twice: it is compared with the hidden state, and it is then looked at. Add up "
        "what comes back along both ways.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "softmax: sign",
        "dot_product_attention_backward",
        "(dweights - (weights",
        "(dweights + (weights",
        "A constant added to all gradients of the weights changes nothing, since they add up to one. Try it "
        "with yours.",
    ),
    Mistake(
        "upstream gradient changed",
        "dot_product_attention_backward",
        "dweights = (dattended[:, None, :] @ cells)[:, 0]",
        "dattended *= h.shape[1] ** -0.5\n"
        "    dweights = (dattended[:, None, :] @ cells)[:, 0] * h.shape[1] ** 0.5",
        "The scale is multiplied into the upstream gradient itself, which is the caller's and is used a "
        "second time below.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "slope of a sigmoid for the softmax",
        "dot_product_attention_backward",
        "weights * (dweights - (weights * dweights).sum(axis=1, keepdims=True))",
        "weights * (1 - weights) * dweights",
        "That is how a weight changes with its own score. In a softmax the others change as well: "
        "what one gains, they lose.",
    ),
]

STEP_FORWARD = [
    Mistake(
        "attended features not used",
        "attention_lstm_step_forward",
        "np.concatenate([x, attended]",
        "np.concatenate([x, np.zeros_like(attended)]",
        "The gates see the input and the state, but not what was looked at.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "blocks of inputs and weights in different order",
        "attention_lstm_step_forward",
        "np.concatenate([x, attended]",
        "np.concatenate([attended, x]",
        "Put side by side, each block of inputs must meet its own block of weights. The shapes fit in any "
        "order.",
    ),
    Mistake(
        "attended features through the recurrent weights",
        "attention_lstm_step_forward",
        "np.concatenate([Wx, Wattn])",
        "np.concatenate([Wx, Wh])",
        "The attended features have weights of their own. Wh has the same shape, so the exchange raises no "
        "error.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "attended features added to the state",
        "attention_lstm_step_forward",
        "lstm_step_forward(inputs, prev_h, prev_c,",
        "lstm_step_forward(inputs, prev_h + attended, prev_c,",
        "What was looked at comes to the gates once, by its own weights, and not a second time through the "
        "state.",
    ),
    Mistake(
        "hidden and cell state exchanged",
        "attention_lstm_step_forward",
        "lstm_step_forward(inputs, prev_h, prev_c,",
        "lstm_step_forward(inputs, prev_c, prev_h,",
        "The two states have the same shape, so exchanging them raises no error. In which order does the "
        "LSTM take them?",
        kind=Kind.ORDER,
    ),
]

STEP_BACKWARD = [
    Mistake(
        "blocks cut in the wrong order",
        "attention_lstm_step_backward",
        "dinputs[:, :-H], dinputs[:, -H:]",
        "dinputs[:, H:], dinputs[:, :H]",
        "The gradient of what stands side by side stands side by side in the same order. Which block came "
        "first?",
    ),
    Mistake(
        "weights cut in the wrong order",
        "attention_lstm_step_backward",
        "dW[:-H], dW[-H:]",
        "dW[H:], dW[:H]",
        "The gradient of weights that were stacked is stacked in the same order. Which block was on top?",
    ),
    Mistake(
        "gradient of the recurrent weights for Wattn",
        "attention_lstm_step_backward",
        "dW[:-H], dW[-H:]",
        "dW[:-H], dWh.copy()",
        "Wattn was multiplied with the attended features, Wh with the hidden state: their gradients have the "
        "same shape and nothing else in common.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "state's gradient added to the attended features",
        "attention_lstm_step_backward",
        "dinputs[:, -H:]",
        "dinputs[:, -H:] + dprev_h",
        "The attended features do come from the hidden state, but that belongs to the attention layer. Here "
        "they are an input like others.",
        kind=Kind.EXTRA_TERM,
    ),
    Mistake(
        "averaged over the batch",
        "attention_lstm_step_backward",
        "    dWx, dWattn = dW[:-H], dW[-H:]\n",
        "    dWx, dWattn = dW[:-H], dW[-H:] / len(dnext_h)\n",
        "The loss is averaged over the minibatch where it is computed, so the upstream gradient carries 1/N "
        "already.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "upstream gradient of the cell ignored",
        "attention_lstm_step_backward",
        " = lstm_step_backward(dnext_h, dnext_c, cache)",
        " = lstm_step_backward(dnext_h, np.zeros_like(dnext_c), cache)",
        "The next cell state is an output too, and later steps use it. Its own upstream gradient is missing.",
        kind=Kind.MISSING_TERM,
    ),
]

FORWARD = [
    Mistake(
        "looks once only",
        "attention_lstm_forward",
        "dot_product_attention_forward(h[t], A)",
        "dot_product_attention_forward(h[0], A)",
        "At every word the network may look at another place. With which hidden state do you compare the "
        "grid at step t?",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "looks with the cell state",
        "attention_lstm_forward",
        "dot_product_attention_forward(h[t], A)",
        "dot_product_attention_forward(c[t], A)",
        "It is the hidden state that is compared with the grid. The cell is the LSTM's own affair.",
    ),
    Mistake(
        "cell starts empty",
        "attention_lstm_forward",
        "h[0] = c[0] = A.mean(axis=(2, 3))",
        "h[0], c[0] = A.mean(axis=(2, 3)), 0",
        "Here both states start as the mean of the grid; the LSTM without attention starts with an empty "
        "cell.",
    ),
    Mistake(
        "hidden state starts at zero",
        "attention_lstm_forward",
        "h[0] = c[0] = A.mean(axis=(2, 3))",
        "h[0], c[0] = 0, A.mean(axis=(2, 3))",
        "With a hidden state of zeros all scores of the first step are equal. What does the network know of "
        "the image before the first word?",
    ),
    Mistake(
        "sum of the grid, not its mean",
        "attention_lstm_forward",
        "A.mean(axis=(2, 3))",
        "A.sum(axis=(2, 3))",
        "The initial state is a mean, so that its size does not depend on how many cells the grid has.",
    ),
    Mistake(
        "mean over the rows only",
        "attention_lstm_forward",
        "A.mean(axis=(2, 3))",
        "A.mean(axis=2)[:, :, 0]",
        "The mean is over the whole grid: rows and columns.",
    ),
    Mistake(
        "first word at every step",
        "attention_lstm_forward",
        "gates[t] += h[t] @ Wh",
        "gates[t] = (x[:N] @ Wx + b) + h[t] @ Wh",
        "Every step has its own input.",
    ),
    Mistake(
        "cell not carried",
        "attention_lstm_forward",
        "np.multiply(f, c[t], out=c[t + 1])",
        "np.multiply(f, c[0], out=c[t + 1])",
        "Two states are carried from step to step. One of yours stays as it was at the beginning.",
        kind=Kind.NOT_CARRIED,
    ),
]

BACKWARD = [
    Mistake(
        "no path through where it looked",
        "attention_lstm_backward",
        "dprev_h += da[t] @ Wh.T",
        "dprev_h = da[t] @ Wh.T",
        "The hidden state does two things in a step: it enters the gates, and it decides where to look. One "
        "way back is missing.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "grid's gradient of the first step only",
        "attention_lstm_backward",
        "dA += dA_t",
        "dA = dA_t",
        "The same grid is looked at in every step, so every step contributes to its gradient.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "initial cell forgotten",
        "attention_lstm_backward",
        "((dprev_h + dprev_c) / (R * C))",
        "(dprev_h / (R * C))",
        "Both states started as the mean of the grid, so both bring a gradient back to it.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "initial states forgotten",
        "attention_lstm_backward",
        "    dA += ((dprev_h + dprev_c) / (R * C))[:, :, None, None]\n",
        "",
        "The grid is not only looked at: before the first step the states were made of it.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "mean's factor forgotten",
        "attention_lstm_backward",
        "((dprev_h + dprev_c) / (R * C))",
        "(dprev_h + dprev_c)",
        "The initial states are a mean over the grid: each cell has only a share in it.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "steps in reverse order",
        "attention_lstm_backward",
        "(da @ Wx.T).reshape(T, N, -1)",
        "(da @ Wx.T).reshape(T, N, -1)[::-1]",
        "You go through time backwards, and collect. In which order does the list stand at the end?",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "hidden state's gradient not carried back",
        "attention_lstm_backward",
        "dprev_h += dh[:, t]",
        "dprev_h = dh[:, t].copy()",
        "A hidden state matters twice: to the loss at its own step, and to the next step. Only the last one "
        "has no next.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "cell's gradient not carried back",
        "attention_lstm_backward",
        "dprev_c + dprev_h * o",
        "dprev_h * o",
        "Two states are carried from step to step, and so two gradients come back. The cell's gets lost "
        "between the steps.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "weights of the first step only",
        "attention_lstm_backward",
        "dWx = x.T @ da",
        "da[N:] = 0\n    dWx = x.T @ da",
        "The same weights are used at every step, so every step contributes to their gradient.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "averaged over time",
        "attention_lstm_backward",
        "dWx = x.T @ da",
        "da /= T\n    dWx = x.T @ da",
        "The loss is summed over time, so the contributions of the steps are added and not averaged.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "upstream gradient changed",
        "attention_lstm_backward",
        "dprev_h += dh[:, t]",
        "dprev_h = np.add(dh[:, t], dprev_h, out=dh[:, t])",
        "What comes back from the future is added into dh itself. It is the caller's array: a second call "
        "would get another one.",
        kind=Kind.MUTATED,
    ),
]

LOSS = [
    Mistake(
        "padding counted in the loss",
        "AttentionCaptioner.loss",
        "temporal_softmax_loss(logits, words_out, mask)",
        "temporal_softmax_loss(logits, words_out, np.ones_like(mask))",
        "<NULL> is not a word to be learned. A network that is rewarded for it learns first to say nothing.",
    ),
    Mistake(
        "reads the answer",
        "AttentionCaptioner.loss",
        "word_embedding_forward(words_in,",
        "word_embedding_forward(words_out,",
        "At every step the network reads the very word that it should say. Its loss will fall to nothing, "
        "and it will not be able to say a sentence by itself.",
    ),
    Mistake(
        "grid's gradient in the wrong order",
        "AttentionCaptioner.loss",
        "dA.transpose(0, 2, 3, 1).reshape(-1, dA.shape[1])",
        "dA.reshape(-1, dA.shape[1])",
        "For the projection each cell was a row of features. In dA the features stand along the second axis: "
        "a reshape alone puts other numbers into a row.",
    ),
    Mistake(
        "gradients under other names",
        "AttentionCaptioner.loss",
        '("Wx", "Wh", "Wattn", "b")',
        '("Wx", "Wattn", "Wh", "b")',
        "Wh and Wattn have the same shape, so exchanging their gradients raises no error. In which order are "
        "they returned?",
        kind=Kind.ORDER,
    ),
    Mistake(
        "averaged a second time",
        "AttentionCaptioner.loss",
        "loss, dlogits = temporal_softmax_loss(logits, words_out, mask)",
        "loss, dlogits = temporal_softmax_loss(logits, words_out, mask)\n"
        "        dlogits = dlogits / len(captions)",
        "The loss is averaged over the minibatch where it is computed, and so is its gradient.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "a gradient is missing",
        "AttentionCaptioner.loss",
        '_, grads["W_proj"], grads["b_proj"] = ',
        '_, grads["W_proj"], _ = ',
        "grads needs a key for each of the parameters: what has no gradient is never learned.",
        kind=Kind.RETURNED_NONE,
    ),
]

MISTAKES = [
    *ATTENTION_FORWARD,
    *ATTENTION_BACKWARD,
    *STEP_FORWARD,
    *STEP_BACKWARD,
    *FORWARD,
    *BACKWARD,
    *LOSS,
]
