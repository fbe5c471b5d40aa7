"""What PyTorch computes, stored: the tests that read it need no PyTorch."""
