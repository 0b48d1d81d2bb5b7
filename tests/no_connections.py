"""Run a program that the kernel kills when it, or a child of it, opens a connection.

python no_connections.py PROGRAM [ARGUMENT ...]

A filter of system calls sees what compiled code does, too. To listen is allowed.
"""

import ctypes
import os
import platform
import struct
import sys

# By machine: what the kernel calls its architecture, and its number of connect().
CONNECT = {"x86_64": (0xC000003E, 42), "aarch64": (0xC00000B7, 203)}
CAN_WATCH = sys.platform == "linux" and platform.machine() in CONNECT

PR_SET_SECCOMP, SECCOMP_MODE_FILTER, PR_SET_NO_NEW_PRIVS = 22, 2, 38
KILL_PROCESS, ALLOW = 0x80000000, 0x7FFF0000
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
OFFSET_OF_NUMBER, OFFSET_OF_ARCHITECTURE = 0, 4


def refuse_connections() -> None:
    """Install the filter, which neither fork nor exec takes away."""
    architecture, connect = CONNECT[platform.machine()]
    # Code, lines to skip if equal, lines to skip if not, operand.
    lines = [
        (LOAD, 0, 0, OFFSET_OF_ARCHITECTURE),
        (JUMP_IF_EQUAL, 0, 2, architecture),
        (LOAD, 0, 0, OFFSET_OF_NUMBER),
        (JUMP_IF_EQUAL, 1, 0, connect),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, KILL_PROCESS),
    ]
    code = b"".join(struct.pack("HBBI", *line) for line in lines)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(lines), ctypes.addressof(buffer))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    for arguments in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0),
    ):
        if prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    refuse_connections()
    os.execvp(sys.argv[1], sys.argv[1:])
