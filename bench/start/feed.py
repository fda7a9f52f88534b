"""What the functions work on here: the embedded engine with tables and a tenant of the bench's own, and events for each function.

The tables stand beside the ones that `cham-local` itself works on, so that its own functions do not take the events away.
"""

import base64
import hashlib
import hmac
import http.client
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
TENANT = "ca-phe-som"
SECRET = "whsec_ZGF5LXN0YW5kYXJkLXdlYmhvb2tzLXNlY3JldC0zMmI="
STAGE = "bench"

# Every order is told about, at any hour: one message for each event.
RULE = """
- id: bench
  on: order.created
  within: 24h
  then:
    - id: tell
      notify:
        template: payment-received
        channels: [zns-phone]
        params:
          customer_name: "{{ order.customer_name | default('bạn') }}"
          order_id: "{{ order.id }}"
          amount_vnd: "{{ order.amount_vnd }}"
"""


class Engine:
    """`cham-local`, for its database."""

    def __init__(self, programs):
        self.programs = programs
        self.process = subprocess.Popen([programs / "cham-local", "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
        said = ""
        for line in self.process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        self.database = re.search(r"http://(\S+) +DynamoDB", said).group(1)
        self.connection = http.client.HTTPConnection(self.database)
        for table in self.call("ListTables")["TableNames"]:
            self.copy(table)
        self.apply_tenant()

    def call(self, operation, **body):
        headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        self.connection.request("POST", "/", json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{operation}: {text.decode()}")
        return json.loads(text)

    def copy(self, table):
        made = self.call("DescribeTable", TableName=table)["Table"]
        kept = {name: made[name] for name in ("AttributeDefinitions", "KeySchema")}
        indexes = made.get("GlobalSecondaryIndexes", [])
        if indexes:
            names = ("IndexName", "KeySchema", "Projection")
            kept["GlobalSecondaryIndexes"] = [{name: index[name] for name in names} for index in indexes]
        self.call("CreateTable", TableName=table.replace("-dev-", f"-{STAGE}-"), BillingMode="PAY_PER_REQUEST", **kept)

    def cham(self, *arguments):
        command = [self.programs / "cham", "--stage", STAGE, "--endpoint", f"http://{self.database}", "--by", "bench"]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"cham {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
        return done.stdout

    def apply_tenant(self):
        with tempfile.TemporaryDirectory(prefix="cham-bench-") as folder:
            tenant = pathlib.Path(folder) / "tenant"
            shutil.copytree(ROOT / "infra/local/demo" / TENANT, tenant)
            with open(tenant / "rules.yaml", "a") as rules:
                rules.write(RULE)
            with open(tenant / "secrets.yaml", "a") as secrets:
                secrets.write("\nalert_url: http://127.0.0.1:9/alerts\n")
            self.cham("tenant", "apply", tenant, "--activate", "all")
        self.key = re.search(r"cham_\S+", self.cham("keys", "add", TENANT, "--name", "bench", "--scope", "console")).group()

    def rows(self, table, wanted):
        """All rows of a table that `wanted` takes, as the API writes them."""
        found, page = [], {}
        while True:
            page = self.call("Scan", TableName=f"cham-{STAGE}-{table}", **page)
            found += [row for row in page["Items"] if wanted(row)]
            if "LastEvaluatedKey" not in page:
                return found
            page = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def stop(self):
        self.connection.close()
        self.process.terminate()
        self.process.wait()


def request(route, path, headers, body="", cookies=(), parameters=None):
    """An event as API Gateway sends it for an HTTP request."""
    method = route.split(" ")[0]
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "pathParameters": parameters or {},
        "cookies": list(cookies),
        "headers": {"host": "bench.execute-api.ap-southeast-1.amazonaws.com", **headers},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "bench",
            "domainName": "bench.execute-api.ap-southeast-1.amazonaws.com",
            "domainPrefix": "bench",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": "bench"},
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route,
            "stage": "$default",
            "time": "20/Nov/2026:01:20:00 +0000",
            "timeEpoch": 1795137600000,
        },
        "body": body,
        "isBase64Encoded": False,
    }


def orders():
    """Orders of the business's own system, each of another customer, signed as they are taken."""
    number = 0
    while True:
        number += 1
        now = time.time()
        data = {
            "order_id": f"DH{number % 10_000:04}",
            "phone": f"09{number:08}",
            "amount_vnd": 350_000,
            "customer_name": "Nguyễn Thị Lan",
            "product_type": "coffee-machine",
            "product_name": "Máy pha Sớm Mini",
        }
        # With its milliseconds: before the rules were applied, if only in the same second, nothing is told.
        timestamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03}Z"
        body = json.dumps({"type": "order.created", "timestamp": timestamp, "data": data}, ensure_ascii=False, separators=(",", ":"))
        event_id, seconds = f"msg_bench_{number:08}", str(int(now))
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        mac = hmac.digest(key, f"{event_id}.{seconds}.{body}".encode(), hashlib.sha256)
        headers = {
            "content-type": "application/json",
            "webhook-id": event_id,
            "webhook-timestamp": seconds,
            "webhook-signature": "v1," + base64.b64encode(mac).decode(),
        }
        yield request("POST /v1/{tenant}/events", f"/v1/{TENANT}/events", headers, body, parameters={"tenant": TENANT})


def login(key):
    """The form that exchanges a key for the console's cookie."""
    form = urllib.parse.urlencode({"tenant": TENANT, "key": key})
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return request("POST /console/{page+}", "/console/login", headers, form, parameters={"page": "login"})


def look(answer):
    """A look at the rules by who was answered this at the login. The overview counts what the bench has left behind, and so grows."""
    cookies = [cookie.split(";")[0] for cookie in answer["cookies"]]
    return request("GET /console/{page+}", "/console/rules", {}, cookies=cookies, parameters={"page": "rules"})


def accepted(number):
    """What Zalo says when it has taken a message."""
    data = {"msg_id": f"bench{number:08}", "sent_time": str(int(time.time() * 1000)), "sending_mode": "1"}
    data["quota"] = {"dailyQuota": "1000000", "remainingQuota": "999999"}
    return json.dumps({"error": 0, "message": "Success", "data": data}).encode()


def records(table, rows):
    """Stream batches of one new row each."""
    for number, row in enumerate(rows):
        keys = {name: row[name] for name in ("pk", "sk") if name in row and (table == "events" or name == "pk")}
        change = {
            "ApproximateCreationDateTime": int(time.time()),
            "Keys": keys,
            "NewImage": row,
            "SequenceNumber": f"{number + 1:021}",
            "SizeBytes": 500,
            "StreamViewType": "NEW_IMAGE",
        }
        record = {
            "eventID": f"{number:032x}",
            "eventName": "INSERT",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "ap-southeast-1",
            "dynamodb": change,
            "eventSourceARN": f"arn:aws:dynamodb:ap-southeast-1:123456789012:table/cham-{STAGE}-{table}/stream/2026-11-20T00:00:00.000",
        }
        yield {"Records": [record]}
