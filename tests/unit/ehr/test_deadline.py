"""When the time is over, everything that is waited for ends."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from cds_service.ehr.deadline import Deadline

FOREVER = 30.0  # s; a test that waits so long has failed


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.settimeout(FOREVER)
    with ours, theirs:
        yield ours, theirs


Pair = tuple[socket.socket, socket.socket]


def test_the_timer_ends_a_wait_that_no_timeout_would(pair: Pair) -> None:
    with Deadline(0.05) as deadline, deadline.watch() as watch:
        watch.hold(pair[0])
        assert pair[0].recv(1) == b""
        assert deadline.left() == 0.0


def test_the_end_of_the_call_ends_what_is_under_way(pair: Pair) -> None:
    heard = []

    def listen() -> None:
        heard.append(pair[0].recv(1))

    listener = threading.Thread(target=listen)
    with ExitStack() as stack:
        with Deadline(FOREVER) as deadline:
            stack.enter_context(deadline.watch()).hold(pair[0])
            listener.start()
        listener.join(FOREVER)
    assert heard == [b""]


def test_a_socket_held_after_the_end_is_shut_down_at_once(pair: Pair) -> None:
    deadline = Deadline(FOREVER)
    deadline.end()
    with deadline.watch() as watch:
        watch.hold(pair[0])
        assert pair[0].recv(1) == b""


def test_a_socket_that_was_let_go_lives_on(pair: Pair) -> None:
    with Deadline(FOREVER) as deadline:
        with deadline.watch() as watch:
            watch.hold(pair[0])
        deadline.end()
    pair[1].sendall(b"x")
    assert pair[0].recv(1) == b"x"


def test_no_thread_and_no_handle_is_left_behind(pair: Pair) -> None:
    with Deadline(FOREVER) as deadline:
        with deadline.watch() as watch:
            watch.hold(pair[0])
        (handle,) = watch.handles
    assert handle.fileno() == -1
    timers = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    for timer in timers:
        timer.join(FOREVER)
    assert not [timer for timer in timers if timer.is_alive()]


def test_the_time_that_is_left_never_is_negative() -> None:
    assert Deadline(-1).left() == 0.0
    assert 0 < Deadline(FOREVER).left() <= FOREVER
