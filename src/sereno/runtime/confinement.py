"""Takes a process's own rights to files away for good, by Landlock, before it reads hostile bytes.

Source: Linux, Documentation/userspace-api/landlock.rst; numbers from linux/landlock.h and asm-generic/unistd.h.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

_SYSTEM_FOLDERS = ("/usr", "/lib", "/lib64", "/etc", "/run/systemd/resolve", "/run/resolvconf")
_PR_SET_NO_NEW_PRIVS = 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
_WRITE_FILE, _REMOVE_FILE, _MAKE_FOLDER, _MAKE_FILE, _TRUNCATE = 1 << 1, 1 << 5, 1 << 7, 1 << 8, 1 << 14
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_WRITE = _READ_FILE | _READ_DIR | _WRITE_FILE | _REMOVE_FILE | _MAKE_FOLDER | _MAKE_FILE | _TRUNCATE
_RIGHTS_OF_VERSION = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_RIGHTS = 16


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def program_folders() -> set[Path]:
    """What a process needs in order to go on importing, loading libraries and looking names up."""
    return {Path(each) for each in {*_SYSTEM_FOLDERS, sys.prefix, sys.base_prefix, *sys.path} - {"", "/"}}


def confine_to_reading(folders: Iterable[Path]) -> bool:
    """From now on this process can open files beneath ``folders`` for reading and no others.

    What is open already stays open. False when the kernel has no Landlock (before 5.13, or switched off).
    """
    return confine(reading=folders)


def confine(*, reading: Iterable[Path], writing: Iterable[Path] = ()) -> bool:
    """As ``confine_to_reading``; beneath ``writing`` files may be made, changed and removed, but not run.

    For the calling thread and the threads that it starts: call it before there are others.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    if version < 1:
        return False
    rights = (1 << _RIGHTS_OF_VERSION.get(version, _NEWEST_RIGHTS)) - 1
    ruleset = _Ruleset(rights)
    rules = libc.syscall(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(ctypes.sizeof(ruleset)), 0)
    _check(rules)
    try:
        for folders, allowed in ((reading, _READ), (writing, _WRITE)):
            for folder in folders:
                if folder.is_dir():
                    _allow(libc, rules, folder, allowed & rights)
        _check(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _check(libc.syscall(_RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)
    return True


def _allow(libc: ctypes.CDLL, rules: int, folder: Path, allowed: int) -> None:
    descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        beneath = _PathBeneath(allowed, descriptor)
        _check(libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, ctypes.byref(beneath), 0))
    finally:
        os.close(descriptor)


def _check(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
