"""What holds an answer's process in: what the system offers, and a guard inside Python.

- Limits (Linux, macOS): memory, processor time, no file may grow, no new process, no core dump;
  on Linux also no privilege of an administrator.
- Landlock (Linux 5.13 and newer): files outside Python's own folders cannot be opened, none can
  be written, and no signal leaves.
- A filter of system calls (Linux on x86-64 and arm64): no process or thread, no socket, no look
  into another process, no change to a file's rights.
- A guard inside Python (everywhere): the same refused where Python itself would do it, with a
  sentence for the learner. Alone it keeps out accidents and the curious, not an expert.

Nothing here imports from the course: an answer must not find it in memory.
"""

import ctypes
import os
import platform
import struct
import sys

MEMORY = 5 * 10**8  # bytes, beyond what Python and NumPy take themselves
SECONDS = 120  # of processor time, for one exercise

# Event or its first part: what the learner is told. Files that are read are looked at one by one.
REFUSED = {
    "socket": "no network here",
    "urllib": "no network here",
    "ctypes": "no system calls here",
    "subprocess": "no other programs here",
    "signal": "no signals here",
    "resource": "no other limits here",
    "gc": "memory is not searched here",
    "shutil": "no files are changed here",
    "os": "no files are changed and no programs started here",
    "pty": "no other programs here",
    "_thread": "no threads here",
    "_posixsubprocess": "no other programs here",
    "winreg": "no settings are changed here",
}
FINE = {"os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.putenv", "os.unsetenv"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

# System calls refused, by number, on both kinds of processor: processes and threads, signals,
# sockets, looks into other processes, memory shared with them, rights and times of files,
# priorities, limits, mounts and the clock.
X86_64 = [
    *(29, 41, 53, 56, 57, 58, 59, 62, 64, 68, 90, 91, 92, 93, 94, 101, 132, 141, 144, 160, 161),
    *(164, 165, 169, 170, 188, 189, 190, 197, 198, 199, 200, 203, 227, 234, 235, 240, 250, 260),
    *(261, 268, 272, 280, 298, 302, 308, 310, 311, 321, 322, 323),
]
ARM64 = [
    *(5, 6, 7, 14, 15, 16, 40, 51, 52, 53, 54, 55, 88, 97, 112, 117, 119, 122, 129, 130, 131, 140),
    *(142, 161, 164, 170, 180, 186, 190, 194, 198, 199, 219, 220, 221, 241, 261, 268, 270, 271),
    *(280, 281, 282),
]
BOTH = [424, 425, 434, 435, 438, 452]
CALLS = {"x86_64": (0xC000003E, [*X86_64, *BOTH]), "aarch64": (0xC00000B7, [*ARM64, *BOTH])}


def restrict(readable):
    """Hold this process in for good; return the names of what is in force."""
    done = []
    for name, guard in (
        ("limits", _limit),
        ("Landlock", lambda: _landlock(readable)),
        ("system calls", _filter_calls),
        ("Python", lambda: _watch(readable)),
    ):
        try:
            if guard():
                done.append(name)
        except (ImportError, OSError, ValueError, AttributeError):
            continue  # this system does not have it
    return done


def _limit():
    import resource

    with open("/proc/self/statm") if os.path.exists("/proc/self/statm") else open(os.devnull) as f:
        pages = int((f.read() or "0").split()[0])
    memory = pages * resource.getpagesize() + MEMORY
    limits = {"AS": memory, "FSIZE": 0, "CORE": 0, "CPU": SECONDS, "NOFILE": 64, "NPROC": 0}
    for name, most in limits.items():
        if kind := getattr(resource, f"RLIMIT_{name}", None):
            resource.setrlimit(kind, (most, most))
    if sys.platform == "linux":  # an administrator's privileges, which overrule limits
        _libc().capset(struct.pack("<Ii", 0x20080522, 0), struct.pack("<6I", *[0] * 6))
    return True


def _system_call(libc, number, *arguments):
    answer = libc.syscall(number, *arguments)
    if answer < 0:
        raise OSError(ctypes.get_errno(), f"system call {number}")
    return answer


def _libc():
    if sys.platform != "linux":
        raise OSError("for Linux only")
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)  # no new privileges, which both guards below ask for
    return libc


def _landlock(readable):
    """Handle every right there is, grant reading below `readable`, and nothing else."""
    libc = _libc()
    version = _system_call(libc, 444, None, 0, 1)
    rights = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    network, scoped = (3 if version >= 4 else 0), (3 if version >= 6 else 0)
    asked = struct.pack("<QQQ", rights, network, scoped)[
        : 8 if version < 4 else 24 if scoped else 16
    ]
    rules = _system_call(libc, 444, asked, len(asked), 0)
    for path in readable:
        try:
            folder = os.open(path, getattr(os, "O_PATH", 0))
        except OSError:
            continue
        reading = 0b1101 if os.path.isdir(path) else 0b101  # execute, read a file, list a folder
        rule = struct.pack("<Qi", reading & rights, folder)
        _system_call(libc, 445, rules, 1, rule, 0)
        os.close(folder)
    _system_call(libc, 446, rules, 0)
    os.close(rules)
    return True


def _filter_calls():
    """A filter in the kernel's own small language: these calls fail, all others go through."""
    machine, numbers = CALLS.get(platform.machine(), (0, []))
    if not numbers:
        return False

    def _line(code, k, jump_true=0, jump_false=0):
        return struct.pack("<HBBI", code, jump_true, jump_false, k)

    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    to_no = len(numbers) + 3
    lines = [_line(load, 4), _line(equal, machine, 0, to_no), _line(load, 0)]
    lines += [_line(at_least, 0x40000000, len(numbers) + 1)]  # calls of another kind
    lines += [_line(equal, n, len(numbers) - place) for place, n in enumerate(numbers)]
    lines += [_line(give, 0x7FFF0000), _line(give, 0x00050001)]  # go on; not permitted
    code = ctypes.create_string_buffer(b"".join(lines))
    program = struct.pack("<HxxxxxxQ", len(lines), ctypes.addressof(code))
    if _libc().prctl(22, 2, ctypes.c_char_p(program), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")
    return True


def _watch(readable):
    """Refuse, from inside Python, what an answer has no use for."""
    real, join, same = os.path.realpath, os.path.join, os.path.normcase
    roots = tuple(same(join(real(one), "")) for one in readable)
    text, refused, fine = str, REFUSED, FINE

    def _guard(event, arguments):
        if event == "open":
            path, _, flags = arguments
            if (flags or 0) & WRITING:
                raise PermissionError("no files are written here")
            if isinstance(path, int) or same(join(real(os.fsdecode(path)), "")).startswith(roots):
                return
            raise PermissionError("no files are read here")
        first = event.partition(".")[0]
        if first in refused and event not in fine:
            raise PermissionError(text(refused[first]))

    sys.addaudithook(_guard)
    return True
