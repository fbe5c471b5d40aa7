"""Chapter 13: the captioning model."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

LOSS = [
    Mistake(
        "padding counted in the loss",
        "CaptioningRNN.loss",
        "temporal_softmax_loss(logits, words_out, mask)",
        "temporal_softmax_loss(logits, words_out, np.ones_like(mask))",
        "<NULL> is not a word to be learned. A network that is rewarded for it learns first to say nothing, "
        "since a third of a minibatch is padding.",
    ),
    Mistake(
        "mask of the words that are read",
        "CaptioningRNN.loss",
        "temporal_softmax_loss(logits, words_out, mask)",
        "temporal_softmax_loss(logits, words_out, words_in != self.null)",
        "The mask says which words to say are padding. Taken from the words to read it is one step late, and "
        "the first <NULL> behind <END> counts.",
    ),
    Mistake(
        "reads the answer",
        "CaptioningRNN.loss",
        "word_embedding_forward(words_in,",
        "word_embedding_forward(words_out,",
        "At every step the network reads the very word that it should say. Its loss will fall to nothing, "
        "and it will not be able to say a sentence by itself.",
    ),
    Mistake(
        "says what it has read",
        "CaptioningRNN.loss",
        "temporal_softmax_loss(logits, words_out, mask)",
        "temporal_softmax_loss(logits, words_in, mask)",
        "The network is asked for the word that it has just read. It should say the next one.",
    ),
    Mistake(
        "image not seen",
        "CaptioningRNN.loss",
        "self.cell.forward(x, h0,",
        "self.cell.forward(x, np.zeros_like(h0),",
        "The features are projected, and then the network starts from zeros. Every image would get the same "
        "caption.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "state for its gradient",
        "CaptioningRNN.loss",
        "affine_backward(dh0, proj_cache)",
        "affine_backward(h0, proj_cache)",
        "What goes back through the projection is a gradient. You hand it the initial state itself: a d "
        "is missing.",
    ),
    Mistake(
        "upstream gradient of the words added up",
        "CaptioningRNN.loss",
        "word_embedding_backward(dx, embed_cache)",
        "word_embedding_backward(x, embed_cache)",
        "What goes back through the embedding is a gradient. You hand it the word vectors themselves: a d "
        "is missing.",
    ),
    Mistake(
        "image's gradient from the first step's output",
        "CaptioningRNN.loss",
        "affine_backward(dh0, proj_cache)",
        "affine_backward(dh[:, 0], proj_cache)",
        "The image enters before the first step. The gradient of the first step's output is not yet that of "
        "the state before it, and it knows nothing of the later steps.",
    ),
    Mistake(
        "averaged a second time",
        "CaptioningRNN.loss",
        "loss, dlogits = temporal_softmax_loss(logits, words_out, mask)",
        "loss, dlogits = temporal_softmax_loss(logits, words_out, mask)\n"
        "        dlogits = dlogits / len(captions)",
        "The loss is averaged over the minibatch where it is computed, and so is its gradient. Dividing once "
        "more makes every gradient too small by the size of the batch.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "gradients of input and recurrent weights exchanged",
        "CaptioningRNN.loss",
        'grads["Wx"], grads["Wh"], grads["b"] = ',
        'grads["Wh"], grads["Wx"], grads["b"] = ',
        "The values are returned in one order and put under names in another. In which order does the cell "
        "return them?",
        kind=Kind.ORDER,
    ),
    Mistake(
        "gradients of weights and bias exchanged",
        "CaptioningRNN.loss",
        '_, grads["W_proj"], grads["b_proj"] = ',
        '_, grads["b_proj"], grads["W_proj"] = ',
        "An affine layer returns the gradient of its weights before that of its bias.",
        kind=Kind.ORDER,
    ),
    Mistake(
        "a gradient is missing",
        "CaptioningRNN.loss",
        'dh, grads["W_vocab"], grads["b_vocab"] = ',
        'dh, grads["W_vocab"], _ = ',
        "grads needs a key for each of the parameters: what has no gradient is never learned.",
        kind=Kind.RETURNED_NONE,
    ),
    Mistake(
        "embedding's gradient under the words to say",
        "CaptioningRNN.loss",
        "word_embedding_backward(dx, embed_cache)",
        'word_embedding_backward(dx, (words_out, p["W_embed"]))',
        "The gradient of a vector belongs to the word that was read, not to the one that should be said.",
    ),
    Mistake(
        "features bent",
        "CaptioningRNN.loss",
        "        x, embed_cache = ",
        "        h0 = np.tanh(h0)\n        x, embed_cache = ",
        "The projection of the features is the initial state as it is, without a nonlinearity, and a "
        "nonlinearity would need a derivative on the way back.",
    ),
    Mistake(
        "reads and says whole captions",
        "CaptioningRNN.loss",
        "words_in, words_out, mask = self._split(captions)",
        "words_in, words_out, mask = captions, captions, captions != self.null",
        "The network reads each word and says the next. Between what it reads and what it should say "
        "the captions are moved on by one word.",
    ),
]

SAMPLE = [
    Mistake(
        "goes on behind <END>",
        "CaptioningRNN.sample",
        "np.where(finished, self.null, logits.argmax(axis=1))",
        "logits.argmax(axis=1)",
        "The images of a batch finish at different steps, and the loop goes on for the others. What should "
        "stand in the rows that are finished?",
        kind=Kind.WHERE,
    ),
    Mistake(
        "all stop with the first",
        "CaptioningRNN.sample",
        "finished.all()",
        "finished.any()",
        "One caption is finished and the others are cut off with it. When may the whole batch stop?",
    ),
    Mistake(
        "finished forgotten at the next step",
        "CaptioningRNN.sample",
        "finished |= words == self.end",
        "finished = words == self.end",
        "Finished is finished: one step after <END> the row looks unfinished again, since its last word is "
        "not <END> any more.",
    ),
    Mistake(
        "filled with <END>",
        "CaptioningRNN.sample",
        "np.where(finished, self.null,",
        "np.where(finished, self.end,",
        "Behind <END> stands padding, as in the captions that the network learned from.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "<END> not written",
        "CaptioningRNN.sample",
        "captions[:, t] = words",
        "captions[:, t] = np.where(words == self.end, self.null, words)",
        "<END> belongs into the result: without it nobody can tell a caption that ended from one that was "
        "cut.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "begins with <NULL>",
        "CaptioningRNN.sample",
        "np.full(len(features), self.start_word)",
        "np.full(len(features), self.null)",
        "In training the first word to read is always the same, and it is not the padding.",
    ),
    Mistake(
        "state not carried",
        "CaptioningRNN.sample",
        "logits, state = self.step(words, state)",
        "logits, _ = self.step(words, state)",
        "At every step the network starts again from the image and has forgotten what it said. What does a "
        "step return besides the logits?",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "does not read its own words",
        "CaptioningRNN.sample",
        "self.step(words, state)",
        "self.step(np.full(len(features), self.start_word), state)",
        "The network reads the same word at every step. To go on with its sentence it must read what it has "
        "said.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "one step late",
        "CaptioningRNN.sample",
        "            words = np.where(finished, self.null, logits.argmax(axis=1))\n"
        "            captions[:, t] = words\n",
        "            captions[:, t] = words\n"
        "            words = np.where(finished, self.null, logits.argmax(axis=1))\n",
        "The captions begin with the word that is read first. What is asked for are the words that are said.",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "least likely word",
        "CaptioningRNN.sample",
        "logits.argmax(axis=1)",
        "logits.argmin(axis=1)",
        "A high logit is a likely word.",
    ),
]

MISTAKES = [*LOSS, *SAMPLE]
