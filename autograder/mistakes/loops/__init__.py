"""Mistakes in answers as students write them (``as_written.py``), also in the steps that a sequence calls."""

from autograder.mistakes.loops import gru, layers, lstm, others, rnn, sequences, slopes, windows

MISTAKES = [
    *windows.WINDOWS,
    *layers.LINEAR,
    *layers.UPDATES,
    *rnn.RNN,
    *lstm.LSTM,
    *gru.GRU,
    *slopes.TANH,
    *slopes.BEFORE_THE_TANH,
    *slopes.GATES,
    *layers.TEMPORAL,
    *sequences.OVER_TIME,
    *sequences.IN_STEPS,
    *sequences.ATTENDED,
    *others.OTHERS,
]
