"""Work off the main thread, and its way back."""

from threading import Event, get_ident

import pytest

from tests.robot import choose_window


@pytest.fixture
def tasks():
    choose_window()
    from mobile.core.tasks import Tasks

    made = Tasks()
    yield made
    assert made.stop()


@pytest.fixture
def frames(robot, kit):
    return robot(kit.Text())


def test_work_runs_elsewhere_and_its_answer_comes_home(tasks, frames):
    here, seen = get_ident(), []
    tasks.run(get_ident, lambda there: seen.append((there, get_ident())))
    frames.until(lambda: seen)
    assert seen[0][0] != here
    assert seen[0][1] == here


def test_work_is_done_in_the_order_of_asking(tasks, frames):
    seen = []
    for number in range(20):
        tasks.run(lambda number=number: number, seen.append)
    frames.until(lambda: len(seen) == 20)
    assert seen == list(range(20))


def test_what_work_raises_is_given_to_the_caller(tasks, frames):
    seen = []
    tasks.run(lambda: 1 // 0, failed=seen.append)
    frames.until(lambda: seen)
    assert isinstance(seen[0], ZeroDivisionError)


def test_an_error_that_nobody_takes_is_raised_on_the_main_thread(tasks, frames):
    tasks.run(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        frames.until(lambda: False)


def test_a_loop_turns_when_woken_and_ends_when_stopped(tasks, frames):
    turns = []

    def turn():
        turns.append(get_ident())
        return 3600.0

    loop = tasks.loop(turn)
    frames.until(lambda: len(turns) == 1)
    loop.wake()
    frames.until(lambda: len(turns) == 2)
    assert loop.stop(5)
    loop.wake()
    frames.frames(5)
    assert len(turns) == 2
    assert get_ident() not in turns


def test_a_call_during_a_turn_makes_another(tasks, frames):
    inside, go_on, turns = Event(), Event(), []

    def turn():
        turns.append(1)
        inside.set()
        go_on.wait(5)
        return 3600.0

    loop = tasks.loop(turn)
    assert inside.wait(5)
    loop.wake()
    go_on.set()
    frames.until(lambda: len(turns) == 2)


def test_a_turn_that_fails_is_logged_and_tried_again(tasks, frames, caplog):
    turns = []

    def turn():
        turns.append(1)
        raise OSError("no network")

    loop = tasks.loop(turn)
    frames.until(lambda: len(turns) == 1)
    loop.wake()
    frames.until(lambda: len(turns) == 2)
    assert loop.stop(5)
    assert "no network" in caplog.text


def test_after_the_end_nothing_is_handed_over(frames):
    from mobile.core.tasks import Tasks

    inside, go_on, seen = Event(), Event(), []
    tasks = Tasks()

    def work():
        inside.set()
        return go_on.wait(5)

    tasks.run(work, seen.append)
    assert inside.wait(5)
    assert not tasks.stop(timeout=0)
    go_on.set()
    assert tasks.stop()
    frames.frames(5)
    assert seen == []
