"""Takes a process's own rights to files and networks away for good, by Landlock, before it reads hostile bytes.

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
_USE_DEVICE = _READ_FILE | _WRITE_FILE | 1 << 15
_OF_A_FILE = _EXECUTE | _READ_FILE | _WRITE_FILE | _TRUNCATE | 1 << 15
"""The others are of folders."""
_TCP = 1 << 0 | 1 << 1
"""To bind and to connect; since version 4."""
_OUTSIDE = 1 << 0 | 1 << 1
"""Abstract Unix sockets and signals of processes that are not confined with this one; since version 6."""
_RIGHTS_OF_VERSION = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_RIGHTS = 16


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


_SIZE_OF_VERSION = {1: 8, 2: 8, 3: 8, 4: 16, 5: 16}
"""Bytes of a ruleset that each kernel knows."""


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def program_folders() -> set[Path]:
    """What a process needs in order to go on importing, loading libraries and looking names up."""
    return {Path(each) for each in {*_SYSTEM_FOLDERS, sys.prefix, sys.base_prefix, *sys.path} - {"", "/"}}


def landlock_version() -> int:
    """Of the kernel; below 1 it has none."""
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION)))


def confine_to_reading(folders: Iterable[Path]) -> bool:
    """From now on this process can open ``folders`` (or files) and what is beneath for reading, and no others.

    What is open already stays open. False when the kernel has no Landlock (before 5.13, or switched off).
    """
    return confine(reading=folders)


def confine(
    *, reading: Iterable[Path], writing: Iterable[Path] = (), devices: Iterable[Path] = (), network: bool = True
) -> bool:
    """As ``confine_to_reading``; beneath ``writing`` files may be made, changed and removed, but not run.

    ``devices`` are opened and driven. Without ``network`` TCP is refused, and signals to processes outside, as far as
    the kernel can: from 6.7 and 6.12 on. UDP, and Unix sockets with a path, it cannot refuse. For the calling thread
    and the threads and programs that it starts: call it before there are others.
    """
    version = landlock_version()
    if version < 1:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    rights = (1 << _RIGHTS_OF_VERSION.get(version, _NEWEST_RIGHTS)) - 1
    refused = (0, 0) if network else (_TCP if version >= 4 else 0, _OUTSIDE if version >= 6 else 0)
    ruleset = _Ruleset(rights, *refused)
    size = _SIZE_OF_VERSION.get(version, ctypes.sizeof(ruleset))
    rules = libc.syscall(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), 0)
    _check(rules)
    try:
        for places, allowed in ((reading, _READ), (writing, _WRITE), (devices, _USE_DEVICE)):
            for place in places:
                if place.exists():
                    _allow(libc, rules, place, allowed & rights)
        _check(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _check(libc.syscall(_RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)
    return True


def _allow(libc: ctypes.CDLL, rules: int, place: Path, allowed: int) -> None:
    if not place.is_dir():
        allowed &= _OF_A_FILE
    descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        beneath = _PathBeneath(allowed, descriptor)
        _check(libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, ctypes.byref(beneath), 0))
    finally:
        os.close(descriptor)


def _check(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
