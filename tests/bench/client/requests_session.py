"""The same HTTP with a requests.Session, sequentially: what B2HANDLE stands on, without B2HANDLE.

Reads one JSON object a line: first the site, then what to measure; writes one JSON object a line."""

import base64
import json
import resource
import sys
import time
import urllib.parse

import requests


def main():
    site = json.loads(sys.stdin.readline())
    session = requests.Session()
    session.trust_env = False
    path = "/api/handles/" + site["handle"]
    user = urllib.parse.quote(site["identity"], safe="") + ":" + site["password"]
    authorization = "Basic " + base64.b64encode(user.encode()).decode()

    def read(origin):
        headers = {"Accept": "application/json"}
        return session.get(origin + path, headers=headers, verify=site["caFile"]).json()

    def modify(origin):
        present = next(value for value in read(origin)["values"] if value["index"] == 2)
        value = {**present, "data": {"format": "string", "value": site["newEmail"]}}
        headers = {"Content-Type": "application/json", "Authorization": authorization}
        return session.put(
            origin + path + "?index=2&overwrite=true",
            data=json.dumps({"values": [value]}),
            headers=headers,
            verify=site["caFile"],
            allow_redirects=False,
        ).json()

    operations = {
        "read http": lambda: read(site["http"]),
        "read https": lambda: read(site["https"]),
        "modify http": lambda: modify(site["http"]),
        "modify https": lambda: modify(site["https"]),
    }
    for run in operations.values():
        run()
    versions = "CPython %d.%d.%d, requests %s" % (*sys.version_info[:3], requests.__version__)
    say({"operations": list(operations), "versions": versions})
    for line in sys.stdin:
        wanted = json.loads(line)
        say(measure(operations[wanted["operation"]], wanted["seconds"]))


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measure(run, seconds):
    latencies = []
    before = cpu_seconds()
    began = at = time.perf_counter()
    while at < began + seconds:
        run()
        done = time.perf_counter()
        latencies.append(done - at)
        at = done
    cpu = cpu_seconds() - before
    latencies.sort()
    count = len(latencies)
    return {
        "rate": count / (at - began),
        "cpu": cpu * 1e6 / count,
        "p50": latencies[count // 2] * 1e3,
        "p99": latencies[min(count - 1, int(count * 0.99))] * 1e3,
    }


def say(message):
    print(json.dumps(message), flush=True)


main()
