"""A program whose standard output is a full pipe that is set not to wait, as Node.js and ssh leave theirs."""

import os
import subprocess
import time


def output_to_a_full_pipe(command, end=""):
    """The exit code and what it wrote; with `end` it is stopped once it has written that."""
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    filled = 0
    try:
        while True:
            filled += os.write(theirs, b"x" * 4096)
    except BlockingIOError:
        pass
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.PIPE) as process:
        os.close(theirs)
        time.sleep(0.5)  # it meets the full pipe
        got = b""
        with open(ours, "rb", buffering=0) as reader:
            while part := reader.read(65536):
                got += part
                if end and got.endswith(end.encode()):
                    process.terminate()
        return process.wait(30), got[filled:].decode()
