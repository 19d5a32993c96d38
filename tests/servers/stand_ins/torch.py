"""Stands in for torch in the embedder's process: importing the real one takes longer than all tests of it."""


def set_num_threads(_count):
    pass
