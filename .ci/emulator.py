"""MiniStack on loopback, for as long as this process runs: `emulator.py COMMAND...` gives the command its address in CHAM_DYNAMODB.

Nothing is kept: what runs ends with this process, also when it is killed.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import boto3

REGION = "ap-southeast-1"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(what, seconds, done):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        found = done()
        if found:
            return found
        time.sleep(0.2)
    raise SystemExit(f"✗ after {seconds} s: {what}")


class Emulator:
    """MiniStack and all that it starts, in a process group of its own."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = tempfile.mkdtemp(prefix="cham-emulator-")
        # Nothing of the caller's AWS: neither its account nor its endpoints.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment = kept | {
            "BIND_HOST": "127.0.0.1",
            "IOT_MTLS_ENABLED": "0",
            "GATEWAY_PORT": str(self.port),
            # What it hands to the functions.
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "TMPDIR": self.folder,
            "HOME": self.folder,
        }
        self.log = open(os.path.join(self.folder, "log"), "w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            cwd=self.folder,
            env=environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        # Reads until this process is gone, however it went, and ends the group then.
        self.watchdog = subprocess.Popen(
            ["sh", "-c", 'cat > /dev/null; kill -9 "-$0" 2> /dev/null; rm -rf "$1"', str(self.process.pid), self.folder],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        wait_for("MiniStack answers", 60, self.answers)

    def answers(self):
        if self.process.poll() is not None:
            self.log.seek(0)
            raise SystemExit(self.log.read()[-4000:] + "\n✗ MiniStack ended")
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    def client(self, service):
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
        )

    def stop(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.watchdog.stdin.close()
        self.watchdog.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def main(command):
    emulator = Emulator()
    try:
        return subprocess.run(command, env=os.environ | {"CHAM_DYNAMODB": emulator.url}).returncode
    finally:
        emulator.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
