"""A gradebook in PostgreSQL, for several graders at once: a real server, from release to marks."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.grading.commands import grade as grade_command
from autograder.nbgrader.course_folder import CONFIG, nbgrader_in
from tests.attacks import ALL, NAME, Course
from tests.class_folder import make_course, submit
from tests.conftest import Command
from tests.honest import as_bytes

# PostgreSQL refuses to run as root.
NOBODY = 65534 if os.getuid() == 0 else None


def _program(name: str) -> str:
    folders = [*map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), os.environ["PATH"]]
    found = shutil.which(name, path=os.pathsep.join(folders))
    if found is None:
        pytest.skip(f"there is no {name} on this machine: apt-get install postgresql")
    return found


def _run(*command: str) -> None:
    extra: dict[str, object] = {} if NOBODY is None else {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **extra)  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Start a server that listens on a socket in a folder alone; return the address of a database."""
    initdb, control = _program("initdb"), _program("pg_ctl")
    # The path of a socket has at most 107 letters, and the user that runs the server must reach it.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        if NOBODY is not None:
            os.chown(folder, NOBODY, NOBODY)
        data = f"{folder}/data"
        _run(initdb, "--pgdata", data, "--username", "grader", "--auth", "trust", "--no-sync",
         "--locale", "C", "--encoding", "UTF8")  # fmt: skip
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        _run(control, "--pgdata", data, "--options", options, "--log", f"{folder}/log", "--wait", "start")
        try:
            yield f"postgresql+psycopg://grader@/postgres?host={folder}"
        finally:
            _run(control, "--pgdata", data, "--mode", "immediate", "stop")


@pytest.mark.slow
def test_a_class_is_graded_into_postgresql(
    server: str, a_sandbox: str, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grade_command, "good_isolation", lambda wanted: wanted or a_sandbox)
    course = tmp_path / "course"
    course.mkdir()
    shutil.copy(CONFIG, course / CONFIG.name)
    with (course / CONFIG.name).open("a", encoding="utf-8") as file:
        file.write(f"c.CourseDirectory.db_url = {server!r}\n")
    make_course(course)
    assert not (course / "gradebook.db").exists()
    given = Course(course)
    for student, notebook in (("ada", given.right()), ("bob", given.forwards()), ("cyd", given.stub())):
        submit(course, student, {f"{NAME}.ipynb": as_bytes(notebook)})
    code, out, err = command("grade", NAME, "--course", course, "--json", "--jobs", "2")
    assert code == 0, err
    points = {entry["student"]: entry["points"] for entry in json.loads(out)["submissions"]}
    assert points == {"ada": ALL, "bob": 5.0, "cyd": 0.0}
    # Another grader, at the same time, by nbgrader's own ways.
    with Gradebook(server, "captioning-from-scratch") as other:
        grade = other.find_grade("check_rnn_backward", NAME, NAME, "cyd")
        assert (grade.auto_score, other.find_submission(NAME, "ada").score) == (0.0, ALL)
        grade.manual_score = 1.0
        other.db.commit()
    assert command("grade", NAME, "--course", course)[0] == 0
    _, out, _ = command("marks", NAME, "--course", course)
    totals = {line.split(",")[0]: line.split(",")[-3] for line in out.splitlines()[1:]}
    assert totals == {"ada": "13", "bob": "5", "cyd": "1"}
    with nbgrader_in(course) as api:
        assert api.autograde(NAME, "ada", create=True, force=True)["success"]
    assert not (course / "gradebook.db").exists()


@pytest.mark.slow
def test_a_server_that_is_not_there_is_told(
    server: str, tmp_path: Path, command: Command, a_sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grade_command, "good_isolation", lambda wanted: wanted or a_sandbox)
    course = make_course(tmp_path / "course")
    gone = re.sub(r"host=.*", "host=/nowhere", server)
    with (course / CONFIG.name).open("a", encoding="utf-8") as file:
        file.write(f"c.CourseDirectory.db_url = {gone!r}\n")
    submit(course, "ada", {f"{NAME}.ipynb": as_bytes(Course(course).right())})
    code, _, err = command("grade", NAME, "--course", course)
    assert code == 1
    assert "Traceback" not in err
    assert "/nowhere" in err
