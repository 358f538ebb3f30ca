import type { ServiceEvent } from "@handlekit/service";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createMetrics, type MetricSources } from "../src/observe/metrics.ts";

const EVENT: ServiceEvent = {
  id: "x-1",
  route: "/api/handles/{handle}",
  method: "GET",
  path: "/",
  remoteAddress: undefined,
  identity: undefined,
  scheme: undefined,
  account: undefined,
  failedLogin: undefined,
  handle: undefined,
  status: 200,
  responseCode: 1,
  reason: undefined,
  milliseconds: 2,
  bytes: 10,
};

const STORE = {
  reads: 10,
  cacheHits: 4,
  cacheBytes: 2000,
  groups: 3,
  writes: 7,
  failedGroups: 1,
  writeMilliseconds: 1500,
};

const create = (more: Partial<MetricSources> = {}) =>
  createMetrics({
    store: () => STORE,
    auditEntries: async () => 5,
    connections: () => ({ open: 2, refused: { maxConnections: 0, maxConnectionsPerAddress: 6 } }),
    log: () => ({ lines: { debug: 0, info: 8, warn: 9, error: 0 }, lost: 1 }),
    certificateExpires: () => 1_800_000_000_000,
    ...more,
  });

it("counts requests by route, method and response, with a histogram of their time", async () => {
  const { observe, text } = create();
  for (const each of [{}, { milliseconds: 700 }, { status: 404, responseCode: 100 }, { method: "BREW" }]) {
    observe({ ...EVENT, ...each });
  }
  observe({ ...EVENT, route: undefined, status: 414, responseCode: undefined });
  // Reading does not count.
  await text();
  const lines = (await text()).split("\n");
  const labels = (method: string, status: number, code: string) =>
    `hdl_requests_total{route="/api/handles/{handle}",method="${method}",status="${status}",response_code="${code}"}`;
  expect(lines).toContain(`${labels("GET", 200, "1")} 2`);
  expect(lines).toContain(`${labels("GET", 404, "100")} 1`);
  expect(lines).toContain(`${labels("other", 200, "1")} 1`);
  expect(lines).toContain(
    'hdl_requests_total{route="none",method="GET",status="414",response_code="none"} 1',
  );
  expect(lines).toContain('hdl_request_duration_seconds_bucket{le="0.5",route="/api/handles/{handle}"} 3');
  expect(lines).toContain('hdl_request_duration_seconds_bucket{le="1",route="/api/handles/{handle}"} 4');
  expect(lines).toContain('hdl_request_duration_seconds_count{route="/api/handles/{handle}"} 4');
});

it("counts logins by scheme and outcome", async () => {
  const { observe, text } = create();
  const failedLogin = { scheme: "basic", identity: "300:1/a", reason: "x" };
  observe({ ...EVENT, scheme: "session" });
  observe({ ...EVENT, failedLogin });
  observe({ ...EVENT, failedLogin: { ...failedLogin, throttled: true } });
  observe({ ...EVENT, failedLogin: { ...failedLogin, scheme: undefined } });
  observe(EVENT);
  const found = (await text()).split("\n").filter((line) => line.startsWith("hdl_logins_total"));
  expect(found.sort()).toEqual([
    'hdl_logins_total{scheme="basic",outcome="failed"} 1',
    'hdl_logins_total{scheme="basic",outcome="throttled"} 1',
    'hdl_logins_total{scheme="other",outcome="failed"} 1',
    'hdl_logins_total{scheme="session",outcome="accepted"} 1',
  ]);
});

it("shows the numbers of store, audit, connections, log, certificate and process", async () => {
  const { text } = create();
  await text();
  const lines = (await text()).split("\n");
  for (const line of [
    "hdl_store_reads_total 10",
    "hdl_store_cache_hits_total 4",
    "hdl_store_cache_bytes 2000",
    "hdl_store_groups_total 3",
    "hdl_store_writes_total 7",
    "hdl_store_failed_groups_total 1",
    "hdl_store_write_seconds_total 1.5",
    "hdl_audit_entries_total 5",
    "hdl_connections_open 2",
    'hdl_connections_refused_total{setting="maxConnectionsPerAddress"} 6',
    'hdl_log_lines_total{level="warn"} 9',
    "hdl_log_lines_lost_total 1",
    "hdl_certificate_expiry_timestamp_seconds 1800000000",
  ]) {
    expect(lines).toContain(line);
  }
  for (const name of ["process_resident_memory_bytes", "nodejs_eventloop_lag_p99_seconds", "process_cpu_"]) {
    expect(lines.some((line) => line.startsWith(name))).toBe(true);
  }
});

it("shows the connections of a database, and its other numbers while the audit cannot be read", async () => {
  let entries: number | undefined = 5;
  const { text } = create({
    store: () => ({ ...STORE, connections: { open: 4, inUse: 3, waiting: 2 } }),
    auditEntries: async () => entries,
  });
  await text();
  entries = undefined;
  const lines = (await text()).split("\n");
  expect(lines).toContain("hdl_store_connections_open 4");
  expect(lines).toContain("hdl_store_connections_in_use 3");
  expect(lines).toContain("hdl_store_connections_waiting 2");
  expect(lines).toContain("hdl_audit_entries_total 5");
  expect(await create().text()).not.toContain("hdl_store_connections");
});

it("has no label that a client chose, and so a bounded number of lines", async () => {
  const { observe, text } = create();
  const chosen = fc.string({ minLength: 8 }).map((each) => `mark${each}`);
  fc.assert(
    fc.property(chosen, fc.boolean(), (mark, isKnown) => {
      observe({
        ...EVENT,
        method: isKnown ? "GET" : mark,
        path: mark,
        handle: mark,
        account: mark,
        reason: mark,
        remoteAddress: mark,
        identity: { index: 1, handle: mark },
        scheme: "basic",
        failedLogin: { scheme: "basic", identity: mark, reason: mark },
      });
    }),
  );
  const shown = await text();
  expect(shown).not.toContain("mark");
  expect(shown.split("\n").filter((line) => line.startsWith("hdl_requests_total")).length).toBe(2);
});
