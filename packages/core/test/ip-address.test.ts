import { isIP, isIPv4 } from "node:net";
import { clientNetwork, parseIpAddress } from "@handlekit/core";
import fc from "fast-check";
import { expect, it } from "vitest";

it.each([
  ["192.0.2.7", [192, 0, 2, 7]],
  ["0.0.0.0", [0, 0, 0, 0]],
  ["::", Array.from({ length: 16 }, () => 0)],
  ["2001:DB8::7", [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]],
  ["::ffff:192.0.2.7", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7]],
  ["1:2:3:4:5:6:7::", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]],
])("parses %s", (text, bytes) => {
  expect([...(parseIpAddress(text) ?? [])]).toEqual(bytes);
});

it.each([
  "",
  "localhost",
  "1.2.3",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.4::",
  ":::",
  "1::2::3",
  "fe80::1%eth0",
  "[::1]",
])("returns undefined for %j", (text) => {
  expect(parseIpAddress(text)).toBe(undefined);
});

it("agrees with Node about what is an address", () => {
  const parts = fc.array(
    fc.constantFrom(":", "::", ".", "0", "00", "1", "255", "256", "ffff", "12345", "1.2.3.4"),
    {
      maxLength: 17,
    },
  );
  const anyAddress = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    parts.map((each) => each.join("")),
  );
  fc.assert(
    fc.property(anyAddress, (text) => {
      const kind = isIP(text);
      expect(parseIpAddress(text)?.length ?? 0).toBe(kind === 0 ? 0 : isIPv4(text) ? 4 : 16);
    }),
    { numRuns: 2000 },
  );
});

it.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:0:1::7", "20010db800000001/64"],
  ["2001:db8:0:1:ffff::", "20010db800000001/64"],
  ["2001:db8:0:2::7", "20010db800000002/64"],
  ["fe80::1%eth0", "fe80000000000000/64"],
  ["::1", "0000000000000000/64"],
  ["no address", "no address"],
])("counts %s as the network %s", (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});

it("counts every IPv4 address as its own network, and never throws", () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      expect(clientNetwork(address)).toBe(clientNetwork(`::ffff:${address}`));
    }),
  );
  fc.assert(fc.property(fc.oneof(fc.string(), fc.ipV6()), (text) => typeof clientNetwork(text) === "string"));
});
