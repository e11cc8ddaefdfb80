"""How the garbage collector treats a process that holds the rules and answers in bursts."""

import gc

_NEW_OBJECTS = 50_000  # more than a large request makes, so that it is not interrupted


def settle() -> None:
    """Leave what is loaded out of every later collection, and collect less often.

    Charts and cards hold no cycles, so that reference counts free them; the collector is only a net.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 50)
