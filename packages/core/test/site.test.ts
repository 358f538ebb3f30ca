import { decodeSite, encodeData, encodeSite, type Site } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { hex, refusal } from "./support.ts";

// The data of HS_SITE at index 1 of 0.NA/TEST, as a Handle.Net 9.3.1 server sent it (the two-packet UDP answer of the
// native recordings), and the same site as its REST API showed it (01-resolve, exchange 58).
const RECORDED = hex(
  `0001 020b 0001 80 02 00000000
   00000001 00000004 64657363 00000012 4c6f6f706261636b20746573742073697465
   00000001 00000001 0000000000000000000000007f000001
   00000121 0000000b5253415f5055425f4b45590000000000030100010000
   010100b9683cce80520dfa3056a5c6d8b58b40b5192c98bcfb13ac0308a95bd9c9efdb8e25a73370abc266d2a297b4acbddd
   9bac4e0d34a56e74be2f82503546294b035b5592ef4eeef3f2365822be6f2108d6192c58acd0712d5fde6c8b1b71bb41ea8f
   d8b99d59878f42e73b3077561eaca1853c5df063967afbf20273f95cfaf90b55bdc295b6eba6ac18eb6c0de93ffc1a957c8f
   256e1b6ed3c292573d1d7dce25b6a5f4e6644f1c03eaffdd3feaa8f8ae010961639949fa09f6f8ff8ae0b6029c21c81fde7f
   569d97a6f3b52c594f72fd37cd674c6ed32527dddf6143f4c639d8253be24b16a0db17c2776e6902f2e527087a5db9926a4a
   a07a4234faa9b2fffb 00000000
   00000003 03 01 00000a51 02 00 00000a51 03 02 00001f40`,
);
const SHOWN: Site = {
  version: 1,
  protocolVersion: "2.11",
  serialNumber: 1,
  primarySite: true,
  multiPrimary: false,
  attributes: [{ name: "desc", value: "Loopback test site" }],
  servers: [
    {
      serverId: 1,
      address: "127.0.0.1",
      publicKey: {
        format: "key",
        value: {
          kty: "RSA",
          n: "uWg8zoBSDfowVqXG2LWLQLUZLJi8-xOsAwipW9nJ79uOJaczcKvCZtKil7Ssvd2brE4NNKVudL4vglA1RilLA1tVku9O7vPyNlgivm8hCNYZLFis0HEtX95sixtxu0Hqj9i5nVmHj0LnOzB3Vh6soYU8XfBjlnr78gJz-Vz6-QtVvcKVtuumrBjrbA3pP_walXyPJW4bbtPCklc9HX3OJbal9OZkTxwD6v_dP-qo-K4BCWFjmUn6Cfb4_4rgtgKcIcgf3n9WnZem87UsWU9y_TfNZ0xu0yUn3d9hQ_TGOdglO-JLFqDbF8J3bmkC8uUnCHpduZJqSqB6QjT6qbL_-w",
          e: "AQAB",
        },
      },
      interfaces: [
        { query: true, admin: true, protocol: "TCP", port: 2641 },
        { query: true, admin: false, protocol: "UDP", port: 2641 },
        { query: true, admin: true, protocol: "HTTP", port: 8000 },
      ],
    },
  ],
};
const EMPTY: Site = { ...SHOWN, attributes: [], servers: [] };

const SERVER = { serverId: 1, publicKey: { format: "base64" as const, value: "" }, interfaces: [] };

const withServer = (address: string): Site => ({ ...EMPTY, servers: [{ ...SERVER, address }] });

describe("HS_SITE", () => {
  it("is read and written as recorded, with its members in order", () => {
    expect(JSON.stringify(decodeSite(RECORDED))).toBe(JSON.stringify(SHOWN));
    expect(encodeSite(SHOWN)).toEqual(RECORDED);
    expect(encodeData({ format: "site", value: SHOWN })).toEqual(RECORDED);
  });

  it.each([
    [undefined, ""],
    [{ format: "base64", value: "" }, ""],
    [{ format: "BASE64", value: "AQID" }, "AQID"],
  ])("keeps the public key %j, which is neither RSA nor DSA, as base64", (publicKey, value) => {
    const server = { serverId: 1, address: "192.0.2.1", publicKey, interfaces: [] };
    const bytes = encodeData({ format: "site", value: { ...EMPTY, servers: [server] } });
    expect(decodeSite(bytes).servers).toEqual([{ ...server, publicKey: { format: "base64", value } }]);
    expect(encodeSite(decodeSite(bytes))).toEqual(bytes);
  });

  it.each([
    ["0001 020b 0001 80 02 00000000 00000000 00000000", EMPTY],
    ["0001 020b 0001 c0 02 00000000 00000000 00000000", { ...EMPTY, multiPrimary: true }],
    ["0001 020b 0001 00 00 00000000 00000000 00000000", { ...EMPTY, primarySite: false, hashOption: 0 }],
    [
      "0001 0205 ffff 80 01 00000001 61 00000000 00000000",
      { ...EMPTY, protocolVersion: "2.5", serialNumber: 65535, hashOption: 1, hashFilter: "a" },
    ],
  ])("%s", (bytes, site) => {
    expect(decodeSite(hex(bytes))).toEqual(site);
    expect(encodeSite(site)).toEqual(hex(bytes));
  });

  it.each([
    ["127.0.0.1", "00000000 00000000 00000000 7f000001", "127.0.0.1"],
    ["255.255.255.255", "00000000 00000000 00000000 ffffffff", "255.255.255.255"],
    ["2001:db8::1", "20010db8 00000000 00000000 00000001", "2001:db8:0:0:0:0:0:1"],
    ["2001:DB8:0:0:0:0:0:1", "20010db8 00000000 00000000 00000001", "2001:db8:0:0:0:0:0:1"],
    ["fe80::", "fe800000 00000000 00000000 00000000", "fe80:0:0:0:0:0:0:0"],
    ["1:2:3:4:5:6:7::", "00010002 00030004 00050006 00070000", "1:2:3:4:5:6:7:0"],
    ["::ffff:10.0.0.1", "00000000 00000000 0000ffff 0a000001", "0:0:0:0:0:ffff:a00:1"],
    ["64:ff9b::192.0.2.1", "0064ff9b 00000000 00000000 c0000201", "64:ff9b:0:0:0:0:c000:201"],
    // An IPv6 address of which only the last four bytes are not 0 cannot be told from an IPv4 address.
    ["::1", "00000000 00000000 00000000 00000001", "0.0.0.1"],
  ])("holds the address %s", (address, bytes, shown) => {
    const encoded = encodeSite(withServer(address));
    expect(encoded.subarray(24, 40)).toEqual(hex(bytes));
    expect(decodeSite(encoded).servers[0]?.address).toBe(shown);
  });

  it.each([
    "",
    "localhost",
    "1.2.3",
    "1.2.3.256",
    "1.2.3.4.5",
    "1::2::3",
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "::g",
    "::12345",
    "fe80::1%eth0",
    "[::1]",
    " 1.2.3.4",
  ])("refuses the address %j", (address) => {
    expect(refusal("invalid_value", () => encodeSite(withServer(address))).message).toBe(
      "The address of a site's server is not an IP address.",
    );
  });

  it.each(["", "2", "2.", "2.11.1", "2.256", "256.0", "two.eleven", "2,11"])(
    "refuses the protocol version %j",
    (protocolVersion) => {
      expect(refusal("invalid_value", () => encodeSite({ ...EMPTY, protocolVersion })).message).toBe(
        "The protocol version of a site is not of the form 2.11.",
      );
    },
  );

  it.each([
    ["", "The HS_SITE value is truncated: 2 bytes were expected at byte 0 of 0."],
    [
      "0001 020b 0001 80 02 00000000 7fffffff",
      "The HS_SITE value has a count of 2147483647 parts, but not that many bytes.",
    ],
    [
      "0001 020b 0001 80 02 00000000 00000000 ffffffff",
      "The HS_SITE value has a count of -1 parts, but not that many bytes.",
    ],
    ["0001 020b 0001 80 02 00000000 00000000 00000000 00", "The HS_SITE value has 1 bytes too many."],
    [
      "0001 020b 0001 80 02 00000000 00000000 00000001 00000001 00000000000000000000000000000000 00000000 00000001 03 04 00000050",
      "The HS_SITE value names an unknown protocol.",
    ],
  ])("refuses the bytes %j", (bytes, message) => {
    expect(refusal("invalid_value", () => decodeSite(hex(bytes))).message).toBe(message);
  });
});

describe("a site in JSON", () => {
  const read = (value: unknown) => decodeSite(encodeData({ format: "site", value }));

  it("has a default for everything", () => {
    expect(read({})).toEqual({ ...EMPTY, primarySite: false });
    expect(read({ servers: [{ address: "10.0.0.1" }] })).toEqual({
      ...EMPTY,
      primarySite: false,
      servers: [{ ...SERVER, address: "10.0.0.1" }],
    });
  });

  it("takes attributes as an object, too", () => {
    expect(read({ attributes: { desc: "a site", alias: ["one", "two"] } }).attributes).toEqual([
      { name: "desc", value: "a site" },
      { name: "alias", value: "one" },
      { name: "alias", value: "two" },
    ]);
  });

  it.each([
    [[], "content"],
    [{ version: 65536 }, "version"],
    [{ version: "1" }, "version"],
    [{ protocolVersion: 2.11 }, "protocolVersion"],
    [{ serialNumber: -1 }, "serialNumber"],
    [{ hashOption: 256 }, "hashOption"],
    [{ hashFilter: 1 }, "hashFilter"],
    [{ attributes: "desc" }, "attributes"],
    [{ attributes: [{ name: "desc" }] }, "attribute"],
    [{ attributes: { desc: 1 } }, "attribute"],
    [{ servers: {} }, "servers"],
    [{ servers: ["10.0.0.1"] }, "server"],
    [{ servers: [{}] }, "address"],
    [{ servers: [{ address: "10.0.0.1", serverId: 0.5 }] }, "serverId"],
    [{ servers: [{ address: "10.0.0.1", publicKey: "AQAB" }] }, "public key"],
    [{ servers: [{ address: "10.0.0.1", publicKey: { format: "key", value: 1 } }] }, "public key"],
    [{ servers: [{ address: "10.0.0.1", interfaces: {} }] }, "interfaces"],
    [{ servers: [{ address: "10.0.0.1", interfaces: [1] }] }, "interface"],
    [{ servers: [{ address: "10.0.0.1", interfaces: [{}] }] }, "protocol"],
    [{ servers: [{ address: "10.0.0.1", interfaces: [{ protocol: "TCP", port: 1.5 }] }] }, "port"],
  ])("%j is refused because of %s", (value, member) => {
    const { message } = refusal("invalid_value", () => read(value));
    expect(message).toMatch(
      / of the site is (?:missing or not a text|not a list|not an (?:object|integer from 0 to \d+))\.$/,
    );
    expect(message).toMatch(new RegExp(`^The (?:member )?${member} of `));
  });

  it.each([
    [
      { interfaces: [{ protocol: "QUIC" }] },
      "The protocol of a site's interface is not UDP, TCP, HTTP or HTTPS.",
    ],
    [
      { publicKey: { format: "key", value: { kty: "EC" } } },
      "An HS_PUBKEY value can only hold an RSA or DSA public key.",
    ],
    [{ publicKey: { format: "base64", value: "!" } }, "The public key of the site is not base64."],
    [
      { publicKey: { format: "key", value: { kty: "RSA" } } },
      'The member "e" of the RSA public key is missing or not base64url.',
    ],
  ])("%j is refused", (server, message) => {
    const value = { servers: [{ address: "10.0.0.1", ...server }] };
    expect(refusal("invalid_value", () => read(value)).message).toBe(message);
  });
});
