"""What stands around a function here: a Lambda Runtime API on loopback, ports whose connections are counted, and the process.

One thread waits on all sockets, so that nothing of the bench competes with itself. Only what a function needs of the API is there: the next
event, its answer or error, and an error of the init phase.
"""

import json
import os
import selectors
import signal
import socket
import subprocess
import time

DONE = b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

# Longest wait for a start, under valgrind too, and for an answer.
WAIT_S = 120

# A deadline that no event of the bench meets.
DEADLINE_MS = 10_000_000


class Failed(Exception):
    """A function ended, or answered what the bench cannot use."""


def listener():
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(64)
    return sock


def address(sock):
    return f"127.0.0.1:{sock.getsockname()[1]}"


class Request:
    """Bytes of one connection, until they are a whole HTTP request."""

    def __init__(self):
        self.bytes = b""

    def take(self):
        head, separator, rest = self.bytes.partition(b"\r\n\r\n")
        if not separator:
            return None
        line, *headers = head.split(b"\r\n")
        named = dict(header.lower().split(b": ", 1) for header in headers if b": " in header)
        if named.get(b"transfer-encoding") == b"chunked":
            body = b""
            while True:
                size, separator, rest = rest.partition(b"\r\n")
                if not separator:
                    return None
                size = int(size, 16)
                if len(rest) < size + 2:
                    return None
                body, rest = body + rest[:size], rest[size + 2 :]
                if size == 0:
                    break
        else:
            size = int(named.get(b"content-length", 0))
            if len(rest) < size:
                return None
            body, rest = rest[:size], rest[size:]
        self.bytes = rest
        method, path, _ = line.decode().split(" ")
        return method, path, body


class Door:
    """A port before another one, or one that answers by itself, which counts connections and requests."""

    def __init__(self, upstream=None, answer=lambda number: b"{}"):
        self.sock, self.upstream, self.answer, self.connections, self.requests = listener(), upstream, answer, 0, 0

    def answered(self):
        self.requests += 1
        body = self.answer(self.requests)
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    @property
    def url(self):
        return f"http://{address(self.sock)}"


    def drain(self):
        """Forgets who wanted to connect and has ended."""
        self.sock.setblocking(False)
        try:
            while True:
                self.sock.accept()[0].close()
        except BlockingIOError:
            self.sock.setblocking(True)


class Sandbox:
    """Runs one function at a time."""

    def __init__(self, doors=()):
        self.selector, self.doors = selectors.DefaultSelector(), doors
        for door in doors:
            self.selector.register(door.sock, selectors.EVENT_READ, lambda sock, door=door: self.enter(door))
        self.asked, self.waiting, self.process, self.number = [], None, None, 0

    def accept(self, _):
        sock, _ = self.api.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request = Request()

        def read(sock):
            data = self.received(sock)
            at = time.perf_counter_ns()
            request.bytes += data
            while (asked := request.take()) is not None:
                self.asked.append((at, sock, asked))

        self.selector.register(sock, selectors.EVENT_READ, read)

    def received(self, sock):
        try:
            data = sock.recv(1 << 20)
        except ConnectionResetError:
            data = b""
        if not data:
            self.selector.unregister(sock)
            sock.close()
        return data

    def enter(self, door):
        near, _ = door.sock.accept()
        door.connections += 1
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if door.upstream is None:
            request = Request()

            def answer(sock):
                request.bytes += self.received(sock)
                while request.take() is not None:
                    sock.sendall(door.answered())

            self.selector.register(near, selectors.EVENT_READ, answer)
            return
        far = socket.create_connection(door.upstream)
        far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for one, other in [(near, far), (far, near)]:

            def forward(sock, other=other):
                data = self.received(sock)
                door.requests += data.count(b" HTTP/1.1\r\n")
                try:
                    other.sendall(data) if data else other.shutdown(socket.SHUT_WR)
                except OSError:
                    pass

            self.selector.register(one, selectors.EVENT_READ, forward)

    def next_request(self):
        ends = time.monotonic() + WAIT_S
        while not self.asked:
            for key, _ in self.selector.select(0.5):
                key.data(key.fileobj)
            if not self.asked:
                if self.process.poll() is not None:
                    raise Failed(f"{self.command[0]} ended with {self.process.returncode}: {self.said()}")
                if time.monotonic() > ends:
                    raise Failed(f"{self.command[0]} says nothing: {self.said()}")
        return self.asked.pop(0)

    def said(self):
        self.log.seek(0)
        return self.log.read()[-2000:]

    def until_next(self):
        at, sock, (method, path, body) = self.next_request()
        if not path.endswith("/invocation/next"):
            raise Failed(f"{method} {path}: {body.decode()}")
        self.waiting = sock
        return at

    def start(self, command, environment, folder, log):
        """Starts a function; returns the nanoseconds until it asks for its first event."""
        self.command, self.log = command, log
        # A new one for each: a connection of the one before could still wait to be accepted.
        self.api = listener()
        self.selector.register(self.api, selectors.EVENT_READ, self.accept)
        environment = environment | {"AWS_LAMBDA_RUNTIME_API": address(self.api)}
        began = time.perf_counter_ns()
        self.process = subprocess.Popen(
            command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, close_fds=False
        )
        return self.until_next() - began

    def send(self, event):
        """Hands out one event; returns the nanoseconds until the answer and the answer."""
        self.number += 1
        payload = json.dumps(event, ensure_ascii=False).encode()
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-{self.number:012x}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {int(time.time() * 1000) + DEADLINE_MS}\r\n"
            "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:ap-southeast-1:123456789012:function:bench\r\n"
            "Lambda-Runtime-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0\r\n"
            f"Content-Length: {len(payload)}\r\n\r\n"
        )
        began = time.perf_counter_ns()
        self.waiting.sendall(head.encode() + payload)
        at, sock, (_, path, body) = self.next_request()
        sock.sendall(DONE)
        if not path.endswith("/response"):
            raise Failed(f"{self.command[0]}: {path}: {body.decode()}")
        self.until_next()
        return at - began, json.loads(body)

    def memory(self, field):
        """`VmRSS` or `VmHWM` of the process, in MB."""
        with open(f"/proc/{self.process.pid}/status") as status:
            kb = next(line.split()[1] for line in status if line.startswith(field))
        return int(kb) / 1024

    def cpu(self):
        """Nanoseconds that the process's threads have run."""
        total = 0
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{task}/schedstat") as stat:
                total += int(stat.read().split()[0])
        return total

    def stop(self, how=signal.SIGKILL):
        """Ends the function; returns the milliseconds of CPU that it has used in all."""
        self.process.send_signal(how)
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = status
        for key in list(self.selector.get_map().values()):
            if key.fileobj not in [door.sock for door in self.doors]:
                self.selector.unregister(key.fileobj)
                key.fileobj.close()
        for door in self.doors:
            door.drain()
        self.asked, self.waiting = [], None
        return (usage.ru_utime + usage.ru_stime) * 1000
