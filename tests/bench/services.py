# SPDX-License-Identifier: ISC
"""What the benchmark starts: every process of it ends with the benchmark."""
import collections
import contextlib
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


def end(*_):
    """Ends the benchmark; a second signal does not disturb that."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    sys.exit("bench: ended")


@contextlib.contextmanager
def uninterrupted():
    """Puts signals off, so that no process has been started that is not known yet."""
    late = []
    before = {number: signal.signal(number, lambda *_: late.append(True)) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if late:
            end()


def find(*names):
    """The first of the programs that there is; Debian keeps servers off the users' PATH."""
    path = os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin"
    return next((found for found in (shutil.which(name, path=path) for name in names) if found),
                None)


def output(*command):
    """What a command prints, or nothing where it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def runs(*command):
    """Whether a command succeeds."""
    return command[0] and subprocess.run(command, capture_output=True, check=False).returncode == 0


def free_port():
    """A TCP port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """A process in a session of its own, with all that it starts. Its log is directory/name.log."""

    started = []

    def __init__(self, directory, name, command, env=None):
        with uninterrupted(), open(f"{directory}/{name}.log", "w", encoding="utf-8") as log:
            # pylint: disable=consider-using-with  # stop_all() ends it
            self.process = subprocess.Popen(
                command, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)
            self.name = name
            Service.started.append(self)

    def wait_for(self, address):
        """Until it listens: a port, or a socket's path."""
        family = socket.AF_INET if isinstance(address, int) else socket.AF_UNIX
        for _ in range(400):
            with socket.socket(family) as probe:
                if probe.connect_ex(("127.0.0.1", address) if family == socket.AF_INET
                                    else address) == 0:
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit(f"bench: {self.name} does not start")

    def succeeds(self):
        """Waits until it has ended by itself. Returns whether it has succeeded."""
        status = self.process.wait()
        Service.started.remove(self)
        return status == 0

    def stop(self):
        """Ends it; PostgreSQL takes SIGINT for a fast shutdown."""
        self.process.send_signal(signal.SIGINT if self.name == "postgres" else signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @classmethod
    def stop_all(cls):
        """Ends them, the last one first."""
        with uninterrupted():
            while cls.started:
                cls.started.pop().stop()


def processes(services):
    """They and their descendants: (process id, fields of /proc/PID/stat after the name)."""
    fields, children = {}, collections.defaultdict(list)
    for stat in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError), open(stat, encoding="utf-8") as file:
            pid = int(stat.split("/")[2])
            fields[pid] = file.read().rpartition(")")[2].split()
            children[int(fields[pid][1])].append(pid)
    found = [service.process.pid for service in services]
    for pid in found:
        found += children[pid]
    return [(pid, fields[pid]) for pid in found if pid in fields]


def cpu(services):
    """CPU seconds so far, with those of their ended children."""
    ticks = sum(int(field) for _, fields in processes(services) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(service):
    """What it holds, in MB; what several processes share counts once (Pss)."""
    total = 0
    for pid, _ in processes([service]):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup",
                                                encoding="utf-8") as lines:
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024
