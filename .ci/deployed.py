"""Deploys infra/template.yaml with the real binaries, sends the recorded day, updates and deletes, and looks at what is left.

The AWS is MiniStack on loopback. It runs the zips as processes and enforces no IAM; TTL, point-in-time recovery and the key of a table read
back as off there, and a protected table is deleted all the same, so that the template's own tests say those. Nothing is kept: what runs ends with this process, also when it is killed.
"""

import argparse
import io
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile

from emulator import REGION, Emulator, free_port, wait_for

ROOT = pathlib.Path(__file__).resolve().parent.parent
TENANT = ROOT / "infra/local/demo/ca-phe-som"
BUCKET = "cham-artifacts"
TABLES = ["customers", "events", "notifications", "points", "rewards", "standings", "survey_results", "surveys", "tenants"]
# Where a function's code stands in the template.
CODE = re.compile(r"CodeUri: \.\./functions/([a-z-]+)/")
# What a stack waits for in vain, when all the rest is there.
NEVER = """
  Nobody:
    Type: AWS::CloudFormation::WaitConditionHandle
  Never:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: [EventsToJourneyRunner, NotificationsToZnsDispatch, PointsToPointsStandings, ConsoleRoute]
    Properties: {Handle: !Ref Nobody, Timeout: 1, Count: 1}

Outputs:
"""


def check(right, what):
    if not right:
        raise SystemExit(f"✗ {what}")
    print(f"  {what}")


class Stack:
    def __init__(self, emulator, stage, zalo_port):
        self.emulator, self.stage, self.zalo_port = emulator, stage, zalo_port
        self.name = f"cham-{stage}"
        self.cloudformation = emulator.client("cloudformation")
        self.changes = 0

    def change(self, kind, template, ends=None, **parameters):
        """One change set, carried out."""
        self.changes += 1
        zalo = f"http://127.0.0.1:{self.zalo_port}"
        parameters = {
            "Stage": self.stage,
            "Architecture": "x86_64",
            "ZaloBusinessUrl": zalo,
            "ZaloOaUrl": zalo,
            "ZaloOauthUrl": zalo,
        } | parameters
        named = {"StackName": self.name, "ChangeSetName": f"change-{self.changes}"}
        self.cloudformation.create_change_set(
            **named,
            ChangeSetType=kind,
            TemplateURL=self.stored(template),
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )
        wait_for(
            f"the change set of {self.name} is made",
            60,
            lambda: self.cloudformation.describe_change_set(**named)["Status"] == "CREATE_COMPLETE",
        )
        self.cloudformation.execute_change_set(**named)
        status = wait_for(f"{self.name} is {kind.lower()}d", 120, self.settled)
        check(status == (ends or f"{kind}_COMPLETE"), f"{self.name}: {status}")

    def settled(self):
        status = self.describe()["StackStatus"]
        return None if status.endswith("IN_PROGRESS") else status

    def describe(self):
        return self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]

    def output(self, key):
        return {output["OutputKey"]: output["OutputValue"] for output in self.describe()["Outputs"]}[key]

    def host(self):
        return self.output("DomainUrl").split("/")[2]

    def stored(self, template):
        """Where the template can be read: a body of its own may have 51,200 bytes, and ours has more."""
        self.emulator.client("s3").put_object(Bucket=BUCKET, Key="template.yaml", Body=template.encode())
        return f"{self.emulator.url}/{BUCKET}/template.yaml"

    def resources(self):
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return [resource for page in pages for resource in page["StackResourceSummaries"]]

    def delete(self):
        self.cloudformation.delete_stack(StackName=self.name)

        def gone():
            try:
                return self.describe()["StackStatus"] == "DELETE_COMPLETE"
            except self.cloudformation.exceptions.ClientError:
                return True

        wait_for(f"{self.name} is deleted", 120, gone)


def uploaded(emulator, target):
    """The template, with the zips of the release binaries where it names folders."""
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})

    def upload(found):
        function, archive = found.group(1), io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            zipped.writestr(entry, (target / "release" / function).read_bytes(), zipfile.ZIP_DEFLATED)
        s3.put_object(Bucket=BUCKET, Key=f"{function}.zip", Body=archive.getvalue())
        return f"CodeUri: s3://{BUCKET}/{function}.zip"

    template, count = CODE.subn(upload, (ROOT / "infra/template.yaml").read_text())
    check(count == len(list(ROOT.glob("functions/*/Cargo.toml"))), f"{count} functions, each with its binary")
    return template


def run(*command):
    print("$", " ".join(map(str, command[:1])).split("/")[-1], *command[1:])
    if subprocess.run(list(map(str, command))).returncode != 0:
        raise SystemExit(f"✗ {command[0]} failed")


def apply_tenant(emulator, stack, target):
    folder = pathlib.Path(emulator.folder) / "tenant"
    shutil.copytree(TENANT, folder)
    with open(folder / "secrets.yaml", "a") as secrets:
        secrets.write(f"\nalert_url: http://127.0.0.1:{stack.zalo_port}/alerts\n")
    cham = [target / "debug/cham", "--stage", stack.stage, "--endpoint", emulator.url, "--by", "deployment"]
    run(*cham, "tenant", "check", folder)
    run(*cham, "tenant", "apply", folder, "--activate", "all")
    run(*cham, "vouchers", "import", "ca-phe-som", "hoi-gia", folder / "vouchers/hoi-gia.csv")


def items(emulator, stage):
    """How many rows each table has."""
    dynamodb = emulator.client("dynamodb")
    counts = {}
    for table in TABLES:
        pages = dynamodb.get_paginator("scan").paginate(TableName=f"cham-{stage}-{table}", Select="COUNT")
        counts[table] = sum(page["Count"] for page in pages)
    return counts


def declared(emulator, stack):
    """What linters and CREATE_COMPLETE say nothing about: that the parts are there as declared."""
    functions = emulator.client("lambda")
    prefix = f"{stack.name}-"
    names = [f["FunctionName"] for f in functions.list_functions()["Functions"] if f["FunctionName"].startswith(prefix)]
    check(len(names) == len(list(ROOT.glob("functions/*"))) - 1, f"functions: {', '.join(sorted(names))}")
    for name in names:
        settings = functions.get_function_configuration(FunctionName=name)
        right = settings["Runtime"] == "provided.al2023" and settings["LoggingConfig"]["LogFormat"] == "JSON"
        check(right, f"{name}: provided.al2023, logs as JSON")
    mappings = [m for m in functions.list_event_source_mappings()["EventSourceMappings"] if prefix in m["FunctionArn"]]
    check(len(mappings) == 4, "four streams lead to functions")
    for mapping in mappings:
        right = (
            mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
            and mapping["BisectBatchOnFunctionError"]
            and mapping["FilterCriteria"]["Filters"]
        )
        check(right, f"{mapping['FunctionArn'].split(':')[-1]}: partial failures, bisected, filtered")
    schedules = emulator.client("scheduler").list_schedules()["Schedules"]
    minutes = [s["Name"] for s in schedules if s["Name"].startswith(prefix)]
    check(len(minutes) == 5, f"schedules: {', '.join(sorted(minutes))}")
    api = stack.host().split(".")[0]
    routes = [r["RouteKey"] for r in emulator.client("apigatewayv2").get_routes(ApiId=api)["Items"]]
    written = re.findall(r"RouteKey: (.+)", (ROOT / "infra/template.yaml").read_text())
    check(sorted(routes) == sorted(written), f"{len(routes)} routes")


def left(emulator, stage):
    """Everything named after a stage that still exists, its tables apart."""
    prefix, found = f"cham-{stage}-", []
    found += [f["FunctionName"] for f in emulator.client("lambda").list_functions()["Functions"]]
    found += [s["Name"] for s in emulator.client("scheduler").list_schedules()["Schedules"]]
    found += [r["RoleName"] for r in emulator.client("iam").list_roles()["Roles"]]
    found += [a["AlarmName"] for a in emulator.client("cloudwatch").describe_alarms()["MetricAlarms"]]
    found += [a["Name"] + "-" for a in emulator.client("apigatewayv2").get_apis()["Items"]]
    found += [d["DashboardName"] + "-" for d in emulator.client("cloudwatch").list_dashboards()["DashboardEntries"]]
    filters = emulator.client("logs").describe_metric_filters()["metricFilters"]
    found += [f["metricTransformations"][0]["metricNamespace"] + "-" for f in filters]
    groups = emulator.client("logs").describe_log_groups()["logGroups"]
    found += [group["logGroupName"].rsplit("/", 1)[-1] + "-" for group in groups]
    mappings = emulator.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    found += [mapping["FunctionArn"].split(":")[-1] for mapping in mappings]
    return sorted(name for name in found if name.startswith(prefix))


def keys(emulator, stage):
    """The keys of the tables of a stage that are not on their way out."""
    kms = emulator.client("kms")
    found = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    return [k["Arn"] for k in found if k["Description"] == f"Tables of cham-{stage}" and k["KeyState"] == "Enabled"]


def tables(emulator, stage):
    names = emulator.client("dynamodb").list_tables()["TableNames"]
    return sorted(name for name in names if name.startswith(f"cham-{stage}-"))


def own_key(emulator, stack):
    """What the size standard adds."""
    found = keys(emulator, stack.stage)
    check(len(found) == 1, "one key")
    check(emulator.client("kms").get_key_rotation_status(KeyId=found[0])["KeyRotationEnabled"], "it is rotated")
    boards = [d["DashboardName"] for d in emulator.client("cloudwatch").list_dashboards()["DashboardEntries"]]
    check(boards == [stack.name], "one dashboard")


def failed_at_first(emulator, template, zalo_port):
    """A very first deployment that fails, and the one after it."""
    stack = Stack(emulator, "three", zalo_port)
    broken = template.replace("\nOutputs:\n", NEVER)
    check(broken != template, "something in it never comes about")
    stack.change("CREATE", broken, ends="ROLLBACK_COMPLETE", TableProtection="off")
    check(tables(emulator, "three") == [], "it takes its tables back")
    stack.delete()
    stack.change("CREATE", template, TableProtection="off")
    stack.change("UPDATE", template, TableProtection="on")
    dynamodb = emulator.client("dynamodb")
    described = [dynamodb.describe_table(TableName=name)["Table"] for name in tables(emulator, "three")]
    protected = [table["TableName"] for table in described if table["DeletionProtectionEnabled"]]
    check(len(protected) == len(TABLES), "the next one succeeds, and its tables are protected")
    stack.delete()
    check(len(tables(emulator, "three")) == len(TABLES), "and stay")


def deploy(target):
    began = time.monotonic()
    emulator, zalo_port = Emulator(), free_port()
    try:
        template = uploaded(emulator, target)
        stack = Stack(emulator, "one", zalo_port)
        stack.change("CREATE", template)
        print(f"{len(stack.resources())} resources after {time.monotonic() - began:.1f} s")
        declared(emulator, stack)
        apply_tenant(emulator, stack, target)
        run(
            target / "debug/cham-local", "deployed",
            "--api", emulator.url, "--host", stack.host(), "--database", emulator.url,
            "--stage", stack.stage, "--zalo-port", zalo_port,
        )  # fmt: skip

        print("Update")
        before = items(emulator, "one")
        stack.change("UPDATE", template, LogLevel="DEBUG")
        level = emulator.client("lambda").get_function_configuration(FunctionName="cham-one-zns-dispatch")
        check(level["Environment"]["Variables"]["LOG_LEVEL"] == "DEBUG", "the functions have the new parameter")
        check(items(emulator, "one") == before, f"no row is lost: {json.dumps(before)}")

        print("A second stage beside it")
        other = Stack(emulator, "two", zalo_port)
        other.change("CREATE", template, Size="standard")
        own_key(emulator, other)
        check(keys(emulator, "one") == [], "the first, of size small, has no key to pay for")
        check(other.host() != stack.host(), "it has an API of its own")
        check(sum(items(emulator, "two").values()) == 0, "its tables are empty")
        check(items(emulator, "one") == before, "the first keeps its rows")

        print("Delete")
        other.delete()
        check(left(emulator, "two") == [], "of the second stage nothing is left but tables and their key")
        check(len(keys(emulator, "two")) == 1, "without the key nobody could read them")
        check(len(left(emulator, "one")) > 0, "the first is still there")
        stack.delete()
        check(left(emulator, "one") == [], "of the first stage nothing is left but tables")
        check(items(emulator, "one") == before, "the tables of a deleted stack keep every row")

        print("A first deployment that fails")
        failed_at_first(emulator, template, zalo_port)
    finally:
        emulator.stop()
    print(f"✓ deployed, played, updated and deleted in {time.monotonic() - began:.0f} s")


def alive(group):
    listed = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if line.split()[0] == str(group) and "Z" not in line.split()[1]]


def kill(target):
    """Kills a deployment in its middle and looks for what is left of it."""
    child = subprocess.Popen([sys.executable, __file__, str(target), "--until-created"], stdout=subprocess.PIPE, text=True)
    said = next(line for line in child.stdout if line.startswith("created "))
    _, group, port, folder = said.split()
    check(len(alive(group)) > 1, "the emulator and functions run")
    child.kill()
    wait_for("nothing of it runs", 10, lambda: not alive(group))
    with socket.socket() as one:
        check(one.connect_ex(("127.0.0.1", int(port))) != 0, "nobody listens")
    wait_for("its folder is gone", 10, lambda: not os.path.exists(folder))
    print("✓ killed in the middle, and nothing is left")


def until_created(target):
    emulator = Emulator()
    stack = Stack(emulator, "one", free_port())
    stack.change("CREATE", uploaded(emulator, target))
    # One request, so that a function runs.
    subprocess.run(["curl", "-s", "-o", "/dev/null", "-H", f"Host: {stack.host()}", emulator.url + "/"], check=True)
    print("created", emulator.process.pid, emulator.port, emulator.folder, flush=True)
    signal.pause()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("target", type=pathlib.Path, help="cargo's target directory, with release/ and debug/")
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--until-created", action="store_true")
    arguments = parser.parse_args()
    if arguments.kill:
        kill(arguments.target)
    elif arguments.until_created:
        until_created(arguments.target)
    else:
        deploy(arguments.target)
