import { isHandleError } from "@handlekit/core";
import { createTransport, type TransportOptions } from "@handlekit/transport";
import { describe, expect, it } from "vitest";

const CA = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";

function refusal(options: TransportOptions): string {
  try {
    createTransport(options);
  } catch (error) {
    if (isHandleError(error, "invalid_options")) return error.message;
  }
  return "";
}

describe("createTransport", () => {
  it("takes no options at all", async () => {
    await createTransport().close();
  });

  it.each<[string, TransportOptions, RegExp]>([
    ["a file name for the CA", { ca: "handle-server.pem" }, /`ca` holds no PEM certificate/],
    ["a CA that would not be used", { ca: CA, verify: false }, /contradict/],
    ["a CA for a fetch of one's own", { ca: CA, fetch: globalThis.fetch }, /do nothing/],
    ["verify: false for a fetch of one's own", { verify: false, fetch: globalThis.fetch }, /do nothing/],
    ["a time-out of nothing", { timeouts: { attempt: 0 } }, /timeouts\.attempt/],
    ["a time-out without an end", { timeouts: { connect: Number.POSITIVE_INFINITY } }, /timeouts\.connect/],
    ["a time-out longer than a timer", { timeouts: { total: 2 ** 31 } }, /timeouts\.total/],
    ["half a connection", { connections: 0.5 }, /connections/],
    ["a limit below zero", { maxResponseBytes: -1 }, /maxResponseBytes/],
  ])("refuses %s", (_what, options, message) => {
    expect(refusal(options)).toMatch(message);
  });
});
