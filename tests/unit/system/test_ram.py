import psutil
import pytest

from visrnn.system import ram
from visrnn.system.exceptions import InputError
from visrnn.system.ram import available_memory, check_memory


def test_what_is_available_is_no_more_than_the_machine_has():
    assert 0 < available_memory() <= psutil.virtual_memory().total


def test_the_check_tells_both_figures():
    check_memory(1, "counting")
    with pytest.raises(InputError, match=r"counting needs about 1e\+09 GB of memory and .* GB is"):
        check_memory(10**18, "counting")


@pytest.mark.parametrize(
    ("line", "folder", "name"),
    [
        ("0::/job/step", "job", "memory.max"),
        ("0::/", "", "memory.max"),
        ("4:memory:/job/step", "memory/job/step", "memory.limit_in_bytes"),
    ],
)
def test_limits_of_control_groups_are_found(tmp_path, line, folder, name):
    own, top = tmp_path / "cgroup", tmp_path / "fs"
    own.write_text(f"9:cpu:/other\n{line}\n")
    (top / folder).mkdir(parents=True)
    (top / folder / name).write_text("12345\n")
    assert ram._group_limits(own, top) == [12345]


def test_no_limit_is_no_limit(tmp_path):
    (tmp_path / "cgroup").write_text("0::/\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert ram._group_limits(tmp_path / "cgroup", tmp_path) == []
    assert ram._group_limits(tmp_path / "missing", tmp_path) == []
