"""Measures how a function starts, what its first and its warm events take, and what it keeps: `python3 bench/start/run.py`.

Every round starts every row once, so that a busy machine meets all alike. A timing never fails; connections, sizes and memory do.
"""

import argparse
import io
import itertools
import os
import pathlib
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import zipfile

# Nothing is left inside the clone.
sys.dont_write_bytecode = True

import feed  # noqa: E402
from sandbox import Door, Sandbox  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
FUNCTIONS = ["webhook-intake", "journey-runner", "zns-dispatch", "console"]
RUST = ["hello", "bare-put", *FUNCTIONS]

# Design: what a function may take.
START_RATIO_MAX = 1.5
FIRST_RATIO_MAX = 1.5
PUT_RATIO_MAX = 1.3
ZIP_BYTES_MAX = 4 * 1024 * 1024
MEMORY_OVER_HELLO_MB_MAX = 12
# What 10,000 events may add to the peak after 100: pages that the allocator had not touched, caches that fill, no row per event.
MEMORY_GROWTH_MB_MAX = 2

# Warm events of one round; the median of them is the round's.
WARM = 20


def build(target):
    def cargo(*arguments):
        subprocess.run(["cargo", *arguments], cwd=feed.ROOT, env=os.environ | {"CARGO_TARGET_DIR": str(target)}, check=True)

    cargo("build", "--locked", "--release", "--bins", *itertools.chain.from_iterable(("-p", name) for name in RUST))
    # The engine, and who applies the tenant.
    cargo("build", "--locked", "--workspace", "--bins")


def install(cache):
    """Node's and Python's packages, outside the clone. The mark is made last: what was interrupted is made again."""
    pinned = (HERE / "node/package-lock.json").read_text() + (HERE / "python/requirements.txt").read_text()
    folder = cache / "bench-start"
    mark = folder / "installed"
    if mark.exists() and mark.read_text() == pinned:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "node").mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "venv", folder / "python"], check=True)
    pip = [folder / "python/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # Node's runtime client is compiled when it is installed, and asks for cmake.
    subprocess.run([*pip, "-r", HERE / "python/requirements.txt", "cmake==3.31.6"], check=True)
    if shutil.which("npm"):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "node" / name, folder / "node")
        path = f"{folder / 'python/bin'}:{os.environ['PATH']}"
        npm = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel", "error"]
        subprocess.run(npm, cwd=folder / "node", env=os.environ | {"PATH": path}, check=True)
        mark.write_text(pinned)
    return folder


class Row:
    """One thing that is started, and what was seen of it."""

    def __init__(self, name, command, folder, events, environment=None):
        self.name, self.command, self.folder = name, list(map(str, command)), str(folder)
        # Iterator of events, or None; with the check of an answer.
        self.events, self.environment = events, environment or {}
        self.start_ms, self.cpu_ms, self.rss_mb = [], [], []
        self.first_ms, self.warm_ms, self.warm_cpu_ms = [], [], []
        self.connections = self.requests = None
        self.instructions = None
        self.event_instructions = (None, None)
        self.peaks_mb = {}


def right(answer):
    """Whether an answer says that the work was done."""
    if isinstance(answer, dict) and "statusCode" in answer:
        return answer["statusCode"] in (200, 202, 303)
    return not isinstance(answer, dict) or answer.get("batchItemFailures", []) == []


class Bench:
    def __init__(self, arguments, folder):
        self.target = arguments.target
        self.rounds, self.events = arguments.rounds, arguments.events
        self.engine = feed.Engine(self.target / "debug")

        host, port = self.engine.database.split(":")
        self.stub, self.database, self.zalo = Door(), Door((host, int(port))), Door(answer=feed.accepted)
        self.sandbox = Sandbox([self.stub, self.database, self.zalo])
        self.orders = feed.orders()
        self.runs = tempfile.TemporaryDirectory(prefix="cham-bench-")
        rust = self.target / "release"
        node, python = folder / "node", folder / "python/bin/python"
        self.rows = [
            Row("hello", [rust / "hello"], self.runs.name, None),
            Row("bare-put", [rust / "bare-put"], self.runs.name, self.orders),
            Row("webhook-intake", [rust / "webhook-intake"], self.runs.name, self.orders),
            Row("journey-runner", [rust / "journey-runner"], self.runs.name, None),
            Row("zns-dispatch", [rust / "zns-dispatch"], self.runs.name, None),
            Row("console", [rust / "console"], self.runs.name, None),
        ]
        shutil.copy(HERE / "node/intake.mjs", node)
        # Beside its packages: Python keeps what it compiles next to it.
        shutil.copy(HERE / "python/intake.py", folder / "python")
        handler = {"_HANDLER": "intake.handler", "LAMBDA_TASK_ROOT": str(node)}
        client = node / "node_modules/aws-lambda-ric/index.mjs"
        if client.exists():
            self.rows.append(Row("Node", ["node", client, "intake.handler"], node, self.orders, handler))
        else:
            print("there is no npm here, and so no row for Node")
        self.rows.append(Row("Python", [python, "-m", "awslambdaric", "intake.handler"], folder / "python", self.orders))
        self.row = {row.name: row for row in self.rows}

    def start(self, row, database, zalo, before=()):
        """Starts a row against these addresses; nothing of the caller's AWS reaches it."""
        tables = {f"{name.upper()}_TABLE": f"cham-{feed.STAGE}-{name}" for name in
                  ("customers", "events", "notifications", "points", "rewards", "standings", "survey_results", "surveys", "tenants")}  # fmt: skip
        environment = tables | {
            "PATH": os.environ["PATH"],
            "AWS_REGION": "ap-southeast-1",
            "AWS_DEFAULT_REGION": "ap-southeast-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "AWS_SESSION_TOKEN": "session",
            "AWS_ENDPOINT_URL_DYNAMODB": database,
            "AWS_LAMBDA_FUNCTION_NAME": "bench",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/bench",
            "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "LOG_LEVEL": "info",
            "PUBLIC_URL": "https://cham.example.com",
            "SECRET": feed.SECRET,
            "ZALO_BUSINESS_URL": zalo,
            "ZALO_OA_URL": zalo,
        }
        log = open(os.path.join(self.runs.name, "log"), "w+")
        return self.sandbox.start([*before, *row.command], environment | row.environment, row.folder, log)

    def start_direct(self, row, before=()):
        self.start(row, f"http://{self.engine.database}", self.zalo.url, before)

    def send(self, row):
        took, answer = self.sandbox.send(next(row.events))
        if not right(answer):
            raise SystemExit(f"{row.name} answers {answer}: {self.sandbox.said()}")
        return took / 1e6

    def fill(self):
        """Peak memory, and with it the rows that the later functions work on: each takes what the one before it has stored."""
        spare = (self.rounds + 1) * (WARM + 1) + 60
        planned = lambda row: row.get("state", {}).get("S") == "planned"  # noqa: E731
        self.keep(self.row["hello"], itertools.repeat({"hello": "bench"}))
        self.keep(self.row["bare-put"], self.orders)
        before = {row["sk"]["S"] for row in self.engine.rows("events", lambda row: True)}
        self.keep(self.row["webhook-intake"], self.orders, 2 * spare)
        stored = self.engine.rows("events", lambda row: row["sk"]["S"] not in before)
        events = self.row["journey-runner"].events = feed.records("events", stored)
        self.keep(self.row["journey-runner"], events, spare)
        notifications = self.engine.rows("notifications", planned)
        events = self.row["zns-dispatch"].events = feed.records("notifications", notifications)
        self.keep(self.row["zns-dispatch"], events)
        sent = len(notifications) - len(self.engine.rows("notifications", planned))
        print(f"{len(stored)} events stored, {len(notifications)} notifications planned, {sent} sent", flush=True)
        console = self.row["console"]
        self.start_direct(console)
        _, answer = self.sandbox.send(feed.login(self.engine.key))
        self.sandbox.stop()
        console.events = itertools.repeat(feed.look(answer))
        self.keep(console, console.events)

    def keep(self, row, events, more=0):
        kept, row.events = row.events, events
        self.start_direct(row)
        for number in range(1, self.events + 1):
            self.send(row)
            if number in (100, self.events):
                row.peaks_mb[number] = self.sandbox.memory("VmHWM")
        for _ in range(more):
            self.send(row)
        self.sandbox.stop()
        row.events = kept

    def round(self, first):
        """Every row once, beginning with another one each time."""
        for row in self.rows[first:] + self.rows[:first]:
            row.start_ms.append(self.start(row, self.stub.url, self.stub.url) / 1e6)
            row.rss_mb.append(self.sandbox.memory("VmRSS"))
            row.cpu_ms.append(self.sandbox.stop())
            if row.events is None:
                continue
            self.start_direct(row)
            row.first_ms.append(self.send(row))
            before = self.sandbox.cpu()
            row.warm_ms.append(statistics.median(self.send(row) for _ in range(WARM)))
            row.warm_cpu_ms.append((self.sandbox.cpu() - before) / WARM / 1e6)
            self.sandbox.stop()

    def count(self, row):
        """Connections and requests after the first `/next`."""
        if row.events is None:
            return
        doors = (self.database, self.zalo)
        self.start(row, self.database.url, self.zalo.url)
        connections = sum(door.connections for door in doors)
        requests = [sum(door.requests for door in doors)]
        for _ in range(WARM):
            self.send(row)
            requests.append(sum(door.requests for door in doors))
        row.connections = sum(door.connections for door in doors) - connections
        row.requests = (requests[1] - requests[0], (requests[-1] - requests[1]) / (WARM - 1))
        self.sandbox.stop()

    def instructions(self, row):
        """Callgrind's: from exec to the first `/next`, those of the first event, and those of a warm one."""
        few = 10
        counts = []
        for events in (0, 1, 1 + few) if row.events else (0,):
            out = os.path.join(self.runs.name, "callgrind")
            self.start_direct(row, ("valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}"))
            for _ in range(events):
                self.send(row)
            # It writes what it has counted when it is asked to end.
            self.sandbox.stop(signal.SIGTERM)
            with open(out) as written:
                counts.append(int(next(line.split()[1] for line in written if line.startswith(("totals:", "summary:")))))
        row.instructions = counts[0]
        if len(counts) == 3:
            row.event_instructions = (counts[1] - counts[0], (counts[2] - counts[1]) / few)

    def size(self, name):
        binary, archive = self.target / "release" / name, io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
            zipped.write(binary, "bootstrap")
        return binary.stat().st_size, len(archive.getvalue())

    def run(self):
        self.fill()
        for number in range(self.rounds):
            self.round(number % len(self.rows))
            print(f"round {number + 1} of {self.rounds}", flush=True)
        for row in self.rows:
            self.count(row)
        if shutil.which("valgrind"):
            for row in self.rows:
                if row.name in RUST:
                    self.instructions(row)


def machine(rounds, events):
    model = platform.processor() or platform.machine()
    with open("/proc/cpuinfo") as info:
        model = next((line.split(": ")[1].strip() for line in info if line.startswith("model name")), model)
    load = os.getloadavg()[0]
    node = subprocess.run("node --version || echo none", shell=True, capture_output=True, text=True).stdout.strip()
    return (
        f"{os.cpu_count()} cores of {model}, Linux {platform.release()}, Node {node.lstrip('v')}, "
        f"Python {platform.python_version()}; {rounds} rounds, {events} events, load {load:.1f} at the end."
    )


def table(heads, rows):
    print()
    print("| " + " | ".join(heads) + " |")
    print("| --- |" + " ---: |" * (len(heads) - 1))
    for row in rows:
        print("| " + " | ".join("" if cell is None else str(cell) for cell in row) + " |")


def report(bench):
    middle, row = statistics.median, bench.row
    hello, put = row["hello"], row["bare-put"]
    start = {r.name: middle(r.start_ms) / middle(hello.start_ms) for r in bench.rows}
    start_min = {r.name: min(r.start_ms) / min(hello.start_ms) for r in bench.rows}
    print(f"\n{machine(bench.rounds, bench.events)}")
    millions = lambda count: None if count is None else f"{count / 1e6:.2f}"  # noqa: E731
    table(
        ["start to first `/next`", "median ms", "min ms", "x hello, median", "x hello, min", "CPU ms", "RSS MB", "M instructions"],
        [
            (r.name, f"{middle(r.start_ms):.1f}", f"{min(r.start_ms):.1f}", f"{start[r.name]:.2f}", f"{start_min[r.name]:.2f}",
             f"{middle(r.cpu_ms):.1f}", f"{middle(r.rss_mb):.1f}", millions(r.instructions))
            for r in bench.rows
        ],
    )  # fmt: skip
    met = [r for r in bench.rows if r.warm_ms]
    first = {r.name: middle(r.first_ms) / middle(r.warm_ms) for r in met}
    first_min = {r.name: min(r.first_ms) / min(r.warm_ms) for r in met}
    warm = {r.name: middle(r.warm_ms) / middle(put.warm_ms) for r in met}
    warm_min = {r.name: min(r.warm_ms) / min(put.warm_ms) for r in met}
    table(
        ["events", "first ms", "warm ms", "first x warm", "min", "warm CPU ms", "warm x bare put", "min", "requests, first", "requests, warm",
         "connections after the first `/next`", "M instructions, first", "M instructions, warm"],
        [
            (r.name, f"{middle(r.first_ms):.2f}", f"{middle(r.warm_ms):.2f}", f"{first[r.name]:.2f}", f"{first_min[r.name]:.2f}",
             f"{middle(r.warm_cpu_ms):.2f}", f"{warm[r.name]:.2f}" if r.events is bench.orders else None,
             f"{warm_min[r.name]:.2f}" if r.events is bench.orders else None, r.requests[0], f"{r.requests[1]:.1f}", r.connections,
             *map(millions, r.event_instructions))
            for r in met
        ],
    )  # fmt: skip
    sizes = {name: bench.size(name) for name in RUST}
    many = bench.events
    table(
        ["size and memory", "binary MB", "zipped MB", "peak MB after 100", f"peak MB after {many}", "over hello MB"],
        [
            (name, f"{sizes[name][0] / 1e6:.2f}", f"{sizes[name][1] / 1e6:.2f}", f"{row[name].peaks_mb[100]:.1f}",
             f"{row[name].peaks_mb[many]:.1f}", f"{row[name].peaks_mb[many] - hello.peaks_mb[many]:.1f}")
            for name in RUST
        ],
    )  # fmt: skip

    verdicts = []

    def judge(what, limit, measured, is_exact):
        """`measured`: by row, a number that may be as large as the limit."""
        for name, number in measured.items():
            reached = number <= limit
            verdicts.append((what, name, f"{limit:.5g}", f"{number:.3g}", "reached" if reached else "**not reached**"))
            if is_exact and not reached:
                failures.append(f"{name}: {what}: {number:.3g}, at most {limit:.5g}")

    failures = []
    of = lambda values, names=FUNCTIONS: {name: values[name] for name in names}  # noqa: E731
    grown = {name: row[name].peaks_mb[many] - row[name].peaks_mb[100] for name in FUNCTIONS}
    over = {name: row[name].peaks_mb[many] - hello.peaks_mb[many] for name in FUNCTIONS}
    # Timings by their minima: what else the machine did can only have made the others longer.
    judge("start, x hello", START_RATIO_MAX, of(start_min), False)
    judge("connections after the first `/next`", 0, {name: row[name].connections for name in FUNCTIONS}, True)
    judge("first event, x warm", FIRST_RATIO_MAX, of(first_min), False)
    judge("warm event, x bare put", PUT_RATIO_MAX, of(warm_min, ["webhook-intake"]), False)
    judge("zipped, bytes", ZIP_BYTES_MAX, {name: sizes[name][1] for name in FUNCTIONS}, True)
    judge("peak memory over hello, MB", MEMORY_OVER_HELLO_MB_MAX, over, True)
    judge(f"growth from 100 to {many} events, MB", MEMORY_GROWTH_MB_MAX, grown, True)
    table(["number", "row", "at most", "measured", ""], verdicts)
    return failures


def main():
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "cham-ci"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--events", type=int, default=10_000, help="events of the memory's second look, at least 100")
    parser.add_argument("--target", type=pathlib.Path, default=os.environ.get("CARGO_TARGET_DIR", feed.ROOT / "target"))
    parser.add_argument("--cache", type=pathlib.Path, default=os.environ.get("CHAM_CACHE", cache), help="where packages are kept")
    parser.add_argument("--built", action="store_true", help="builds nothing: target/release and target/debug are there")
    arguments = parser.parse_args()
    arguments.target, arguments.cache = pathlib.Path(arguments.target), pathlib.Path(arguments.cache)
    if not arguments.built:
        build(arguments.target)
    bench = Bench(arguments, install(arguments.cache))
    try:
        bench.run()
        failures = report(bench)
    finally:
        bench.engine.stop()
    if failures:
        sys.exit("\n" + "\n".join(f"✗ {failure}" for failure in failures))
    print("\n✓ what is exact holds")


if __name__ == "__main__":
    main()
