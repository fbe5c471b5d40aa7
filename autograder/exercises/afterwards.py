"""What each answer is good for next: a sentence that is read when it has passed."""

AFTERWARDS = {
    # Chapter 1
    "standardize": "The features of photos are treated like that before a captioner learns from them.",
    "log_sum_exp": (
        "The same shift by the largest number keeps softmax_loss finite in chapter 4, and log_softmax in "
        "chapter 15."
    ),
    "pairwise_squared_distances": (
        "Trading a loop for one matrix product is what makes conv_forward fast in chapter 6."
    ),
    # Chapter 2
    "relative_error": (
        "It tells a wrong gradient from one that is merely rounded, whatever the size of the numbers."
    ),
    "numeric_gradient": (
        "Any gradient that you derive from now on can be held against it, before any check is asked."
    ),
    "directional_derivative": (
        "Two calls tell something of all parameters together; entry by entry, a million of them need two "
        "million."
    ),
    "complex_step_gradient": (
        "It is exact to the last digit, and this course certifies every backward pass of its own with it."
    ),
    # Chapter 3
    "affine_forward": (
        "It turns a picture into the first hidden state of the captioner, and a hidden state into the "
        "scores of all words."
    ),
    "affine_backward": (
        "Those three products come back in every recurrent cell: each has an affine layer inside."
    ),
    "relu_forward": "VGG16 in chapter 7 calls it fifteen times for each picture.",
    "relu_backward": (
        "Where it lets nothing through, nothing is learnt: units that are never positive stay so."
    ),
    "backpropagate": "That loop is what PyTorch's backward() does, for graphs of any shape.",
    # Chapter 4
    "softmax_loss": (
        "Its gradient, p minus one-hot, is what a captioner learns from at every word in chapter 12."
    ),
    # Chapter 5
    "sgd_momentum": (
        "It trained VGG16 on ImageNet; on ravines like that of this chapter it outruns plain descent."
    ),
    "rmsprop": "Dividing by the size of past gradients is one half of Adam, which comes next.",
    "adam": "Every captioner of this course learns by it.",
    "clip_gradients": "In chapter 9 it stops the rare step that would throw a recurrent network off.",
    "dropout_forward": (
        "captioning train drops some of a picture's features with it (--feature-dropout), so that the "
        "captioner leans on none of them."
    ),
    "dropout_backward": (
        "A gradient goes where its number went: max_pool_backward works on the same principle."
    ),
    # Chapter 6
    "conv_forward_naive": (
        "It is slow and plainly right: conv_forward, four exercises on, is held against it."
    ),
    "conv_backward_naive": (
        "Each patch gives its gradient back to the pixels it came from; col2im does that for all patches "
        "at once."
    ),
    "im2col": "From here on a convolution is one matrix product, in conv_forward.",
    "col2im": "It is the transpose of im2col, and so the backward pass of any layer that lays out patches.",
    "conv_forward": "VGG16 in chapter 7 is thirteen of these, and nearly all of its time is spent in them.",
    "conv_backward": (
        "With it a network of convolutions can learn: vgg16_backward goes through it layer by layer."
    ),
    "max_pool_forward": "VGG16 halves its pictures with it five times: 224 pixels become 7.",
    "max_pool_backward": "It is the last layer that VGG16 needs to learn: the rest you have.",
    # Chapter 7
    "vgg16_preprocess": "Any photo that your captioner is to see goes through it first.",
    "vgg16_forward": "fc7, the last layer but one, is what your captioner will know of a picture.",
    "vgg16_forward_train": (
        "It keeps the caches of all layers, so that vgg16_backward can go back through them."
    ),
    "vgg16_backward": "The gradient of the picture itself shows which pixels a network looks at.",
    "pca_fit": "A captioner that reads 512 numbers for each picture, and not 4096, trains faster.",
    "pca_project": (
        "A new photo must be projected as the training pictures were, by their mean and directions."
    ),
    # Chapter 8
    "tokenize": (
        "Captions are cut into words by it wherever the course reads sentences, your own collections too."
    ),
    "build_vocabulary": "Its size is the width of the last layer: one score for each word.",
    "encode_captions": (
        "A captioner reads these rows without their last word, and is to say them without their first."
    ),
    "decode_captions": "Whatever a captioner says, from chapter 11 on, you read by way of this function.",
    "word_embedding_forward": "Each word that a captioner reads comes in through it, in chapter 13.",
    "word_embedding_backward": "Rare words learn slowly: only rows whose word was read get a gradient.",
    # Chapter 9
    "rnn_step_forward": (
        "At caption time the network takes exactly this step, once for each word that it says."
    ),
    "rnn_step_backward": "rnn_backward repeats it from the last step to the first.",
    "rnn_forward": "Exchange the step, and the same loop is an LSTM or a GRU.",
    "rnn_backward": (
        "That product with Wh, once per step, is why gradients vanish: chapter 10 builds a way round it."
    ),
    # Chapter 10
    "lstm_gates": "The gate viewer shows these numbers, word by word; attention in chapter 17 uses them too.",
    "lstm_step_forward": (
        "c is only multiplied and added to, never squeezed: that is what lets an LSTM remember."
    ),
    "lstm_step_backward": (
        "dprev_c is dc times f: with an open forget gate a gradient goes back undiminished."
    ),
    "lstm_forward": (
        "It reads whole captions in chapter 13, in place of rnn_forward, with nothing else changed."
    ),
    "lstm_backward": "With it the captioner of chapter 16 learns, on your own code from end to end.",
    # Chapter 11
    "gru_gates": "Three blocks of columns instead of four: a quarter fewer weights than an LSTM.",
    "gru_step_forward": (
        "It is the form of cuDNN and PyTorch, so their weights fit: captioning import reads them."
    ),
    "gru_step_backward": (
        "prev_h reached the loss by four ways; adding up all of them is the rule for any graph."
    ),
    "gru_forward": "captioning train --cell gru runs on it.",
    "gru_backward": "Now a GRU can learn: the experiment of this chapter compares the three cells.",
    # Chapter 12
    "temporal_affine_forward": "From hidden states to a score for every word at every step, in one product.",
    "temporal_affine_backward": (
        "Reshape, call the layer, reshape back: any layer can be applied at every step so."
    ),
    "temporal_softmax_loss": (
        "It is the loss of the captioner, and exp of its mean per word is the perplexity."
    ),
    # Chapter 13
    "CaptioningRNN.loss": "All your layers meet here; `captioning train` runs on them from now on.",
    "CaptioningRNN.sample": (
        "Your captioner speaks. Chapter 15 teaches it to choose its words with more care."
    ),
    # Chapter 14
    "cosine_learning_rate": "captioning train follows this curve, with the peak that --learning-rate gives.",
    "ngram_counts": "bleu, the next exercise, clips and adds up these counts.",
    "bleu": "captioning evaluate reports it; mind what it does not see, such as whether a caption is true.",
    # Chapter 15
    "log_softmax": "Beams add these up, where a product of many small probabilities would vanish.",
    "top_k_filter": "With k = 1 it is greedy decoding; with all words it changes nothing.",
    "top_p_filter": "It keeps few words where the captioner is sure, and many where it is not.",
    "sample_words": "captioning caption --decoding sample draws its words with it.",
    "beam_search": "captioning caption --decoding beam runs on it.",
    # Chapter 17
    "dot_product_attention_forward": "With queries, keys and values it is the core of every Transformer.",
    "dot_product_attention_backward": "attention_lstm_backward calls it once for every word.",
    "attention_lstm_step_forward": "The captioner looks anew before each word; the weights say where.",
    "attention_lstm_step_backward": (
        "One more input, one more product: a cell takes in whatever you can add to its pre-activations."
    ),
    "attention_lstm_forward": "AttentionCaptioner reads its captions with it, two exercises on.",
    "attention_lstm_backward": (
        "The grid got a gradient from every look: attention is trained by the captions alone."
    ),
    "AttentionCaptioner.loss": (
        "captioning train --cell attention learns with it, and you can watch where it looks."
    ),
}
