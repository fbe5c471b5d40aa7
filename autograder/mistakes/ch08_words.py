"""Chapter 8: words and embeddings."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

TOKENIZE = [
    Mistake(
        "capitals kept",
        "tokenize",
        "text.lower()",
        "text",
        "A word at the beginning of a sentence is the same word as in the middle. As it is, “Dog” and “dog” "
        "would get two numbers and two vectors.",
    ),
    Mistake(
        "capitals lost",
        "tokenize",
        'in "LMN" else " " for sign in signs',
        'in "LMN" and not sign.isupper() else " " for sign in text',
        "You look for small letters only, and then capitals count as what stands between words: “Dog” "
        "becomes “og”. Think about the order of the two steps.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "digits dropped",
        "tokenize",
        '"LMN"',
        '"LM"',
        "Digits belong to words too: “2nd” and “42” are words that a caption may hold.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "word at the end lost",
        "tokenize",
        '"".join(kept).split()',
        '"".join(kept).split()[: None if kept[-1:] == [" "] else -1]',
        "The last word is lost where the text ends with it. What ends a word that nothing comes after?",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "split at spaces only",
        "tokenize",
        '"".join(kept).split()',
        "text.lower().split()",
        "Between words stand more signs than spaces. “dog,” and “dog” are one word for a reader; what are "
        "they after your split?",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "punctuation taken off at the ends only",
        "tokenize",
        '"".join(kept).split()',
        """[word.strip(".,:!'\\"/-") for word in text.lower().split()]""",
        "Taking signs off the ends of a word leaves those inside it: “well-known” and “left/right” are two "
        "words each. And what is left of a dash that stood alone?",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "empty words",
        "tokenize",
        '"".join(kept).split()',
        '["", *"".join(kept).split(), ""]',
        "Splitting at signs gives an empty string before the first sign of a sentence and behind the last. "
        "The empty string would become a word of the vocabulary.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "underscore taken for a letter",
        "tokenize",
        'in "LMN"',
        'in "LMN" or sign == "_"',
        "Python's class of word characters holds one sign that is neither a letter nor a digit. Look at what "
        "becomes of “left_hand”.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "words of one letter dropped",
        "tokenize",
        '"".join(kept).split()',
        '[word for word in "".join(kept).split() if len(word) > 1]',
        "One letter can be a word: nearly every caption has an “a”.",
        kind=Kind.SHAPE,
    ),
]

BUILD_VOCABULARY = [
    Mistake(
        "words at the limit left out",
        "build_vocabulary",
        ">= min_count",
        "> min_count",
        "A word that occurs exactly min_count times does not occur less often than that. Is it in?",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "min_count forgotten",
        "build_vocabulary",
        " if counts[word] >= min_count",
        "",
        "Words that occur less often than min_count are left out: a vector that is seen once in training "
        "learns nothing.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "ties in the order of their first occurrence",
        "build_vocabulary",
        "key=lambda w: (-counts[w], w)",
        "key=lambda w: -counts[w]",
        "Among words that are equally frequent you keep the order in which they were met. Then the same "
        "captions in another order give another vocabulary; the alphabet decides.",
    ),
    Mistake(
        "alphabetical only",
        "build_vocabulary",
        "key=lambda w: (-counts[w], w)",
        "key=lambda w: w",
        "The vocabulary begins with the most frequent words: cutting it at max_words should lose the rare "
        "ones.",
    ),
    Mistake(
        "rare words first",
        "build_vocabulary",
        "key=lambda w: (-counts[w], w)",
        "key=lambda w: (counts[w], w)",
        "Sorting goes from small to large. Which end of the list should the most frequent word be at?",
    ),
    Mistake(
        "special words not counted in max_words",
        "build_vocabulary",
        "[*SPECIAL_WORDS, *frequent][:max_words]",
        "[*SPECIAL_WORDS, *frequent[:max_words]]",
        "max_words is the size of the whole vocabulary, so that W_embed has at most that many rows. The "
        "special words take rows too.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "special words last",
        "build_vocabulary",
        "[*SPECIAL_WORDS, *frequent]",
        "[*frequent, *SPECIAL_WORDS]",
        "<NULL> is word 0 and the other special words follow, whatever the captions are. Behind the others "
        "their numbers change with the captions, and a cut at max_words would lose them.",
    ),
    Mistake(
        "numbered from one",
        "build_vocabulary",
        "enumerate(idx_to_word)",
        "enumerate(idx_to_word, 1)",
        "word_to_idx is the inverse of idx_to_word: going there and back must give the same word. Try it "
        "with the first and the last.",
    ),
    Mistake(
        "captions counted, not occurrences",
        "build_vocabulary",
        "for caption in captions for word in caption)",
        "for caption in captions for word in set(caption))",
        "A word that occurs twice in one caption has occurred twice.",
    ),
]

ENCODE_CAPTIONS = [
    Mistake(
        "padding in the place of <START>",
        "encode_captions",
        "words = [START, *caption[:max_length], END]",
        "words = [NULL, *caption[:max_length], END]",
        "The place in front of the words is there, and stays empty: a captioner reads <START> before it "
        "says its first word.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "no <START>",
        "encode_captions",
        "words = [START, *caption[:max_length], END]",
        "words = [*caption[:max_length], END]",
        "The network reads a word and says the next. What does it read before it says the first?",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "no <END>",
        "encode_captions",
        "words = [START, *caption[:max_length], END]",
        "words = [START, *caption[:max_length]]",
        "Nothing tells the network where a caption stops, so it will never learn to stop.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "<END> cut off",
        "encode_captions",
        "words = [START, *caption[:max_length], END]",
        "words = [START, *caption, END][: max_length + 2]",
        "A caption that is too long loses its last words, and here its <END> with them. A shortened caption "
        "ends too.",
    ),
    Mistake(
        "special words counted in max_length",
        "encode_captions",
        "caption[:max_length]",
        "caption[: max(1, max_length - 2)]",
        "max_length counts the words of the caption; <START> and <END> have two places of their own.",
    ),
    Mistake(
        "unknown words dropped",
        "encode_captions",
        "words = [START, *caption[:max_length], END]",
        "words = [word for word in [START, *caption[:max_length], END] if word in word_to_idx]",
        "A word that is not in the vocabulary leaves its place: there is a special word that stands for it.",
    ),
    Mistake(
        "unknown words become padding",
        "encode_captions",
        "word_to_idx[UNKNOWN]",
        "word_to_idx[NULL]",
        "You write the padding for a word that is not known. Padding counts for nothing in the loss; an "
        "unknown word is a word, and has its own number.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "unknown words not expected",
        "encode_captions",
        "word_to_idx.get(word, word_to_idx[UNKNOWN])",
        "word_to_idx[word]",
        "Captions of the validation set hold words that the vocabulary has never seen. A lookup without an "
        "alternative raises an error for them.",
        kind=Kind.RAISED,
    ),
    Mistake(
        "padding in front",
        "encode_captions",
        "row[: len(words)]",
        "row[-len(words) :]",
        "The padding stands behind the caption: step 0 is <START> for every one of them.",
    ),
]

DECODE_CAPTIONS = [
    Mistake(
        "goes on behind <END>",
        "decode_captions",
        "                break\n",
        "                continue\n",
        "Leaving <END> out is not the same as stopping there. A network goes on saying words behind it, and "
        "nobody should read them.",
    ),
    Mistake(
        "<END> in the sentence",
        "decode_captions",
        "            if word == END:\n                break\n",
        "            if word == END:\n                words.append(word)\n                break\n",
        "<END> says that the sentence is over; it is not one of its words.",
    ),
    Mistake(
        "<START> in the sentence",
        "decode_captions",
        "{START, NULL}",
        "{NULL}",
        "<START> is there for the network to begin with; it is not a word of the sentence.",
    ),
    Mistake(
        "<NULL> in the sentence",
        "decode_captions",
        "{START, NULL}",
        "{START}",
        "The padding is left out wherever it stands, not only behind <END>.",
    ),
    Mistake(
        "stops at <NULL>",
        "decode_captions",
        "if word == END:",
        "if word in {END, NULL}:",
        "<NULL> is passed over; only <END> ends a sentence.",
    ),
    Mistake(
        "<UNK> left out",
        "decode_captions",
        "{START, NULL}",
        "{START, NULL, UNKNOWN}",
        "<UNK> stands for a word, only that nobody knows which. Without it the sentence looks complete and "
        "is not.",
    ),
    Mistake(
        "no spaces",
        "decode_captions",
        '" ".join(words)',
        '"".join(words)',
        "The words of a sentence are separated by one space.",
    ),
    Mistake(
        "words of the rows before",
        "decode_captions",
        "    for row in captions:\n        words = []\n",
        "    words = []\n    for row in captions:\n",
        "Each sentence begins with the words of those before it. Where should a new list of words begin?",
    ),
]

WORD_EMBEDDING_FORWARD = [
    Mistake(
        "batch and time exchanged",
        "word_embedding_forward",
        "out = W[x]\n",
        "out = W[x.T]\n",
        "The axes of the words stay as they are, (N, T), and the vectors' axis is added behind them.",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "words counted from one",
        "word_embedding_forward",
        "out = W[x]\n",
        "out = W[x - 1]\n",
        "Words are counted from 0: word 0 has the first row. With your count it gets the last, without an "
        "error, since Python counts negative numbers from the end.",
    ),
    Mistake(
        "scaled by the size of the vectors",
        "word_embedding_forward",
        "out = W[x]\n",
        "out = W[x] * W.shape[1] ** 0.5\n",
        "Transformers multiply their embeddings by the root of the size. Here a vector is used as it is.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "vectors added up over the caption",
        "word_embedding_forward",
        "out = W[x]\n",
        "out = W[x].sum(axis=1)\n",
        "A sum over the words forgets their order. Each step of the network wants the vector of its own "
        "word.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "float32 whatever comes",
        "word_embedding_forward",
        "out = W[x]\n",
        "out = W[x].astype(np.float32)\n",
        "The vectors have the dtype of the weights. Half of the digits are gone, and with them the check of "
        "your gradients.",
        kind=Kind.DTYPE,
    ),
    Mistake(
        "one-hot vectors in float64",
        "word_embedding_forward",
        "out = W[x]\n",
        "out = np.eye(len(W))[x] @ W\n",
        "One-hot vectors are float64 unless you say otherwise, and a product takes the wider type: "
        "training in float32 silently becomes training in float64. A product with mostly zeros is also slow.",
        kind=Kind.DTYPE,
    ),
]

WORD_EMBEDDING_BACKWARD = [
    Mistake(
        "only the last of a word's occurrences",
        "word_embedding_backward",
        "np.add.at(dW, x, dout)",
        "dW[x] += dout",
        "A word that occurs three times has three upstream gradients. Adding in place with an index array "
        "that repeats an index adds only once: NumPy buffers it.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "once in each caption",
        "word_embedding_backward",
        "np.add.at(dW, x, dout)",
        "for words, upstream in zip(x, dout, strict=True):\n        dW[words] += upstream",
        "A word that occurs twice in one caption gets only one of its two gradients. Adding in place with an "
        "index array that repeats an index adds once: NumPy buffers it.",
        kind=Kind.PLACE,
    ),
    Mistake(
        "averaged over the batch",
        "word_embedding_backward",
        "np.add.at(dW, x, dout)",
        "np.add.at(dW, x, dout)\n    dW /= len(x)",
        "The loss is averaged over the minibatch where it is computed, so the upstream gradient carries 1/N "
        "already.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "averaged over the occurrences",
        "word_embedding_backward",
        "np.add.at(dW, x, dout)",
        "np.add.at(dW, x, dout)\n    dW /= np.maximum(np.bincount(x.ravel(), minlength=len(W)), 1)[:, None]",
        "A word that occurs more often changes the loss more when its vector moves. The contributions are "
        "added, not averaged.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "added to the weights",
        "word_embedding_backward",
        "dW = np.zeros(W.shape, dtype=dout.dtype)",
        "dW = W.astype(dout.dtype)",
        "A gradient is added up from zero. Yours starts with the weights themselves in it.",
        kind=Kind.EXTRA_TERM,
    ),
    Mistake(
        "weights overwritten",
        "word_embedding_backward",
        "dW = np.zeros(W.shape, dtype=dout.dtype)",
        "dW = W\n    dW[...] = 0",
        "dW is another name of the weights in the cache, so the embedding is erased when the gradient is "
        "computed. An assignment copies no array.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "always float64",
        "word_embedding_backward",
        "np.zeros(W.shape, dtype=dout.dtype)",
        "np.zeros(W.shape)",
        "A new array is float64 unless you say otherwise. In training everything is float32, and so should "
        "be this gradient.",
        kind=Kind.DTYPE,
    ),
    Mistake(
        "no gradient for word 0",
        "word_embedding_backward",
        "np.add.at(dW, x, dout)",
        "np.add.at(dW, x[x > 0], dout[x > 0])",
        "It is the mask of the loss that says what is padding. Here word 0 is a word like others: if it does "
        "not matter, its upstream gradient is zero already.",
        kind=Kind.PLACE,
    ),
]

WRITTEN_OTHERWISE = [
    Mistake(
        "ties from the end of the alphabet",
        "build_vocabulary",
        "key=lambda w: (-counts[w], w))",
        "key=lambda w: (counts[w], w), reverse=True)",
        "A sort turned round turns the alphabet round as well. Among words that are equally frequent the "
        "first in the alphabet comes first.",
    ),
]

MISTAKES = [
    *TOKENIZE,
    *BUILD_VOCABULARY,
    *ENCODE_CAPTIONS,
    *DECODE_CAPTIONS,
    *WORD_EMBEDDING_FORWARD,
    *WORD_EMBEDDING_BACKWARD,
    *WRITTEN_OTHERWISE,
]
