"""The layers, for editors and type checkers. Made by `make starter` from solutions/; not edited by hand."""

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray
from typing import NamedTuple
import numpy as np
from captioning.answers.resolver import PREREQUISITES as PREREQUISITES, Origin as Origin, lend as lend, origin as origin, reference as reference, whose as whose

def affine_forward(x: NDArray[Any], w: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], Any]:
    """Compute ``out = x w + b`` for each row of a minibatch.

    Args:
        x: inputs ``(N, d_1, ..., d_k)``; each is flattened to a row of ``D = d_1 * ... * d_k`` numbers.
        w: weights ``(D, M)``.
        b: biases ``(M,)``.

    Returns:
        out: ``(N, M)``.
        cache: what ``affine_backward`` needs.

    Raises:
        ValueError: the rows of ``x`` have more or fewer numbers than ``w`` has rows.
    """

def affine_backward(dout: NDArray[Any], cache: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the gradients of ``affine_forward``: ``dx = dout w^T``, ``dw = x^T dout``, ``db = sum dout``.

    Args:
        dout: upstream gradient ``(N, M)``.
        cache: from ``affine_forward``.

    Returns:
        dx ``(N, d_1, ..., d_k)``, dw ``(D, M)``, db ``(M,)``.
    """

def relu_forward(x: NDArray[Any]) -> tuple[NDArray[Any], Any]:
    """Compute ``max(x, 0)``, element by element.

    Args:
        x: inputs of any shape.

    Returns:
        out: of the shape of ``x``.
        cache: what ``relu_backward`` needs.
    """

def relu_backward(dout: NDArray[Any], cache: Any) -> NDArray[Any]:
    """Pass the upstream gradient on where the input was positive; at exactly 0 the gradient is 0.

    Args:
        dout: upstream gradient, of the shape of ``x``.
        cache: from ``relu_forward``.

    Returns:
        dx: of the shape of ``x``.
    """

def standardize(x: NDArray[Any], epsilon: float=1e-08) -> NDArray[Any]:
    """Shift and scale each column to mean 0 and variance 1.

    Args:
        x: ``(N, D)``, an example per row.
        epsilon: added to the variance, so that a constant column becomes 0 and not 0 / 0.

    Returns:
        ``(x - mean) / sqrt(variance + epsilon)``, ``(N, D)``.
    """

def log_sum_exp(x: NDArray[Any]) -> NDArray[Any]:
    """Compute ``log(sum over d of exp(x[n, d]))`` without overflow.

    The largest number of each row is taken out first: ``exp`` then sees nothing above 0.

    Args:
        x: ``(N, D)``.

    Returns:
        ``(N,)``.
    """

def pairwise_squared_distances(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """Compute the squared Euclidean distance between every row of ``x`` and every row of ``y``.

    With ``|x - y|^2 = |x|^2 - 2 x.y + |y|^2`` the work is one matrix product.

    Args:
        x: ``(N, D)``.
        y: ``(M, D)``.

    Returns:
        ``(N, M)``; rounding never makes an entry negative.
    """

def dot_product_attention_forward(h: NDArray[Any], A: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], Any]:
    """Look at a grid of features with the hidden state.

    ``weights = softmax over the grid of (h . A[:, r, c] / sqrt(H))``, ``attended = sum of weights * A``.

    Args:
        h: hidden states ``(N, H)``.
        A: a grid of features of the same size ``(N, H, R, C)``.

    Returns:
        attended: ``(N, H)``.
        weights: ``(N, R, C)``, positive, with sum 1 for each image.
        cache: what ``dot_product_attention_backward`` needs.
    """

def dot_product_attention_backward(dattended: NDArray[Any], cache: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the gradients of ``dot_product_attention_forward``.

    Args:
        dattended: upstream gradient ``(N, H)``.
        cache: from ``dot_product_attention_forward``.

    Returns:
        dh ``(N, H)``, dA ``(N, H, R, C)``.
    """

def attention_lstm_step_forward(x: NDArray[Any], prev_h: NDArray[Any], prev_c: NDArray[Any], attended: NDArray[Any], Wx: NDArray[Any], Wh: NDArray[Any], Wattn: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], Any]:
    """Take one step of an LSTM whose gates also see the attended features.

    ``i, f, o = sigmoid(...)``, ``g = tanh(...)`` of ``x_t Wx + h_{t-1} Wh + attended Wattn + b``;
    ``c_t = f * c_{t-1} + i * g``, ``h_t = o * tanh(c_t)``.

    Args:
        x: inputs ``(N, D)``.
        prev_h, prev_c: hidden and cell states before the step ``(N, H)``.
        attended: from ``dot_product_attention_forward`` ``(N, H)``.
        Wx, Wh, b: as in ``lstm_step_forward``.
        Wattn: weights from attended features to gates ``(H, 4H)``.

    Returns:
        next_h, next_c: ``(N, H)``.
        cache: what ``attention_lstm_step_backward`` needs.
    """

def attention_lstm_step_backward(dnext_h: NDArray[Any], dnext_c: NDArray[Any], cache: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the gradients of one step.

    Args:
        dnext_h, dnext_c: upstream gradients ``(N, H)``.
        cache: from ``attention_lstm_step_forward``.

    Returns:
        dx ``(N, D)``, dprev_h, dprev_c, dattended ``(N, H)``, dWx ``(D, 4H)``, dWh ``(H, 4H)``,
        dWattn ``(H, 4H)``, db ``(4H,)``.
    """

def attention_lstm_forward(x: NDArray[Any], A: NDArray[Any], Wx: NDArray[Any], Wh: NDArray[Any], Wattn: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], Any]:
    """Run over a whole sequence; hidden and cell state start as the mean of the grid.

    Args:
        x: inputs ``(N, T, D)``.
        A: a grid of features ``(N, H, R, C)``.
        Wx, Wh, Wattn, b: as in ``attention_lstm_step_forward``.

    Returns:
        h: hidden states ``(N, T, H)``.
        cache: what ``attention_lstm_backward`` needs.
    """

def attention_lstm_backward(dh: NDArray[Any], cache: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the gradients of a whole sequence.

    Args:
        dh: upstream gradient of every hidden state ``(N, T, H)``.
        cache: from ``attention_lstm_forward``.

    Returns:
        dx ``(N, T, D)``, dA ``(N, H, R, C)``, dWx ``(D, 4H)``, dWh ``(H, 4H)``, dWattn ``(H, 4H)``,
        db ``(4H,)``.
    """

class AttentionCaptioner(CaptioningRNN):
    """A captioner that looks at a grid of features ``(N, D, R, C)``, say ``pool5`` of a VGG16.

    It has the parameters of an LSTM captioner and ``Wattn`` ``(H, 4H)``; ``W_proj`` projects each cell of
    the grid.
    """

    def __init__(self, word_to_idx: Any, input_dim: int=512, wordvec_dim: int=128, hidden_dim: int=128, dtype: Any=np.float32, rng: Any=None) -> None:
        """Draw fresh parameters; the arguments are those of ``CaptioningRNN``."""

    def loss(self, features: NDArray[Any], captions: NDArray[Any]) -> tuple[Any, dict[str, NDArray[Any]]]:
        """Compute the loss of a minibatch and its gradients, as ``CaptioningRNN.loss`` does.

        Args:
            features: grids of image features ``(N, D, R, C)``.
            captions: ``(N, T)`` integers, ``<START> words... <END> <NULL>...``.

        Returns:
            loss: summed over time, averaged over the minibatch.
            grads: a dictionary with the keys and shapes of ``params``.
        """

    def start(self, features: NDArray[Any]) -> tuple[Any, Any, Any]:
        """Return the state before the first word: hidden state, cell state and the projected grid.

        Args:
            features: grids of image features ``(N, D, R, C)``.
        """

    def step(self, words: Any, state: Any) -> tuple[Any, Any]:
        """Read one word per image and say how likely each next word is; see ``CaptioningRNN.step``."""

    def explain_step(self, words: Any, state: Any) -> Any:
        """Return what ``step`` hides: ``gates`` ``(N, 4H)`` and the ``attention`` map ``(N, R, C)``."""

def backpropagate(edges: NDArray[Any], slopes: NDArray[Any]) -> NDArray[Any]:
    """Return the gradient of the last node of a graph with respect to every node.

    Nodes are numbered from 0 in the order in which they were computed. An edge ``(node, source)`` says that a
    node was computed from a source, which has a smaller number. Edges stand in the order of their nodes; two
    of them may be equal, as in ``x * x``.

    Args:
        edges: integers ``(E, 2)``.
        slopes: for each edge, by how much its node grows for each unit by which its source grows, ``(E,)``.

    Returns:
        gradients: ``(nodes,)``, of the dtype of ``slopes``.
    """

def ngram_counts(words: list[str], n: Any) -> Any:
    """Count the runs of ``n`` words.

    Args:
        words: a list of words.
        n: at least 1.

    Returns:
        A ``Counter`` from tuples of ``n`` words to how often they occur; empty where there are fewer words.
    """

def bleu(candidates: Any, references: Any, max_n: int=4) -> float:
    """Compare captions with human ones by the runs of words that they share.

    The geometric mean, over n, of the share of runs of ``n`` words that occur in a reference too (each at
    most as often as in the reference that has it most often), times ``exp(1 - r / c)`` where all candidates
    together (``c`` words) are shorter than their references (``r``, for each the one nearest in length).

    Source: K. Papineni et al., “BLEU: a Method for Automatic Evaluation of Machine Translation”, 2002.

    Args:
        candidates: ``K`` captions, each a list of words.
        references: for each of them a list of captions.
        max_n: the longest runs to count.

    Returns:
        A number in [0, 1]; 0 where no run of some length is shared.

    Raises:
        TypeError: a caption is a string, or references are not nested: ``[["a", "cat"]]`` is one reference.
        ValueError: a candidate has no references.
    """

class CaptioningRNN:
    """A captioner over any cell of ``CELLS``.

    Attributes:
        params: ``W_proj`` ``(D, H)`` and ``b_proj`` ``(H,)`` from features to the initial hidden state;
            ``W_embed`` ``(V, E)``, a vector per word; the cell's ``Wx`` ``(E, G * H)``, ``Wh``
            ``(H, G * H)`` and ``b`` ``(G * H,)``; ``W_vocab`` ``(H, V)`` and ``b_vocab`` ``(V,)`` from
            hidden state to the logits of the next word.
    """
    cell_type: Any
    cell: Any
    null: Any
    start_word: Any
    end: Any
    params: Any

    def __init__(self, word_to_idx: Any, input_dim: int=512, wordvec_dim: int=128, hidden_dim: int=128, cell_type: str='rnn', dtype: Any=np.float32, rng: np.random.Generator | None=None) -> None:
        """Draw fresh parameters.

        Args:
            word_to_idx: the vocabulary, ``V`` words with ``<NULL>``, ``<START>`` and ``<END>`` among them.
            input_dim: ``D``, size of an image's features.
            wordvec_dim: ``E``, size of a word's vector.
            hidden_dim: ``H``, size of the hidden state.
            cell_type: "rnn", "lstm" or "gru".
            dtype: of the parameters; float32 to train, float64 to check gradients.
            rng: a ``numpy.random.Generator``; by default one with seed 0.

        Raises:
            ValueError: the cell is unknown, or the vocabulary lacks a special word.
        """

    def loss(self, features: NDArray[Any], captions: NDArray[Any]) -> tuple[Any, dict[str, NDArray[Any]]]:
        """Compute the loss of a minibatch and its gradients: the network reads each word and says the next.

        Args:
            features: image features ``(N, D)``.
            captions: ``(N, T)`` integers, ``<START> words... <END> <NULL>...``.

        Returns:
            loss: summed over time, averaged over the minibatch.
            grads: a dictionary with the keys and shapes of ``params``.
        """

    def start(self, features: NDArray[Any]) -> Any:
        """Return the state before the first word, a tuple of arrays with a row per image.

        Args:
            features: image features ``(N, D)``.
        """

    def step(self, words: NDArray[Any], state: Any) -> tuple[Any, Any]:
        """Read one word per image and say how likely each next word is.

        Args:
            words: ``(N,)`` integers.
            state: from ``start`` or ``step``.

        Returns:
            logits: ``(N, V)``.
            next_state.
        """

    def explain_step(self, words: Any, state: Any) -> Any:
        """Return what ``step`` hides: ``{"gates": (N, G * H)}``, or nothing for a cell without gates.

        Args:
            words, state: what ``step`` is to be given.
        """

    def sample(self, features: NDArray[Any], max_length: int=30) -> NDArray[Any]:
        """Caption images, always taking the likeliest next word.

        Args:
            features: image features ``(N, D)``.
            max_length: words to say at most.

        Returns:
            captions: ``(N, max_length)`` integers, ``<NULL>`` after ``<END>``.
        """

class Cell(NamedTuple):
    """A recurrent cell.

    Attributes:
        blocks: names of the column blocks of ``Wx``, ``Wh`` and ``b``, each ``H`` wide.
        memory_gate: the block whose gate, when open, keeps the state as it is; None where there is none.
        n_states: arrays ``(N, H)`` carried from step to step; the first is the hidden state.
        step_forward: ``(x, *states, Wx, Wh, b) -> (*next_states, cache)``.
        forward: ``(x, h0, Wx, Wh, b) -> (h, cache)`` over a sequence; further states start at zero.
        backward: ``(dh, cache) -> (dx, dh0, dWx, dWh, db)``.
        gates: ``(x, h, Wx, Wh, b) -> (N, len(blocks) * H)``, or None for a cell without gates.
    """
    blocks: tuple[str, ...]
    memory_gate: str | None
    n_states: int
    step_forward: Callable[..., Any]
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    gates: Callable[..., Any] | None

    def initial_bias(self, hidden_dim: Any, dtype: Any) -> Any:
        """Return the biases ``(len(blocks) * H,)`` to begin with: 0, and 2 for the memory gate.

        A memory gate that starts open lets the picture in the initial state reach the last words from the
        first step of training on.

        Source: R. Jozefowicz et al., “An Empirical Exploration of Recurrent Network Architectures”, 2015.
        """

    def initial_states(self, h0: Any) -> tuple[Any, ...]:
        """Return the states before the first step, given the initial hidden states ``(N, H)``."""
CELLS: dict[str, Cell]
BLOCK_BYTES: int

def conv_forward_naive(x: NDArray[Any], w: NDArray[Any], b: NDArray[Any], conv_param: dict[str, int]) -> tuple[NDArray[Any], Any]:
    """Convolve by the definition, one output pixel at a time.

    ``out[n, f, i, j] = b[f] + sum over c, p, q of w[f, c, p, q] * x_padded[n, c, i*stride+p, j*stride+q]``

    Args:
        x: images ``(N, C, H, W)``.
        w: filters ``(F, C, HH, WW)``.
        b: biases ``(F,)``.
        conv_param: ``{"stride": int, "pad": int}``; ``pad`` zeros are set around each image.

    Returns:
        out: ``(N, F, 1 + (H + 2*pad - HH) // stride, 1 + (W + 2*pad - WW) // stride)``.
        cache: what ``conv_backward_naive`` (and ``conv_backward``) needs.
    """

def conv_backward_naive(dout: NDArray[Any], cache: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the gradients of ``conv_forward_naive``, one output pixel at a time.

    Args:
        dout: upstream gradient, of the shape of ``out``.
        cache: from ``conv_forward_naive`` or ``conv_forward``.

    Returns:
        dx ``(N, C, H, W)``, dw ``(F, C, HH, WW)``, db ``(F,)``.
    """

def im2col(x: NDArray[Any], window_height: Any, window_width: Any, stride: int=1, pad: int=0) -> NDArray[Any]:
    """Lay every patch of ``x`` out as a column.

    Args:
        x: images ``(N, C, H, W)``.
        window_height, window_width: the patch, HH x WW pixels.
        stride, pad: as in a convolution.

    Returns:
        cols: ``(C * HH * WW, N * H_out * W_out)``; rows run over channel, then the patch's rows and
        columns; columns run over image, then the output's rows and columns.
    """

def col2im(cols: NDArray[Any], x_shape: tuple[int, ...], window_height: Any, window_width: Any, stride: int=1, pad: int=0) -> NDArray[Any]:
    """Add every column back to the patch it came from: the transpose of ``im2col``.

    Args:
        cols: ``(C * HH * WW, N * H_out * W_out)``.
        x_shape: ``(N, C, H, W)``.
        window_height, window_width, stride, pad: as given to ``im2col``.

    Returns:
        x: ``(N, C, H, W)``; a pixel that stands in several patches gets their sum.
    """

def conv_forward(x: NDArray[Any], w: NDArray[Any], b: NDArray[Any], conv_param: dict[str, int]) -> tuple[NDArray[Any], Any]:
    """Convolve with one matrix product per block of images; same as ``conv_forward_naive``.

    Args:
        x: images ``(N, C, H, W)``.
        w: filters ``(F, C, HH, WW)``.
        b: biases ``(F,)``.
        conv_param: ``{"stride": int, "pad": int}``.

    Returns:
        out: ``(N, F, H_out, W_out)``.
        cache: what ``conv_backward`` needs (the columns are laid out again there: they are nine
        times as large as the image for a 3 x 3 filter).
    """

def conv_backward(dout: NDArray[Any], cache: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the gradients of ``conv_forward``.

    Args:
        dout: upstream gradient ``(N, F, H_out, W_out)``.
        cache: from ``conv_forward``.

    Returns:
        dx ``(N, C, H, W)``, dw ``(F, C, HH, WW)``, db ``(F,)``.
    """

def max_pool_forward(x: NDArray[Any], pool_param: dict[str, int]) -> tuple[NDArray[Any], Any]:
    """Take the largest value under each window.

    ``out[n, c, i, j] = max over p, q of x[n, c, i*stride+p, j*stride+q]``

    Args:
        x: ``(N, C, H, W)``.
        pool_param: ``{"pool_height": int, "pool_width": int, "stride": int}``.

    Returns:
        out: ``(N, C, 1 + (H - pool_height) // stride, 1 + (W - pool_width) // stride)``.
        cache: what ``max_pool_backward`` needs.
    """

def max_pool_backward(dout: NDArray[Any], cache: Any) -> NDArray[Any]:
    """Give each upstream gradient to the pixel that won its window.

    Where several pixels of a window share the largest value, the first in reading order gets it all
    (PyTorch's rule): the gradient is passed on once, not once per tie.

    Args:
        dout: upstream gradient, of the shape of ``out``.
        cache: from ``max_pool_forward``.

    Returns:
        dx: ``(N, C, H, W)``.
    """

class Decoded(NamedTuple):
    """Captions and how likely the model finds them.

    Attributes:
        words: ``(N, L)`` integers, the prefix included; ``L`` is the length of the longest caption.
        log_probs: ``(N, L)``, the log-probability of each word given those before it, under the model
            itself (whatever temperature or filter chose the word); 0 for ``<NULL>``.
        trace: what happened at each step, when it was asked for, else None.
    """
    words: np.ndarray
    log_probs: np.ndarray
    trace: 'Trace | None'

class Trace(NamedTuple):
    """What happened inside the model while it said a caption.

    Attributes:
        hidden_states: ``(N, L, H)``, after reading the word before.
        log_probs: ``(N, L, V)``, of every word that could have been said.
        inside: what ``explain_step`` tells, stacked over time: ``gates`` ``(N, L, G * H)`` for cells with
            gates, ``attention`` ``(N, L, R, C)`` for models with attention.
    """
    hidden_states: np.ndarray
    log_probs: np.ndarray
    inside: dict[str, np.ndarray]

class Beams(NamedTuple):
    """Every caption that a beam search ended with, and how it came to them.

    Attributes:
        words: ``(N, K, L)`` integers, the best caption first.
        scores: ``(N, K)``, length-normalised log-probabilities, falling.
        steps: for each step, which beam each of the ``K`` kept beams goes on from, the word that it
            adds, and its log-probability so far: arrays ``(N, K)``.
    """
    words: np.ndarray
    scores: np.ndarray
    steps: list[tuple[np.ndarray, np.ndarray, np.ndarray]]

def log_softmax(logits: NDArray[Any]) -> Any:
    """Turn logits ``(N, V)`` into log-probabilities ``(N, V)``; a logit of minus infinity stays so."""

def top_k_filter(logits: NDArray[Any], k: Any) -> NDArray[Any]:
    """Keep the ``k`` largest logits of each row; the others become minus infinity.

    Source: A. Fan et al., “Hierarchical Neural Story Generation”, 2018, section 5.

    Args:
        logits: ``(N, V)``.
        k: how many words may be said, at least 1; among equal logits the earlier words are kept.

    Returns:
        filtered: ``(N, V)``.

    Raises:
        ValueError: ``k`` is less than 1.
    """

def top_p_filter(logits: NDArray[Any], p: Any) -> NDArray[Any]:
    """Keep the fewest likeliest words whose probabilities reach ``p``; the others become minus infinity.

    Source: A. Holtzman et al., “The Curious Case of Neural Text Degeneration”, 2020, section 3.1.

    Args:
        logits: ``(N, V)``.
        p: the probability to reach, in (0, 1]; the likeliest word is always kept.

    Returns:
        filtered: ``(N, V)``.

    Raises:
        ValueError: ``p`` is not in (0, 1].
    """

def sample_words(logits: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Draw a word for each row from the softmax of its logits.

    Args:
        logits: ``(N, V)``; words at minus infinity are never drawn.
        rng: a ``numpy.random.Generator``; one ``rng.random(N)`` is drawn.

    Returns:
        words: ``(N,)``: the first whose cumulative probability exceeds the random number.
    """

def greedy_decode(model: Any, features: Any, max_length: int=30, prefix: NDArray[Any] | None=None, trace: bool=False) -> Decoded:
    """Always say the likeliest word.

    Args:
        model: a captioner.
        features: image features, a row per image.
        max_length: words to say at most, the prefix included.
        prefix: ``(N, P)`` words that each caption begins with, or None.
        trace: whether to return what happened at each step.

    Returns:
        A ``Decoded``.
    """

def sample_decode(model: Any, features: Any, rng: np.random.Generator, max_length: int=30, temperature: float=1.0, top_k: Any=None, top_p: Any=None, prefix: NDArray[Any] | None=None, trace: bool=False) -> Decoded:
    """Draw each word at random, as likely as the model finds it.

    Args:
        model: a captioner.
        features: image features, a row per image.
        rng: a ``numpy.random.Generator``.
        max_length: words to say at most, the prefix included.
        temperature: the logits are divided by it: below 1 likely words grow likelier, above 1 all words
            come closer.
        top_k: draw among the ``k`` likeliest words only; None for all.
        top_p: draw among the fewest words whose probabilities reach ``p``; None for all.
        prefix: ``(N, P)`` words that each caption begins with, or None.
        trace: whether to return what happened at each step.

    Returns:
        A ``Decoded``.

    Raises:
        ValueError: ``temperature`` is not positive, ``top_k`` less than 1 or ``top_p`` not in (0, 1].
    """

def replay(model: Any, features: Any, words: NDArray[Any]) -> Trace:
    """Let the model read given captions, and return what happened inside.

    Args:
        model: a captioner.
        features: image features, a row per image.
        words: captions ``(N, L)``, without ``<START>``.

    Returns:
        A ``Trace``; step ``t`` is the one that says ``words[:, t]``.
    """

def beam_search(model: Any, features: Any, beam_width: int=5, length_penalty: float=1.0, max_length: int=30, prefix: NDArray[Any] | None=None, trace: bool=False) -> tuple[Decoded, Beams]:
    """Follow the ``beam_width`` best beginnings at once.

    A caption's score is ``log-probability / length ** length_penalty``, ``<END>`` counted: without the
    division every further word makes a caption worse, and short ones win. With a beam width of 1 it
    is greedy decoding.

    Source: Y. Wu et al., “Google's Neural Machine Translation System”, 2016, section 7 (with the
    simpler penalty of OpenNMT).

    Args:
        model: a captioner.
        features: image features, a row per image.
        beam_width: ``K``, at least 1.
        length_penalty: 0 ranks by log-probability alone, 1 by the mean per word.
        max_length: words to say at most, the prefix included.
        prefix: ``(N, P)`` words that each caption begins with, or None.
        trace: whether to return what happened at each step of the best captions.

    Returns:
        decoded: the best caption of each image, a ``Decoded``.
        beams: all of them, a ``Beams``.

    Raises:
        ValueError: ``beam_width`` is less than 1.
    """

def relative_error(x: NDArray[Any], y: NDArray[Any]) -> Any:
    """Return the largest ``|x - y| / (|x| + |y|)`` over all entries; 0 where both are 0.

    Args:
        x, y: arrays of one shape.

    Raises:
        ValueError: the shapes differ.
    """

def numeric_gradient(f: Callable[[NDArray[Any]], Any], x: NDArray[Any], upstream: NDArray[Any] | float=1.0, h: float=1e-05) -> NDArray[Any]:
    """Measure the gradient entry by entry with central differences.

    ``gradient[k] = sum(upstream * (f(x + h e_k) - f(x - h e_k))) / (2 h)``, with an error of order
    ``h^2`` from the formula and ``1e-16 / h`` from rounding.

    Args:
        f: a function of one array.
        x: where, float64, of any shape.
        upstream: gradient of the output of ``f``, of its shape.
        h: the step.

    Returns:
        gradient: of the shape of ``x``.

    Raises:
        TypeError: ``x`` is not float64.
    """

def directional_derivative(f: Callable[[NDArray[Any]], Any], x: NDArray[Any], direction: NDArray[Any], upstream: NDArray[Any] | float=1.0, h: float=1e-05) -> float:
    """Measure how fast ``sum(upstream * f)`` grows along one direction, with two calls of ``f``.

    A correct gradient agrees for every direction: ``sum(gradient * direction)``.

    Args:
        f: a function of one array.
        x: where, float64, of any shape.
        direction: of the shape of ``x``.
        upstream: gradient of the output of ``f``, of its shape.
        h: the step.

    Returns:
        A float.

    Raises:
        TypeError: ``x`` is not float64.
    """

def complex_step_gradient(f: Callable[[NDArray[Any]], Any], x: NDArray[Any], upstream: NDArray[Any] | float=1.0, h: float=1e-30) -> NDArray[Any]:
    """Compute the gradient to machine precision with an imaginary step.

    ``f(x + i h) = f(x) + i h f'(x) + O(h^2)``: the imaginary part holds the derivative, and nothing
    is subtracted, so ``h`` may be as small as one likes. ``f`` must accept complex numbers and be
    analytic: no ``abs``, no conjugate, no real output array.

    Source: W. Squire and G. Trapp, “Using Complex Variables to Estimate Derivatives of Real
    Functions”, SIAM Review 40, 1998.

    Args:
        f: a function of one array.
        x: where, float64, of any shape.
        upstream: gradient of the output of ``f``, of its shape.
        h: the step.

    Returns:
        gradient: of the shape of ``x``.

    Raises:
        TypeError: ``x`` is not float64.
    """

def gru_gates(x: NDArray[Any], prev_h: NDArray[Any], Wx: NDArray[Any], Wh: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """Compute the gates of one step.

    ``r, z = sigmoid(a)`` of their columns of ``a = x Wx + prev_h Wh + b``, and of the last columns
    ``n = tanh(x Wxn + bn + r * (prev_h Whn))``.

    Args:
        x: inputs ``(N, D)``.
        prev_h: hidden states before the step ``(N, H)``.
        Wx, Wh, b: weights ``(D, 3H)``, ``(H, 3H)`` and biases ``(3H,)``; columns r, z, n.

    Returns:
        gates: ``(N, 3H)``: r, z in (0, 1), then n in (-1, 1).
    """

def gru_step_forward(x: NDArray[Any], prev_h: NDArray[Any], Wx: NDArray[Any], Wh: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], Any]:
    """Take one step in time: ``h_t = (1 - z) * n + z * h_{t-1}``, with the gates of ``gru_gates``.

    Args:
        x: inputs ``(N, D)``.
        prev_h: hidden states before the step ``(N, H)``.
        Wx, Wh, b: weights ``(D, 3H)``, ``(H, 3H)`` and biases ``(3H,)``; columns r, z, n.

    Returns:
        next_h: hidden states after the step ``(N, H)``.
        cache: what ``gru_step_backward`` needs.
    """

def gru_step_backward(dnext_h: NDArray[Any], cache: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the gradients of one step.

    Args:
        dnext_h: upstream gradient ``(N, H)``.
        cache: from ``gru_step_forward``.

    Returns:
        dx ``(N, D)``, dprev_h ``(N, H)``, dWx ``(D, 3H)``, dWh ``(H, 3H)``, db ``(3H,)``.
    """

def gru_forward(x: NDArray[Any], h0: NDArray[Any], Wx: NDArray[Any], Wh: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], Any]:
    """Run over a whole sequence: ``h_t = (1 - z) * n + z * h_{t-1}``, the gates from ``x_t`` and ``h_{t-1}``.

    Args:
        x: inputs ``(N, T, D)``.
        h0: initial hidden states ``(N, H)``.
        Wx, Wh, b: as in ``gru_step_forward``; the same at every step.

    Returns:
        h: hidden states ``(N, T, H)``.
        cache: what ``gru_backward`` needs.
    """

def gru_backward(dh: NDArray[Any], cache: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the gradients of a whole sequence.

    Args:
        dh: upstream gradient of every hidden state ``(N, T, H)``.
        cache: from ``gru_forward``.

    Returns:
        dx ``(N, T, D)``, dh0 ``(N, H)``, dWx ``(D, 3H)``, dWh ``(H, 3H)``, db ``(3H,)``.
    """

def softmax_loss(x: NDArray[Any], y: NDArray[Any]) -> tuple[float, NDArray[Any]]:
    """Compute the cross-entropy of a softmax, averaged over the minibatch, and its gradient.

    ``loss = -1/N sum over n of log p[n, y[n]]`` with ``p[n, c] = exp(x[n, c]) / sum_k exp(x[n, k])``.

    Args:
        x: logits ``(N, C)``.
        y: the right classes ``(N,)``, integers in ``[0, C)``.

    Returns:
        loss: a number.
        dx: gradient of the loss ``(N, C)``: ``(p - one_hot(y)) / N``.

    Raises:
        ValueError: a class is not in ``[0, C)``.
    """

def lstm_gates(x: NDArray[Any], prev_h: NDArray[Any], Wx: NDArray[Any], Wh: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """Compute the gates of one step.

    ``i, f, o = sigmoid(a)``, ``g = tanh(a)`` of their columns of ``a = x Wx + prev_h Wh + b``.

    Args:
        x: inputs ``(N, D)``.
        prev_h: hidden states before the step ``(N, H)``.
        Wx, Wh, b: weights ``(D, 4H)``, ``(H, 4H)`` and biases ``(4H,)``; columns i, f, o, g.

    Returns:
        gates: ``(N, 4H)``: i, f, o in (0, 1), then g in (-1, 1).
    """

def lstm_step_forward(x: NDArray[Any], prev_h: NDArray[Any], prev_c: NDArray[Any], Wx: NDArray[Any], Wh: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], Any]:
    """Take one step in time: ``c_t = f * c_{t-1} + i * g``, ``h_t = o * tanh(c_t)``.

    The gates are those of ``lstm_gates``.

    Args:
        x: inputs ``(N, D)``.
        prev_h: hidden states before the step ``(N, H)``.
        prev_c: cell states before the step ``(N, H)``.
        Wx, Wh, b: weights ``(D, 4H)``, ``(H, 4H)`` and biases ``(4H,)``; columns i, f, o, g.

    Returns:
        next_h: hidden states after the step ``(N, H)``.
        next_c: cell states after the step ``(N, H)``.
        cache: what ``lstm_step_backward`` needs.
    """

def lstm_step_backward(dnext_h: NDArray[Any], dnext_c: NDArray[Any], cache: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the gradients of one step.

    Args:
        dnext_h: upstream gradient of the hidden states ``(N, H)``.
        dnext_c: upstream gradient of the cell states ``(N, H)``.
        cache: from ``lstm_step_forward``.

    Returns:
        dx ``(N, D)``, dprev_h ``(N, H)``, dprev_c ``(N, H)``, dWx ``(D, 4H)``, dWh ``(H, 4H)``,
        db ``(4H,)``.
    """

def lstm_forward(x: NDArray[Any], h0: NDArray[Any], Wx: NDArray[Any], Wh: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], Any]:
    """Run over a whole sequence; the initial cell state is zero.

    ``c_t = f * c_{t-1} + i * g``, ``h_t = o * tanh(c_t)``, the gates from ``x_t`` and ``h_{t-1}``.

    Args:
        x: inputs ``(N, T, D)``.
        h0: initial hidden states ``(N, H)``.
        Wx, Wh, b: as in ``lstm_step_forward``; the same at every step.

    Returns:
        h: hidden states ``(N, T, H)``.
        cache: what ``lstm_backward`` needs.
    """

def lstm_backward(dh: NDArray[Any], cache: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the gradients of a whole sequence.

    Args:
        dh: upstream gradient of every hidden state ``(N, T, H)``.
        cache: from ``lstm_forward``.

    Returns:
        dx ``(N, T, D)``, dh0 ``(N, H)``, dWx ``(D, 4H)``, dWh ``(H, 4H)``, db ``(4H,)``.
    """

def sgd_momentum(w: NDArray[Any], dw: NDArray[Any], config: Any=None) -> tuple[Any, Any]:
    """Take a step of stochastic gradient descent with momentum.

    ``v <- momentum * v - learning_rate * dw``, ``w <- w + v``.

    Source: I. Sutskever et al., “On the importance of initialization and momentum in deep
    learning”, 2013, equations 1 and 2.

    Args:
        w, dw: a parameter and its gradient, of one shape.
        config: ``learning_rate`` (1e-2), ``momentum`` (0.9), ``velocity`` (zeros).

    Returns:
        next_w, next_config.
    """

def rmsprop(w: NDArray[Any], dw: NDArray[Any], config: Any=None) -> tuple[Any, Any]:
    """Take a step of RMSProp: each entry is scaled by a running root mean square of its gradient.

    ``s <- decay_rate * s + (1 - decay_rate) * dw^2``, ``w <- w - learning_rate * dw / (sqrt(s) + epsilon)``.

    Source: T. Tieleman and G. Hinton, “Neural Networks for Machine Learning”, lecture 6.5, 2012.

    Args:
        w, dw: a parameter and its gradient, of one shape.
        config: ``learning_rate`` (1e-2), ``decay_rate`` (0.99), ``epsilon`` (1e-8), ``cache`` (zeros).

    Returns:
        next_w, next_config.
    """

def adam(w: NDArray[Any], dw: NDArray[Any], config: Any=None) -> tuple[Any, Any]:
    """Take a step of Adam: momentum over RMSProp's scale, both freed of their start at 0.

    ``t <- t + 1``, ``m <- beta1 * m + (1 - beta1) * dw``, ``v <- beta2 * v + (1 - beta2) * dw^2``,
    ``w <- w - learning_rate * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)``.

    Source: D. Kingma and J. Ba, “Adam: A Method for Stochastic Optimization”, 2015, algorithm 1.

    Args:
        w, dw: a parameter and its gradient, of one shape.
        config: ``learning_rate`` (1e-3), ``beta1`` (0.9), ``beta2`` (0.999), ``epsilon`` (1e-8), first
            and second moments ``m`` and ``v`` (zeros), number of steps taken ``t`` (0).

    Returns:
        next_w, next_config.
    """

def clip_gradients(grads: dict[str, NDArray[Any]], max_norm: float) -> tuple[dict[str, NDArray[Any]], Any]:
    """Scale all gradients together so that their global norm is at most ``max_norm``.

    ``g <- g * min(1, max_norm / norm)``, with one ``norm`` for all of them.

    Source: R. Pascanu et al., “On the difficulty of training recurrent neural networks”, 2013,
    algorithm 1.

    Args:
        grads: a dictionary of arrays.
        max_norm: a positive number.

    Returns:
        clipped: a dictionary of arrays; their direction is that of ``grads``.
        norm: the global norm before clipping, ``sqrt(sum over all entries of all arrays of g^2)``.

    Raises:
        ValueError: ``max_norm`` is not positive.
    """

def dropout_forward(x: NDArray[Any], dropout_param: Any) -> tuple[NDArray[Any], Any]:
    """Drop entries at random while training, and divide the others by ``p`` (inverted dropout).

    Source: N. Srivastava et al., “Dropout: A Simple Way to Prevent Neural Networks from
    Overfitting”, 2014.

    Args:
        x: inputs of any shape.
        dropout_param: ``mode`` ("train" or "test"), ``p``, the probability of *keeping* an entry, and
            for training ``rng``, a ``numpy.random.Generator``; one ``rng.random(x.shape)`` is drawn,
            and entries below ``p`` are kept.

    Returns:
        out: of the shape of ``x``; in mode "test" it is ``x``.
        cache: what ``dropout_backward`` needs.

    Raises:
        ValueError: the mode is another one, or ``p`` not in (0, 1].
    """

def dropout_backward(dout: NDArray[Any], cache: Any) -> NDArray[Any]:
    """Pass the upstream gradient on through the entries that were kept.

    Args:
        dout: upstream gradient, of the shape of ``x``.
        cache: from ``dropout_forward``.

    Returns:
        dx: of the shape of ``x``.
    """

def pca_fit(features: NDArray[Any], n_components: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Find the directions in which features vary most.

    Source: K. Pearson, “On lines and planes of closest fit to systems of points in space”, 1901.

    Args:
        features: ``(N, D)``, a row per picture.
        n_components: how many directions to keep, at most ``D``.

    Returns:
        mean: ``(D,)``.
        components: ``(D, n_components)``, orthonormal columns in order of falling variance, each with
        its largest entry positive (the sign is free, so it is fixed here).

    Raises:
        ValueError: ``n_components`` is not one of 1 to ``D``.
    """

def pca_project(features: NDArray[Any], mean: NDArray[Any], components: NDArray[Any]) -> NDArray[Any]:
    """Give the coordinates of features along the principal components.

    Args:
        features: ``(N, D)``.
        mean, components: from ``pca_fit``, ``(D,)`` and ``(D, K)``.

    Returns:
        projected: ``(N, K)``.
    """

def rnn_step_forward(x: NDArray[Any], prev_h: NDArray[Any], Wx: NDArray[Any], Wh: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], Any]:
    """Take one step in time: ``h_t = tanh(x_t Wx + h_{t-1} Wh + b)``.

    Args:
        x: inputs ``(N, D)``.
        prev_h: hidden states before the step ``(N, H)``.
        Wx: weights from input to hidden state ``(D, H)``.
        Wh: weights from hidden state to hidden state ``(H, H)``.
        b: biases ``(H,)``.

    Returns:
        next_h: hidden states after the step ``(N, H)``.
        cache: what ``rnn_step_backward`` needs.
    """

def rnn_step_backward(dnext_h: NDArray[Any], cache: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the gradients of one step.

    Args:
        dnext_h: upstream gradient ``(N, H)``.
        cache: from ``rnn_step_forward``.

    Returns:
        dx ``(N, D)``, dprev_h ``(N, H)``, dWx ``(D, H)``, dWh ``(H, H)``, db ``(H,)``.
    """

def rnn_forward(x: NDArray[Any], h0: NDArray[Any], Wx: NDArray[Any], Wh: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], Any]:
    """Run over a whole sequence: ``h_t = tanh(x_t Wx + h_{t-1} Wh + b)``, beginning with ``h0``.

    Args:
        x: inputs ``(N, T, D)``.
        h0: initial hidden states ``(N, H)``.
        Wx, Wh, b: as in ``rnn_step_forward``; the same at every step.

    Returns:
        h: hidden states ``(N, T, H)``.
        cache: what ``rnn_backward`` needs.
    """

def rnn_backward(dh: NDArray[Any], cache: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the gradients of a whole sequence.

    Args:
        dh: upstream gradient of every hidden state ``(N, T, H)``.
        cache: from ``rnn_forward``.

    Returns:
        dx ``(N, T, D)``, dh0 ``(N, H)``, dWx ``(D, H)``, dWh ``(H, H)``, db ``(H,)``.
    """

def cosine_learning_rate(step: Any, n_steps: Any, peak: Any, n_warm_up: int=0) -> float:
    """Return the learning rate of a step: it rises over the first steps and falls along half a cosine.

    ``rate = peak * min(1, (step + 1) / n_warm_up) * (1 + cos(pi * step / n_steps)) / 2``

    Source: I. Loshchilov and F. Hutter, “SGDR: Stochastic Gradient Descent with Warm Restarts”, 2017,
    equation 5, without restarts.

    Args:
        step: 0 for the first; at ``n_steps`` the training is over, and the rate 0.
        n_steps: of the whole training.
        peak: the rate that the cosine begins with.
        n_warm_up: over so many steps the rate rises in equal parts; 0 for none.

    Returns:
        A number.

    Raises:
        ValueError: ``step`` is not one of 0 to ``n_steps``.
    """

def shapes(**specs: Any) -> Any:
    """Decorate a layer with the shapes of its arguments, and hold its callers to them.

    ``@shapes(x="N D", Wx="D 4H", b="4H", y="int N")`` binds ``N`` and ``D`` to the sizes of ``x``;
    every later argument must then agree. ``4H`` is four times ``H``. Arrays are of floating-point
    numbers (complex ones too, for complex-step differentiation) unless the spec begins with ``int``
    or ``bool``.

    Raises (when the decorated layer is called):
        ValueError: a shape does not fit; the message gives the shape that came and the one expected.
        TypeError: an argument is not an array, or is one of another kind, say of integers for floats.
    """

def require_shape(name: Any, array: Any, expected: Any) -> None:
    """Hold an upstream gradient to its shape, and to floating-point numbers.

    Raises:
        ValueError: the shape is another one than ``expected``; the message names both.
        TypeError: the numbers are integers, say.
    """

def require_floats(layer: Any, name: Any, array: Any) -> None:
    """Raise ``TypeError`` unless an argument of ``layer`` is an array of floats (or complex numbers)."""

def temporal_affine_forward(x: NDArray[Any], w: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], Any]:
    """Apply one affine layer at every time step, as one matrix product: ``out[n, t] = x[n, t] w + b``.

    Args:
        x: ``(N, T, D)``.
        w: weights ``(D, M)``.
        b: biases ``(M,)``.

    Returns:
        out: ``(N, T, M)``.
        cache: what ``temporal_affine_backward`` needs.
    """

def temporal_affine_backward(dout: NDArray[Any], cache: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the gradients of ``temporal_affine_forward``.

    Args:
        dout: upstream gradient ``(N, T, M)``.
        cache: from ``temporal_affine_forward``.

    Returns:
        dx ``(N, T, D)``, dw ``(D, M)``, db ``(M,)``.
    """

def temporal_softmax_loss(x: NDArray[Any], y: NDArray[Any], mask: NDArray[Any]) -> tuple[float, NDArray[Any]]:
    """Compute the cross-entropy of the right words, summed over time and averaged over the minibatch.

    ``loss = -1/N sum over n, t of mask[n, t] * log softmax(x[n, t])[y[n, t]]``; the average is over the
    ``N`` captions, not over their words.

    Args:
        x: logits ``(N, T, V)``.
        y: the right words ``(N, T)``, integers in ``[0, V)``.
        mask: ``(N, T)`` bool; False where ``y`` is padding and counts for nothing.

    Returns:
        loss: a number.
        dx: gradient of the loss ``(N, T, V)``; 0 where the mask is False.

    Raises:
        ValueError: a word is not in ``[0, V)``, whatever the mask says of it.
    """
CONVOLUTIONS: dict[str, int]
FULLY_CONNECTED: tuple[str, ...]
LAYERS: tuple[str, ...]
CONV_PARAM: dict[str, int]
POOL_PARAM: dict[str, int]
IMAGENET_MEAN_BGR: tuple[float, ...]

def vgg16_shapes(width: float=1.0, image_size: int=224, fc_dim: int=4096, n_classes: int=1000) -> Any:
    """Return the shape of every parameter.

    Args:
        width: the number of filters of each convolution, as a share of the original's.
        image_size: height and width of the pictures in pixels, at least 32.
        fc_dim: units of ``fc6`` and ``fc7``.
        n_classes: units of ``fc8``.

    Returns:
        A dictionary from parameter name to shape, in the order of the layers.

    Raises:
        ValueError: ``image_size`` is less than 32.
    """

def vgg16_init(rng: np.random.Generator, width: float=1.0, image_size: int=224, fc_dim: int=4096, n_classes: int=1000, dtype: Any=np.float32) -> dict[str, NDArray[Any]]:
    """Draw fresh parameters: normal weights of variance 2 / fan-in, biases of zero.

    Source: K. He et al., “Delving Deep into Rectifiers”, 2015, equation 10.

    Args:
        rng: a ``numpy.random.Generator``.
        width, image_size, fc_dim, n_classes: as in ``vgg16_shapes``.

    Returns:
        params: a dictionary of arrays of type ``dtype``.
    """

def vgg16_preprocess(images: NDArray[Any]) -> NDArray[Any]:
    """Turn pictures into what the network was trained on.

    Args:
        images: ``(N, H, W, 3)`` uint8, red, green, blue.

    Returns:
        x: ``(N, 3, H, W)`` float32, blue, green, red, minus the mean of ImageNet.

    Raises:
        ValueError: the pictures are not uint8, or have another shape.
    """

def vgg16_forward(x: NDArray[Any], params: Any, layer: str='fc7') -> NDArray[Any]:
    """Run the network up to a named layer, keeping nothing on the way.

    Args:
        x: ``(N, 3, H, W)`` from ``vgg16_preprocess``.
        params: from ``vgg16_init`` or ``vgg16_load``.
        layer: where to stop; what comes after it costs nothing.

    Returns:
        out: that layer's output after its rectifier (``fc8`` has none): ``(N, F, H', W')`` for
        convolutions and poolings, ``(N, units)`` for fully connected layers.

    Raises:
        ValueError: there is no such layer, or the weights end before it.
    """

def vgg16_forward_train(x: NDArray[Any], params: Any) -> tuple[NDArray[Any], Any]:
    """Run the whole network and keep what the backward pass needs.

    Args:
        x: ``(N, 3, H, W)``.
        params: as in ``vgg16_forward``.

    Returns:
        logits: ``(N, n_classes)``, the output of ``fc8``.
        caches: what ``vgg16_backward`` needs.
    """

def vgg16_backward(dlogits: NDArray[Any], caches: Any) -> dict[str, NDArray[Any]]:
    """Return the gradient of every parameter.

    Args:
        dlogits: upstream gradient ``(N, n_classes)``.
        caches: from ``vgg16_forward_train``.

    Returns:
        grads: a dictionary with the keys and shapes of ``params``.
    """

def vgg16_image_size(params: Any) -> Any:
    """Return the height and width, in pixels, of the pictures that ``fc6`` was made for."""

def vgg16_load(path: Any, dtype: Any=np.float32) -> Any:
    """Read weights, with or without the fully connected layers.

    Keras stores kernels as (height, width, in, out) and flattens images in the order height, width,
    channel; PyTorch's network takes other pixels than ``vgg16_preprocess`` gives (red first, scaled), which
    its first layer is changed for. All is turned into ours.

    Args:
        path: an HDF5 file of Keras's, versions 1 to 3, of weights or a whole model, or a safetensors file of
            PyTorch's (torchvision's names, or timm's).
        dtype: what the arrays are to be; the file may hold another type.

    Returns:
        params: as in ``vgg16_forward``, of the layers that the file holds.

    Raises:
        ValueError: the file cannot be read, or is not a VGG16; the message says what it is, where that shows.
    """

def vgg16_save(path: Any, params: Any, dtype: Any=np.float32) -> None:
    """Write weights in Keras's HDF5 layout.

    Args:
        path: the file to write.
        params: as in ``vgg16_forward``.
        dtype: the type on disk; ``float16`` halves the file.
    """
NULL: str
START: str
END: str
UNKNOWN: str
SPECIAL_WORDS: tuple[str, ...]

def tokenize(text: str) -> list[str]:
    """Split a sentence into lower-case words of letters and digits: what is between them is dropped.

    Letters are those of any script, with their marks: “Mädchen” and “vélo” are whole words, however their
    accents are stored. Where a script has no spaces between words, what stands together is one word.

    Args:
        text: a string.

    Returns:
        A list of strings.
    """

def build_vocabulary(captions: Any, min_count: int=1, max_words: Any=None) -> tuple[Any, Any]:
    """Number the words of a set of captions.

    Args:
        captions: lists of words.
        min_count: words that occur less often are left out.
        max_words: at most so many words, the special ones included.

    Returns:
        idx_to_word: the special words ``<NULL>``, ``<START>``, ``<END>``, ``<UNK>``, then the words from
            the most to the least frequent, equally frequent ones in alphabetical order.
        word_to_idx: the inverse, a dictionary.
    """

def encode_captions(captions: Any, word_to_idx: Any, max_length: Any) -> NDArray[Any]:
    """Turn captions into rows of indices: ``<START> words... <END> <NULL> <NULL>...``.

    Args:
        captions: ``N`` lists of words.
        word_to_idx: from ``build_vocabulary``.
        max_length: words a caption may have; longer ones are cut.

    Returns:
        ``(N, max_length + 2)`` int32; a word that is not in the vocabulary is ``<UNK>``.

    Raises:
        ValueError: a caption has no words.
    """

def decode_captions(captions: NDArray[Any], idx_to_word: Any) -> list[str]:
    """Turn rows of indices back into sentences.

    Args:
        captions: ``(N, T)`` integers.
        idx_to_word: from ``build_vocabulary``.

    Returns:
        ``N`` strings: the words up to the first ``<END>``, without ``<START>`` and ``<NULL>``.
    """

def word_embedding_forward(x: NDArray[Any], W: NDArray[Any]) -> tuple[NDArray[Any], Any]:
    """Look the vector of each word up.

    Args:
        x: words ``(N, T)``, integers in ``[0, V)``.
        W: a vector per word ``(V, D)``.

    Returns:
        out: ``(N, T, D)``, ``out[n, t] = W[x[n, t]]``.
        cache: what ``word_embedding_backward`` needs.

    Raises:
        ValueError: a word is not in ``[0, V)``.
    """

def word_embedding_backward(dout: NDArray[Any], cache: Any) -> NDArray[Any]:
    """Add the upstream gradients up for each word: one that occurs three times gets three.

    Args:
        dout: upstream gradient ``(N, T, D)``.
        cache: from ``word_embedding_forward``.

    Returns:
        dW: ``(V, D)``. (Words are integers and have no gradient.)
    """

def load_word_vectors(path: Any, word_to_idx: Any, W: NDArray[Any], passed_over: Any=None) -> tuple[NDArray[Any], Any]:
    """Start an embedding from a text file of word vectors, GloVe's or word2vec's.

    Each line is a word and its numbers, separated by spaces; word2vec puts a line with the number of
    words and dimensions before them. What GloVe lists as one word although it has a space in it, and there
    are such in its largest files, is left out. So is a line that is not UTF-8.

    Args:
        path: the file.
        word_to_idx: the vocabulary.
        W: the embedding so far ``(V, D)``; words that the file does not hold keep their rows.
        passed_over: a list, which gets the numbers of the lines that are not UTF-8.

    Returns:
        W: a new array ``(V, D)``.
        n_found: how many words of the vocabulary the file holds.

    Raises:
        ValueError: a line has another number of dimensions than ``W``, or a number that is not finite.
    """
